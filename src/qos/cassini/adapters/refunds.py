"""What brings a request home that missed its timeout (Q7): headers of the destination, and its inbox below the request.

For whoever has a node of both chains; no relay is needed, and neither node is believed: the chain at home verifies all.
"""

from dataclasses import dataclass

from qos.base.blocktime import rfc3339
from qos.base.identifiers import Address
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.delivery import foreign_trust, trusting_period_ns, update_messages
from qos.cassini.adapters.headers import path_from
from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.node import QueryAnswer, abci_query, status, store_path
from qos.client.queries import query
from qos.lightclient.verifier import ONE_THIRD, Options
from qos.modules.crosschain.qcp.state import INBOX_SEQUENCE, STORE
from qos.proto.record import Record
from qos.proto.records.qos_qcp_v1 import (
    InboxProof,
    MsgRefundExpired,
    Packet,
    QueryPacketRequest,
    QueryPacketResponse,
    QueryPeerRequest,
    QueryPeerResponse,
)
from qos.store.collections import UINT


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
    packet = await _waiting_packet(home, expired)
    request = QueryPeerRequest(chain_id=expired.chain_id)
    peer = (await home.send(query("/qos.qcp.v1.Query/Peer", request, QueryPeerResponse))).peer
    if peer is None:
        raise BadAnswer("the node answered with no peer")
    seen = await there.send(abci_query(store_path(STORE), INBOX_SEQUENCE.raw_key(peer.outgoing), prove=True))
    height = seen.height + 1
    newest = (await there.send(status())).height
    if newest < height:
        raise NothingToRefund(f"header {height} of {expired.chain_id} is not made yet: try again in a second")
    trusted = await foreign_trust(home, expired.chain_id, height)
    updates: tuple[Record, ...] = ()
    if trusted is not None:
        options = Options(trust_level=ONE_THIRD, trusting_period_ns=await trusting_period_ns(home))
        path = await path_from(there, trusted, height, options, now_ns)
        _check_late(path[-1].signed_header.header.time, packet, expired)
        updates = update_messages(path, expired.submitter)
    _check_below(seen, expired)
    return (*updates, _message(expired, seen, height))


async def _waiting_packet(home: Transport, expired: Expired) -> Packet:
    request = QueryPacketRequest(chain_id=expired.chain_id, sequence=expired.sequence)
    found = await home.send(query("/qos.qcp.v1.Query/Packet", request, QueryPacketResponse))
    if found.packet is None or found.pending is None:
        raise NothingToRefund(f"nothing waits for a result of packet {expired.sequence}: it is settled, or no request")
    return found.packet


def _check_late(time_ns: int, packet: Packet, expired: Expired) -> None:
    if time_ns <= packet.timeout:
        raise NothingToRefund(
            f"packet {expired.sequence} may be received until {rfc3339(packet.timeout)}; "
            f"on {expired.chain_id} it is {rfc3339(time_ns)}: try again then"
        )


def _check_below(seen: QueryAnswer, expired: Expired) -> None:
    if not seen.value:
        raise NothingToRefund(f"{expired.chain_id} does not know this queue: the authority has to end it")
    if UINT.decode(seen.value) >= expired.sequence:
        raise NothingToRefund(f"packet {expired.sequence} was received by {expired.chain_id}: wait for its result")


def _message(expired: Expired, seen: QueryAnswer, height: int) -> MsgRefundExpired:
    store_proof, chain_proof = [operation.data for operation in seen.proof_ops]
    proof = InboxProof(height=height, store_proof=store_proof, chain_proof=chain_proof)
    return MsgRefundExpired(
        submitter=expired.submitter, chain_id=expired.chain_id, sequence=expired.sequence, proof=proof
    )
