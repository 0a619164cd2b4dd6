"""What the QCP benchmark reads from the two chains afterwards."""

from dataclasses import dataclass

from qos.base.blocktime import MILLISECOND_NS
from qos.base.identifiers import Address
from qos.client.io.http import HttpTransport
from qos.client.lightblocks import commit
from qos.client.node import status
from qos.client.queries import query
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import QueryAllBalancesRequest, QueryAllBalancesResponse
from qos.proto.records.qos_qcp_v1 import (
    Packet,
    QueryPacketsRequest,
    QueryPacketsResponse,
    QueryQueueRequest,
    QueryQueueResponse,
    QueueState,
)
from qos.testing.qcp_load import CHAIN, DESTINATION, Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request: block time at the source and at the destination, in milliseconds."""

    sequence: int
    sent_ms: int
    received_ms: int


async def queue(node: HttpTransport, peer: str, height: int = 0) -> QueueState:
    """Return how far the queues with a peer had come."""
    asked = query("/qos.qcp.v1.Query/Queue", QueryQueueRequest(chain_id=peer), QueryQueueResponse, height=height)
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
    """Return the block time each sequence was received at, walking the inbox back through the kept heights."""
    height = (await destination.send(status())).height
    reached = (await queue(destination, CHAIN, height)).inbox
    times: dict[int, int] = {}
    while reached:
        low, high = 1, height
        while low < high:
            middle = (low + high) // 2
            if await _inbox_at(destination, middle) >= reached:
                high = middle
            else:
                low = middle + 1
        before = await _inbox_at(destination, low - 1)
        moment = await _time_ms(destination, low)
        times.update({sequence: moment for sequence in range(before + 1, reached + 1)})
        reached, height = before, low - 1
    return times


async def _inbox_at(destination: HttpTransport, height: int) -> int:
    """Return the inbox after a block; nothing was received before the chains knew each other, in the first blocks."""
    return (await queue(destination, CHAIN, height)).inbox if height > FIRST_BLOCKS else 0


FIRST_BLOCKS = 4


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
