"""Following a packet from its source transaction to the result (R6): stages with times, and what it waits for.

Asks only what chains hold in committed state; events tell which packets a transaction sent, nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qos.base.blocktime import MILLISECOND_NS
from qos.cassini.waiting import Facts, GroupFacts, over_limit, reason
from qos.client.calls import Transport
from qos.client.errors import Refused, Unreachable
from qos.client.node import block, status, tx
from qos.client.queries import query
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.proto import codec
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records import qos_relay_v1 as relay
from qos.proto.records.tendermint_abci import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Nodes by chain id, the relays' chain if it is known, and what time it is."""

    chains: Mapping[str, Transport]
    relays: Transport | None
    now_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Something that happened to a packet. `height` is 0 where no block is meant."""

    name: str
    chain: str
    height: int = 0
    time_ns: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One packet's way. `receipt` is what became of it, `waiting` why there is none yet, in words."""

    source: str
    destination: str
    sequence: int
    hash: bytes
    stages: tuple[Stage, ...]
    receipt: qcp.Receipt | None
    waiting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A request's way, and its result's once there is one."""

    request: Leg
    result: Leg | None


async def trace(network: Network, source: str, tx_hash: bytes) -> tuple[Trace, ...]:
    """Follow every packet a transaction sent; none when it sent none or failed.

    Raises: CallFailed when the transaction is in no block, Unreachable when the source does not answer.
    """
    found = await network.chains[source].send(tx(tx_hash))
    sent = [_sent_by(event) for event in found.result.events if event.type == "qcp"]
    return tuple([await _follow(network, source, destination, sequence) for destination, sequence in sent])


def _sent_by(event: Event) -> tuple[str, int]:
    attributes = {each.key: each.value for each in event.attributes}
    return attributes["to"], int(attributes["sequence"])


async def _follow(network: Network, source: str, destination: str, sequence: int) -> Trace:
    request = await _leg(network, source, destination, sequence)
    answer = request.receipt.result if request.receipt is not None else 0
    return Trace(request=request, result=await _leg(network, destination, source, answer) if answer else None)


async def _leg(network: Network, source: str, destination: str, sequence: int) -> Leg:
    here = network.chains[source]
    packet = await _packet(here, source, destination, sequence)
    named = packet_hash(codec.encode(packet))
    height = packet.source_height
    stages = [Stage(name="sent", chain=source, height=height, time_ns=await _time(here, height))]
    group = await _group(network, packet, named)
    stages += _relay_stages(group) if group is not None else []
    receipt, waiting = await _arrival(network, source, destination, packet, group)
    if receipt is not None:
        at = await _time(network.chains[destination], receipt.height)
        detail = f"code {receipt.code}" + (f" ({receipt.reason})" if receipt.reason else "")
        stages.append(Stage(name="delivered", chain=destination, height=receipt.height, time_ns=at, detail=detail))
    return Leg(
        source=source,
        destination=destination,
        sequence=sequence,
        hash=named,
        stages=tuple(stages),
        receipt=receipt,
        waiting=waiting,
    )


async def _packet(here: Transport, source: str, destination: str, sequence: int) -> qcp.Packet:
    asked = qcp.QueryPacketRequest(chain_id=destination, sequence=sequence)
    packet = (await here.send(query("/qos.qcp.v1.Query/Packet", asked, qcp.QueryPacketResponse))).packet
    if packet is None:
        raise Refused(codespace="sdk", code=22, log=f"{source} has no packet {sequence} to {destination}")
    return packet


async def _arrival(
    network: Network, source: str, destination: str, packet: qcp.Packet, group: GroupFacts | None
) -> tuple[qcp.Receipt | None, str]:
    """Return the receipt of a packet, or why there is none."""
    there = network.chains.get(destination)
    if there is None:
        return None, f"no node of {destination} is known here"
    try:
        receipt = await _receipt(there, source, packet.sequence)
        if receipt is not None:
            return receipt, over_limit(await _held_back(there, source, packet.sequence))
        facts = await _facts(network, source, destination, packet, group)
    except Unreachable as error:
        return None, f"{destination} does not answer: {error.reason}"
    return None, reason(facts, network.now_ns)


async def _receipt(there: Transport, source: str, sequence: int) -> qcp.Receipt | None:
    asked = qcp.QueryReceiptRequest(chain_id=source, sequence=sequence)
    try:
        return (await there.send(query("/qos.qcp.v1.Query/Receipt", asked, qcp.QueryReceiptResponse))).receipt
    except Refused as error:
        if error.is_missing:
            return None
        raise


async def _held_back(there: Transport, source: str, sequence: int) -> qcp.QueryReleaseResponse | None:
    asked = qcp.QueryReleaseRequest(chain_id=source, sequence=sequence)
    try:
        return await there.send(query("/qos.qcp.v1.Query/Release", asked, qcp.QueryReleaseResponse))
    except Refused as error:
        if error.is_missing:
            return None
        raise


async def _facts(
    network: Network, source: str, destination: str, packet: qcp.Packet, group: GroupFacts | None
) -> Facts:
    there = network.chains[destination]
    found = await there.send(
        query("/qos.qcp.v1.Query/Peer", qcp.QueryPeerRequest(chain_id=source), qcp.QueryPeerResponse)
    )
    queue = await there.send(
        query("/qos.qcp.v1.Query/Queue", qcp.QueryQueueRequest(chain_id=source), qcp.QueryQueueResponse)
    )
    client = await there.send(
        query("/qos.qcp.v1.Query/Client", qcp.QueryClientRequest(chain_id=source), qcp.QueryClientResponse)
    )
    newest = await network.chains[source].send(status())
    inbox = queue.queue.inbox if queue.queue is not None else 0
    return Facts(
        source=source,
        packet=packet,
        source_height=newest.height,
        peer=found.peer,
        inbox=inbox,
        client_expires_ns=client.expires,
        group=group,
        ahead=await _ahead(network, source, destination, packet, inbox),
    )


async def _ahead(network: Network, source: str, destination: str, packet: qcp.Packet, inbox: int) -> GroupFacts | None:
    """Return what the relays know of the first packet of the queue that was not received, when it is another."""
    if inbox + 1 >= packet.sequence:
        return None
    first = await _packet(network.chains[source], source, destination, inbox + 1)
    return await _group(network, first, packet_hash(codec.encode(first)))


async def _group(network: Network, packet: qcp.Packet, named: bytes) -> GroupFacts | None:
    """Return what the relays' chain knows of a packet; nothing when it cannot be asked."""
    if network.relays is None:
        return None
    try:
        members = (
            await network.relays.send(
                query("/qos.relay.v1.Query/Members", relay.QueryMembersRequest(), relay.QueryMembersResponse)
            )
        ).members
        asked = relay.QueryVotesRequest(queue_id=packet.queue_id)
        votes = (await network.relays.send(query("/qos.relay.v1.Query/Votes", asked, relay.QueryVotesResponse))).votes
        batch = await _batch(network.relays, packet, named)
    except Unreachable:
        return None
    seen = [vote for vote in votes if _covers(vote, packet, named)]
    return GroupFacts(keys=tuple([each.key for each in members]), votes=len(seen), batch=batch)


