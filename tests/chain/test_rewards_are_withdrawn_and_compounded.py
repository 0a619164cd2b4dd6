"""[V8] [L3] Messages and queries of distribution: what is earned is paid once, to whom it belongs."""

from typing import Any

import pytest

from qos.base.identifiers import Address
from qos.machine.authority import GOVERNANCE
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.economics.fees.operations import COLLECTOR
from qos.modules.validators.staking import operations as staking
from qos.proto import codec
from qos.proto.records import cosmos_distribution_v1beta1 as cosmos
from qos.proto.records.cosmos_base_abci_v1beta1 import TxMsgData
from qos.proto.records.cosmos_base_v1beta1 import DecCoin
from qos.proto.records.qos_distribution_v1 import MsgCompound, MsgUpdateParams, Params
from qos.proto.records.qos_staking_v1 import MsgRevokeValidator, MsgSetCompounding
from qos.testing.chain import ALICE, BOB, CAROL
from qos.testing.reward_world import (
    GAS,
    QOS,
    RewardChain,
    aqos,
    delegate,
    owner,
    redelegate,
    reward_document,
    undelegate,
)
from qos.testing.stake import owner_of
from qos.testing.transactions import GAS_PRICE

FEE = GAS * GAS_PRICE
SPACE = "distribution"
NEW = Address(b"n" * 20)


def withdraw(number: int = 1, who: Address = ALICE.address) -> cosmos.MsgWithdrawDelegatorReward:
    return cosmos.MsgWithdrawDelegatorReward(delegator_address=who, validator_address=owner(number))


def compound(sender: Address, who: Address = ALICE.address, number: int = 1) -> MsgCompound:
    return MsgCompound(sender=sender, delegator_address=who, validator_address=owner(number))


def compounding(*, on: bool = True) -> MsgSetCompounding:
    return MsgSetCompounding(delegator_address=ALICE.address, validator_address=owner(1), compounding=on)


def asked(chain: RewardChain, name: str, kind: Any, **fields: object) -> Any:
    request = getattr(cosmos, f"Query{name}Request")(**fields)
    return chain.query(f"/cosmos.distribution.v1beta1.Query/{name}", request, kind)


def earned(chain: RewardChain) -> int:
    """Return what Alice may withdraw from validator 1, in 10^-18 aqos."""
    found = asked(
        chain,
        "DelegationRewards",
        cosmos.QueryDelegationRewardsResponse,
        delegator_address=ALICE.address,
        validator_address=owner(1),
    )
    return sum(coin.amount for coin in found.rewards)


def bond(chain: RewardChain, number: int = 1, who: Address = ALICE.address) -> int:
    found = staking.get_bond(chain.state(), who, owner(number))
    validator = staking.require_validator(chain.state(), owner(number))
    return staking.bond_value(validator, found.shares) if found is not None else 0


@pytest.fixture
def chain() -> RewardChain:
    chain = RewardChain(reward_document(spare=10**20))
    chain.send(ALICE, delegate(ALICE, 1, 3_000 * QOS))
    chain.blocks(3)
    return chain


def test_a_delegator_withdraws_what_it_earned_and_no_more(chain: RewardChain) -> None:
    before, due = chain.balance(ALICE.address), earned(chain)
    assert due > 0
    chain.send(ALICE, withdraw())
    first = chain.balance(ALICE.address) - before + FEE
    assert 0 < first - due // 10**18 < QOS * 10
    again = chain.run_block(
        chain.tx(ALICE, withdraw(), gas=GAS), chain.tx(ALICE, withdraw(), gas=GAS, ahead=1)
    ).tx_results
    assert [each.code for each in again] == [0, 0]
    response = cosmos.MsgWithdrawDelegatorRewardResponse
    assert not _answer(again[1].data, response).amount
    assert _answer(again[0].data, response).amount[0].amount > 0


def _answer(data: bytes, kind: Any) -> Any:
    return codec.decode(kind, codec.decode(TxMsgData, data).msg_responses[0].value)


def test_an_account_without_a_bond_withdraws_nothing(chain: RewardChain) -> None:
    chain.expect(BOB, withdraw(who=BOB.address), code=5, space=SPACE)
    chain.expect(ALICE, withdraw(number=2), code=5, space=SPACE)


def test_every_change_of_a_bond_pays_what_it_earned_before(chain: RewardChain) -> None:
    for message in (delegate(ALICE, 1, QOS), undelegate(ALICE, 1, QOS), redelegate(ALICE, 1, 2, QOS)):
        chain.blocks(2)
        before, moved = chain.balance(ALICE.address), QOS if message == delegate(ALICE, 1, QOS) else 0
        chain.send(ALICE, message)
        assert chain.balance(ALICE.address) > before - FEE - moved
        assert earned(chain) < 10**18


