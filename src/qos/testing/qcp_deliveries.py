"""Deliveries by hand between chains in one process: what an honest relay carries, in parts a test may bend."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qos.base.blocktime import DAY_NS
from qos.base.identifiers import BASE_DENOM
from qos.crypto import secp256k1
from qos.lightclient.hashes import header_hash
from qos.modules.crosschain.qcp.attestation import digest, packet_root
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.modules.crosschain.qcp.state import INBOX_SEQUENCE, OUTBOX, STORE
from qos.modules.crosschain.qcp.transfer import PAYLOAD_GAS, PAYLOAD_TYPE
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    Abstract,
    AssetTransfer,
    Attestation,
    InboxProof,
    MsgReceive,
    MsgRecoverClient,
    MsgRefundExpired,
    MsgReportEquivocation,
    MsgUpdateClient,
    Packet,
    PacketKind,
    Peer,
    ProvenPacket,
    RelaySignature,
)
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.testing.chain import ALICE, AUTHORITY
from qos.testing.qcp_network import CARRIER, RELAYS, Side, expect_ok
from qos.testing.transactions import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A batch on its way, in parts that a test may change before it becomes a message."""

    source: str
    abstract: Abstract
    hashes: tuple[bytes, ...]
    packets: tuple[ProvenPacket, ...]

    def message(self, relays: Sequence[Key] = RELAYS) -> MsgReceive:
        """Return the delivery, attested by these relays whatever it says."""
        return MsgReceive(
            submitter=CARRIER.address,
            source=self.source,
            attestation=Attestation(abstract=self.abstract, signatures=signatures(digest(self.abstract), relays)),
            packet_hashes=self.hashes,
            packets=self.packets,
        )


def signatures(signed: bytes, relays: Sequence[Key] = RELAYS) -> tuple[RelaySignature, ...]:
    """Return the relays' signatures over a digest, in the order given."""
    return tuple(RelaySignature(key=key.public, signature=secp256k1.sign(key.private, signed)) for key in relays)


def load(source: Side, destination: Side, first: int, last: int, *, height: int | None = None) -> Load:
    """Return what an honest relay carries: packets of the outbox with proofs under the header of `height`."""
    at = source.height if height is None else height
    peer = source.peer(destination.chain_id)
    encoded = [source.packet_bytes(destination.chain_id, sequence) for sequence in range(first, last + 1)]
    packets = tuple(_proven(source, peer, sequence, data, at) for sequence, data in enumerate(encoded, first))
    return Load(
        source=source.chain_id,
        abstract=abstract_of(source, destination, first, encoded, at),
        hashes=tuple(packet_hash(data) for data in encoded),
        packets=packets,
    )


def _proven(source: Side, peer: Peer, sequence: int, data: bytes, height: int) -> ProvenPacket:
    proof = source.machine.store.prove(height - 1, STORE, OUTBOX.raw_key((peer.outgoing, sequence)))
    return ProvenPacket(packet=data, store_proof=proof.operations[0], chain_proof=proof.operations[1])


def abstract_of(source: Side, destination: Side, first: int, encoded: Sequence[bytes], height: int) -> Abstract:
    """Return the abstract of packets under a header of the source."""
    header = source.header(height).signed_header.header
    return Abstract(
        queue_id=source.peer(destination.chain_id).outgoing,
        version=1,
        epoch=destination.peer(source.chain_id).epoch,
        height=height,
        header_hash=header_hash(header),
        app_hash=header.app_hash,
        first=first,
        last=first + len(encoded) - 1,
        packet_root=packet_root([packet_hash(data) for data in encoded]),
    )


def update(source: Side, destination: Side, height: int | None = None) -> MsgUpdateClient:
    """Return the message that gives a destination a header of the source, the newest unless said."""
    destination.keep_up_with(source)
    return MsgUpdateClient(
        submitter=CARRIER.address, chain_id=source.chain_id, light_block=source.header(height or source.height)
    )


