"""No damaged delivery is taken: nothing of it that counts may differ by a byte (Q3, Q10; threats 1, 2 and 23).

A chain that wants proofs takes the packet out of the proof and does not look at the bytes beside it; a chain that goes
by the attestation alone looks at those and at no proof. What a chain does not look at is no part of the comparison.
"""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.machine.gas import UNLIMITED, GasMeter
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import MsgReceive, ProvenPacket
from qos.store.overlay import Overlay
from qos.testing.chain import ALICE
from qos.testing.fuzzing import damaged
from qos.testing.qcp_deliveries import load, update
from qos.testing.qcp_network import ATTESTED, CARRIER, RELAYS, Side, connected, expect_ok, transfer

SHORT, LONG = 200, 50_000
ROUTE = codec.type_url(MsgReceive)
Deliveries = tuple[Side, tuple[MsgReceive, ...]]


def to_the_hub() -> Deliveries:
    """Return a chain that wants attestation and proof, and deliveries either of which it would take next."""
    hub, shop = connected()
    return _deliveries(shop, hub)


def to_a_shop() -> Deliveries:
    """The same for a chain that goes by attestations alone."""
    hub, shop = connected(spoke_mode=ATTESTED)
    return _deliveries(hub, shop)


def _deliveries(source: Side, destination: Side) -> Deliveries:
    expect_ok(source.do(ALICE, transfer(ALICE, destination, 5)))
    source.run_block()
    expect_ok(destination.do(CARRIER, update(source, destination)))
    batch = load(source, destination, 1, 1)
    # Three of four relays must have signed: one signature less is one too few.
    return destination, (batch.message(RELAYS[:3]), batch.message(RELAYS[1:]))


def is_taken(chain: Side, message: MsgReceive) -> bool:
    state = Overlay(chain.machine.store.reader())
    ctx = Context(state, chain.next_block(), GasMeter(UNLIMITED), [], (CARRIER.address,))
    try:
        chain.machine.chain.messages[ROUTE].handle(ctx, replace(message, submitter=CARRIER.address))
    except RuleViolation:
        return False
    return True


def whole(each: ProvenPacket) -> ProvenPacket:
    return each


def without_proof(each: ProvenPacket) -> ProvenPacket:
    return replace(each, store_proof=b"", chain_proof=b"")


@pytest.mark.parametrize(
    ("deliveries", "looked_at", "fields"),
    [
        (to_the_hub, whole, ("packet", "store_proof", "chain_proof")),
        (to_a_shop, without_proof, ("packet",)),
    ],
    ids=["with proofs", "by attestation alone"],
)
def test_no_damaged_delivery_is_taken(
    deliveries: Callable[[], Deliveries],
    looked_at: Callable[[ProvenPacket], ProvenPacket],
    fields: tuple[str, ...],
    long_run: bool,
) -> None:
    chain, messages = deliveries()
    assert all(is_taken(chain, message) for message in messages)
    honest = [
        replace(each, submitter=Address(b""), packets=tuple(looked_at(packet) for packet in each.packets))
        for each in messages
    ]
    assert all(is_taken(chain, each) for each in honest)
    chance = random.Random(7)
    tried = 0
    while tried < (LONG if long_run else SHORT):
        message, other = chance.sample(honest, 2)
        if chance.random() < 0.5:
            data = damaged(chance, codec.encode(message), codec.encode(other))
        else:
            data = codec.encode(with_damaged_packet(chance, message, chance.choice(fields)))
        try:
            changed = codec.decode(MsgReceive, data)
        except RuleViolation:
            tried += 1
            continue
        changed = replace(changed, packets=tuple(looked_at(packet) for packet in changed.packets))
        if replace(changed, submitter=Address(b"")) in honest:
            continue
        tried += 1
        assert not is_taken(chain, changed), data.hex()[:2_000]


def with_damaged_packet(chance: random.Random, message: MsgReceive, field: str) -> MsgReceive:
    """Return a delivery that decodes, so that the checks behind the decoder have to notice."""
    packet = message.packets[0]
    other = getattr(packet, chance.choice(("packet", "store_proof", "chain_proof")))
    return replace(message, packets=(replace(packet, **{field: damaged(chance, getattr(packet, field), other)}),))
