"""What QCP refuses. Codespace `qcp`, append-only."""

from qos.base.errors import ErrorCode, RuleViolation


class UnknownPeer(RuleViolation):
    """No such chain is registered here."""

    code = ErrorCode("qcp", 1)

    def __init__(self, chain_id: str) -> None:
        super().__init__(f"chain {chain_id[:32]!r} is not registered here")


class BadRegistration(RuleViolation):
    """A peer cannot be registered like this."""

    code = ErrorCode("qcp", 2)


class NotAuthorized(RuleViolation):
    """Only the authority, or a listed pauser, may do this."""

    code = ErrorCode("qcp", 3)


class QueueFrozen(RuleViolation):
    """The queue stands until governance gives its client a later header."""

    code = ErrorCode("qcp", 4)

    def __init__(self, chain_id: str, reason: str) -> None:
        super().__init__(f"the queue of {chain_id} is frozen: {reason}")


class QueuePaused(RuleViolation):
    """Deliveries are stopped for a while."""

    code = ErrorCode("qcp", 5)


class ClientExpired(RuleViolation):
    """The newest header of the peer is older than the trusting period (Q12)."""

    code = ErrorCode("qcp", 6)


class MalformedAbstract(RuleViolation):
    """An abstract is empty somewhere, counts wrongly or does not fit its packets."""

    code = ErrorCode("qcp", 7)


class WrongQueue(RuleViolation):
    """The attestation or packet is for another queue: another pair of chains, direction or registration."""

    code = ErrorCode("qcp", 8)


class WrongVersion(RuleViolation):
    """The protocol version is not the one spoken here."""

    code = ErrorCode("qcp", 9)


class WrongEpoch(RuleViolation):
    """The keys that signed are not those of the current epoch."""

    code = ErrorCode("qcp", 10)


class UnsortedSignatures(RuleViolation):
    """Signatures are not sorted by key, or one key signed twice."""

    code = ErrorCode("qcp", 11)


class UnknownRelay(RuleViolation):
    """A signature is by a key that is not registered, or was struck."""

    code = ErrorCode("qcp", 12)


class BadRelaySignature(RuleViolation):
    """A relay's signature does not match, or is not in its one form."""

    code = ErrorCode("qcp", 13)


class NotEnoughRelays(RuleViolation):
    """Too few relays signed."""

    code = ErrorCode("qcp", 14)

    def __init__(self, signed: int, needed: int, total: int) -> None:
        super().__init__(f"{signed} of {total} relays signed, {needed} are needed")


class UnknownHeader(RuleViolation):
    """Our light client has not accepted a header of this height."""

    code = ErrorCode("qcp", 15)

    def __init__(self, chain_id: str, height: int) -> None:
        super().__init__(f"no header {height} of {chain_id} was accepted here: update the client first")


class HeaderMismatch(RuleViolation):
    """The attested header is not the one our light client accepted."""

    code = ErrorCode("qcp", 16)


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


class Reentered(RuleViolation):
    """While a payload runs nothing is received, frozen or updated (Q9)."""

    code = ErrorCode("qcp", 22)


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


class NoContradiction(RuleViolation):
    """The two abstracts can both be true (R3)."""

    code = ErrorCode("qcp", 29)


class PauseUsed(RuleViolation):
    """Deliveries are paused already, or relays paused at this inbox sequence before."""

    code = ErrorCode("qcp", 30)


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


class NotFrozen(RuleViolation):
    """This is for frozen queues only."""

    code = ErrorCode("qcp", 39)


class TooManyWaiting(RuleViolation):
    """The queue or the sender has as many unanswered requests as may be (Q14)."""

    code = ErrorCode("qcp", 40)


class TooSoon(RuleViolation):
    """The queue has not been frozen for 30 days (Q8)."""

    code = ErrorCode("qcp", 41)


class VersionNotAcknowledged(RuleViolation):
    """The peer has not said that it takes this version (Q17)."""

    code = ErrorCode("qcp", 42)


class NamedToFail(RuleViolation):
    """The authority named this request to be consumed as failed (Q17)."""

    code = ErrorCode("qcp", 43)


ALL = (
    UnknownPeer,
    BadRegistration,
    NotAuthorized,
    QueueFrozen,
    QueuePaused,
    ClientExpired,
    MalformedAbstract,
    WrongQueue,
    WrongVersion,
    WrongEpoch,
    UnsortedSignatures,
    UnknownRelay,
    BadRelaySignature,
    NotEnoughRelays,
    UnknownHeader,
    HeaderMismatch,
    SequenceGap,
    AlreadyReceived,
    PacketNotAttested,
    MalformedPacket,
    NotEnoughGas,
    Reentered,
    UnknownPayload,
    BadPayload,
    BadTimeout,
    NotOutstanding,
    PathTooLong,
    NothingToClaim,
    NoContradiction,
    PauseUsed,
    PacketExpired,
    NotProven,
    UnexpectedResult,
    AlreadySettled,
    NotExpired,
    WasReceived,
    UnknownRelease,
    ReleaseWaits,
    NotFrozen,
    TooManyWaiting,
    TooSoon,
    VersionNotAcknowledged,
    NamedToFail,
)
"""Every error of QCP, in order of number."""
