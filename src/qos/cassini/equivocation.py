"""Watching signatures for a relay that contradicts itself (R3)."""

from collections.abc import Iterator

from qos.modules.crosschain.qcp.attestation import digest, verify_relay
from qos.modules.crosschain.qcp.equivocation import Statement, contradicts
from qos.modules.crosschain.qcp.errors import BadRelaySignature
from qos.proto.records.qos_qcp_v1 import Abstract, RelaySignature

REMEMBERED_STATEMENTS = 64
"""Statements kept a key: a lie shows beside what is under way, not beside what is long delivered."""


class Contradiction:
    """Two statements of one key that cannot both be true."""

    __slots__ = ("first", "key", "second")

    def __init__(self, key: bytes, first: Statement, second: Statement) -> None:
        self.key, self.first, self.second = key, first, second


class Watch:
    """Remembers good signatures and tells contradictions among them, each key once."""

    def __init__(self) -> None:
        self._statements: dict[bytes, dict[bytes, Statement]] = {}
        self._told: set[bytes] = set()

    def look(
        self, abstract: Abstract, hashes: tuple[bytes, ...], signatures: tuple[RelaySignature, ...]
    ) -> Iterator[Contradiction]:
        """Take signatures in and yield what they contradict; a bad signature says nothing of its key."""
        signed = digest(abstract)
        for each in signatures:
            known = self._statements.setdefault(each.key, {})
            if each.key in self._told or signed in known or not _is_good(each, signed):
                continue
            statement = Statement(abstract=abstract, hashes=hashes, signature=each.signature)
            lie = next((other for other in known.values() if contradicts(other, statement)), None)
            known[signed] = statement
            if len(known) > REMEMBERED_STATEMENTS:
                del known[next(iter(known))]
            if lie is not None:
                self._told.add(each.key)
                yield Contradiction(each.key, lie, statement)


def _is_good(signature: RelaySignature, signed: bytes) -> bool:
    try:
        verify_relay(signature.key, signed, signature.signature)
    except BadRelaySignature:
        return False
    return True
