"""Reading what came from a peer, and what became of what was sent, from committed state and the blocks behind it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from qos.base.errors import RuleViolation
from qos.client.calls import Transport
from qos.client.errors import BadAnswer, Refused
from qos.client.lightblocks import light_block
from qos.client.node import BlockAnswer, abci_query, block, status, store_path, tx_search
from qos.client.queries import query
from qos.modules.crosschain.qcp import transfer
from qos.modules.crosschain.qcp.packets import RESULT_TYPE, packet_hash
from qos.modules.crosschain.qcp.payloads import application
from qos.modules.crosschain.qcp.state import OUTBOX, RECEIPTS, STORE
from qos.proto.codec import decode, type_url, unpack
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records.cosmos_tx_v1beta1 import TxBody, TxRaw
from qos.rpc.services.status import CallRefused, Status

_DELIVERIES: Mapping[str, type[qcp.MsgReceive | qcp.MsgReceiveProven]] = MappingProxyType(
    {type_url(kind): kind for kind in (qcp.MsgReceive, qcp.MsgReceiveProven)}
)
FOUND_RESULTS = 10
"""Transactions with a result of one request to look into; more than one exist only when some failed."""


class Arrivals:
    """Reads one node."""

    def __init__(self, node: Transport) -> None:
        self._node = node
        self._block: BlockAnswer | None = None

    async def peers(self) -> tuple[qcp.Peer, ...]:
        """Return all peers."""
        answer = await self._node.send(
            query("/qos.qcp.v1.Query/Peers", qcp.QueryPeersRequest(), qcp.QueryPeersResponse)
        )
        return answer.peers

    async def queue(self, chain_id: str) -> qcp.QueueState:
        """Return how far the queues of a peer have come. Raises: Refused when there is no such peer."""
        asked = qcp.QueryQueueRequest(chain_id=chain_id)
        answer = await self._node.send(query("/qos.qcp.v1.Query/Queue", asked, qcp.QueryQueueResponse))
        if answer.queue is None:
            raise BadAnswer("the node answered with no queue")
        return answer.queue

    async def read(self, chain_id: str, sequence: int) -> qcp.Arrival:
        """Return what came under a sequence that is received. Raises: CallRefused when it was pruned."""
        asked = qcp.QueryReceiptRequest(chain_id=chain_id, sequence=sequence)
        try:
            receipt = (
                await self._node.send(query("/qos.qcp.v1.Query/Receipt", asked, qcp.QueryReceiptResponse))
            ).receipt
        except Refused as error:
            if not error.is_missing:
                raise
            text = f"arrival {sequence} from {chain_id} is pruned here: go on behind a later one"
            raise CallRefused(Status.OUT_OF_RANGE, text) from None
        if receipt is None:
            raise BadAnswer("the node answered with no receipt")
        found = await self._block_at(receipt.height)
        for data in found.txs:
            for claimed in _delivered(data, chain_id):
                if packet_hash(claimed) == receipt.packet_hash:
                    return _arrival(chain_id, sequence, receipt, found.time_ns, claimed)
        raise BadAnswer(f"block {receipt.height} does not hold the packet that {chain_id} sent as {sequence}")

    async def outcome(self, chain_id: str, sequence: int) -> qcp.AwaitResultResponse:
        """Return what became of a request that was sent. Raises: CallRefused, Refused when there is none."""
        asked = qcp.QueryPacketRequest(chain_id=chain_id, sequence=sequence)
        found = await self._node.send(query("/qos.qcp.v1.Query/Packet", asked, qcp.QueryPacketResponse))
        if found.packet is None or found.packet.kind != qcp.PacketKind.PACKET_KIND_REQUEST:
            raise CallRefused(Status.INVALID_ARGUMENT, f"packet {sequence} to {chain_id} is a result, which has none")
        if found.pending is not None:
            return qcp.AwaitResultResponse()
        result = await self._result(chain_id, sequence)
        if result is not None:
            return result
        # Nothing waits and no result came: it was refunded, which only what missed its timeout is.
        return qcp.AwaitResultResponse(settled=True, code=int(qcp.ResultCode.RESULT_CODE_EXPIRED))

    async def _result(self, chain_id: str, sequence: int) -> qcp.AwaitResultResponse | None:
        search = f"qcp_result.from='{chain_id}' AND qcp_result.request='{sequence}'"
        page = await self._node.send(tx_search(search, per_page=FOUND_RESULTS))
        for found in page.txs:
            for claimed in _delivered(found.tx, chain_id):
                packet = decode(qcp.Packet, claimed)
                if packet.request_sequence != sequence or packet.payload_type != RESULT_TYPE:
                    continue
                arrival = await self.read(chain_id, packet.sequence)
                if arrival.packet == packet and arrival.result is not None:
                    return qcp.AwaitResultResponse(
                        settled=True,
                        code=arrival.result.code,
                        data=arrival.result.data,
                        result_sequence=packet.sequence,
                        height=found.height,
                    )
        return None

    async def proof(self, request: qcp.ProofRequest) -> qcp.ProofResponse:
        """Return a row with its proof under the newest header that can show it. Raises: CallRefused, Refused."""
        asked = qcp.QueryPeerRequest(chain_id=request.chain_id)
        peer = (await self._node.send(query("/qos.qcp.v1.Query/Peer", asked, qcp.QueryPeerResponse))).peer
        if peer is None:
            raise BadAnswer("the node answered with no peer")
        if request.box == qcp.Box.BOX_OUTBOX:
            key = OUTBOX.raw_key((peer.outgoing, request.sequence))
        elif request.box == qcp.Box.BOX_INBOX:
            key = RECEIPTS.raw_key((peer.incoming, request.sequence))
        else:
            raise CallRefused(Status.INVALID_ARGUMENT, "say whether the outbox or the inbox is meant")
        newest = await self._node.send(status())
        answer = await self._node.send(abci_query(store_path(STORE), key, height=newest.height - 1, prove=True))
        if not answer.value or len(answer.proof_ops) != 2:
            raise CallRefused(Status.NOT_FOUND, f"{request.chain_id} {request.sequence} is not there, or pruned")
        return qcp.ProofResponse(
            key=key,
            value=answer.value,
            store_proof=answer.proof_ops[0].data,
            chain_proof=answer.proof_ops[1].data,
            light_block=await light_block(self._node, answer.height + 1),
        )

    async def _block_at(self, height: int) -> BlockAnswer:
        if self._block is None or self._block.height != height:
            self._block = await self._node.send(block(height))
        return self._block


def _delivered(data: bytes, chain_id: str) -> Iterator[bytes]:
    """Yield the packets a transaction claims to bring from a chain."""
    body = decode(TxBody, decode(TxRaw, data).body_bytes)
    for wrapped in body.messages:
        kind = _DELIVERIES.get(wrapped.type_url)
        if kind is not None:
            message = unpack(kind, wrapped)
            if message.source == chain_id:
                yield from [each.packet for each in message.packets]


def _arrival(chain_id: str, sequence: int, receipt: qcp.Receipt, time_ns: int, encoded: bytes) -> qcp.Arrival:
    packet = decode(qcp.Packet, encoded)
    moved, data, result = None, None, None
    try:
        match packet.payload_type:
            case transfer.PAYLOAD_TYPE:
                moved = decode(qcp.AssetTransfer, packet.payload)
            case application.PAYLOAD_TYPE:
                data = decode(qcp.ApplicationData, packet.payload)
            case other if other == RESULT_TYPE:
                result = decode(qcp.PacketResult, packet.payload)
    except RuleViolation:
        # A payload nobody can read is a failed result; whoever streams sees it all the same, as bytes.
        pass
    return qcp.Arrival(
        chain_id=chain_id,
        sequence=sequence,
        receipt=receipt,
        time=time_ns,
        packet=packet,
        transfer=moved,
        data=data,
        result=result,
    )
