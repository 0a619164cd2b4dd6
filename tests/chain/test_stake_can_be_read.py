"""Every query about stake and penalties, as Cosmos clients and our own ask them."""

import pytest

from qos.modules.validators.staking.operations import bonded_total
from qos.proto.records import cosmos_slashing_v1beta1 as slashing
from qos.proto.records import cosmos_staking_v1beta1 as cosmos
from qos.proto.records import qos_slashing_v1 as penalties
from qos.proto.records import qos_staking_v1 as own
from qos.testing.chain import ALICE, BOB
from qos.testing.stake import POWER, owner_of
from qos.testing.stake_chain import UNIT, StakeChain, address_of, delegate, redelegate, undelegate

STAKING, OWN = "/cosmos.staking.v1beta1.Query/", "/qos.staking.v1.Query/"
SLASHING, PENALTIES = "/cosmos.slashing.v1beta1.Query/", "/qos.slashing.v1.Query/"


@pytest.fixture(scope="module")
def chain() -> StakeChain:
    made = StakeChain()
    made.ok(ALICE, delegate(ALICE, 0, 10 * UNIT))
    made.ok(ALICE, undelegate(ALICE, 0, 2 * UNIT))
    made.ok(ALICE, redelegate(ALICE, 0, 1, 3 * UNIT))
    made.absent = frozenset((address_of(2),))
    made.run_blocks(3)
    return made


OPERATOR = owner_of(0).address


def test_validators_are_told_all_by_status_and_one(chain: StakeChain) -> None:
    for status, count in (("", 4), ("BOND_STATUS_BONDED", 4), ("BOND_STATUS_UNBONDED", 0)):
        asked = cosmos.QueryValidatorsRequest(status=status)
        assert len(chain.query(STAKING + "Validators", asked, cosmos.QueryValidatorsResponse).validators) == count
    assert chain.ask(STAKING + "Validators", cosmos.QueryValidatorsRequest(status="x")).code != 0
    one = cosmos.QueryValidatorRequest(validator_addr=OPERATOR)
    found = chain.query(STAKING + "Validator", one, cosmos.QueryValidatorResponse).validator
    assert found is not None
    assert (found.tokens, found.delegator_shares, found.jailed) == (15 * UNIT, 15 * UNIT * 10**18, False)
    assert chain.ask(STAKING + "Validator", cosmos.QueryValidatorRequest(validator_addr=BOB.address)).code != 0


def test_bonds_are_told_by_validator_by_account_and_one(chain: StakeChain) -> None:
    behind = cosmos.QueryValidatorDelegationsRequest(validator_addr=OPERATOR)
    found = chain.query(STAKING + "ValidatorDelegations", behind, cosmos.QueryValidatorDelegationsResponse)
    worths = sorted(each.balance.amount for each in found.delegation_responses if each.balance is not None)
    assert worths == [5 * UNIT, POWER * UNIT]
    whose = cosmos.QueryDelegatorDelegationsRequest(delegator_addr=ALICE.address)
    mine = chain.query(STAKING + "DelegatorDelegations", whose, cosmos.QueryDelegatorDelegationsResponse)
    assert len(mine.delegation_responses) == 2
    one = cosmos.QueryDelegationRequest(delegator_addr=ALICE.address, validator_addr=OPERATOR)
    bond = chain.query(STAKING + "Delegation", one, cosmos.QueryDelegationResponse).delegation_response
    assert bond is not None
    assert bond.balance is not None
    assert bond.balance.amount == 5 * UNIT
    none = cosmos.QueryDelegationRequest(delegator_addr=BOB.address, validator_addr=OPERATOR)
    assert chain.ask(STAKING + "Delegation", none).code != 0
    bonds = chain.query(OWN + "Bonds", own.QueryBondsRequest(delegator=ALICE.address), own.QueryBondsResponse).bonds
    assert sorted(each.amount for each in bonds) == [3 * UNIT, 5 * UNIT]


def test_what_is_taken_back_and_moved_is_told(chain: StakeChain) -> None:
    pair = {"delegator_addr": ALICE.address, "validator_addr": OPERATOR}
    one = chain.query(
        STAKING + "UnbondingDelegation",
        cosmos.QueryUnbondingDelegationRequest(**pair),
        cosmos.QueryUnbondingDelegationResponse,
    ).unbond
    assert one is not None
    assert [entry.balance for entry in one.entries] == [2 * UNIT]
    behind = cosmos.QueryValidatorUnbondingDelegationsRequest(validator_addr=OPERATOR)
    there = chain.query(
        STAKING + "ValidatorUnbondingDelegations", behind, cosmos.QueryValidatorUnbondingDelegationsResponse
    )
    whose = cosmos.QueryDelegatorUnbondingDelegationsRequest(delegator_addr=ALICE.address)
    mine = chain.query(
        STAKING + "DelegatorUnbondingDelegations", whose, cosmos.QueryDelegatorUnbondingDelegationsResponse
    )
    assert there.unbonding_responses == mine.unbonding_responses == (one,)
    for asked in (
        cosmos.QueryRedelegationsRequest(delegator_addr=ALICE.address),
        cosmos.QueryRedelegationsRequest(src_validator_addr=OPERATOR),
    ):
        moved = chain.query(STAKING + "Redelegations", asked, cosmos.QueryRedelegationsResponse)
        assert [entry.balance for each in moved.redelegation_responses for entry in each.entries] == [3 * UNIT]


