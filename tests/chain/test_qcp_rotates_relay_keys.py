"""Relay keys change by more than two thirds of the current ones; removals act at once, additions a day later ([R4])."""

import json
from dataclasses import replace

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.errors import RuleViolation
from qos.chains.public import PUBLIC
from qos.crypto import secp256k1
from qos.machine.context import Context
from qos.machine.machine import Machine
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.attestation import digest
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.modules.crosschain.qcp.state import PENDING_EPOCHS
from qos.proto.records.qos_qcp_v1 import (
    MsgHoldRotation,
    MsgRotateRelays,
    QueryEpochRequest,
    QueryEpochResponse,
    RelaySignature,
)
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL, VirtualChain, genesis_document
from qos.testing.qcp_deliveries import load, update
from qos.testing.qcp_network import (
    CARRIER,
    RELAYS,
    Side,
    business_chain,
    codes_of,
    connect,
    expect_ok,
    public_chain,
    registration,
    transfer,
)
from qos.testing.qcp_puppet import Strung
from qos.testing.transactions import Key, key_of

DAY = 86_400
NEW = key_of("attester new")
PAUSER = CAROL


def by_key(*keys: Key) -> tuple[Key, ...]:
    return tuple(sorted(keys, key=lambda key: key.public))


NEXT = by_key(*RELAYS[:3], NEW)
"""The last relay goes, a new one comes."""


@pytest.fixture
def chains() -> tuple[Side, Side]:
    hub, shop = public_chain(), business_chain()
    connect(hub, shop, pausers=(PAUSER,))
    return hub, shop


def group_of(size: int) -> tuple[Key, ...]:
    return by_key(*(key_of(f"attester {i}") for i in range(size)))


def pair_with(relays: tuple[Key, ...]) -> tuple[Side, Side]:
    hub, shop = public_chain(), business_chain()
    for here, there in ((hub, shop), (shop, hub)):
        expect_ok(here.do(AUTHORITY, registration(here, there, relays=relays, pausers=(PAUSER,))))
    return hub, shop


def rotation(
    side: Side,
    keys: tuple[Key, ...],
    signers: tuple[Key, ...] = RELAYS[:3],
    *,
    peer: str = "shop-1",
    epoch: int = 2,
    height: int = 1_000,
    queue: bytes | None = None,
) -> MsgRotateRelays:
    public = tuple(key.public for key in keys)
    signed = rotation_digest(queue or side.peer(peer).incoming, epoch, public, height)
    return MsgRotateRelays(
        submitter=CARRIER.address,
        chain_id=peer,
        epoch=epoch,
        relay_keys=public,
        height=height,
        signatures=tuple(
            RelaySignature(key=key.public, signature=secp256k1.sign(key.private, signed)) for key in signers
        ),
    )


def decided(keys: tuple[Key, ...], *, epoch: int = 2) -> MsgRotateRelays:
    """Return a change by the authority."""
    public = tuple(key.public for key in keys)
    return MsgRotateRelays(submitter=AUTHORITY.address, chain_id="shop-1", epoch=epoch, relay_keys=public, height=1_000)


def deliver(shop: Side, hub: Side, relays: tuple[Key, ...], *, epoch: int | None = None) -> tuple[str, int]:
    """Send a packet to the hub and deliver it, signed by these relays for this epoch; return codespace and code."""
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 1)))
    shop.run_block()
    first = hub.queue("shop-1").inbox + 1
    batch = load(shop, hub, first, shop.queue("qos-1").outbox)
    if epoch is not None:
        batch = replace(batch, abstract=replace(batch.abstract, epoch=epoch))
    return codes_of(hub.do(CARRIER, update(shop, hub), batch.message(relays)))


def day_over(*sides: Side) -> None:
    for side in sides:
        side.wait(DAY)
        side.run_block()


def epoch_of(side: Side) -> QueryEpochResponse:
    return side.query("/qos.qcp.v1.Query/Epoch", QueryEpochRequest(chain_id="shop-1"), QueryEpochResponse)


