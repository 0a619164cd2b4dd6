"""What the relay group refuses. Codespace `relay`, append-only."""

from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import Address, format_address


class NotAMember(RuleViolation):
    """Only members of the relay group may send here."""

    code = ErrorCode("relay", 1)

    def __init__(self, address: Address) -> None:
        super().__init__(f"{format_address(address)} is no member of the relay group")


class MemberStruck(RuleViolation):
    """A relay that contradicted itself counts no more (R3)."""

    code = ErrorCode("relay", 2)

    def __init__(self, address: Address) -> None:
        super().__init__(f"{format_address(address)} contradicted itself and was struck")


class BadRoute(RuleViolation):
    """A vote does not name two chains."""

    code = ErrorCode("relay", 3)


class UnknownBatch(RuleViolation):
    """There is no such batch, or it is retired."""

    code = ErrorCode("relay", 4)

    def __init__(self, number: int) -> None:
        super().__init__(f"batch {number} does not exist or is retired")


class UnknownKey(RuleViolation):
    """No member signs with this key."""

    code = ErrorCode("relay", 5)


class TooManyVotes(RuleViolation):
    """A member votes on more queues than any network has: its votes would fill the state."""

    code = ErrorCode("relay", 6)


class NotAttested(RuleViolation):
    """Too few relays have signed the batch for anybody to hand it in."""

    code = ErrorCode("relay", 7)

    def __init__(self, number: int) -> None:
        super().__init__(f"batch {number} is not attested yet: record its submission once enough relays signed")


class ConsortiumHeld(RuleViolation):
    """The relays hold another root for this chain already."""

    code = ErrorCode("relay", 8)

    def __init__(self, chain_id: str) -> None:
        super().__init__(f"the root CA of {chain_id} is held already: another one is another consortium")


ALL = (NotAMember, MemberStruck, BadRoute, UnknownBatch, UnknownKey, TooManyVotes, NotAttested, ConsortiumHeld)
"""Every error of the relay group, in order of number."""
