"""Packets of an outbox, each proven under one header (Q10b)."""

from qos.cassini.findings import Absent, Finding, Measure, ProvenHeader, seen
from qos.cassini.messages import Inquiry
from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.node import abci_query, store_path
from qos.client.queries import query
from qos.modules.crosschain.qcp.attestation import MAX_BATCH
from qos.modules.crosschain.qcp.state import OUTBOX, STORE
from qos.proto.records.qos_qcp_v1 import ProvenPacket, QueryQueueRequest, QueryQueueResponse
from qos.store.proofs import proven_absence, proven_value


async def prove_packets(source: Transport, inquiry: Inquiry, header: ProvenHeader) -> Finding:
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
    for sequence in range(inquiry.first, last + 1):
        packet = await _row(source, inquiry, header, sequence)
        if packet is None:
            return Absent(height=inquiry.height, sequence=sequence)
        if not measure.takes(packet.packet):
            break
        packets.append(packet)
    return seen(header, inquiry.first, packets, outbox)


async def _outbox_before(source: Transport, inquiry: Inquiry) -> int:
    request = QueryQueueRequest(chain_id=inquiry.queue.route.destination)
    call = query("/qos.qcp.v1.Query/Queue", request, QueryQueueResponse, height=inquiry.height - 1)
    answer = await source.send(call)
    if answer.queue is None:
        raise BadAnswer("the source answered with no queue")
    return answer.queue.outbox


async def _absence(source: Transport, inquiry: Inquiry, header: ProvenHeader) -> Finding:
    packet = await _row(source, inquiry, header, inquiry.first)
    if packet is not None:
        raise BadAnswer(f"the source says the outbox ends before {inquiry.first} and proves that packet")
    return Absent(height=inquiry.height, sequence=inquiry.first)


async def _row(source: Transport, inquiry: Inquiry, header: ProvenHeader, sequence: int) -> ProvenPacket | None:
    """Return one packet with its proof, or None once its absence is proven."""
    key = OUTBOX.raw_key((inquiry.queue.queue_id, sequence))
    answer = await source.send(abci_query(store_path(STORE), key, height=inquiry.height - 1, prove=True))
    links = [each.data for each in answer.proof_ops]
    if not answer.value:
        proven_absence(links, header.app_hash, STORE, key)
        return None
    data = proven_value(links, header.app_hash, STORE, key)
    return ProvenPacket(packet=data, store_proof=links[0], chain_proof=links[1])