def test_a_new_key_counts_after_a_day_and_then_only_the_new_epoch_is_accepted(chains):
    hub, shop = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    waiting = epoch_of(hub).pending
    assert waiting is not None
    assert (epoch_of(hub).epoch, waiting.epoch) == (1, 2)
    assert waiting.relay_keys == tuple(key.public for key in NEXT)
    assert deliver(shop, hub, RELAYS[:3]) == ("", 0)
    day_over(hub, shop)
    assert (epoch_of(hub).epoch, epoch_of(hub).pending) == (2, None)
    assert epoch_of(hub).relay_keys == tuple(key.public for key in NEXT)
    assert deliver(shop, hub, RELAYS[:3], epoch=1) == ("qcp", 10)
    assert deliver(shop, hub, by_key(NEW, *RELAYS[:2])) == ("", 0)


def test_additions_wait_24_hours_to_the_second(chains):
    hub, _ = chains
    sent = hub.next_block().time_ns
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    pending = epoch_of(hub).pending
    assert pending is not None
    assert pending.ready == sent + DAY * SECOND_NS
    hub.wait((pending.ready - hub.next_block().time_ns) // SECOND_NS - 5)
    assert hub.next_block().time_ns == pending.ready - 5 * SECOND_NS
    hub.run_block()
    assert epoch_of(hub).epoch == 1
    hub.run_block()
    assert epoch_of(hub).epoch == 2


def test_a_removed_key_signs_no_more_at_once_and_still_counts_in_n(chains):
    hub, shop = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    assert deliver(shop, hub, RELAYS) == ("qcp", 12)
    assert deliver(shop, hub, RELAYS[:2]) == ("qcp", 14)
    assert epoch_of(hub).quorum == 3


def test_a_change_that_only_removes_begins_its_epoch_at_once():
    relays = group_of(7)
    hub, shop = pair_with(relays)
    expect_ok(hub.do(CARRIER, rotation(hub, relays[:5], relays[:5])))
    assert (epoch_of(hub).epoch, len(epoch_of(hub).relay_keys), epoch_of(hub).quorum) == (2, 5, 4)
    assert deliver(shop, hub, relays[:4], epoch=1) == ("qcp", 10)
    assert deliver(shop, hub, relays[:4]) == ("", 0)


def test_exactly_more_than_two_thirds_of_the_current_keys_are_needed():
    relays = group_of(7)
    hub, _ = pair_with(relays)
    assert codes_of(hub.do(CARRIER, rotation(hub, relays[:6], relays[:4]))) == ("qcp", 14)
    assert epoch_of(hub).epoch == 1
    expect_ok(hub.do(CARRIER, rotation(hub, relays[:6], relays[:5])))


@pytest.mark.parametrize(
    ("size", "removed", "added", "accepted"),
    [
        (4, 1, 1, True),
        (4, 0, 1, True),
        (4, 0, 2, False),
        (5, 1, 0, True),
        (6, 1, 1, True),
        (6, 2, 0, False),
        (7, 2, 2, True),
        (7, 3, 0, False),
        (7, 0, 3, False),
        (4, 1, 0, False),
        (4, 0, 0, False),
    ],
)
def test_fewer_than_a_third_change_and_four_remain(size, removed, added, accepted):
    relays = group_of(size)
    hub, _ = pair_with(relays)
    keys = by_key(*relays[: size - removed], *(key_of(f"later {i}") for i in range(added)))
    code = codes_of(hub.do(CARRIER, rotation(hub, keys, relays[: 2 * size // 3 + 1])))
    assert code == (("", 0) if accepted else ("qcp", 63))


def test_what_relays_signed_counts_for_one_queue_epoch_height_and_set_of_keys(chains):
    hub, shop = chains
    good = rotation(hub, NEXT)
    other = tuple(key.public for key in by_key(*RELAYS[:3], key_of("attester other")))
    wrong = [
        rotation(hub, NEXT, queue=hub.peer("shop-1").outgoing),
        rotation(hub, NEXT, queue=shop.peer("qos-1").outgoing[::-1]),
        replace(good, height=999),
        replace(good, relay_keys=other),
    ]
    for message in wrong:
        assert codes_of(hub.do(CARRIER, message)) == ("qcp", 13)
    assert codes_of(hub.do(CARRIER, rotation(hub, NEXT, (NEW, *RELAYS[:2])))) in {("qcp", 11), ("qcp", 12)}
    assert codes_of(hub.do(CARRIER, rotation(hub, NEXT, (RELAYS[0], RELAYS[0], RELAYS[1])))) == ("qcp", 11)
    assert epoch_of(hub).pending is None


def test_signatures_of_an_attestation_install_no_keys(chains):
    hub, shop = chains
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 1)))
    shop.run_block()
    signed = digest(load(shop, hub, 1, 1).abstract)
    signatures = tuple(
        RelaySignature(key=key.public, signature=secp256k1.sign(key.private, signed)) for key in RELAYS[:3]
    )
    message = replace(rotation(hub, NEXT), signatures=signatures)
    assert codes_of(hub.do(CARRIER, message)) == ("qcp", 13)


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_only_the_next_epoch_follows(chains, epoch):
    hub, _ = chains
    assert codes_of(hub.do(CARRIER, rotation(hub, NEXT, epoch=epoch))) == ("qcp", 10)


def test_a_rotation_does_not_count_twice(chains):
    hub, shop = chains
    message = rotation(hub, NEXT)
    expect_ok(hub.do(CARRIER, message))
    day_over(hub, shop)
    assert codes_of(hub.do(CARRIER, message)) == ("qcp", 10)


def test_a_rotation_lapses_with_its_height(chains):
    hub, _ = chains
    late = rotation(hub, NEXT, height=hub.height)
    assert codes_of(hub.do(CARRIER, late)) == ("qcp", 64)
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT, height=hub.height + 1)))


