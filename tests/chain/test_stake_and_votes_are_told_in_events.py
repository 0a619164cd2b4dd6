"""What indexers and wallets of Cosmos chains look for: an event a message and a payment, its attributes word for word.

Expected names are those of the Cosmos SDK v0.50; nothing of it but names can be searched for.
"""

from collections.abc import Iterable

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import DAY_S, rfc3339
from qos.base.identifiers import VALIDATOR_PREFIX, format_address
from qos.modules.validators.staking.state import REDELEGATIONS, UNDELEGATIONS
from qos.proto.record import Record
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records.cosmos_distribution_v1beta1 import (
    MsgSetWithdrawAddress,
    MsgWithdrawDelegatorReward,
    MsgWithdrawValidatorCommission,
)
from qos.proto.records.cosmos_staking_v1beta1 import Description, MsgCancelUnbondingDelegation, MsgEditValidator
from qos.proto.records.qos_distribution_v1 import MsgCompound
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgReturnBond, MsgRevokeValidator
from qos.proto.records.tendermint_abci import Event
from qos.testing.chain import ALICE, BOB
from qos.testing.governance import NO, VALIDATORS, YES, GovernedChain, proposal_of
from qos.testing.reward_world import GAS as REWARD_GAS
from qos.testing.reward_world import QOS, RewardChain, reward_document
from qos.testing.reward_world import delegate as bond
from qos.testing.stake import PARAMS, owner_of
from qos.testing.stake_chain import (
    UNIT,
    StakeChain,
    address_of,
    coin,
    consensus_key,
    creation,
    delegate,
    redelegate,
    undelegate,
)
from qos.testing.transactions import Key, aqos

A = format_address(ALICE.address)
V0, V1, V3 = [format_address(owner_of(number).address, VALIDATOR_PREFIX) for number in (0, 1, 3)]
Told = list[tuple[str, dict[str, str]]]


def told(events: Iterable[Event], *kinds: str) -> Told:
    """Return the events that are not of the frame or the bank, or those of some kinds, with their attributes."""
    shown = [(each.type, {part.key: part.value for part in each.attributes}) for each in events]
    return [each for each in shown if (each[0] in kinds if kinds else each[0] not in ("message", "transfer", "mint"))]


@pytest.fixture
def chain() -> StakeChain:
    made = StakeChain()
    made.ok(ALICE, delegate(ALICE, 0, 100 * UNIT))
    return made


def test_a_bond_is_told_with_its_shares(chain: StakeChain) -> None:
    expected = {"validator": V0, "delegator": A, "amount": f"{5 * UNIT}aqos", "new_shares": f"{5 * UNIT}.{'0' * 18}"}
    result = chain.ok(ALICE, delegate(ALICE, 0, 5 * UNIT))
    assert told(result.events) == [("delegate", expected)]
    (event,) = [each for each in result.events if each.type == "delegate"]
    assert [each.key for each in event.attributes if each.index] == ["validator", "delegator"]


