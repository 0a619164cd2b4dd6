"""What QCP refuses of payloads, delivery fees, key epochs and checkpoints. Codespace `qcp` from 61, append-only."""

from qos.base.errors import ErrorCode, RuleViolation


class UnknownApplication(RuleViolation):
    """No module registered under this name here (Q9)."""

    code = ErrorCode("qcp", 61)

    def __init__(self, name: str) -> None:
        super().__init__(f"no application {name[:64]!r} is registered on this chain")


class NotHosted(RuleViolation):
    """The payload is well formed, and this chain has nothing that could take it (Q9)."""

    code = ErrorCode("qcp", 62)


ALL = (UnknownApplication, NotHosted)
"""Every error of this file, in order of number."""