def test_while_new_keys_wait_relays_choose_no_others(chains):
    hub, _ = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    other = by_key(*RELAYS[:3], key_of("attester other"))
    assert codes_of(hub.do(CARRIER, rotation(hub, other))) == ("qcp", 65)


@pytest.mark.parametrize(
    "keys",
    [NEXT[::-1], (*NEXT[:3], NEXT[2]), by_key(*RELAYS[:3], PAUSER), (*RELAYS[:3],)],
    ids=["unsorted", "twice", "a pauser", "three"],
)
def test_keys_that_are_no_group_are_refused(chains, keys):
    hub, _ = chains
    assert codes_of(hub.do(CARRIER, rotation(hub, keys))) == ("qcp", 63)


def test_bytes_that_are_no_key_are_refused(chains):
    hub, _ = chains
    keys = (*(key.public for key in RELAYS[:3]), b"\xff" * 33)
    signed = rotation_digest(hub.peer("shop-1").incoming, 2, keys, 1_000)
    signatures = tuple(
        RelaySignature(key=key.public, signature=secp256k1.sign(key.private, signed)) for key in RELAYS[:3]
    )
    message = replace(rotation(hub, NEXT), relay_keys=keys, signatures=signatures)
    assert codes_of(hub.do(CARRIER, message)) == ("qcp", 63)


def test_the_authority_changes_keys_without_relays_and_nobody_else_does(chains):
    hub, shop = chains
    stranger = replace(decided(NEXT), submitter=ALICE.address)
    assert codes_of(hub.do(ALICE, stranger)) == ("qcp", 3)
    expect_ok(hub.do(AUTHORITY, decided(NEXT)))
    assert codes_of(hub.do(PAUSER, MsgHoldRotation(pauser=PAUSER.address, chain_id="shop-1"))) == ("qcp", 66)
    day_over(hub, shop)
    assert epoch_of(hub).epoch == 2


def hold(key: Key = PAUSER) -> MsgHoldRotation:
    return MsgHoldRotation(pauser=key.address, chain_id="shop-1")


