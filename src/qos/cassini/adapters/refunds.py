"""What brings a request home that missed its timeout (Q7): headers of the destination, and its inbox below the request.

For whoever has a node of both chains; no relay is needed, and neither node is believed: the chain at home verifies all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qos.base.blocktime import SECOND_NS, rfc3339
from qos.base.identifiers import Address
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.delivery import foreign_trust, registered_peer, trusting_period_ns, update_messages
from qos.cassini.adapters.headers import path_from
from qos.cassini.findings import ProvenHeader, SeenInbox
from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.lightblocks import light_block
from qos.client.node import QueryAnswer, abci_query, status, store_path
from qos.client.queries import query
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import ONE_THIRD, Options
from qos.modules.crosschain.qcp.state import INBOX_SEQUENCE, STORE
from qos.proto.codec import decode_lenient
from qos.proto.record import Record
from qos.proto.records.qos_qcp_v1 import (
    InboxProof,
    MsgRefundExpired,
    Packet,
    PacketKind,
    QueryPacketRequest,
    QueryPacketResponse,
    QueryPacketsRequest,
    QueryPacketsResponse,
)
from qos.store.ics23 import BadProof
from qos.store.proofs import proven_value
from qos.store.values import UINT

MAX_REFUNDS = 16
"""Requests refunded in one transaction."""
LATE_NS = 60 * SECOND_NS
"""How long past its timeout a request waits for a relay: what is delivered late is refunded by its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A request by its destination and sequence, and who brings its refund."""

    chain_id: str
    sequence: int
    submitter: Address


class NothingToRefund(AdapterUnavailable):
    """The request is settled, in time still, or was received."""


async def refund_messages(home: Transport, there: Transport, expired: Expired, now_ns: int) -> tuple[Record, ...]:
    """Return the messages that refund a request at home, in the order they must run.

    Raises: NothingToRefund; Refused, BadAnswer, CallFailed, Unreachable; subclasses of Invalid for bad headers.
    """
    found = await _packet(home, expired.chain_id, expired.sequence)
    if found.packet is None or found.pending is None:
        raise NothingToRefund(f"nothing waits for a result of packet {expired.sequence}: it is settled, or no request")
    peer = await registered_peer(home, expired.chain_id)
    seen = await _inbox_of(there, expired.chain_id, peer.outgoing)
    _check_late(seen.time_ns, found.packet, expired)
    if seen.received >= expired.sequence:
        raise NothingToRefund(f"packet {expired.sequence} was received by {expired.chain_id}: wait for its result")
    height = seen.proof.height
    trusted = await foreign_trust(home, expired.chain_id, height)
    updates: tuple[Record, ...] = ()
    if trusted is not None:
        options = Options(trust_level=ONE_THIRD, trusting_period_ns=await trusting_period_ns(home))
        path = await path_from(there, trusted, height, options, now_ns)
        updates = update_messages(path, expired.submitter)
    return (*updates, refund_message(expired, seen))


async def late_requests(home: Transport, chain_id: str, first: int, time_ns: int) -> Mapping[int, int]:
    """Return the timeouts of the requests from a sequence on, of a batch, that wait though those were before a time.

    Raises: Refused, BadAnswer, CallFailed, Unreachable.
    """
    asked = QueryPacketsRequest(chain_id=chain_id, from_sequence=first, limit=MAX_REFUNDS)
    answer = await home.send(query("/qos.qcp.v1.Query/Packets", asked, QueryPacketsResponse))
    packets = [decode_lenient(Packet, data) for data in answer.packets]
    late = {
        each.sequence: each.timeout
        for each in packets
        if each.kind == PacketKind.PACKET_KIND_REQUEST and each.timeout < time_ns
    }
    return {number: late[number] for number in late if (await _packet(home, chain_id, number)).pending is not None}


def refund_message(expired: Expired, seen: SeenInbox) -> MsgRefundExpired:
    """Return what refunds a request once the header of the proof is known at home."""
    return MsgRefundExpired(
        submitter=expired.submitter, chain_id=expired.chain_id, sequence=expired.sequence, proof=seen.proof
    )


async def _packet(home: Transport, chain_id: str, sequence: int) -> QueryPacketResponse:
    request = QueryPacketRequest(chain_id=chain_id, sequence=sequence)
    return await home.send(query("/qos.qcp.v1.Query/Packet", request, QueryPacketResponse))


async def proven_inbox(there: Transport, queue_id: bytes, header: ProvenHeader) -> SeenInbox:
    """Return what a destination had received before the block of a proven header.

    Raises: BadAnswer for what is not proven; Refused, CallFailed, Unreachable.
    """
    key = INBOX_SEQUENCE.raw_key(queue_id)
    answer = await there.send(abci_query(store_path(STORE), key, height=header.height - 1, prove=True))
    try:
        proven_value([each.data for each in answer.proof_ops], header.app_hash, STORE, key)
    except BadProof as error:
        raise BadAnswer(f"the node proves nothing about this queue: {error}") from None
    shown = (await light_block(there, header.height)).signed_header.header
    if header_hash(shown) != header.header_hash:
        raise BadAnswer(f"the node shows another header {header.height} than it proved")
    return _seen(answer, header.height, shown.time)


async def _inbox_of(there: Transport, chain_id: str, queue_id: bytes) -> SeenInbox:
    """Return what a node says; the chain at home examines it."""
    answer = await there.send(abci_query(store_path(STORE), INBOX_SEQUENCE.raw_key(queue_id), prove=True))
    height = answer.height + 1
    if not answer.value:
        raise NothingToRefund(f"{chain_id} does not know this queue: the authority has to end it")
    if (await there.send(status())).height < height:
        raise NothingToRefund(f"header {height} of {chain_id} is not made yet: try again in a second")
    return _seen(answer, height, (await light_block(there, height)).signed_header.header.time)


def _seen(answer: QueryAnswer, height: int, time_ns: int) -> SeenInbox:
    store_proof, chain_proof = [operation.data for operation in answer.proof_ops]
    proof = InboxProof(height=height, store_proof=store_proof, chain_proof=chain_proof)
    return SeenInbox(received=UINT.decode(answer.value), time_ns=time_ns, proof=proof)


def _check_late(time_ns: int, packet: Packet, expired: Expired) -> None:
    if time_ns <= packet.timeout:
        raise NothingToRefund(
            f"packet {expired.sequence} may be received until {rfc3339(packet.timeout)}; "
            f"on {expired.chain_id} it is {rfc3339(time_ns)}: try again then"
        )
