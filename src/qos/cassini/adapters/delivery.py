"""What a delivery to a chain of the QOS family consists of: the headers its light client lacks, then the packets."""

from collections.abc import Iterator, Sequence

from qos.base.blocktime import rfc3339
from qos.base.identifiers import Address
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.findings import gives_back, payload_gas
from qos.cassini.messages import Deliver
from qos.client.calls import Transport
from qos.client.errors import BadAnswer, Refused
from qos.client.node import abci_query, store_path
from qos.client.queries import query
from qos.machine.errors import KeyNotFound
from qos.modules.crosschain.qcp.params import DEFAULT_TRUSTING_PERIOD_NS
from qos.modules.crosschain.qcp.state import HEADERS, STORE
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.qos_qcp_v1 import (
    MsgReceive,
    MsgReceiveProven,
    MsgRefundExpired,
    MsgUpdateClient,
    Peer,
    ProvenPacket,
    QueryClientRequest,
    QueryClientResponse,
    QueryHeaderRequest,
    QueryHeaderResponse,
    QueryParamsRequest,
    QueryParamsResponse,
    QueryPeerRequest,
    QueryPeerResponse,
)

MAX_PACKET_BYTES = 200 * 1024
"""Packets with proofs in one transaction of at most 256 KiB; what is left over goes into the next."""
BASE_GAS = 300_000
PACKET_GAS = 60_000
GIVEN_BACK_GAS = 120_000
"""A refund, and a delivery fee that goes back too."""
BYTE_GAS = 10
"""A byte of a packet or its proof, carried and hashed."""
VALIDATOR_GAS = 12_000
HEADER_GAS = 60_000
REFUND_GAS = 200_000


async def registered_peer(node: Transport, source: str) -> Peer:
    """Return what a chain registered for a source. Raises: Refused, BadAnswer, CallFailed, Unreachable."""
    peer = (await node.send(query("/qos.qcp.v1.Query/Peer", QueryPeerRequest(chain_id=source), QueryPeerResponse))).peer
    if peer is None:
        raise BadAnswer("the node answered with no peer")
    return peer


def refuse_closed(peer: Peer, now_ns: int) -> None:
    """Refuse to submit to a queue that takes nothing now: it would cost the fee. Raises: AdapterUnavailable."""
    if peer.frozen_because:
        raise AdapterUnavailable(f"the queue of {peer.chain_id} is frozen: {peer.frozen_because}")
    if peer.paused_until is not None and now_ns < peer.paused_until:
        raise AdapterUnavailable(f"the queue of {peer.chain_id} is paused until {rfc3339(peer.paused_until)}")


async def trusting_period_ns(node: Transport) -> int:
    """Return how long a chain's light clients trust a header. Raises: Refused, BadAnswer, CallFailed, Unreachable."""
    params = (await node.send(query("/qos.qcp.v1.Query/Params", QueryParamsRequest(), QueryParamsResponse))).params
    if params is None or params.trusting_period is None:
        return DEFAULT_TRUSTING_PERIOD_NS
    return params.trusting_period


async def foreign_trust(node: Transport, source: str, height: int) -> TrustedState | None:
    """Return what a chain's light client of a source trusts below a height; None when it has that very header.

    Raises: Refused, BadAnswer, Unreachable, MalformedBytes.
    """
    if await _has_header(node, source, height):
        return None
    request = QueryClientRequest(chain_id=source)
    client = (await node.send(query("/qos.qcp.v1.Query/Client", request, QueryClientResponse))).client
    if client is None:
        raise BadAnswer("the node answered with no light client")
    below = client.height if client.height < height else client.floor
    key = HEADERS.raw_key((source, below))
    return codec.decode_lenient(TrustedState, (await node.send(abci_query(store_path(STORE), key))).value)


async def _has_header(node: Transport, source: str, height: int) -> bool:
    request = QueryHeaderRequest(chain_id=source, height=height)
    try:
        await node.send(query("/qos.qcp.v1.Query/Header", request, QueryHeaderResponse))
    except Refused as error:
        if (error.codespace, error.code) == (KeyNotFound.code.codespace, KeyNotFound.code.number):
            return False
        raise
    return True


def update_messages(path: Sequence[LightBlock], submitter: Address) -> tuple[MsgUpdateClient, ...]:
    """Return one message a header."""
    return tuple(
        [
            MsgUpdateClient(submitter=submitter, chain_id=block.signed_header.header.chain_id, light_block=block)
            for block in path
        ]
    )


def delivery_message(delivery: Deliver, submitter: Address) -> MsgReceive:
    """Return the message that delivers the packets, as many from the start as one transaction takes."""
    return MsgReceive(
        submitter=submitter,
        source=delivery.queue.route.source,
        attestation=delivery.attestation,
        packet_hashes=delivery.hashes,
        packets=tuple(_fitting(delivery.packets, with_proof=delivery.queue.with_proof)),
    )


def _fitting(packets: Sequence[ProvenPacket], *, with_proof: bool) -> Iterator[ProvenPacket]:
    size = 0
    for packet in packets:
        carried = packet if with_proof else ProvenPacket(packet=packet.packet)
        size += len(carried.packet) + len(carried.store_proof) + len(carried.chain_proof)
        if size > MAX_PACKET_BYTES:
            return
        yield carried


def gas_of(messages: Sequence[Record]) -> int:
    """Return a gas limit that surely suffices: what packets name, and what carrying them costs at most.

    No more than that: blocks are filled, and gas priced, by limits.
    """
    gas = BASE_GAS
    for message in messages:
        match message:
            case MsgUpdateClient(light_block=block):
                gas += HEADER_GAS + VALIDATOR_GAS * (len(block.validators) + len(block.next_validators))
            case MsgReceive(packets=packets) | MsgReceiveProven(packets=packets):
                gas += sum(_packet_gas(each) for each in packets)
            case MsgRefundExpired(proof=proof):
                gas += REFUND_GAS + BYTE_GAS * (len(proof.store_proof) + len(proof.chain_proof))
    return gas


def _packet_gas(packet: ProvenPacket) -> int:
    size = len(packet.packet) + len(packet.store_proof) + len(packet.chain_proof)
    extra = GIVEN_BACK_GAS if gives_back(packet.packet) else payload_gas(packet.packet)
    return PACKET_GAS + BYTE_GAS * size + extra
