"""QCP management by whole proposals (protocol 7): deposit, votes, end, and what then holds between two chains."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import DAY_S, HOUR_NS
from qos.base.identifiers import BASE_DENOM, format_address
from qos.machine.authority import GOVERNANCE
from qos.modules.crosschain.qcp import retirement
from qos.modules.crosschain.qcp.state import FLOORS, PEERS
from qos.proto.json import to_json
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import GenesisState, Level, Outcome, Proposal
from qos.testing.chain import ALICE, AUTHORITY
from qos.testing.governance import NO, SHORT, VALIDATORS, GovernedChain
from qos.testing.qcp_deliveries import carry, load, update
from qos.testing.qcp_network import (
    CARRIER,
    RELAYS,
    Side,
    business_chain,
    codes_of,
    expect_ok,
    registration,
    transfer,
    voucher_at,
)
from qos.testing.stake import with_validators
from qos.testing.transactions import key_of

PASSED = ProposalStatus.PROPOSAL_STATUS_PASSED
SHOP: dict[str, Any] = {"authority": GOVERNANCE, "chain_id": "shop-1"}


class Hub(Side, GovernedChain):
    """A public chain that is not for development: its peers are governance's."""

    def adjust_genesis(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the genesis with voters, short periods and governance as the authority."""
        states = document["app_state"]
        states["qcp"] = {"params": {"authority": format_address(GOVERNANCE)}}
        states["gov"] = to_json(GenesisState(params=SHORT))
        return with_validators(document, [bytes([number]) * 32 for number in range(4)], spare=50 * E18)


def both() -> tuple[Hub, Side]:
    hub, shop = Hub(), business_chain()
    expect_ok(shop.do(AUTHORITY, replace(registration(shop, hub), dev=True)))
    return hub, shop


def registered(hub: Hub, shop: Side) -> qcp.MsgRegisterChain:
    return replace(registration(hub, shop), authority=GOVERNANCE, dev=False)


@pytest.fixture
def chains() -> tuple[Hub, Side]:
    """Two chains that know each other, the public one by a proposal."""
    hub, shop = both()
    passed(hub.decide(registered(hub, shop)))
    return hub, shop


def passed(ended: Proposal, level: Level = Level.LEVEL_CRITICAL) -> None:
    assert (ended.status, ended.level) == (PASSED, level), ended.failed_reason


def failed(ended: Proposal) -> str:
    assert ended.outcome is Outcome.OUTCOME_FAILED
    return ended.failed_reason


def test_a_peer_is_registered_by_proposal_and_by_nobody_else() -> None:
    """[Q10] With its trust root and its relays' keys; a transfer then crosses under their attestation."""
    hub, shop = both()
    message = registered(hub, shop)
    assert codes_of(hub.do(AUTHORITY, replace(message, authority=AUTHORITY.address))) == ("qcp", 3)
    number = hub.propose(message)
    hub.vote(number, NO, *VALIDATORS)
    hub.run_until_counted(number)
    assert PEERS.get(hub.state(), "shop-1") is None
    passed(hub.decide(message))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    expect_ok(carry(hub, shop))
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 5


def test_a_peer_on_the_embedded_engine_is_refused_when_the_proposal_runs() -> None:
    """[N2] [G3] Nothing of the proposal is kept."""
    hub, shop = both()
    floor = qcp.MsgSetFloor(**SHOP, floor=Coin(denom=BASE_DENOM, amount=5))
    assert "dev" in failed(hub.decide(replace(registered(hub, shop), dev=True), floor))
    assert PEERS.get(hub.state(), "shop-1") is None


def test_relay_keys_are_replaced_by_proposal(chains: tuple[Hub, Side]) -> None:
    """[R4] What is removed is silent at once, what is added counts a day later."""
    hub, shop = chains
    keys = sorted((*RELAYS[:3], key_of("attester new")), key=lambda key: key.public)
    change = qcp.MsgRotateRelays(
        submitter=GOVERNANCE,
        chain_id="shop-1",
        epoch=2,
        relay_keys=tuple(key.public for key in keys),
        height=hub.height + 1_000,
    )
    passed(hub.decide(change))
    assert hub.peer("shop-1").struck_keys == (RELAYS[3].public,)
    hub.wait(DAY_S)
    hub.run_block()
    assert hub.peer("shop-1").relay_keys == change.relay_keys
    expect_ok(shop.do(AUTHORITY, replace(change, submitter=AUTHORITY.address, chain_id="qos-1", height=10**6)))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    shop.wait(DAY_S)
    shop.run_block()
    hub.run_block()
    batch = load(hub, shop, 1, 1)
    assert codes_of(shop.do(CARRIER, update(hub, shop), batch.message())) != ("", 0)
    expect_ok(shop.do(CARRIER, update(hub, shop), batch.message(keys)))


def test_a_frozen_queue_is_recovered_by_proposal(chains: tuple[Hub, Side]) -> None:
    """[Q12]"""
    hub, shop = chains
    passed(hub.decide(qcp.MsgDeclareGone(**SHOP)), Level.LEVEL_IMPORTANT)
    assert hub.peer("shop-1").frozen_because == retirement.GONE
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, 5))) == ("qcp", 4)
    shop.keep_up_with(hub)
    shop.run_block()
    hub.keep_up_with(shop)
    recover = qcp.MsgRecoverClient(**SHOP, light_block=shop.header(shop.height))
    passed(hub.decide(recover), Level.LEVEL_IMPORTANT)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))


