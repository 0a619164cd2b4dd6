"""What fees refuse beside what the frame does."""

from qos.base.errors import ErrorCode, RuleViolation


class BadParams(RuleViolation):
    """Parameters of fees contradict each other or leave their bounds."""

    code = ErrorCode("fees", 1)


ALL = (BadParams,)
"""Every error of fees, in order of number."""
