"""What QCP refuses of peers, clients, queues and attestations. Codespace `qcp`, append-only."""

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


class Reentered(RuleViolation):
    """While a payload runs nothing is received, frozen or updated (Q9)."""

    code = ErrorCode("qcp", 22)


class NoContradiction(RuleViolation):
    """The two abstracts can both be true (R3)."""

    code = ErrorCode("qcp", 29)


class PauseUsed(RuleViolation):
    """Deliveries are paused already, or relays paused at this inbox sequence before."""

    code = ErrorCode("qcp", 30)


class NotFrozen(RuleViolation):
    """This is for frozen queues only."""

    code = ErrorCode("qcp", 39)


class TooSoon(RuleViolation):
    """The queue has not been frozen for 30 days (Q8)."""

    code = ErrorCode("qcp", 41)


class VersionNotAcknowledged(RuleViolation):
    """The peer has not said that it takes this version (Q17)."""

    code = ErrorCode("qcp", 42)


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
    Reentered,
    NoContradiction,
    PauseUsed,
    NotFrozen,
    TooSoon,
    VersionNotAcknowledged,
)
"""Every error of this file, in order of number."""
