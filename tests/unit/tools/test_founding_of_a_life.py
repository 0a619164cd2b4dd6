"""The chain a whole life is lived on: the whitepaper's, every period and margin divided by one ratio."""

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.engine.embedded.chain_state import read_genesis
from qos.machine.genesis import GenesisDocument
from qos.modules.economics.mint.paper import PHASE_S, PHASE_TOTALS
from qos.modules.governance.proposals.params import DEFAULTS, check
from qos.modules.validators.staking import parameters
from qos.modules.validators.staking.errors import InvalidParams
from qos.node import public_genesis
from qos.node.comet.making import describe
from qos.proto.json import from_json
from qos.proto.records.qos_mint_v1 import GenesisState
from qos.wallet.io.devkeys import DevKeys
from tools.life.founding import ALLOTTED, RATIO, SELF_BOND, VALIDATORS, Founded, found, quick_stake, quick_votes

PERIODS = (
    "commission_period",
    "unbonding_time",
    "survival_secs",
    "revoke_wait",
    "max_evidence_age",
    "evidence_margin",
    "trusting_period",
    "trusting_margin",
)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    return found(tmp_path_factory.mktemp("life"), DevKeys(bytes(range(16))), RATIO)


def document_of(founded: Founded, number: int) -> GenesisDocument:
    return read_genesis(founded.homes[number].genesis_file.read_bytes()).document


def test_all_six_start_from_one_genesis_that_names_their_keys(founded: Founded) -> None:
    assert len({home.genesis_file.read_bytes() for home in founded.homes}) == 1
    named = {each.public_key for each in document_of(founded, 0).validators}
    assert named == {describe(home).consensus_key for home in founded.homes}
    assert len(named) == VALIDATORS


def test_the_document_is_one_that_founders_accept(founded: Founded) -> None:
    summary = public_genesis.validate(founded.homes[0].genesis_file)
    assert (summary.supply, summary.validators, summary.bonded) == (ALLOTTED, VALIDATORS, VALIDATORS * SELF_BOND)


def test_every_period_of_stake_is_the_papers_divided_by_the_ratio_and_nothing_else_differs() -> None:
    quick = quick_stake(RATIO)
    for name in type(quick).__slots__:
        paper = getattr(parameters.PUBLIC, name)
        assert getattr(quick, name) == (paper // RATIO if name in PERIODS else paper)
    parameters.check(quick)


def test_votes_take_the_ratio_less_and_need_as_much(founded: Founded) -> None:
    quick = quick_votes(RATIO)
    check(quick)
    assert [each.voting_period // SECOND_NS for each in (quick.normal, quick.important, quick.critical)] == [28, 40, 56]
    assert quick.critical.deposit == DEFAULTS.critical.deposit == 50_000 * E18
    assert quick.deposit_period == DEFAULTS.deposit_period // RATIO


def test_phases_mint_the_papers_totals_in_the_ratio_less_time(founded: Founded) -> None:
    document = document_of(founded, 0)
    state: GenesisState = from_json(GenesisState, document.app_state["mint"])
    assert tuple(each.total_amount for each in state.inflation_phrases) == PHASE_TOTALS
    ends = [each.endtime - document.time_ns for each in state.inflation_phrases]
    assert ends == [number * PHASE_S * SECOND_NS // RATIO for number in range(1, 8)]


def test_a_ratio_that_leaves_no_second_of_survival_is_refused() -> None:
    """V3 relates whole seconds to nanoseconds: no second at all holds no evidence."""
    with pytest.raises(InvalidParams, match="survival_secs"):
        parameters.check(quick_stake(10_000_000))
