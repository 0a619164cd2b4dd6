"""What is checked of a proposal and of deposits when they are handed in (G2, G3)."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.machine.authority import GOVERNANCE
from qos.modules.economics.fees.errors import BadParams as BadFees
from qos.modules.governance.proposals import errors
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1
from qos.proto.records import qos_gov_v1
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgCancelUpgrade, MsgSoftwareUpgrade, Plan
from qos.proto.records.qos_gov_v1 import Level
from qos.testing.chain import ALICE, BOB, expect
from qos.testing.governance import (
    DEPOSIT,
    FEES,
    NEW_FEES,
    SHORT,
    VOTING,
    YES,
    GovernedChain,
    proposal_of,
)
from qos.testing.transactions import aqos, send


@pytest.fixture(name="chain")
def _chain() -> GovernedChain:
    return GovernedChain()


def test_parameters_that_contradict_each_other_are_refused_when_submitted(chain: GovernedChain) -> None:
    """[G3] and again when they run, see below."""
    bad = replace(NEW_FEES, params=replace(FEES, value_fee_ppm=10**6 + 1))
    expect(chain.act(ALICE, proposal_of(ALICE.address, (bad,), 300 * E18)), BadFees)
    bad_gov = qos_gov_v1.MsgUpdateParams(authority=GOVERNANCE, params=replace(SHORT, max_voting=33))
    expect(chain.act(ALICE, proposal_of(ALICE.address, (bad_gov,), 300 * E18)), errors.BadParams)
    assert chain.held() == 0


@pytest.mark.parametrize(
    ("messages", "level"),
    [
        ((), Level.LEVEL_NORMAL),
        ((NEW_FEES,), Level.LEVEL_IMPORTANT),
        ((MsgSoftwareUpgrade(authority=GOVERNANCE, plan=Plan(name="a", height=99)),), Level.LEVEL_CRITICAL),
        ((NEW_FEES, MsgSoftwareUpgrade(authority=GOVERNANCE, plan=Plan(name="a", height=99))), Level.LEVEL_CRITICAL),
        ((MsgCancelUpgrade(authority=GOVERNANCE), NEW_FEES), Level.LEVEL_IMPORTANT),
    ],
)
def test_the_highest_message_decides_the_level(
    chain: GovernedChain, messages: tuple[Record, ...], level: Level
) -> None:
    """[G2] unlisted messages are critical."""
    assert chain.proposal(chain.propose(*messages)).level is level


def test_proposals_do_not_nest(chain: GovernedChain) -> None:
    """[G2]"""
    inner = proposal_of(GOVERNANCE, (), 300 * E18)
    vote = v1.MsgVote(proposal_id=1, voter=GOVERNANCE, option=YES)
    deposit = v1beta1.MsgDeposit(proposal_id=1, depositor=GOVERNANCE, amount=aqos(1))
    for message in (inner, vote, deposit):
        expect(chain.act(ALICE, proposal_of(ALICE.address, (message,), 300 * E18)), errors.MessageNotAllowed)


def test_messages_of_others_and_unknown_ones_are_refused(chain: GovernedChain) -> None:
    of_bob = proposal_of(ALICE.address, (send(BOB.address, ALICE.address, 1),), 300 * E18)
    assert chain.act(ALICE, of_bob).code == 4
    unknown = replace(of_bob, messages=(AnyRecord(type_url="/x.y.Z"),))
    assert chain.act(ALICE, unknown).code == 6
    broken = replace(of_bob, messages=(AnyRecord(type_url=codec.type_url(type(NEW_FEES)), value=b"\xff"),))
    assert chain.act(ALICE, broken).code == 2


@pytest.mark.parametrize(
    "content",
    [
        {"title": ""},
        {"title": "  "},
        {"title": "t" * 201},
        {"summary": " "},
        {"summary": "s" * 10_240},
        {"metadata": "m" * 10_240},
        {"expedited": True},
    ],
)
def test_a_proposal_has_a_title_and_a_text_of_bounded_length(chain: GovernedChain, content: dict[str, Any]) -> None:
    expect(chain.act(ALICE, proposal_of(ALICE.address, (), 100 * E18, **content)), errors.BadProposal)


def test_a_text_may_have_10_kib(chain: GovernedChain) -> None:
    """[G2]"""
    summary = "s" * (10_240 - len("A change"))
    chain.done(ALICE, proposal_of(ALICE.address, (), 100 * E18, summary=summary))
    expect(chain.act(ALICE, proposal_of(ALICE.address, (), 100 * E18, summary=summary + "s")), errors.BadProposal)


def test_a_proposer_posts_at_least_a_third(chain: GovernedChain) -> None:
    """[G2]"""
    third = 100 * E18 // 3
    expect(chain.act(ALICE, proposal_of(ALICE.address, (), third)), errors.DepositTooSmall)
    chain.done(ALICE, proposal_of(ALICE.address, (), third + 100))
    assert chain.proposal(1).status is DEPOSIT


@pytest.mark.parametrize("coins", [(), aqos(0), aqos(-1), (*aqos(1), *aqos(2))])
def test_a_deposit_is_one_positive_amount_of_aqos(chain: GovernedChain, coins: tuple[Any, ...]) -> None:
    proposal = replace(proposal_of(ALICE.address, (), E18), initial_deposit=coins)
    assert chain.act(ALICE, proposal).code != 0
    assert chain.held() == 0


def test_others_post_at_least_a_hundredth_or_what_is_missing(chain: GovernedChain) -> None:
    chain.done(ALICE, proposal_of(ALICE.address, (), 98 * E18 + E18 // 2))
    deposit = v1.MsgDeposit(proposal_id=1, depositor=BOB.address, amount=aqos(E18 - 1))
    expect(chain.act(BOB, deposit), errors.DepositTooSmall)
    chain.done(BOB, replace(deposit, amount=aqos(E18)))
    chain.done(BOB, replace(deposit, amount=aqos(E18 // 2)))
    assert chain.proposal(1).status is VOTING


def test_deposits_end_with_the_deposit_period(chain: GovernedChain) -> None:
    number = chain.propose(deposit=100)
    deposit = v1.MsgDeposit(proposal_id=number, depositor=BOB.address, amount=aqos(50 * E18))
    expect(chain.act(BOB, deposit), errors.NotInDepositPeriod)
    expect(chain.act(BOB, replace(deposit, proposal_id=77)), errors.UnknownProposal)
