"""What a relay found out about an outbox with its own verifying client: seen, absent or unknown (R2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qos.base.errors import RuleViolation
from qos.modules.crosschain.qcp.attestation import MAX_BATCH, packet_root
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    Abstract,
    InboxProof,
    Packet,
    PacketKind,
    PacketResult,
    ProvenPacket,
    ResultCode,
)

MAX_BATCH_BYTES = 32 * 1024
MAX_BATCH_GAS = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way from one chain to another."""

    source: str
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue as its destination has it now; `with_proof` says whether packets need proofs there (Q10).

    `signers` are the keys of the epoch whose signatures count, `needed` how many of them an attestation has (R4).
    """

    route: Route
    queue_id: bytes
    epoch: int
    with_proof: bool
    signers: tuple[bytes, ...]
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenHeader:
    """A final header; `app_hash` is the root of the state after the block before it."""

    height: int
    header_hash: bytes
    app_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Consecutive packets from `first` on, each proven under the header; `outbox` is the last sequence there was."""

    header: ProvenHeader
    first: int
    packets: tuple[ProvenPacket, ...]
    hashes: tuple[bytes, ...]
    outbox: int

    @property
    def last(self) -> int:
        """Sequence of the last packet."""
        return self.first + len(self.packets) - 1

    def abstract(self, queue: Queue) -> Abstract:
        """Return the only abstract of these packets a truthful relay signs."""
        return Abstract(
            queue_id=queue.queue_id,
            version=_facts(self.packets[0].packet).version,
            epoch=queue.epoch,
            height=self.header.height,
            header_hash=self.header.header_hash,
            app_hash=self.header.app_hash,
            first=self.first,
            last=self.last,
            packet_root=packet_root(self.hashes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenInbox:
    """How far a destination had received a queue before the block of a header, and that header's time."""

    received: int
    time_ns: int
    proof: InboxProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The outbox provably has no such packet at a final height."""

    height: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It cannot be told: no vote is cast for or against."""

    reason: str


Finding = Seen | Absent | Unknown


def seen(header: ProvenHeader, first: int, packets: Sequence[ProvenPacket], outbox: int) -> Seen:
    """Put proven packets together as one finding."""
    return Seen(
        header=header,
        first=first,
        packets=tuple(packets),
        hashes=tuple([packet_hash(each.packet) for each in packets]),
        outbox=outbox,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    version: int
    payload_gas: int


@lru_cache(maxsize=4_096)
def _facts(encoded: bytes) -> _Facts:
    """Return what is asked of a packet when it is proven, when its batch is signed and when it is handed in."""
    packet = codec.decode_lenient(Packet, encoded)
    return _Facts(version=packet.version, payload_gas=packet.payload_gas)


def gives_back(encoded: bytes) -> bool:
    """Tell whether a packet is the result of a request that failed: what that carried goes back to its sender."""
    packet = codec.decode_lenient(Packet, encoded)
    if packet.kind != PacketKind.PACKET_KIND_RESULT:
        return False
    try:
        return codec.decode_lenient(PacketResult, packet.payload).code != ResultCode.RESULT_CODE_OK
    except RuleViolation:
        return True


def payload_gas(encoded: bytes) -> int:
    """Return the gas a packet names."""
    return _facts(encoded).payload_gas


class Measure:
    """Counts packets into a batch: at most 64 of one version, 32 KiB and 8 M payload gas; one always fits."""

    def __init__(self) -> None:
        """Start an empty batch."""
        self._count = self._size = self._gas = self._version = 0

    def takes(self, encoded: bytes) -> bool:
        """Count one more packet, or tell that it belongs to the next batch."""
        packet = _facts(encoded)
        size, gas = self._size + len(encoded), self._gas + packet.payload_gas
        within = self._count < MAX_BATCH and size <= MAX_BATCH_BYTES and gas <= MAX_BATCH_GAS
        within &= self._count == 0 or packet.version == self._version
        if self._count and not within:
            return False
        self._count, self._size, self._gas, self._version = self._count + 1, size, gas, packet.version
        return True


def fits(packets: Sequence[ProvenPacket]) -> bool:
    """Tell whether packets are within the limits of one batch."""
    measure = Measure()
    return all(measure.takes(each.packet) for each in packets)