def test_what_is_taken_back_is_told_when_it_begins_and_when_it_is_paid(chain: StakeChain) -> None:
    result = chain.ok(ALICE, undelegate(ALICE, 0, 40 * UNIT))
    (entry,) = [each for _, each in UNDELEGATIONS.items(chain.state())]
    pair = {"validator": V0, "delegator": A}
    begun = pair | {"amount": f"{40 * UNIT}aqos", "completion_time": rfc3339(entry.completes)}
    assert told(result.events) == [("unbond", begun)]
    back = MsgCancelUnbondingDelegation(
        delegator_address=ALICE.address,
        validator_address=owner_of(0).address,
        amount=coin(10 * UNIT),
        creation_height=entry.height,
    )
    cancelled = pair | {"amount": f"{10 * UNIT}aqos", "creation_height": str(entry.height)}
    assert told(chain.ok(ALICE, back).events) == [("cancel_unbonding_delegation", cancelled)]
    chain.wait(PARAMS.unbonding_time // 10**9)
    paid = pair | {"amount": f"{30 * UNIT}aqos"}
    assert told(chain.run_block().events) == [("complete_unbonding", paid)]


def test_a_moved_bond_is_told_when_it_moves_and_when_it_is_free(chain: StakeChain) -> None:
    result = chain.ok(ALICE, redelegate(ALICE, 0, 1, 30 * UNIT))
    (entry,) = [each for _, each in REDELEGATIONS.items(chain.state())]
    move = {"source_validator": V0, "destination_validator": V1, "delegator": A, "amount": f"{30 * UNIT}aqos"}
    assert told(result.events) == [("redelegate", move | {"completion_time": rfc3339(entry.completes)})]
    chain.wait(PARAMS.unbonding_time // 10**9)
    assert told(chain.run_block().events) == [("complete_redelegation", move)]


def test_what_a_validator_does_is_told(chain: StakeChain) -> None:
    new = BOB
    operator = format_address(new.address, VALIDATOR_PREFIX)
    made = told(chain.ok(new, creation(new, consensus_key(9), 10 * UNIT)).events)
    assert made[0] == ("create_validator", {"validator": operator, "amount": f"{10 * UNIT}aqos"})
    assert [kind for kind, _ in made] == ["create_validator", "delegate"]
    edit = MsgEditValidator(description=Description(moniker="new"), validator_address=new.address)
    kept = {"validator": operator, "commission_rate": "0.100000000000000000", "min_self_delegation": "1"}
    assert told(chain.ok(new, edit).events) == [("edit_validator", kept)]
    chain.wait(DAY_S)
    gone = told(chain.ok(new, MsgRevokeValidator(validator_address=new.address)).events)
    assert gone == [("validator_inactive", {"validator": operator, "reason": "revoked"})]
    again = told(chain.ok(new, MsgActivateValidator(validator_address=new.address, top_up=coin(UNIT))).events)
    assert [kind for kind, _ in again] == ["delegate", "validator_active"]


def test_what_returns_from_a_closed_validator_is_told(chain: StakeChain) -> None:
    """By itself, and when somebody claims it."""
    chain.ok(ALICE, delegate(ALICE, 3, UNIT))
    chain.wait(DAY_S)
    chain.ok(owner_of(3), MsgRevokeValidator(validator_address=owner_of(3).address))
    chain.run_blocks(3)
    chain.wait(PARAMS.survival_secs)
    events = chain.run_block().events
    owner = format_address(owner_of(3).address)
    assert told(events, "validator_closed")[0][1]["validator"] == V3
    returned = [told_of for _, told_of in told(events, "return_bond")]
    by_delegator = {each["delegator"]: (each["validator"], each["amount"]) for each in returned}
    assert by_delegator == {A: (V3, f"{UNIT}aqos"), owner: (V3, f"{10 * UNIT}aqos")}
    claim = MsgReturnBond(sender=BOB.address, delegator_address=ALICE.address, validator_address=owner_of(0).address)
    chain.ok(ALICE, undelegate(ALICE, 0, UNIT))
    chain.wait(PARAMS.unbonding_time // 10**9)
    paid = {"validator": V0, "delegator": A, "amount": f"{UNIT}aqos"}
    assert told(chain.ok(BOB, claim).events) == [("complete_unbonding", paid)]


@pytest.fixture
def earning() -> RewardChain:
    made = RewardChain(reward_document(spare=10**20))
    made.send(ALICE, bond(ALICE, 1, 3_000 * QOS))
    made.blocks(3)
    return made


def results(chain: RewardChain, key: Key, *messages: Record) -> list[Told]:
    """Return what is told of messages that are sent in a block together, a transaction each."""
    txs = [chain.tx(key, each, gas=REWARD_GAS, ahead=place) for place, each in enumerate(messages)]
    found = chain.run_block(*txs).tx_results
    assert [each.code for each in found] == [0] * len(messages), [each.log for each in found]
    return [told(each.events) for each in found]


def test_rewards_are_told_whoever_asked_for_them(earning: RewardChain) -> None:
    """Withdrawn; paid because the bond changes; none to withdraw; added to the bond."""
    ask = MsgWithdrawDelegatorReward(delegator_address=ALICE.address, validator_address=owner_of(1).address)
    pair = {"validator": V1, "delegator": A}
    before = earning.balance(ALICE.address)
    (first,), second = results(earning, ALICE, ask, ask)
    assert first[0] == "withdraw_rewards"
    assert first[1].items() >= pair.items()
    assert int(first[1]["amount"].removesuffix("aqos")) > earning.balance(ALICE.address) - before > 0
    assert second == [("withdraw_rewards", pair | {"amount": "0aqos"})]
    (touched,) = results(earning, ALICE, bond(ALICE, 1, QOS))
    assert [kind for kind, _ in touched] == ["withdraw_rewards", "delegate"]
    earning.blocks(1)
    add = MsgCompound(sender=ALICE.address, delegator_address=ALICE.address, validator_address=owner_of(1).address)
    (compounded,) = results(earning, ALICE, add)
    assert [kind for kind, _ in compounded] == ["withdraw_rewards", "delegate"]
    assert compounded[0][1]["amount"] == compounded[1][1]["amount"]


def test_commission_and_where_rewards_go_are_told(earning: RewardChain) -> None:
    row, ask = earning.row(1), MsgWithdrawValidatorCommission(validator_address=owner_of(1).address)
    ((commission,),) = results(earning, owner_of(1), ask)
    assert commission[0] == "withdraw_commission"
    assert commission[1].keys() == {"validator", "amount"}
    assert int(commission[1]["amount"].removesuffix("aqos")) >= row.commission + row.proposer
    choose = MsgSetWithdrawAddress(delegator_address=ALICE.address, withdraw_address=BOB.address)
    chosen = {"withdraw_address": format_address(BOB.address)}
    assert results(earning, ALICE, choose) == [[("set_withdraw_address", chosen)]]


def test_the_life_of_a_proposal_is_told() -> None:
    chain = GovernedChain()
    submitted = told(chain.act(ALICE, proposal_of(ALICE.address, (), 60 * E18)).events)
    deposit = {"depositor": A, "amount": f"{60 * E18}aqos", "proposal_id": "1"}
    assert submitted == [
        ("submit_proposal", {"proposal_id": "1", "proposal_messages": "", "level": "normal"}),
        ("proposal_deposit", deposit),
    ]
    more = chain.act(ALICE, v1.MsgDeposit(proposal_id=1, depositor=ALICE.address, amount=aqos(40 * E18)))
    assert told(more.events) == [("proposal_deposit", deposit | {"amount": f"{40 * E18}aqos"})]
    half = v1.WeightedVoteOption(option=YES, weight="0.5")
    parts = (half, v1.WeightedVoteOption(option=NO, weight="0.5"))
    voter = VALIDATORS[0]
    vote = chain.act(voter, v1.MsgVoteWeighted(proposal_id=1, voter=voter.address, options=parts))
    option = '[{"option":1,"weight":"0.500000000000000000"},{"option":3,"weight":"0.500000000000000000"}]'
    said = {"voter": format_address(voter.address), "option": option, "proposal_id": "1"}
    assert told(vote.events) == [("proposal_vote", said)]
    ended = [found for _ in range(20) for found in told(chain.run_block().events, "active_proposal")]
    assert ended == [
        ("active_proposal", {"proposal_id": "1", "proposal_result": "proposal_rejected", "outcome": "no_quorum"})
    ]
    chain.act(ALICE, proposal_of(ALICE.address, (), 60 * E18))
    dropped = [found for _ in range(20) for found in told(chain.run_block().events, "inactive_proposal")]
    assert dropped == [("inactive_proposal", {"proposal_id": "2", "proposal_result": "proposal_dropped"})]


def test_a_slash_and_a_missed_window_are_told(chain: StakeChain) -> None:
    chain.absent = frozenset((address_of(1),))
    found = [each for _ in range(10) for each in told(chain.run_block().events)]
    assert found == [
        ("validator_inactive", {"validator": V1, "reason": "missed_blocks"}),
        ("slash", {"validator": V1, "amount": str(10 * UNIT // 10**4)}),
    ]
