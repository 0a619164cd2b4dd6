"""Scenario 2: relays that lie, forge, replay or contradict themselves; nothing false arrives (R2, R3, R5)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256

import pytest

from qos.base import merkle
from qos.base.blocktime import HOUR_NS
from qos.base.identifiers import BASE_DENOM
from qos.cassini.messages import CastVote, Deliver, Order, Report, SendSignature
from qos.client.lightblocks import light_block
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.attestation import digest
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.modules.relay.observations.state import MEMBERS
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    Abstract,
    AssetTransfer,
    Attestation,
    MsgReceive,
    MsgUpdateClient,
    Packet,
    PacketKind,
    ProvenPacket,
)
from qos.proto.records.qos_relay_v1 import Batch, MsgObserve, MsgSign
from qos.testing.chain import BOB, DAVE, FUNDS
from qos.testing.relay_group import ATTESTERS, RELAYS
from qos.testing.relay_traffic import send_some
from qos.testing.relay_world import HUB, QOS, SHOP, RelayWorld, run_now

LIAR = 1
Tamper = Callable[[Order], Iterable[Order]]


def arrived(world: RelayWorld) -> int:
    return sum(amount for (owner, denom), amount in world.holdings(SHOP) if owner == BOB.address and "qcp/" in denom)


def bend(abstract: Abstract, hashes: tuple[bytes, ...]) -> Abstract:
    return replace(abstract, last=abstract.first + len(hashes) - 1, packet_root=merkle.root(hashes))


def about_an_event(order: Order) -> Iterable[Order]:
    """Vote for a packet more than there is."""
    if not isinstance(order, CastVote):
        return (order,)
    message = order.message
    hashes = (*message.packet_hashes, sha256(b"nothing").digest())
    return (CastVote(message=replace(message, abstract=bend(message.abstract, hashes), packet_hashes=hashes)),)


def about_a_packet(order: Order) -> Iterable[Order]:
    """Vote for another packet than the one there is."""
    if not isinstance(order, CastVote):
        return (order,)
    message = order.message
    hashes = (sha256(b"another").digest(), *message.packet_hashes[1:])
    return (CastVote(message=replace(message, abstract=bend(message.abstract, hashes), packet_hashes=hashes)),)


def about_a_header(order: Order) -> Iterable[Order]:
    """Vote under a header nobody else has, far ahead of all."""
    if not isinstance(order, CastVote):
        return (order,)
    bent = replace(order.message.abstract, height=10**9, header_hash=b"h" * 32)
    return (CastVote(message=replace(order.message, abstract=bent)),)


def in_signatures(order: Order) -> Iterable[Order]:
    """Sign something else than what was agreed."""
    if not isinstance(order, SendSignature):
        return (order,)
    forged = secp256k1.sign(ATTESTERS[LIAR].private, sha256(b"something else").digest())
    return (SendSignature(message=replace(order.message, signature=forged)),)


def in_deliveries(order: Order) -> Iterable[Order]:
    """Deliver with too few signatures, with foreign ones, with bent packets, then again what was delivered."""
    if not isinstance(order, Deliver):
        return (order,)
    few = replace(order.attestation, signatures=order.attestation.signatures[:2])
    twice = replace(order.attestation, signatures=order.attestation.signatures[:2] * 2)
    bent = replace(order.packets[0], packet=order.packets[0].packet + b"\x00")
    return (
        replace(order, attestation=few),
        replace(order, attestation=twice),
        replace(order, packets=(bent, *order.packets[1:])),
        replace(order, packets=order.packets[1:]) if order.packets[1:] else order,
        order,
        order,
    )


@pytest.mark.parametrize("lie", [about_an_event, about_a_packet, about_a_header, in_signatures, in_deliveries])
def test_one_liar_delays_nothing_beyond_a_turn_and_falsifies_nothing(lie: Tamper) -> None:
    world = RelayWorld()
    world.relays[LIAR].tamper = lie
    send_some(world)
    assert world.until(world.settled, seconds=60) <= 25_000
    assert arrived(world) == 21
    assert all(len(batch.packet_hashes) <= 3 for batch in world.batches())


def test_a_liar_who_votes_first_and_often_cannot_keep_the_others_apart() -> None:
    world = RelayWorld()
    height = [10]

    def flicker(order: Order) -> Iterable[Order]:
        height[0] += 1
        if not isinstance(order, CastVote):
            return (order,)
        bent = replace(order.message.abstract, height=height[0])
        return (CastVote(message=replace(order.message, abstract=bent)), order)

    world.relays[LIAR].tamper = flicker
    send_some(world)
    assert world.until(world.settled, seconds=60) <= 20_000
    assert arrived(world) == 21


def test_a_replayed_delivery_changes_nothing() -> None:
    world = RelayWorld()
    send_some(world)
    world.until(world.settled, seconds=30)
    deliveries = [order for order in world.done(Deliver) if isinstance(order, Deliver)]
    before = world.holdings(SHOP), world.holdings(QOS)
    inboxes = world.queue(SHOP, QOS).inbox, world.queue(QOS, SHOP).inbox
    for order in deliveries:
        world.relays[LIAR]._do(order)
    world.step(30)
    assert (world.queue(SHOP, QOS).inbox, world.queue(QOS, SHOP).inbox) == inboxes
    assert world.holdings(SHOP) == before[0]
    kept = {key: amount for key, amount in world.holdings(QOS) if key[0] == BOB.address}
    assert kept == {key: amount for key, amount in before[1] if key[0] == BOB.address}


def forged_vote(world: RelayWorld) -> tuple[MsgObserve, bytes]:
    """Return a vote for a packet from the shop that would mint coins at home, under a true header of the shop."""
    peer = world.peer(QOS, SHOP)
    height = world.nodes[SHOP].height - 1
    header = world.nodes[SHOP].store.meta(height)
    payload = AssetTransfer(denom=BASE_DENOM, amount=10**18, sender=BOB.address, recipient=DAVE.address)
    packet = Packet(
        version=1,
        queue_id=peer.incoming,
        sequence=1,
        kind=PacketKind.PACKET_KIND_REQUEST,
        source_height=height - 1,
        timeout=world.now_ns + HOUR_NS,
        payload_gas=60_000,
        payload_type="transfer",
        payload=codec.encode(payload),
    )
    encoded = codec.encode(packet)
    abstract = Abstract(
        queue_id=peer.incoming,
        version=1,
        epoch=peer.epoch,
        height=height,
        header_hash=header.block_id.hash,
        app_hash=header.header.app_hash,
        first=1,
        last=1,
        packet_root=merkle.root((packet_hash(encoded),)),
    )
    vote = MsgObserve(
        relay=RELAYS[0].address,
        source_chain=SHOP,
        destination_chain=QOS,
        abstract=abstract,
        packet_hashes=(packet_hash(encoded),),
    )
    return vote, encoded


def push_through(world: RelayWorld, vote: MsgObserve, liars: tuple[int, ...]) -> Batch:
    """Have liars vote and sign something, whatever their brains say."""
    for number in liars:
        run_now(world.relays[number].group.send(replace(vote, relay=RELAYS[number].address)))
    world.until(lambda: any(batch.abstract == vote.abstract for batch in world.batches()))
    batch = next(batch for batch in world.batches() if batch.abstract == vote.abstract)
    for number in liars:
        signature = secp256k1.sign(ATTESTERS[number].private, digest(batch.abstract))
        message = MsgSign(relay=RELAYS[number].address, batch=batch.number, signature=signature)
        run_now(world.relays[number].group.send(message))
    world.until(lambda: len(world.batches()[batch.number - 1].signatures) == len(liars))
    return world.batches()[batch.number - 1]


def test_three_colluding_relays_can_attest_a_forgery_but_not_have_it_believed() -> None:
    world = RelayWorld()
    world.step(20)
    vote, encoded = forged_vote(world)
    batch = push_through(world, vote, (0, 1, 2))
    assert not world.relays[3].log.statements, "the honest one signed nothing"
    update = MsgUpdateClient(
        submitter=DAVE.address,
        chain_id=SHOP,
        light_block=run_now(light_block(world.nodes[SHOP], batch.abstract.height)),
    )
    true_proof = world.nodes[SHOP].machine.query("/store/qcp/key", b"\xff", batch.abstract.height - 1, prove=True)
    links = [each.data for each in true_proof.proof_ops]
    for store_proof, chain_proof in ((links[0], links[1]), (b"", b"")):
        packet = ProvenPacket(packet=encoded, store_proof=store_proof, chain_proof=chain_proof)
        attestation = Attestation(abstract=batch.abstract, signatures=batch.signatures)
        delivery = MsgReceive(
            submitter=DAVE.address,
            source=SHOP,
            attestation=attestation,
            packet_hashes=batch.packet_hashes,
            packets=(packet,),
        )
        world.send(QOS, DAVE, update, delivery)
        world.step(15)
    assert world.queue(QOS, SHOP).inbox == 0
    assert world.balance(QOS, DAVE.address) < FUNDS, "the liar paid for trying"


def test_relays_that_signed_a_forgery_and_then_the_truth_are_struck_in_one_block() -> None:
    world = RelayWorld()
    send_some(world)
    world.until(world.settled, seconds=30)
    true_batch = next(batch for batch in world.batches() if batch.source_chain == SHOP)
    bent_hashes = (sha256(b"lie").digest(), *true_batch.packet_hashes[1:])
    vote = MsgObserve(
        relay=RELAYS[0].address,
        source_chain=SHOP,
        destination_chain=QOS,
        abstract=bend(true_batch.abstract, bent_hashes),
        packet_hashes=bent_hashes,
    )
    push_through(world, vote, (0, 1, 2))
    world.step(4)
    struck = [member.key for _, member in MEMBERS.items(world.state(HUB)) if member.struck]
    assert sorted(struck) == sorted(ATTESTERS[number].public for number in (0, 1, 2))
    reports = {order.key for order in world.relays[3].done if isinstance(order, Report)}
    assert reports == set(struck)
    world.until(lambda: len(world.peer(QOS, SHOP).struck_keys) == 3)
    assert world.until(lambda: len(world.peer(SHOP, QOS).struck_keys) == 3) <= 1_000