async def _batch(relays: Transport, packet: qcp.Packet, named: bytes) -> relay.Batch | None:
    """Return the newest kept batch that covers a packet."""
    newest, after = None, 0
    while True:
        asked = relay.QueryBatchesRequest(from_number=after)
        page = (await relays.send(query("/qos.relay.v1.Query/Batches", asked, relay.QueryBatchesResponse))).batches
        newest = next((each for each in reversed(page) if _covers(each, packet, named)), newest)
        if not page:
            return newest
        after = page[-1].number + 1


def _covers(said: relay.Vote | relay.Batch, packet: qcp.Packet, named: bytes) -> bool:
    at = packet.sequence - said.abstract.first
    return (
        said.abstract.queue_id == packet.queue_id
        and 0 <= at < len(said.packet_hashes)
        and said.packet_hashes[at] == named
    )


def _relay_stages(group: GroupFacts) -> list[Stage]:
    total = len(group.keys)
    if group.batch is None:
        return [Stage(name="voted", chain="relays", detail=f"{group.votes} of {total} relays")] if group.votes else []
    at = group.batch.fixed_at_ms * MILLISECOND_NS
    signed = len(group.batch.signatures)
    return [
        Stage(name="agreed", chain="relays", time_ns=at, detail=f"batch {group.batch.number}"),
        Stage(name="signed", chain="relays", detail=f"{signed} of {total} relays"),
    ]


async def _time(node: Transport, height: int) -> int:
    return (await node.send(block(height))).time_ns
