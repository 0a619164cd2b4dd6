"""Packets of an outbox, each proven under one header (Q10b)."""

from collections.abc import Sequence

from qos.cassini.findings import Absent, Finding, Measure, ProvenHeader, seen
from qos.cassini.messages import Inquiry
from qos.client.calls import BatchTransport
from qos.client.errors import BadAnswer
from qos.client.node import QueryAnswer, abci_query, range_path, store_path
from qos.modules.crosschain.qcp.attestation import MAX_BATCH
from qos.modules.crosschain.qcp.state import OUTBOX, STORE
from qos.proto.codec import decode_lenient, encode
from qos.proto.records.qos_qcp_v1 import ProvenPacket, QueryQueueRequest, QueryQueueResponse
from qos.store.proofs import proven_absence, proven_value
from qos.store.ranges import Range, proven_pairs, write_range


async def prove_packets(source: BatchTransport, inquiry: Inquiry, header: ProvenHeader) -> Finding:
    """Prove the packets asked for under a proven header; as many as fit when the inquiry names no last one.

    How long the outbox was is only what the source says; the packets themselves, and that one is absent, are proven.
    Raises: BadProof, Refused, CallFailed, BadAnswer, Unreachable, MalformedBytes.
    """
    count = inquiry.last - inquiry.first + 1 if inquiry.last else MAX_BATCH
    if not 0 < count <= MAX_BATCH:
        return await _absence(source, inquiry, header, inquiry.first)
    sequences = range(inquiry.first, inquiry.first + count)
    outbox, found = await _read(source, inquiry, header, sequences)
    if not found or len(found) < (count if inquiry.last else 1):
        return await _absence(source, inquiry, header, inquiry.first + len(found))
    packets: list[ProvenPacket] = []
    measure = Measure()
    for packet in found:
        if not measure.takes(packet.packet):
            break
        packets.append(packet)
    return seen(header, inquiry.first, packets, outbox)


async def _read(
    source: BatchTransport, inquiry: Inquiry, header: ProvenHeader, sequences: range
) -> tuple[int, tuple[ProvenPacket, ...]]:
    """Return how long the outbox was, as the source says, and the packets there are, with their proofs."""
    height = inquiry.height - 1
    request = encode(QueryQueueRequest(chain_id=inquiry.queue.route.destination))
    keys = [OUTBOX.raw_key((inquiry.queue.queue_id, sequence)) for sequence in sequences]
    behind = OUTBOX.raw_key((inquiry.queue.queue_id, sequences.stop))
    asked = (
        abci_query("/qos.qcp.v1.Query/Queue", request, height=height),
        abci_query(range_path(STORE), write_range(Range(start=keys[0], end=behind)), height=height, prove=True),
    )
    queue, packets = await source.send_all(asked)
    state = decode_lenient(QueryQueueResponse, queue.value).queue
    if state is None:
        raise BadAnswer("the source answered with no queue")
    return state.outbox, _proven(packets, header, keys)


def _proven(answer: QueryAnswer, header: ProvenHeader, keys: Sequence[bytes]) -> tuple[ProvenPacket, ...]:
    links = [each.data for each in answer.proof_ops]
    if not links:
        return ()
    pairs = proven_pairs(links, header.app_hash, STORE, keys)
    return tuple([ProvenPacket(packet=pair.value, store_proof=pair.operation, chain_proof=links[1]) for pair in pairs])


async def _absence(source: BatchTransport, inquiry: Inquiry, header: ProvenHeader, sequence: int) -> Absent:
    key = OUTBOX.raw_key((inquiry.queue.queue_id, sequence))
    answer = await source.send(abci_query(store_path(STORE), key, height=inquiry.height - 1, prove=True))
    links = [each.data for each in answer.proof_ops]
    if answer.value:
        proven_value(links, header.app_hash, STORE, key)
        raise BadAnswer(f"the source says there is no packet {sequence} and proves it")
    proven_absence(links, header.app_hash, STORE, key)
    return Absent(height=inquiry.height, sequence=sequence)
