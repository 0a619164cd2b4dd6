"""What delivers packets that waited for more than 6 hours without any relay (Q16): old and new headers, and proofs.

For whoever has a node of both chains; neither node is believed: the destination verifies all.
"""

from qos.base.blocktime import rfc3339
from qos.base.identifiers import Address
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.delivery import foreign_trust, trusting_period_ns, update_messages
from qos.cassini.adapters.headers import path_from
from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.lightblocks import light_block
from qos.client.node import abci_query, status, store_path
from qos.client.queries import query
from qos.lightclient.verifier import ONE_THIRD, Options
from qos.modules.crosschain.qcp.liveness import WAIT_NS
from qos.modules.crosschain.qcp.state import OUTBOX, STORE
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.qos_qcp_v1 import (
    MsgReceiveProven,
    Packet,
    ProvenPacket,
    QueryClientRequest,
    QueryClientResponse,
    QueryPacketsRequest,
    QueryPacketsResponse,
    QueryQueueRequest,
    QueryQueueResponse,
    QueueState,
)

MAX_PACKETS = 16
"""Packets in one transaction, which has room for their proofs and two headers."""


class NothingToDeliver(AdapterUnavailable):
    """Nothing waits, or not for long enough."""


async def unrelayed_messages(
    destination: Transport, source: Transport, submitter: Address, now_ns: int
) -> tuple[Record, ...]:
    """Return the messages that deliver the oldest waiting packets, in the order they must run.

    Raises: NothingToDeliver; Refused, BadAnswer, CallFailed, Unreachable; subclasses of Invalid for bad headers.
    """
    here, there = (await destination.send(status())).chain_id, (await source.send(status())).chain_id
    request = QueryQueueRequest(chain_id=there)
    queue = await destination.send(query("/qos.qcp.v1.Query/Queue", request, QueryQueueResponse))
    first = (queue.queue or QueueState()).inbox + 1
    waiting = QueryPacketsRequest(chain_id=here, from_sequence=first, limit=MAX_PACKETS)
    found = (await source.send(query("/qos.qcp.v1.Query/Packets", waiting, QueryPacketsResponse))).packets
    if not found:
        raise NothingToDeliver(f"nothing waits from {there} to {here}")
    above = codec.decode_lenient(Packet, found[0]).source_height + 1
    # The oldest header the destination still has may be above the first that shows the packet; it shows it too.
    waited_height = max(above, await _oldest_header(destination, there))
    _check_waited((await light_block(source, waited_height)).signed_header.header.time, first, now_ns)
    packets, height = await _proven(source, queue.incoming, range(first, first + len(found)))
    if (await source.send(status())).height < height:
        raise NothingToDeliver(f"header {height} of {there} is not made yet: try again in a second")
    updates = [
        update
        for wanted in sorted({waited_height, height})
        for update in await _updates(destination, source, (there, wanted), submitter, now_ns)
    ]
    message = MsgReceiveProven(
        submitter=submitter, source=there, height=height, packets=packets, waited_height=waited_height
    )
    return (*updates, message)


async def _oldest_header(destination: Transport, source: str) -> int:
    request = QueryClientRequest(chain_id=source)
    client = (await destination.send(query("/qos.qcp.v1.Query/Client", request, QueryClientResponse))).client
    if client is None:
        raise BadAnswer("the node answered with no light client")
    return client.floor


def _check_waited(time_ns: int, sequence: int, now_ns: int) -> None:
    if now_ns - time_ns <= WAIT_NS:
        raise NothingToDeliver(
            f"packet {sequence} is of {rfc3339(time_ns)}: without relays it passes from {rfc3339(time_ns + WAIT_NS)} on"
        )


async def _proven(source: Transport, queue_id: bytes, sequences: range) -> tuple[tuple[ProvenPacket, ...], int]:
    """Return packets with proofs at one height, and the height of the header the proofs lead to."""
    found: list[ProvenPacket] = []
    height = 0
    for sequence in sequences:
        key = OUTBOX.raw_key((queue_id, sequence))
        answer = await source.send(abci_query(store_path(STORE), key, height=height, prove=True))
        if not answer.value or len(answer.proof_ops) != 2:
            raise BadAnswer(f"the node proves no packet {sequence}")
        height = answer.height
        store_proof, chain_proof = [operation.data for operation in answer.proof_ops]
        found.append(ProvenPacket(packet=answer.value, store_proof=store_proof, chain_proof=chain_proof))
    return tuple(found), height + 1


async def _updates(
    destination: Transport, source: Transport, wanted: tuple[str, int], submitter: Address, now_ns: int
) -> tuple[Record, ...]:
    """Return what gives the destination's light client a header it lacks."""
    trusted = await foreign_trust(destination, *wanted)
    if trusted is None:
        return ()
    options = Options(trust_level=ONE_THIRD, trusting_period_ns=await trusting_period_ns(destination))
    return update_messages(await path_from(source, trusted, wanted[1], options, now_ns), submitter)
