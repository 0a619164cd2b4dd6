"""New relay keys wait: a pauser holds them, the authority decides, and what waits survives an export ([R4])."""

import json
from dataclasses import replace
from typing import Any

import pytest

from qos.base.errors import RuleViolation
from qos.chains.public import PUBLIC
from qos.machine.context import Context
from qos.machine.machine import Machine
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.state import PENDING_EPOCHS
from qos.proto.records.qos_qcp_v1 import (
    MsgHoldRotation,
    QueryEpochRequest,
    QueryEpochResponse,
)
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, AUTHORITY, BOB, VirtualChain, genesis_document
from qos.testing.qcp_network import (
    CARRIER,
    RELAYS,
    Side,
    business_chain,
    codes_of,
    connect,
    connected,
    expect_ok,
)
from qos.testing.qcp_puppet import Strung
from qos.testing.qcp_rotations import (
    NEW,
    NEXT,
    PAUSER,
    by_key,
    day_over,
    decided,
    deliver,
    epoch_of,
    group_of,
    hold,
    pair_with,
    rotation,
)
from qos.testing.transactions import Key


@pytest.fixture
def chains() -> tuple[Side, Side]:
    return connected(pausers=(PAUSER,))


def test_the_authority_changes_keys_without_relays_and_nobody_else_does(chains):
    hub, shop = chains
    stranger = replace(decided(NEXT), submitter=ALICE.address)
    assert codes_of(hub.do(ALICE, stranger)) == ("qcp", 3)
    expect_ok(hub.do(AUTHORITY, decided(NEXT)))
    assert codes_of(hub.do(PAUSER, MsgHoldRotation(pauser=PAUSER.address, chain_id="shop-1"))) == ("qcp", 66)
    day_over(hub, shop)
    assert epoch_of(hub).epoch == 2


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


def exported(hub: Side) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(json.dumps(hub.machine.export_genesis()))
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
    state["qcp"]["pending_epochs"][0].update(change)
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    with pytest.raises(RuleViolation):
        machine.init_chain(json.dumps(genesis_document() | {"app_state": state}).encode())
