"""All routes of a network at one glance: what waits, since when, who voted, whether the destination takes it.

Asks what chains hold in committed state, and the headers' times; nothing is proven, for this is for looking only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qos.cassini.ballots import under_way
from qos.cassini.waiting import closed
from qos.client.calls import Transport
from qos.client.errors import Refused
from qos.client.node import block
from qos.client.queries import query
from qos.modules.crosschain.qcp.errors import UnknownPeer
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records import qos_relay_v1 as relay


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """One route. `oldest_age_ns` is None when nothing waits; `state` is `open` or why nothing is taken."""

    source: str
    destination: str
    outbox: int
    inbox: int
    depth: int
    oldest_age_ns: int | None
    votes: int
    under_way: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Routes, members of the group, and how many batches it keeps."""

    routes: tuple[RouteState, ...]
    members: tuple[relay.Member, ...]
    batches: int


async def overview(chains: Mapping[str, Transport], group: Transport, now_ns: int) -> Overview:
    """Ask every chain about every other. Raises: Refused, CallFailed, BadAnswer, Unreachable."""
    batches = await kept_batches(group)
    members = query("/qos.relay.v1.Query/Members", relay.QueryMembersRequest(), relay.QueryMembersResponse)
    routes: list[RouteState] = []
    for source, here in chains.items():
        for destination, there in chains.items():
            peer = await _peer(there, source) if source != destination else None
            if peer is not None:
                routes.append(await _route((source, here), (destination, there), peer, (group, batches, now_ns)))
    return Overview(routes=tuple(routes), members=(await group.send(members)).members, batches=len(batches))


async def kept_batches(group: Transport) -> tuple[relay.Batch, ...]:
    """Return all batches the Cassini chain keeps. Raises: Refused, CallFailed, BadAnswer, Unreachable."""
    found: list[relay.Batch] = []
    while True:
        asked = relay.QueryBatchesRequest(from_number=found[-1].number + 1 if found else 0)
        page = (await group.send(query("/qos.relay.v1.Query/Batches", asked, relay.QueryBatchesResponse))).batches
        if not page:
            return tuple(found)
        found.extend(page)


async def _peer(there: Transport, source: str) -> qcp.Peer | None:
    asked = query("/qos.qcp.v1.Query/Peer", qcp.QueryPeerRequest(chain_id=source), qcp.QueryPeerResponse)
    try:
        return (await there.send(asked)).peer
    except Refused as error:
        if (error.codespace, error.code) == (UnknownPeer.code.codespace, UnknownPeer.code.number):
            return None
        raise


async def _route(
    source: tuple[str, Transport],
    destination: tuple[str, Transport],
    peer: qcp.Peer,
    known: tuple[Transport, tuple[relay.Batch, ...], int],
) -> RouteState:
    (name, here), (other, there), (group, batches, now_ns) = source, destination, known
    outbox = (await _queue(here, other)).outbox
    inbox = (await _queue(there, name)).inbox
    asked = relay.QueryVotesRequest(queue_id=peer.incoming)
    votes = (await group.send(query("/qos.relay.v1.Query/Votes", asked, relay.QueryVotesResponse))).votes
    client = await there.send(
        query("/qos.qcp.v1.Query/Client", qcp.QueryClientRequest(chain_id=name), qcp.QueryClientResponse)
    )
    own = [each for each in batches if each.abstract.queue_id == peer.incoming]
    return RouteState(
        source=name,
        destination=other,
        outbox=outbox,
        inbox=inbox,
        depth=max(outbox - inbox, 0),
        oldest_age_ns=now_ns - await _sent_at(here, other, inbox + 1) if outbox > inbox else None,
        votes=len(votes),
        under_way=len(under_way(own, inbox)),
        state=closed(name, peer, client.expires, now_ns) or "open",
    )


async def _queue(node: Transport, peer: str) -> qcp.QueueState:
    asked = query("/qos.qcp.v1.Query/Queue", qcp.QueryQueueRequest(chain_id=peer), qcp.QueryQueueResponse)
    return (await node.send(asked)).queue or qcp.QueueState()


async def _sent_at(node: Transport, peer: str, sequence: int) -> int:
    asked = qcp.QueryPacketRequest(chain_id=peer, sequence=sequence)
    packet = (await node.send(query("/qos.qcp.v1.Query/Packet", asked, qcp.QueryPacketResponse))).packet
    return (await node.send(block(packet.source_height if packet is not None else None))).time_ns
