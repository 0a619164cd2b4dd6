"""What penalties refuse. Codespace `slashing`, append-only."""

from qos.base.errors import ErrorCode, RuleViolation


class InvalidParams(RuleViolation):
    """The parameters contradict each other or their bounds."""

    code = ErrorCode("slashing", 9)


ALL = (InvalidParams,)
"""Every error of penalties."""
