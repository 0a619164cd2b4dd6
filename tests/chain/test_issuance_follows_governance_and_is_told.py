"""[I5] [L2] Phases change by governance alone, never beyond 10^10 QOS; clients read issuance."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.machine.authority import GOVERNANCE
from qos.machine.genesis import BadGenesis
from qos.modules.assets.bank.genesis import MAX_NATIVE_SUPPLY
from qos.modules.economics.mint import operations as mint
from qos.modules.economics.mint import phases
from qos.modules.economics.mint.errors import InvalidMintParams, InvalidPhases
from qos.modules.economics.mint.formulas import YEAR_MS
from qos.proto.records import cosmos_mint_v1beta1 as cosmos
from qos.proto.records.qos_mint_v1 import (
    MsgUpdateParams,
    Params,
    QueryParamsRequest,
    QueryParamsResponse,
    QueryPhasesRequest,
    QueryPhasesResponse,
    QueryProgressRequest,
    QueryProgressResponse,
)
from qos.testing.chain import ALICE, FUNDS, PEOPLE
from qos.testing.reward_world import GENESIS_NS, PHASE_TOTAL, QOS, RewardChain, one_phase, planned, reward_document

PHASE_END = GENESIS_NS + 1_000_000 * SECOND_NS
FAR = PHASE_END + 400 * DAY_NS


def told(chain: RewardChain) -> QueryPhasesResponse:
    return chain.query("/qos.mint.v1.Query/Phases", QueryPhasesRequest(), QueryPhasesResponse)


@pytest.fixture
def chain() -> RewardChain:
    chain = RewardChain()
    chain.blocks(3)
    return chain


def test_governance_alone_changes_phases(chain: RewardChain) -> None:
    message = replace(planned((PHASE_END, PHASE_TOTAL)), authority=ALICE.address)
    chain.expect(ALICE, message, code=4, space="sdk")
    params = MsgUpdateParams(authority=ALICE.address, params=Params())
    chain.expect(ALICE, params, code=4, space="sdk")


def test_a_running_phase_grows_and_new_ones_are_appended(chain: RewardChain) -> None:
    before = told(chain).phases[0]
    chain.govern(planned((PHASE_END, 2 * PHASE_TOTAL), (FAR, PHASE_TOTAL)))
    after = told(chain)
    assert [each.total_amount for each in after.phases] == [2 * PHASE_TOTAL, PHASE_TOTAL]
    assert after.phases[0].applied_amount > before.applied_amount
    assert after.phases[0].endtime == PHASE_END
    assert mint.last_minted(chain.state()) > before.applied_amount // 3


@pytest.mark.parametrize(
    "items",
    [
        (),
        ((PHASE_END, 1),),
        ((PHASE_END, 0),),
        ((PHASE_END, -1),),
        ((PHASE_END + 1, PHASE_TOTAL),),
        ((PHASE_END, PHASE_TOTAL), (PHASE_END, PHASE_TOTAL)),
        ((FAR, PHASE_TOTAL), (FAR - 1, PHASE_TOTAL)),
        ((PHASE_END, PHASE_TOTAL), (FAR, 1)),
        ((PHASE_END, MAX_NATIVE_SUPPLY),),
        ((PHASE_END, PHASE_TOTAL), (FAR, MAX_NATIVE_SUPPLY)),
    ],
    ids=[
        "none of those that have not ended",
        "less than minted",
        "nothing",
        "negative",
        "a new end too soon",
        "two ends alike",
        "ends in the wrong order",
        "less than 1 aqos a block",
        "more than there may be",
        "together more than there may be",
    ],
)
def test_phases_that_contradict_themselves_or_the_past_are_refused(
    chain: RewardChain, items: tuple[tuple[int, int], ...]
) -> None:
    before = told(chain).phases[0]
    with pytest.raises(InvalidPhases):
        phases.changed(chain.scratch(), planned(*items).phases)
    with pytest.raises(AssertionError):
        chain.govern(planned(*items))
    assert replace(told(chain).phases[0], applied_amount=0) == replace(before, applied_amount=0)


def test_all_there_may_be_is_ten_billion_to_the_aqos(chain: RewardChain) -> None:
    rest = MAX_NATIVE_SUPPLY - _supply(chain) + sum(each.applied_amount for each in told(chain).phases)
    with pytest.raises(AssertionError, match="exceed"):
        chain.govern(planned((PHASE_END, rest + 1)))
    chain.govern(planned((PHASE_END, rest)))


def test_a_changed_end_lies_thirty_days_ahead_at_least(chain: RewardChain) -> None:
    now = chain.next_block().time_ns
    for soon in (now, now + 30 * DAY_NS - 1):
        with pytest.raises(AssertionError, match="30 days"):
            chain.govern(planned((soon, PHASE_TOTAL)))
    now = chain.next_block().time_ns
    chain.govern(planned((now + 30 * DAY_NS, PHASE_TOTAL)))


def test_phases_that_have_ended_are_immutable(chain: RewardChain) -> None:
    chain.govern(planned((PHASE_END, PHASE_TOTAL), (FAR, PHASE_TOTAL)))
    chain.later_s += 1_000_000
    chain.run_block()
    later = chain.next_block().time_ns + 400 * DAY_NS
    chain.govern(planned((later, 3 * PHASE_TOTAL)))
    found = told(chain).phases
    assert [each.endtime for each in found] == [PHASE_END, later]
    assert [each.total_amount for each in found] == [PHASE_TOTAL, 3 * PHASE_TOTAL]


def test_a_window_of_another_length_begins_anew_and_bad_parameters_are_refused(chain: RewardChain) -> None:
    chain.later_s += 7
    chain.run_block()
    chain.govern(MsgUpdateParams(authority=GOVERNANCE, params=Params(window=10, block_time=2 * SECOND_NS)))
    clock = mint.clock(chain.state())
    assert 2_000 * 9 < clock.sum_ms <= 2_000 * 9 + 30_000
    found = chain.query("/qos.mint.v1.Query/Params", QueryParamsRequest(), QueryParamsResponse).params
    assert (found.window, found.block_time, found.cap_factor) == (10, 2 * SECOND_NS, 20)
    for bad in (
        Params(window=10_001),
        Params(block_time=0),
        Params(block_time=1),
        Params(block_time=31 * SECOND_NS),
        Params(max_interval=2 * DAY_NS),
        Params(cap_factor=1_001),
    ):
        with pytest.raises(AssertionError):
            chain.govern(MsgUpdateParams(authority=GOVERNANCE, params=bad))


def _supply(chain: RewardChain) -> int:
    return chain.query("/qos.mint.v1.Query/Progress", QueryProgressRequest(), QueryProgressResponse).supply


def test_progress_and_estimates_are_told(chain: RewardChain) -> None:
    found = chain.query("/qos.mint.v1.Query/Progress", QueryProgressRequest(), QueryProgressResponse)
    assert found.supply == len(PEOPLE) * FUNDS + 4_000 * QOS + found.minted
    assert found.planned == PHASE_TOTAL
    assert found.block_reward == mint.last_minted(chain.state())
    clock = mint.clock(chain.state())
    assert found.year_estimate == found.block_reward * YEAR_MS * 1_000 // clock.sum_ms
    year = _asked(chain, "AnnualProvisions", cosmos.QueryAnnualProvisionsResponse).annual_provisions
    assert int(year) == found.year_estimate * 10**18
    share = _asked(chain, "Inflation", cosmos.QueryInflationResponse).inflation
    assert int(share) == found.year_estimate * 10**18 // found.supply
    params = _asked(chain, "Params", cosmos.QueryParamsResponse).params
    assert params.mint_denom == "aqos"
    assert params.blocks_per_year == YEAR_MS * 1_000 // clock.sum_ms


def _asked(chain: RewardChain, name: str, kind: Any) -> Any:
    return chain.query(f"/cosmos.mint.v1beta1.Query/{name}", getattr(cosmos, f"Query{name}Request")(), kind)


def phase(end: str = "2030-01-01T00:00:00Z", total: int = QOS, applied: int = 0) -> dict[str, str]:
    return {"endtime": end, "total_amount": str(total), "applied_amount": str(applied)}


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"inflation_phrases": [phase("2026-01-01T00:00:00Z")]}, InvalidPhases),
        ({"inflation_phrases": [phase(), phase()]}, InvalidPhases),
        ({"inflation_phrases": [phase(applied=2 * QOS)]}, InvalidPhases),
        ({"inflation_phrases": [phase(applied=-1)]}, InvalidPhases),
        ({"inflation_phrases": [phase(total=MAX_NATIVE_SUPPLY)]}, InvalidPhases),
        ({"params": {"window": 20_000}}, InvalidMintParams),
        ({"clock": {"phase": "1", "minted": "0"}}, BadGenesis),
        ({"clock": {"position": 1_000, "minted": "0"}}, BadGenesis),
        (one_phase() | {"clock": {"minted": "0"}, "intervals": [{"slot": 1, "interval_ms": "30001"}]}, BadGenesis),
        (one_phase() | {"start": "1969-01-01T00:00:00Z"}, BadGenesis),
    ],
)
def test_a_genesis_that_could_not_mint_exactly_is_refused(state: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        RewardChain(reward_document(mint=state))