def test_rewards_go_to_the_account_a_delegator_chose_until_it_takes_that_back(chain: RewardChain) -> None:
    choose = cosmos.MsgSetWithdrawAddress(delegator_address=ALICE.address, withdraw_address=NEW)
    chain.send(ALICE, choose)
    told = asked(
        chain,
        "DelegatorWithdrawAddress",
        cosmos.QueryDelegatorWithdrawAddressResponse,
        delegator_address=ALICE.address,
    )
    assert told.withdraw_address == NEW
    before = chain.balance(ALICE.address)
    chain.send(ALICE, withdraw())
    got = chain.balance(NEW)
    assert got > 0
    assert chain.balance(ALICE.address) == before - FEE
    back = cosmos.MsgSetWithdrawAddress(delegator_address=ALICE.address, withdraw_address=ALICE.address)
    chain.send(ALICE, back)
    chain.send(ALICE, withdraw())
    assert chain.balance(NEW) == got


def test_rewards_are_never_sent_to_an_account_of_a_module(chain: RewardChain) -> None:
    """Threat 31."""
    bad = cosmos.MsgSetWithdrawAddress(delegator_address=ALICE.address, withdraw_address=COLLECTOR)
    chain.expect(ALICE, bad, code=3, space="bank")


def test_a_validator_withdraws_commission_and_what_it_earned_as_proposer(chain: RewardChain) -> None:
    row, key = chain.row(0), owner_of(0)
    assert row.commission > 0
    assert row.proposer > 0
    told = asked(
        chain, "ValidatorCommission", cosmos.QueryValidatorCommissionResponse, validator_address=owner(0)
    ).commission
    assert told.commission == (DecCoin(denom="aqos", amount=(row.commission + row.proposer) * 10**18),)
    before = chain.balance(owner(0))
    message = cosmos.MsgWithdrawValidatorCommission(validator_address=owner(0))
    results = chain.run_block(chain.tx(key, message, gas=GAS), chain.tx(key, message, gas=GAS, ahead=1)).tx_results
    assert [each.code for each in results] == [0, 7]
    assert chain.balance(owner(0)) - before + 2 * FEE > row.commission + row.proposer
    assert (chain.row(0).commission, chain.row(0).proposer) == (0, 0)
    other = cosmos.MsgWithdrawValidatorCommission(validator_address=ALICE.address)
    chain.expect(ALICE, other, code=6, space=SPACE)


def test_anybody_gives_to_the_community_pool_and_governance_alone_pays_from_it(chain: RewardChain) -> None:
    pool = chain.pool
    chain.send(BOB, cosmos.MsgFundCommunityPool(depositor=BOB.address, amount=(aqos(5 * QOS),)))
    assert 5 * QOS <= chain.pool - pool < 5 * QOS + 100
    told = asked(chain, "CommunityPool", cosmos.QueryCommunityPoolResponse).pool
    assert told == (DecCoin(denom="aqos", amount=chain.pool * 10**18),)
    spend = cosmos.MsgCommunityPoolSpend(authority=BOB.address, recipient=NEW, amount=(aqos(QOS),))
    chain.expect(BOB, spend, code=4, space="sdk")
    chain.govern(cosmos.MsgCommunityPoolSpend(authority=GOVERNANCE, recipient=NEW, amount=(aqos(QOS),)))
    assert chain.balance(NEW) == QOS
    for recipient, amount in ((COMMUNITY_POOL, QOS), (NEW, 10**30), (NEW, 0)):
        message = cosmos.MsgCommunityPoolSpend(authority=GOVERNANCE, recipient=recipient, amount=(aqos(amount),))
        with pytest.raises(AssertionError):
            chain.govern(message)
    empty = cosmos.MsgFundCommunityPool(depositor=BOB.address, amount=())
    chain.expect(BOB, empty, code=10, space="sdk")


def test_parameters_are_governances_and_checked(chain: RewardChain) -> None:
    good = Params(proposer_reward_rate=10**18, community_reward_rate=0, compounding_interval=1)
    chain.expect(BOB, MsgUpdateParams(authority=BOB.address, params=good), code=4, space="sdk")
    chain.govern(MsgUpdateParams(authority=GOVERNANCE, params=good))
    told = asked(chain, "Params", cosmos.QueryParamsResponse).params
    assert (told.base_proposer_reward, told.community_tax, told.withdraw_addr_enabled) == (10**18, 0, True)
    for bad in (
        Params(proposer_reward_rate=10**18, community_reward_rate=1, compounding_interval=1),
        Params(proposer_reward_rate=-1, community_reward_rate=1, compounding_interval=1),
        Params(proposer_reward_rate=0, community_reward_rate=0, compounding_interval=0),
        Params(proposer_reward_rate=0, community_reward_rate=0, compounding_interval=10**18),
    ):
        with pytest.raises(AssertionError):
            chain.govern(MsgUpdateParams(authority=GOVERNANCE, params=bad))


def test_anyone_compounds_a_bond_that_asks_for_it_at_most_daily(chain: RewardChain) -> None:
    chain.expect(BOB, compound(BOB.address), code=101, space=SPACE)
    chain.send(ALICE, compounding())
    before, cash = bond(chain), chain.balance(ALICE.address)
    chain.send(BOB, compound(BOB.address))
    grown = bond(chain)
    assert grown > before
    assert chain.balance(ALICE.address) == cash
    chain.expect(BOB, compound(BOB.address), code=102, space=SPACE)
    chain.later_s += 86_400
    chain.send(BOB, compound(BOB.address))
    assert bond(chain) > grown
    chain.expect(BOB, compound(BOB.address, who=CAROL.address), code=5, space=SPACE)