def test_validators_of_an_account_are_told(chain: StakeChain) -> None:
    whose = cosmos.QueryDelegatorValidatorsRequest(delegator_addr=ALICE.address)
    found = chain.query(STAKING + "DelegatorValidators", whose, cosmos.QueryDelegatorValidatorsResponse).validators
    assert {each.operator_address for each in found} == {OPERATOR, owner_of(1).address}
    one = cosmos.QueryDelegatorValidatorRequest(delegator_addr=ALICE.address, validator_addr=OPERATOR)
    assert chain.query(STAKING + "DelegatorValidator", one, cosmos.QueryDelegatorValidatorResponse).validator in found


def test_pool_parameters_and_who_signed_a_height_are_told(chain: StakeChain) -> None:
    pool = chain.query(STAKING + "Pool", cosmos.QueryPoolRequest(), cosmos.QueryPoolResponse).pool
    assert pool is not None
    assert (pool.bonded_tokens, pool.not_bonded_tokens) == (bonded_total(chain.state()), 2 * UNIT)
    params = chain.query(STAKING + "Params", cosmos.QueryParamsRequest(), cosmos.QueryParamsResponse).params
    assert params is not None
    assert params.historical_entries > 0
    past = cosmos.QueryHistoricalInfoRequest(height=chain.height)
    hist = chain.query(STAKING + "HistoricalInfo", past, cosmos.QueryHistoricalInfoResponse).hist
    assert hist is not None
    assert len(hist.valset) == 4
    assert chain.ask(STAKING + "HistoricalInfo", cosmos.QueryHistoricalInfoRequest(height=10**6)).code != 0
    signed = chain.query(OWN + "SignedSet", own.QuerySignedSetRequest(height=2), own.QuerySignedSetResponse).set
    assert signed is not None
    assert sum(member.power for member in signed.members) == 4 * POWER
    rules = chain.query(OWN + "Rules", own.QueryRulesRequest(), own.QueryRulesResponse).params
    assert rules is not None
    assert rules.max_validators == 21


def test_standings_tell_power_and_self_bond(chain: StakeChain) -> None:
    every = chain.query(OWN + "Standings", own.QueryStandingsRequest(), own.QueryStandingsResponse).standings
    assert sorted(each.power for each in every) == [10, 10, 13, 15]
    one = own.QueryStandingRequest(validator=OPERATOR)
    found = chain.query(OWN + "Standing", one, own.QueryStandingResponse).standing
    assert found is not None
    assert found.self_bond == POWER * UNIT


def test_what_validators_signed_is_told(chain: StakeChain) -> None:
    infos = chain.query(
        SLASHING + "SigningInfos", slashing.QuerySigningInfosRequest(), slashing.QuerySigningInfosResponse
    )
    assert sorted(each.missed_blocks_counter for each in infos.info) == [0, 0, 0, 3]
    owned = chain.query(OWN + "Standing", own.QueryStandingRequest(validator=OPERATOR), own.QueryStandingResponse)
    assert owned.standing is not None
    address = next(each.address for each in infos.info if bytes(each.address) == owned.standing.consensus_address)
    one = slashing.QuerySigningInfoRequest(cons_address=address)
    assert chain.query(SLASHING + "SigningInfo", one, slashing.QuerySigningInfoResponse).val_signing_info in infos.info
    params = chain.query(SLASHING + "Params", slashing.QueryParamsRequest(), slashing.QueryParamsResponse).params
    assert params is not None
    assert (params.signed_blocks_window, params.min_signed_per_window) == (20, b"500000000000000000")
    windows = chain.query(
        PENALTIES + "Windows", penalties.QueryWindowsRequest(), penalties.QueryWindowsResponse
    ).windows
    assert sorted(each.left for each in windows) == [7, 10, 10, 10]
    rules = chain.query(PENALTIES + "Rules", penalties.QueryRulesRequest(), penalties.QueryRulesResponse).params
    assert rules is not None
    assert rules.voting_status_least == 10


def test_votes_left_out_are_counted_for_each_proposer(chain: StakeChain) -> None:
    """[V1]"""
    found = chain.query(
        PENALTIES + "LeftOut", penalties.QueryLeftOutRequest(), penalties.QueryLeftOutResponse
    ).proposers
    assert sum(each.votes for each in found) == sum(each.blocks for each in found) == 3
