"""What membership refuses. Codespace `consortium`, append-only."""

from qos.base.blocktime import rfc3339
from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import Address, format_address


class NotAMember(RuleViolation):
    """Only members of the consortium may send here."""

    code = ErrorCode("consortium", 1)

    def __init__(self, address: Address) -> None:
        super().__init__(
            f"{format_address(address)} has no certificate of the consortium here: "
            "ask a member for one and register it with qos ca register"
        )


class NotValidNow(RuleViolation):
    """The certificates are not valid at this block's time."""

    code = ErrorCode("consortium", 2)

    def __init__(self, not_before_ns: int, not_after_ns: int) -> None:
        super().__init__(
            f"the certificates count from {rfc3339(not_before_ns)} to {rfc3339(not_after_ns)}, "
            "not at this block's time: register newer ones"
        )


class Revoked(RuleViolation):
    """The certificate, or one it stands on, was revoked."""

    code = ErrorCode("consortium", 3)

    def __init__(self, what: str) -> None:
        super().__init__(f"the certificate of the {what} was revoked: ask its CA for another")


class UnknownRoot(RuleViolation):
    """No CA that the consortium believes issued the certificate."""

    code = ErrorCode("consortium", 4)


class BadChain(RuleViolation):
    """Certificates do not follow from each other as root, member, node."""

    code = ErrorCode("consortium", 5)


class BadProof(RuleViolation):
    """The sender does not show that it holds the certificate's key."""

    code = ErrorCode("consortium", 6)


class AlreadyRegistered(RuleViolation):
    """The node's key stands for another account."""

    code = ErrorCode("consortium", 7)

    def __init__(self, holder: Address) -> None:
        super().__init__(f"the certificate's key is registered for {format_address(holder)}: issue another one")


class OldList(RuleViolation):
    """A revocation list is not newer than the last one of its issuer."""

    code = ErrorCode("consortium", 8)

    def __init__(self, last: int, number: int) -> None:
        super().__init__(f"list {number} is not newer than list {last} of this issuer")


class BadList(RuleViolation):
    """A revocation list is not one this chain takes."""

    code = ErrorCode("consortium", 9)


class NotTheAuthority(RuleViolation):
    """Only the authority may do this."""

    code = ErrorCode("consortium", 10)


class NoConsortium(RuleViolation):
    """Genesis chose no consortium for this chain."""

    code = ErrorCode("consortium", 11)


class NoSeats(RuleViolation):
    """Genesis listed no seats, so validators need no certificates here."""

    code = ErrorCode("consortium", 12)


class BadSeat(RuleViolation):
    """A seat is not one this chain gives."""

    code = ErrorCode("consortium", 13)


class NotYours(RuleViolation):
    """Only the account itself replaces a registration that counts; else an old message could bring back an old one."""

    code = ErrorCode("consortium", 14)

    def __init__(self, account: Address) -> None:
        super().__init__(f"{format_address(account)} has a certificate that counts: it replaces that one itself")


ALL = (
    NotAMember,
    NotValidNow,
    Revoked,
    UnknownRoot,
    BadChain,
    BadProof,
    AlreadyRegistered,
    OldList,
    BadList,
    NotTheAuthority,
    NoConsortium,
    NoSeats,
    BadSeat,
    NotYours,
)
"""Every error of the consortium, in order of number."""