def test_a_delegator_compounds_its_own_bond_without_asking_for_it(chain: RewardChain) -> None:
    before = bond(chain)
    chain.send(ALICE, compound(ALICE.address))
    assert bond(chain) > before


def test_nothing_is_compounded_while_less_than_one_aqos_is_earned(chain: RewardChain) -> None:
    results = chain.run_block(
        chain.tx(ALICE, withdraw(), gas=GAS), chain.tx(ALICE, compound(ALICE.address), gas=GAS, ahead=1)
    ).tx_results
    assert [each.code for each in results] == [0, 103]


def test_a_bond_that_compounds_grows_when_it_is_touched_and_is_paid_nothing(chain: RewardChain) -> None:
    chain.send(ALICE, compounding())
    chain.blocks(2)
    before, cash, due = bond(chain), chain.balance(ALICE.address), earned(chain) // 10**18
    chain.send(ALICE, delegate(ALICE, 1, QOS))
    assert chain.balance(ALICE.address) == cash - FEE - QOS
    assert bond(chain) - before - QOS > due
    again = bond(chain)
    chain.send(ALICE, delegate(ALICE, 1, QOS))
    assert again + QOS - 1 <= bond(chain) <= again + QOS
    assert earned(chain) > 0


def test_a_bond_that_compounds_is_paid_in_full_when_it_is_taken_back(chain: RewardChain) -> None:
    chain.send(ALICE, compounding())
    due, cash = earned(chain) // 10**18, chain.balance(ALICE.address)
    chain.send(ALICE, undelegate(ALICE, 1, bond(chain)))
    assert chain.balance(ALICE.address) - cash + FEE > due


def test_nobody_compounds_behind_a_validator_that_takes_no_bonds(chain: RewardChain) -> None:
    chain.send(ALICE, compounding())
    chain.later_s += 2 * 86_400
    chain.send(owner_of(1), MsgRevokeValidator(validator_address=owner(1)))
    before, due = bond(chain), earned(chain)
    assert "inactive" in chain.run_block(chain.tx(BOB, compound(BOB.address), gas=GAS)).tx_results[0].log
    assert bond(chain) == before
    assert earned(chain) >= due


def test_a_validator_that_closes_and_its_bonds_are_paid_by_themselves(chain: RewardChain) -> None:
    """Whitepaper 3.3.1: investments return automatically when a validator is closed; so do rewards."""
    chain.later_s += 2 * 86_400
    chain.send(owner_of(1), MsgRevokeValidator(validator_address=owner(1)))
    cash = {who: chain.balance(who) for who in (ALICE.address, owner(1))}
    worth, row = bond(chain), chain.row(1)
    chain.blocks(10)  # a large validator leaves the set over some blocks (V7)
    chain.later_s += 20 * 86_400
    chain.blocks(4)
    assert staking.get_validator(chain.state(), owner(1)) is None
    assert chain.balance(ALICE.address) - cash[ALICE.address] > worth
    assert chain.balance(owner(1)) - cash[owner(1)] > 1_000 * QOS + row.commission
    with pytest.raises(KeyError):
        chain.row(1)


def test_what_wallets_ask_adds_up(chain: RewardChain) -> None:
    chain.send(ALICE, delegate(ALICE, 2, 10 * QOS))
    chain.blocks(2)
    total = asked(
        chain, "DelegationTotalRewards", cosmos.QueryDelegationTotalRewardsResponse, delegator_address=ALICE.address
    )
    by_validator = {each.validator_address: each.reward[0].amount for each in total.rewards}
    assert by_validator.keys() == {owner(1), owner(2)}
    assert by_validator[owner(1)] == earned(chain)
    assert 0 <= total.total[0].amount - sum(by_validator.values()) <= 1
    where = asked(
        chain, "DelegatorValidators", cosmos.QueryDelegatorValidatorsResponse, delegator_address=ALICE.address
    )
    assert sorted(where.validators) == sorted((owner(1), owner(2)))
    row = chain.row(1)
    held = asked(
        chain,
        "ValidatorOutstandingRewards",
        cosmos.QueryValidatorOutstandingRewardsResponse,
        validator_address=owner(1),
    ).rewards.rewards
    assert held[0].amount == (row.bonds + row.commission + row.proposer) * 10**18
    info = asked(
        chain,
        "ValidatorDistributionInfo",
        cosmos.QueryValidatorDistributionInfoResponse,
        validator_address=owner(1),
    )
    assert info.operator_address == owner(1)
    assert info.self_bond_rewards[0].amount > 0
    slashes = asked(
        chain, "ValidatorSlashes", cosmos.QueryValidatorSlashesResponse, validator_address=owner(1), ending_height=0
    )
    assert slashes.slashes == ()
