"""Packets of an outbox, each proven under one header (Q10b)."""

from collections.abc import Sequence

from qos.cassini.findings import Absent, Finding, Measure, ProvenHeader, seen
from qos.cassini.messages import Inquiry
from qos.client.calls import MAX_BATCH as MAX_BATCH_CALLS
from qos.client.calls import BatchTransport
from qos.client.errors import BadAnswer
from qos.client.node import QueryAnswer, abci_query, store_path
from qos.client.queries import query
from qos.modules.crosschain.qcp.attestation import MAX_BATCH
from qos.modules.crosschain.qcp.state import OUTBOX, STORE
from qos.proto.records.qos_qcp_v1 import ProvenPacket, QueryQueueRequest, QueryQueueResponse
from qos.store.proofs import proven_absence, proven_value


async def prove_packets(source: BatchTransport, inquiry: Inquiry, header: ProvenHeader) -> Finding:
    """Prove the packets asked for under a proven header; as many as fit when the inquiry names no last one.

    How long the outbox was is only what the source says; the packets themselves, and that one is absent, are proven.
    Raises: BadProof, Refused, CallFailed, BadAnswer, Unreachable.
    """
    outbox = await _outbox_before(source, inquiry)
    last = inquiry.last or min(outbox, inquiry.first + MAX_BATCH - 1)
    if not inquiry.first <= last < inquiry.first + MAX_BATCH:
        return await _absence(source, inquiry, header)
    packets: list[ProvenPacket] = []
    measure = Measure()
    for start in range(inquiry.first, last + 1, MAX_BATCH_CALLS):
        sequences = range(start, min(start + MAX_BATCH_CALLS, last + 1))
        for sequence, packet in zip(sequences, await _rows(source, inquiry, header, sequences), strict=True):
            if packet is None:
                return Absent(height=inquiry.height, sequence=sequence)
            if not measure.takes(packet.packet):
                return seen(header, inquiry.first, packets, outbox)
            packets.append(packet)
    return seen(header, inquiry.first, packets, outbox)


async def _outbox_before(source: BatchTransport, inquiry: Inquiry) -> int:
    request = QueryQueueRequest(chain_id=inquiry.queue.route.destination)
    call = query("/qos.qcp.v1.Query/Queue", request, QueryQueueResponse, height=inquiry.height - 1)
    answer = await source.send(call)
    if answer.queue is None:
        raise BadAnswer("the source answered with no queue")
    return answer.queue.outbox


async def _absence(source: BatchTransport, inquiry: Inquiry, header: ProvenHeader) -> Finding:
    [packet] = await _rows(source, inquiry, header, (inquiry.first,))
    if packet is not None:
        raise BadAnswer(f"the source says the outbox ends before {inquiry.first} and proves that packet")
    return Absent(height=inquiry.height, sequence=inquiry.first)


async def _rows(
    source: BatchTransport, inquiry: Inquiry, header: ProvenHeader, sequences: Sequence[int]
) -> tuple[ProvenPacket | None, ...]:
    """Return packets with their proofs, None for one whose absence is proven."""
    keys = [OUTBOX.raw_key((inquiry.queue.queue_id, sequence)) for sequence in sequences]
    path, height = store_path(STORE), inquiry.height - 1
    answers = await source.send_all([abci_query(path, key, height=height, prove=True) for key in keys])
    return tuple([_proven(answer, header, key) for answer, key in zip(answers, keys, strict=True)])


def _proven(answer: QueryAnswer, header: ProvenHeader, key: bytes) -> ProvenPacket | None:
    links = [each.data for each in answer.proof_ops]
    if not answer.value:
        proven_absence(links, header.app_hash, STORE, key)
        return None
    data = proven_value(links, header.app_hash, STORE, key)
    return ProvenPacket(packet=data, store_proof=links[0], chain_proof=links[1])
