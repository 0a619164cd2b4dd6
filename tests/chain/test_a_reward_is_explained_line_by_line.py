"""`qos rewards why` and `qos economics` reckon by the chain's formulas what the chain did."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qos.base.identifiers import Address
from qos.cli import explaining, issuing, plotting
from qos.cli.issuing import Economics, planned
from qos.client.rewards import Explanation, reckon
from qos.modules.assets.bank.genesis import MAX_NATIVE_SUPPLY
from qos.modules.economics.distribution import params as sharing
from qos.modules.economics.distribution.formulas import SCALE
from qos.modules.economics.mint.paper import GENESIS_SUPPLY, PHASE_TOTALS, paper_phases
from qos.proto.records.qos_distribution_v1 import QueryClaimsRequest, QueryClaimsResponse
from qos.proto.records.qos_mint_v1 import Params, QueryPhasesResponse, QueryProgressResponse
from qos.testing.chain import ALICE, BOB
from qos.testing.reward_world import ABSENT, GENESIS_NS, QOS, RewardChain, delegate, owner, undelegate


def claims(chain: RewardChain, who: Address) -> Any:
    request = QueryClaimsRequest(delegator_address=who)
    return chain.query("/qos.distribution.v1.Query/Claims", request, QueryClaimsResponse).claims


def explained(chain: RewardChain, who: Address, *txs: bytes) -> Explanation:
    """Return why an account earned what it did by the newest block, which the next one pays."""
    height, before = chain.height, claims(chain, who)
    chain.run_block(*txs)
    return reckon(who, height, before, claims(chain, who), chain.payout())


@pytest.fixture
def chain() -> RewardChain:
    chain = RewardChain()
    chain.send(ALICE, delegate(ALICE, 1, 3_000 * QOS + 1))
    chain.send(ALICE, delegate(ALICE, 2, 7 * QOS))
    chain.run_block()
    return chain


def test_what_is_explained_is_what_a_delegator_can_claim_more(chain: RewardChain) -> None:
    for _ in range(5):
        before = sum(each.reward for each in claims(chain, ALICE.address))
        found = explained(chain, ALICE.address)
        after = sum(each.reward for each in claims(chain, ALICE.address))
        assert all(each.agrees and each.told for each in found.bonds)
        assert abs(found.total // SCALE - (after - before)) <= 2


def test_an_owner_sees_commission_and_what_it_earned_as_proposer(chain: RewardChain) -> None:
    before = chain.row(0)
    found = explained(chain, owner(0))
    after = chain.row(0)
    assert found.own.commission == after.commission - before.commission
    assert found.as_proposer == after.proposer - before.proposer > 0
    text = "\n".join(explaining.lines(found))
    assert f"commission = {found.own.commission} aqos" in text
    assert "own reward as proposer" in text


def test_a_bond_that_is_gone_or_whose_validator_was_absent_is_explained_too(chain: RewardChain) -> None:
    chain.flags = {2: ABSENT}
    worth = 3_000 * QOS + 1
    found = explained(chain, ALICE.address, chain.tx(ALICE, undelegate(ALICE, 1, worth), gas=2_000_000))
    by_validator = {each.validator: each for each in found.bonds}
    assert by_validator[owner(1)].told is None
    assert by_validator[owner(1)].earned > 0
    assert (by_validator[owner(2)].step, by_validator[owner(2)].told) == (0, 0)
    assert "not COMMIT" in "\n".join(explaining.lines(found))
    json.dumps(explaining.as_json(found))


def test_an_account_without_stake_earned_nothing(chain: RewardChain) -> None:
    found = explained(chain, BOB.address)
    assert (found.bonds, found.own, found.total) == ((), None, 0)
    assert "no bond" in "\n".join(explaining.lines(found))


def test_a_node_that_tells_another_index_is_found_out(chain: RewardChain) -> None:
    height, before = chain.height, claims(chain, ALICE.address)
    chain.blocks(2)
    found = reckon(ALICE.address, height, before, claims(chain, ALICE.address), _payout_of(chain, height))
    assert not all(each.agrees for each in found.bonds)


def _payout_of(chain: RewardChain, height: int) -> Any:
    return replace(chain.payout(), height=height)


def economics(minted: int = 0) -> Economics:
    phases = QueryPhasesResponse(phases=paper_phases(GENESIS_NS), start=GENESIS_NS, current=0)
    progress = QueryProgressResponse(
        supply=GENESIS_SUPPLY + minted,
        minted=minted,
        planned=sum(PHASE_TOTALS),
        block_reward=60 * QOS,
        mean_interval=3 * 10**9,
        year_estimate=600_000_000 * QOS,
    )
    return Economics(
        phases=phases, params=Params(), progress=progress, sharing=sharing.DEFAULT, bonded=3_000_000_000 * QOS
    )


def test_the_planned_curve_ends_at_ten_billion_and_halves() -> None:
    curve = planned(economics())
    assert curve.supply[-1] == MAX_NATIVE_SUPPLY
    assert list(curve.supply) == sorted(curve.supply)
    assert curve.reward[0] // 10**16 == 6_064
    assert curve.reward[100] // 10**16 == 3_032
    assert len(curve.times_ms) == issuing.POINTS + 1
    assert (curve.times_ms[0], curve.supply[0]) == (GENESIS_NS // 10**6, GENESIS_SUPPLY)


def test_the_apr_is_what_a_year_adds_and_is_called_an_estimate() -> None:
    found = economics()
    assert issuing.percent(found.apr_e18) == "19.2000 %"
    text = issuing.as_text(found)
    assert "APR (estimate)       19.2000 %" in text
    assert "running" in text
    assert issuing.as_json(found)["apr_estimate"] == "19.2000 %"


@pytest.mark.parametrize(("name", "begin"), [("supply.png", b"\x89PNG"), ("supply.svg", b"<?xml")])
def test_the_curve_is_drawn_into_a_file(tmp_path: Path, name: str, begin: bytes) -> None:
    plotting.draw(planned(economics()), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begin)