def test_keys_that_a_pauser_holds_never_count_until_the_authority_decides(chains):
    hub, shop = chains
    assert codes_of(hub.do(PAUSER, hold())) == ("qcp", 66)
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    assert codes_of(hub.do(BOB, hold(BOB))) == ("qcp", 3)
    expect_ok(hub.do(PAUSER, hold()))
    assert codes_of(hub.do(PAUSER, hold())) == ("qcp", 66)
    for _ in range(5):
        day_over(hub, shop)
    assert epoch_of(hub).epoch == 1
    assert codes_of(hub.do(CARRIER, rotation(hub, NEXT))) == ("qcp", 65)
    expect_ok(hub.do(AUTHORITY, decided(NEXT)))
    day_over(hub, shop)
    assert epoch_of(hub).relay_keys == tuple(key.public for key in NEXT)


def test_an_honest_key_that_thieves_removed_signs_again_once_the_authority_keeps_it(chains):
    hub, shop = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    expect_ok(hub.do(PAUSER, hold()))
    kept = by_key(*RELAYS[1:], NEW)
    expect_ok(hub.do(AUTHORITY, decided(kept)))
    assert deliver(shop, hub, RELAYS[1:]) == ("", 0)
    assert deliver(shop, hub, RELAYS[:3]) == ("qcp", 12)


def test_new_keys_of_a_frozen_queue_come_in_time(chains):
    hub, shop = chains
    hub.operations.append(lambda ctx: peers.freeze(ctx, hub.peer("shop-1"), "a test"))
    hub.run_block()
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    day_over(hub, shop)
    peer = hub.peer("shop-1")
    assert (peer.epoch, peer.frozen_because) == (2, "a test")


def strike(ctx: Context, keys: tuple[Key, ...]) -> None:
    for key in keys:
        peers.strike(ctx, peers.require(ctx, "shop-1"), key.public)


def test_a_struck_key_stays_struck_while_it_stays_a_key():
    relays = group_of(7)
    hub, _ = pair_with(relays)
    hub.operations.append(lambda ctx: strike(ctx, relays[5:]))
    hub.run_block()
    expect_ok(hub.do(CARRIER, rotation(hub, relays[:6], relays[:5])))
    assert hub.peer("shop-1").struck_keys == (relays[5].public,)


def test_keys_for_a_registration_that_is_over_never_count():
    hub, shop = Strung(PUBLIC, "qos-1", price=10**10, first=1), business_chain()
    connect(hub, shop)
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))

    def register_again(ctx: Context) -> None:
        pending = PENDING_EPOCHS.get(ctx, hub.peer("shop-1").incoming)
        assert pending is not None
        PENDING_EPOCHS.delete(ctx, pending.incoming)
        PENDING_EPOCHS.set(ctx, b"o" * 32, replace(pending, incoming=b"o" * 32))

    hub.meddle(register_again)
    day_over(hub, shop)
    assert hub.peer("shop-1").epoch == 1
    assert not list(PENDING_EPOCHS.items(hub.state()))


def exported(hub: Side) -> dict[str, object]:
    state: dict[str, object] = json.loads(json.dumps(hub.machine.export_genesis()))
    return state


def test_keys_that_wait_survive_an_export(chains):
    hub, _ = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    expect_ok(hub.do(PAUSER, hold()))
    again = VirtualChain(genesis_document() | {"app_state": exported(hub)})
    asked = QueryEpochRequest(chain_id="shop-1")
    assert again.query("/qos.qcp.v1.Query/Epoch", asked, QueryEpochResponse) == epoch_of(hub)
    assert epoch_of(hub).pending is not None


@pytest.mark.parametrize("change", [{"epoch": "3"}, {"incoming": "A" * 43 + "="}, {"relay_keys": []}])
def test_a_genesis_with_keys_that_wait_for_something_else_is_refused(chains, change):
    hub, _ = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    state = exported(hub)
    state["qcp"]["pending_epochs"][0].update(change)  # type: ignore[index]
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    with pytest.raises(RuleViolation):
        machine.init_chain(json.dumps(genesis_document() | {"app_state": state}).encode())
