"""Packets (Q1, Q2): queue ids, identity, limits. Pure; the limits are constants of the version."""

from hashlib import sha256

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.base.encoding import length_prefixed, u64
from qos.modules.crosschain.qcp.errors import WrongQueue, WrongVersion
from qos.modules.crosschain.qcp.packet_errors import AlreadyReceived, BadTimeout, MalformedPacket, SequenceGap
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Packet, PacketKind, PacketResult, ResultCode

QUEUE_ID_BYTES = 32
MAX_PAYLOAD_BYTES = 8 * 1024
MAX_PAYLOAD_TYPE_BYTES = 64
MAX_PAYLOAD_GAS = 2_000_000
MAX_RESULT_DATA_BYTES = 1024
MIN_TIMEOUT_NS = 600 * SECOND_NS
MAX_TIMEOUT_NS = 7 * DAY_NS
DEFAULT_TIMEOUT_NS = DAY_NS
RESULT_TYPE = "result"
_QUEUE_TAG = b"qcp-queue"


def queue_id(source: str, source_genesis: bytes, destination: str, destination_genesis: bytes, number: int) -> bytes:
    """Return the id of the queue from one chain to another; `number` counts registrations (Q1)."""
    fields = (_QUEUE_TAG, source.encode(), source_genesis, destination.encode(), destination_genesis, u64(number))
    return sha256(length_prefixed(*fields)).digest()


def packet_hash(encoded: bytes) -> bytes:
    """Return the identity of a packet from its canonical bytes."""
    return sha256(encoded).digest()


def payload_hash(payload_type: str, payload: bytes) -> bytes:
    """Return what a pending record and a result name a payload by."""
    return sha256(length_prefixed(payload_type.encode(), payload)).digest()


def checked_timeout(timeout_ns: int | None) -> int:
    """Return how long a request may take, the default when unset. Raises: BadTimeout."""
    if timeout_ns is None:
        return DEFAULT_TIMEOUT_NS
    if not MIN_TIMEOUT_NS <= timeout_ns <= MAX_TIMEOUT_NS:
        raise BadTimeout("a timeout is 10 minutes to 7 days")
    return timeout_ns


def read_packet(encoded: bytes, queue: bytes, expected: int, header_height: int, version: int) -> Packet:
    """Return the packet in proven bytes if it is the next one of the queue.

    Raises: MalformedBytes and MalformedField, WrongVersion, WrongQueue, AlreadyReceived, SequenceGap, MalformedPacket.
    """
    packet = codec.decode(Packet, encoded)
    if packet.version != version:
        raise WrongVersion(f"packet {packet.sequence} is of version {packet.version}, this queue speaks {version} now")
    if packet.queue_id != queue:
        raise WrongQueue("the packet is of another queue")
    check_next(packet.sequence, expected)
    if not 0 < packet.source_height < header_height:
        raise MalformedPacket(f"packet of height {packet.source_height} under header {header_height}")
    _check_kind(packet)
    return packet


def _check_kind(packet: Packet) -> None:
    match packet.kind:
        case PacketKind.PACKET_KIND_REQUEST:
            if packet.request_sequence or not packet.payload_type or packet.payload_gas > MAX_PAYLOAD_GAS:
                raise MalformedPacket("a request answers nothing, names its payload and at most 2 M gas")
        case PacketKind.PACKET_KIND_ACKNOWLEDGEMENT | PacketKind.PACKET_KIND_SWITCH:
            if packet.request_sequence or packet.timeout or packet.payload_gas or packet.payload_type:
                raise MalformedPacket("an acknowledgement or switch has no timeout, gas or payload type")
            if packet.payload and packet.kind == PacketKind.PACKET_KIND_ACKNOWLEDGEMENT:
                raise MalformedPacket("an acknowledgement has no payload")
        case PacketKind.PACKET_KIND_RESULT:
            pass
        case _:
            raise MalformedPacket("a packet is a request, a result, an acknowledgement or a switch")


def check_next(sequence: int, expected: int) -> None:
    """Refuse every sequence but the next. Raises: AlreadyReceived, SequenceGap."""
    if sequence < expected:
        raise AlreadyReceived(expected, sequence)
    if sequence > expected:
        raise SequenceGap(expected, sequence)


def read_result(packet: Packet) -> PacketResult:
    """Return the result in a result packet, exact in every field (Q5).

    Raises: MalformedBytes, MalformedField, MalformedPacket.
    """
    if packet.payload_type != RESULT_TYPE or packet.timeout or packet.payload_gas:
        raise MalformedPacket("a result has no timeout and no gas and is of type `result`")
    result = codec.decode(PacketResult, packet.payload)
    if result.request_sequence != packet.request_sequence or not result.request_sequence:
        raise MalformedPacket("a result names one request, twice the same")
    if result.code not in tuple(ResultCode):
        raise MalformedPacket(f"result code {result.code} has no meaning")
    return result
