"""What QCP refuses of packets: order, form, payloads, assets, results and refunds. Codespace `qcp`, append-only."""

from qos.base.errors import ErrorCode, RuleViolation


class SequenceGap(RuleViolation):
    """A packet comes before its turn (Q3)."""

    code = ErrorCode("qcp", 17)

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"packet {found} comes before its turn: {expected} is next")


class AlreadyReceived(RuleViolation):
    """A packet was received before (Q3)."""

    code = ErrorCode("qcp", 18)

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"packet {found} was received before: {expected} is next")


class PacketNotAttested(RuleViolation):
    """A packet's hash is not the attested one."""

    code = ErrorCode("qcp", 19)


class MalformedPacket(RuleViolation):
    """A packet's fields contradict each other or their limits."""

    code = ErrorCode("qcp", 20)


class NotEnoughGas(RuleViolation):
    """The transaction has less gas left than a packet names (Q4)."""

    code = ErrorCode("qcp", 21)

    def __init__(self, sequence: int, needed: int, remaining: int) -> None:
        super().__init__(f"packet {sequence} needs {needed} gas, {remaining} is left: raise the gas limit")


class UnknownPayload(RuleViolation):
    """This chain has no handler for the payload's type (Q9)."""

    code = ErrorCode("qcp", 23)


class BadPayload(RuleViolation):
    """A payload's fields have values the rules do not allow."""

    code = ErrorCode("qcp", 24)


class BadTimeout(RuleViolation):
    """A timeout is not within 10 minutes and 7 days."""

    code = ErrorCode("qcp", 25)


class NotOutstanding(RuleViolation):
    """More comes home than is out at this peer (Q13)."""

    code = ErrorCode("qcp", 26)

    def __init__(self, denom: str, outstanding: int, amount: int) -> None:
        super().__init__(f"{amount}{denom} cannot come home: {outstanding} is out at this peer")


class PathTooLong(RuleViolation):
    """An asset has come over more hops than are kept."""

    code = ErrorCode("qcp", 27)


class NothingToClaim(RuleViolation):
    """There is no refund of this asset for this account."""

    code = ErrorCode("qcp", 28)


class PacketExpired(RuleViolation):
    """The packet came after its timeout and was consumed without effect (Q7)."""

    code = ErrorCode("qcp", 31)


class NotProven(RuleViolation):
    """A packet's proof does not lead from its outbox row to the app hash of the accepted header."""

    code = ErrorCode("qcp", 32)


class UnexpectedResult(RuleViolation):
    """A result or acknowledgement is for what was never sent, or was answered before (Q5, Q6)."""

    code = ErrorCode("qcp", 33)


class AlreadySettled(RuleViolation):
    """A request has its result or refund, or was never sent (Q6)."""

    code = ErrorCode("qcp", 34)

    def __init__(self, sequence: int) -> None:
        super().__init__(f"nothing waits for a result of packet {sequence}: it is settled, or no request")


class NotExpired(RuleViolation):
    """The header shown is not later than the request's timeout (Q7)."""

    code = ErrorCode("qcp", 35)


class WasReceived(RuleViolation):
    """The request was received: its result will come (Q7)."""

    code = ErrorCode("qcp", 36)

    def __init__(self, sequence: int, received: int) -> None:
        super().__init__(f"packet {sequence} was received, {received} is the last one: wait for its result")


class UnknownRelease(RuleViolation):
    """No amount that this packet brought is held back."""

    code = ErrorCode("qcp", 37)

    def __init__(self, chain_id: str, sequence: int) -> None:
        super().__init__(f"nothing that packet {sequence} of {chain_id} brought is held back")


class ReleaseWaits(RuleViolation):
    """What is held back is above the limit still and not due (Q14)."""

    code = ErrorCode("qcp", 38)


class TooManyWaiting(RuleViolation):
    """The queue or the sender has as many unanswered requests as may be (Q14)."""

    code = ErrorCode("qcp", 40)


class NamedToFail(RuleViolation):
    """The authority named this request to be consumed as failed (Q17)."""

    code = ErrorCode("qcp", 43)


ALL = (
    SequenceGap,
    AlreadyReceived,
    PacketNotAttested,
    MalformedPacket,
    NotEnoughGas,
    UnknownPayload,
    BadPayload,
    BadTimeout,
    NotOutstanding,
    PathTooLong,
    NothingToClaim,
    PacketExpired,
    NotProven,
    UnexpectedResult,
    AlreadySettled,
    NotExpired,
    WasReceived,
    UnknownRelease,
    ReleaseWaits,
    TooManyWaiting,
    NamedToFail,
)
"""Every error of this file, in order of number."""