def inbox_proof(source: Side, destination: Side, height: int | None = None) -> InboxProof:
    """Return what the destination's state says of the source's packets, under its header of `height`."""
    at = destination.height if height is None else height
    key = INBOX_SEQUENCE.raw_key(destination.peer(source.chain_id).incoming)
    store_proof, chain_proof = destination.machine.store.prove(at - 1, STORE, key).operations
    return InboxProof(height=at, store_proof=store_proof, chain_proof=chain_proof)


def refund(source: Side, destination: Side, sequence: int, *, height: int | None = None) -> MsgRefundExpired:
    """Return what anybody brings to get back what a request carried that came too late."""
    proof = inbox_proof(source, destination, height)
    return MsgRefundExpired(submitter=CARRIER.address, chain_id=destination.chain_id, sequence=sequence, proof=proof)


def carry(source: Side, destination: Side, *, count: int = 64) -> ExecTxResult:
    """Deliver what waits, as relays do: a new header, then packets from the next sequence on."""
    source.run_block()
    first = destination.queue(source.chain_id).inbox + 1
    last = min(source.queue(destination.chain_id).outbox, first + count - 1)
    batch = load(source, destination, first, last)
    return destination.do(CARRIER, update(source, destination), batch.message())


def waiting(source: Side, destination: Side) -> int:
    """Return how many packets are sent and not received."""
    return source.queue(destination.chain_id).outbox - destination.queue(source.chain_id).inbox


def settle(hub: Side, *spokes: Side) -> None:
    """Carry in all directions until nothing waits."""
    routes = [route for spoke in spokes for route in ((hub, spoke), (spoke, hub))]
    while any(waiting(*route) for route in routes):
        for route in routes:
            if waiting(*route):
                expect_ok(carry(*route))


def revive(here: Side, there: Side) -> None:
    """Let the authority renew a light client that nobody fed for too long."""
    there.run_block()
    here.keep_up_with(there)
    block = there.header(there.height)
    expect_ok(
        here.do(AUTHORITY, MsgRecoverClient(authority=AUTHORITY.address, chain_id=there.chain_id, light_block=block))
    )


def forgery(hub: Side, shop: Side, thief: Key, amount: int) -> Load:
    """Return what the relays would attest if all of them were the thief's."""
    outgoing, sequence = hub.peer("shop-1").outgoing, shop.queue("qos-1").inbox + 1
    payload = AssetTransfer(
        denom=BASE_DENOM, amount=amount, sender=thief.address, recipient=thief.address, symbol="QOS"
    )
    packet = codec.encode(
        Packet(
            version=1,
            queue_id=outgoing,
            sequence=sequence,
            kind=PacketKind.PACKET_KIND_REQUEST,
            source_height=1,
            timeout=shop.next_block().time_ns + DAY_NS,
            payload_gas=PAYLOAD_GAS,
            payload_type=PAYLOAD_TYPE,
            payload=codec.encode(payload),
        )
    )
    honest = hub.header(hub.height).signed_header.header
    named = packet_hash(packet)
    abstract = Abstract(
        queue_id=outgoing,
        version=1,
        epoch=shop.peer("qos-1").epoch,
        height=hub.height,
        header_hash=header_hash(honest),
        app_hash=honest.app_hash,
        first=sequence,
        last=sequence,
        packet_root=packet_root([named]),
    )
    return Load(source="qos-1", abstract=abstract, hashes=(named,), packets=(ProvenPacket(packet=packet),))


def equivocation(hub: Side, shop: Side, liar: int = 0) -> MsgReportEquivocation:
    """Return the proof that a relay attested the shop's first packet, and another one in its place."""
    true, key = load(shop, hub, 1, 1), RELAYS[liar]
    lie = replace(true.abstract, packet_root=packet_root((b"l" * 32,)))
    return MsgReportEquivocation(
        reporter=ALICE.address,
        chain_id=shop.chain_id,
        key=key.public,
        first=true.abstract,
        first_signature=signatures(digest(true.abstract), (key,))[0].signature,
        first_hashes=true.hashes,
        second=lie,
        second_signature=signatures(digest(lie), (key,))[0].signature,
        second_hashes=(b"l" * 32,),
    )
