"""What proposals do beside parameters: plan upgrades, call them off, spend the community pool."""

import pytest

from qos.base.amounts import E18
from qos.machine.authority import GOVERNANCE
from qos.machine.upgrades import WrongVersion
from qos.modules.governance.upgrade.state import PLAN
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records.cosmos_distribution_v1beta1 import MsgCommunityPoolSpend
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgCancelUpgrade, MsgSoftwareUpgrade, Plan
from qos.proto.records.qos_gov_v1 import Level, Outcome
from qos.testing.chain import BOB
from qos.testing.governance import VALIDATORS, VETO, GovernedChain
from qos.testing.transactions import aqos

PASSED = v1.ProposalStatus.PROPOSAL_STATUS_PASSED


@pytest.fixture(name="chain")
def _chain() -> GovernedChain:
    return GovernedChain()


def test_an_upgrade_is_planned_and_the_chain_stops_there(chain: GovernedChain) -> None:
    """Protocol 7: software upgrade at a height. What the next version does then: tests/e2e/test_software_upgrade.py."""
    plan = Plan(name="second", height=30, info="https://example.org")
    assert chain.decide(MsgSoftwareUpgrade(authority=GOVERNANCE, plan=plan)).status is PASSED
    assert PLAN.get(chain.state()) == plan
    while chain.height < plan.height - 1:
        chain.run_block()
    with pytest.raises(WrongVersion, match="the version of qos that knows upgrade 'second'"):
        chain.run_block()


def test_a_planned_upgrade_can_be_called_off(chain: GovernedChain) -> None:
    plan = Plan(name="second", height=100)
    assert chain.decide(MsgSoftwareUpgrade(authority=GOVERNANCE, plan=plan)).status is PASSED
    assert chain.decide(MsgCancelUpgrade(authority=GOVERNANCE)).level is Level.LEVEL_IMPORTANT
    assert PLAN.get(chain.state()) is None


def test_the_community_pool_is_spent_by_proposal(chain: GovernedChain) -> None:
    number = chain.propose(deposit=100)
    for validator in VALIDATORS:
        chain.vote(number, VETO, validator)
    chain.run_until_counted(number)
    held_before, before = chain.pool(), chain.balance(BOB.address)
    spend = MsgCommunityPoolSpend(authority=GOVERNANCE, recipient=BOB.address, amount=aqos(60 * E18))
    ended = chain.decide(spend)
    assert (ended.status, ended.level) == (PASSED, Level.LEVEL_IMPORTANT), ended.failed_reason
    assert chain.balance(BOB.address) - before == 60 * E18
    assert chain.pool() == held_before - 60 * E18
    too_much = MsgCommunityPoolSpend(authority=GOVERNANCE, recipient=BOB.address, amount=aqos(10**28))
    assert chain.decide(too_much).outcome is Outcome.OUTCOME_FAILED
