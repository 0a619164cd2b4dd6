"""What the QCP benchmark reads from the two chains afterwards."""

from dataclasses import dataclass

from qos.base.blocktime import MILLISECOND_NS
from qos.base.identifiers import Address
from qos.client.io.http import HttpTransport
from qos.client.lightblocks import commit
from qos.client.node import block_results, status
from qos.client.queries import query
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import QueryAllBalancesRequest, QueryAllBalancesResponse
from qos.proto.records.cosmos_base_abci_v1beta1 import TxMsgData
from qos.proto.records.qos_qcp_v1 import (
    MsgReceiveResponse,
    Packet,
    QueryPacketsRequest,
    QueryPacketsResponse,
    QueryQueueRequest,
    QueryQueueResponse,
    QueueState,
)
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.testing.qcp_load import DESTINATION, Load

RECEIVED = codec.type_url(MsgReceiveResponse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request: block time at the source and at the destination, in milliseconds."""

    sequence: int
    sent_ms: int
    received_ms: int


async def queue(node: HttpTransport, peer: str) -> QueueState:
    """Return how far the queues with a peer had come."""
    asked = query("/qos.qcp.v1.Query/Queue", QueryQueueRequest(chain_id=peer), QueryQueueResponse)
    found = (await node.send(asked)).queue
    if found is None:
        raise SystemExit("the node answered with no queue")
    return found


async def arrivals(source: HttpTransport, destination: HttpTransport) -> list[Arrival]:
    """Return every request that arrived."""
    times = await _received(destination)
    heights: dict[int, int] = {}
    found: list[Arrival] = []
    for sequence in range(1, len(times) + 1, 64):
        request = QueryPacketsRequest(chain_id=DESTINATION, from_sequence=sequence, limit=64)
        answer = await source.send(query("/qos.qcp.v1.Query/Packets", request, QueryPacketsResponse))
        for encoded in answer.packets:
            packet = codec.decode(Packet, encoded)
            if packet.source_height not in heights:
                heights[packet.source_height] = await _time_ms(source, packet.source_height)
            if packet.sequence in times and packet.payload_type == "transfer":
                sent, received = heights[packet.source_height], times[packet.sequence]
                found.append(Arrival(sequence=packet.sequence, sent_ms=sent, received_ms=received))
    return found


async def _received(destination: HttpTransport) -> dict[int, int]:
    """Return the block time each sequence was received at, as deliveries answered: no old state is needed for it."""
    newest = (await destination.send(status())).height
    times: dict[int, int] = {}
    for height in range(1, newest + 1):
        results = await destination.send(block_results(height))
        reached = max([_reached(result) for result in results], default=0)
        if reached > len(times):
            moment = await _time_ms(destination, height)
            times.update({sequence: moment for sequence in range(len(times) + 1, reached + 1)})
    return times


def _reached(result: ExecTxResult) -> int:
    """Return the inbox after a transaction, 0 when it delivered nothing."""
    answers = codec.decode(TxMsgData, result.data).msg_responses
    deliveries = [codec.decode(MsgReceiveResponse, each.value) for each in answers if each.type_url == RECEIVED]
    return max([each.inbox for each in deliveries], default=0)


async def _time_ms(node: HttpTransport, height: int) -> int:
    return (await node.send(commit(height))).header.time // MILLISECOND_NS


async def check_balances(destination: HttpTransport, load: Load) -> None:
    """Exit unless every sender holds exactly what it sent, once."""
    for owner, amount in load.amounts.items():
        if await _vouchers(destination, owner) != amount:
            raise SystemExit(f"an account of the destination does not hold the {amount} it should")


async def _vouchers(destination: HttpTransport, owner: Address) -> int:
    asked = query(
        "/cosmos.bank.v1beta1.Query/AllBalances", QueryAllBalancesRequest(address=owner), QueryAllBalancesResponse
    )
    return sum(coin.amount for coin in (await destination.send(asked)).balances if coin.denom.startswith("qcp/"))