def test_a_queue_is_retired_by_proposal_30_days_after_it_was_frozen(chains: tuple[Hub, Side]) -> None:
    """[Q8] [G3] A proposal that comes too early fails when it runs and changes nothing."""
    hub, shop = chains
    before = hub.balance(ALICE.address)
    sent = expect_ok(hub.do(ALICE, transfer(ALICE, shop, 10**20)))
    passed(hub.decide(qcp.MsgDeclareGone(**SHOP)), Level.LEVEL_IMPORTANT)
    assert "it can be retired from 2026-01-31" in failed(hub.decide(qcp.MsgRetireQueue(**SHOP)))
    assert PEERS.get(hub.state(), "shop-1") is not None
    hub.wait(30 * DAY_S)
    passed(hub.decide(qcp.MsgRetireQueue(**SHOP)))
    hub.run_block()
    assert PEERS.get(hub.state(), "shop-1") is None
    spent = before - hub.balance(ALICE.address)
    assert 0 < spent < 10**20, sent.log  # fees; what was sent came back


@pytest.mark.parametrize("listed", [True, False])
def test_governance_pauses_a_queue_where_it_is_a_listed_pauser(listed: bool) -> None:
    """[Q12] A pause lapses by itself after 72 hours."""
    hub, shop = both()
    passed(hub.decide(replace(registered(hub, shop), pausers=(GOVERNANCE,) if listed else ())))
    pause = qcp.MsgFreeze(submitter=GOVERNANCE, chain_id="shop-1")
    if not listed:
        assert "pauser" in failed(hub.decide(pause))
        return
    passed(hub.decide(pause))
    until = hub.peer("shop-1").paused_until
    assert until is not None
    assert 71 * HOUR_NS < until - hub.next_block().time_ns < 72 * HOUR_NS


def test_floors_and_requests_that_must_not_run_are_governances(chains: tuple[Hub, Side]) -> None:
    """[Q14] [Q17] [G3] A version nobody speaks makes the whole proposal fail, and the floor beside it is not kept."""
    hub, shop = chains
    floor = qcp.MsgSetFloor(**SHOP, floor=Coin(denom=voucher_at(shop, hub), amount=7))
    skipped = qcp.MsgConsumeFailed(**SHOP, sequence=1)
    offer = qcp.MsgOfferVersion(**SHOP, version=2)
    for message in (floor, skipped, offer):
        alone = replace(message, authority=AUTHORITY.address)
        assert codes_of(hub.do(AUTHORITY, alone)) == ("qcp", 3)
    assert "not spoken" in failed(hub.decide(floor, offer))
    assert not list(FLOORS.items(hub.state()))
    passed(hub.decide(floor, skipped), Level.LEVEL_IMPORTANT)
    assert [amount for _, amount in FLOORS.items(hub.state())] == [7]
    shop.keep_up_with(hub)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    expect_ok(carry(shop, hub))
    asked = qcp.QueryReceiptRequest(chain_id="shop-1", sequence=1)
    found = hub.query("/qos.qcp.v1.Query/Receipt", asked, qcp.QueryReceiptResponse).receipt
    assert found is not None
    assert found.code == 1
