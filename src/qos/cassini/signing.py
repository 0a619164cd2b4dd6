"""Signing abstracts, never two that contradict each other (R3).

Everything signed is durable in the sign log before the signature exists. What is remembered is bounded: statements
far below the newest are refused unseen, since only packets that are not delivered yet are ever signed.
"""

from dataclasses import dataclass
from typing import Protocol

from qos.base.errors import QosError
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.attestation import covered_hashes, digest, whole
from qos.proto.records.qos_qcp_v1 import Abstract

REMEMBERED = 8_192
"""Sequences and heights remembered a queue: many times what can be under way."""


class ConflictingSignature(QosError):
    """What is to be signed contradicts what this key signed, or lies below what is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One statement as the sign log keeps it."""

    abstract: Abstract
    hashes: tuple[bytes, ...]


class SignLog(Protocol):
    """Where statements are kept; never part of a backup that could be put back."""

    def append(self, statement: Signed) -> None:
        """Make a statement durable before returning."""
        ...


class _QueueMemory:
    """What was signed for one queue in one epoch."""

    def __init__(self) -> None:
        self.packets: dict[int, bytes] = {}
        self.headers: dict[int, tuple[bytes, bytes]] = {}
        self.lowest_sequence = self.lowest_height = 0

    def check(self, statement: Signed) -> None:
        abstract = statement.abstract
        if abstract.first < self.lowest_sequence or abstract.height < self.lowest_height:
            raise ConflictingSignature(f"packet {abstract.first} at height {abstract.height} is too old to be signed")
        named = (abstract.header_hash, abstract.app_hash)
        if self.headers.get(abstract.height, named) != named:
            raise ConflictingSignature(f"another header {abstract.height} was signed before")
        for sequence, packet in enumerate(statement.hashes, start=abstract.first):
            if self.packets.get(sequence, packet) != packet:
                raise ConflictingSignature(f"another packet {sequence} was signed before")

    def keep(self, statement: Signed) -> None:
        abstract = statement.abstract
        self.headers[abstract.height] = (abstract.header_hash, abstract.app_hash)
        self.packets.update(enumerate(statement.hashes, start=abstract.first))
        self.lowest_sequence = max(self.lowest_sequence, _trim(self.packets))
        self.lowest_height = max(self.lowest_height, _trim(self.headers))


def _trim(remembered: dict[int, bytes] | dict[int, tuple[bytes, bytes]]) -> int:
    """Forget the lowest entries once there are twice too many; returns the lowest number to judge, 0 for all."""
    if len(remembered) <= 2 * REMEMBERED:
        return 0
    ordered = sorted(remembered)
    for number in ordered[:-REMEMBERED]:
        del remembered[number]
    return ordered[-REMEMBERED]


class Attestor:
    """Holds a relay's attestation key and what it signed, `history` being what the log kept."""

    def __init__(self, secret: bytes, log: SignLog, history: tuple[Signed, ...] = ()) -> None:
        """Remember the history. Raises: ConflictingSignature when it contradicts itself."""
        self._secret = secret
        self._log = log
        self._memory: dict[tuple[bytes, int], _QueueMemory] = {}
        self.key = secp256k1.public_key(secret)
        for statement in history:
            memory = self._of(statement)
            memory.check(statement)
            memory.keep(statement)

    def sign(self, abstract: Abstract, hashes: tuple[bytes, ...]) -> bytes:
        """Return the signature of an abstract, in the log before it is made; the same statement may be signed again.

        Raises: ConflictingSignature, MalformedAbstract, WrongVersion.
        """
        statement = Signed(abstract=whole(abstract), hashes=covered_hashes(abstract, hashes))
        memory = self._of(statement)
        memory.check(statement)
        self._log.append(statement)
        memory.keep(statement)
        return secp256k1.sign(self._secret, digest(abstract))

    def _of(self, statement: Signed) -> _QueueMemory:
        key = (statement.abstract.queue_id, statement.abstract.epoch)
        return self._memory.setdefault(key, _QueueMemory())
