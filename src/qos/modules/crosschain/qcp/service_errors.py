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


class BadRotation(RuleViolation):
    """The keys of relays cannot change like this (R4)."""

    code = ErrorCode("qcp", 63)


class RotationLapsed(RuleViolation):
    """The last height at which the new keys count is over (R4)."""

    code = ErrorCode("qcp", 64)

    def __init__(self, last: int, height: int) -> None:
        super().__init__(f"the rotation counted up to height {last}, this is {height}: sign it again for a later one")


class RotationPending(RuleViolation):
    """New keys wait already; only the authority replaces them (R4)."""

    code = ErrorCode("qcp", 65)


class NothingPending(RuleViolation):
    """No new keys wait, or nobody may hold them (R4)."""

    code = ErrorCode("qcp", 66)


class BadDeposit(RuleViolation):
    """A deposit is in no asset that deliveries are paid in, or nothing (Q15)."""

    code = ErrorCode("qcp", 67)


class NoDeposit(RuleViolation):
    """Less is put down than should be taken back (Q15)."""

    code = ErrorCode("qcp", 68)


class NotWaited(RuleViolation):
    """The packets have not waited for long enough to pass with proof alone (Q16)."""

    code = ErrorCode("qcp", 69)


class OldCheckpoint(RuleViolation):
    """The record of a peer's assets is newer than what is shown (L4)."""

    code = ErrorCode("qcp", 70)

    def __init__(self, chain_id: str, height: int, recorded: int) -> None:
        super().__init__(f"the record of {chain_id} is of header {recorded}: prove one that is not older, not {height}")


class BadParams(RuleViolation):
    """Figures of QCP leave their bounds, or name an authority the chain does not take."""

    code = ErrorCode("qcp", 71)


ALL = (
    UnknownApplication,
    NotHosted,
    BadRotation,
    RotationLapsed,
    RotationPending,
    NothingPending,
    BadDeposit,
    NoDeposit,
    NotWaited,
    OldCheckpoint,
    BadParams,
)
"""Every error of this file, in order of number."""
