"""[V2] [V3] [V4] Signing twice and attacking light clients: one penalty, whenever it is shown in time."""

from dataclasses import replace

import pytest

from qos.base.blocktime import DAY_S
from qos.machine.context import MisbehaviorKind
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.validators.staking.state import UNDELEGATIONS
from qos.proto.records import cosmos_distribution_v1beta1 as distribution
from qos.proto.records import cosmos_slashing_v1beta1 as slashing
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgRevokeValidator, Reason, Status
from qos.testing.chain import ALICE
from qos.testing.stake import PARAMS, POWER, owner_of
from qos.testing.stake_chain import UNIT, StakeChain, address_of, coin, delegate, undelegate

KINDS = tuple(MisbehaviorKind)
LIMIT_S = PARAMS.max_evidence_age // 10**9


@pytest.fixture
def chain() -> StakeChain:
    return StakeChain()


def slashes(
    chain: StakeChain, number: int, first: int = 0, last: int = 0, page: PageRequest | None = None
) -> list[int]:
    """Return the fractions of a validator's slashes between two heights."""
    asked = distribution.QueryValidatorSlashesRequest(
        validator_address=owner_of(number).address, starting_height=first, ending_height=last, pagination=page
    )
    path = "/cosmos.distribution.v1beta1.Query/ValidatorSlashes"
    return [each.fraction for each in chain.query(path, asked, distribution.QueryValidatorSlashesResponse).slashes]


@pytest.mark.parametrize("kind", KINDS)
def test_every_offence_takes_a_fifth_and_bars_for_ever(chain: StakeChain, kind: MisbehaviorKind) -> None:
    """[V2] Light-client attacks are punished as signing twice is."""
    chain.ok(ALICE, delegate(ALICE, 1, 10 * UNIT))
    offence = chain.height
    chain.ok(ALICE, undelegate(ALICE, 1, 5 * UNIT))
    chain.misbehave(1, height=offence, power=20, kind=kind)
    result = chain.run_block()
    found = chain.validator(1)
    assert (found.status, found.reason, found.tombstoned) == (Status.STATUS_INACTIVE, Reason.REASON_DOUBLE_SIGN, True)
    assert found.tokens == 12 * UNIT
    (entry,) = [each for _, each in UNDELEGATIONS.items(chain.state())]
    assert entry.balance == 4 * UNIT
    assert chain.balance(COMMUNITY_POOL) == 4 * UNIT
    (event,) = [each for each in result.events if each.type == "misbehavior"]
    told = {each.key: each.value for each in event.attributes}
    assert (told["kind"], told["height"]) == (kind.name.lower(), str(offence))


def test_both_kinds_in_one_block_are_two_offences(chain: StakeChain) -> None:
    """[V2] The second takes its fifth of the same power from what remains."""
    for kind in KINDS:
        chain.misbehave(1, kind=kind)
    chain.run_block()
    assert chain.validator(1).tokens == 6 * UNIT
    assert slashes(chain, 1) == [4 * 10**17]  # a fifth, then a quarter of the rest


def test_offences_of_several_validators_in_one_block_are_all_punished(chain: StakeChain) -> None:
    """[V7] Who signed twice leaves at once, the last validator excepted."""
    for number in range(4):
        chain.misbehave(number, kind=KINDS[number % 2])
    chain.run_block()
    assert [chain.validator(number).tombstoned for number in range(4)] == [True] * 4
    assert len(chain.powers()) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_offence_is_punished_after_its_validator_revoked_itself(chain: StakeChain, kind: MisbehaviorKind) -> None:
    """[V2] [V3] Its bonds stay until evidence of the last block it could sign is too old."""
    chain.wait(DAY_S)
    offence = chain.height
    chain.ok(owner_of(3), MsgRevokeValidator(validator_address=owner_of(3).address))
    chain.wait(LIMIT_S - 60)
    chain.misbehave(3, height=offence, age_s=LIMIT_S, kind=kind)
    chain.run_block()
    assert (chain.validator(3).tokens, chain.validator(3).tombstoned) == (8 * UNIT, True)
    back = MsgActivateValidator(validator_address=owner_of(3).address, top_up=coin(5 * UNIT))
    assert chain.do(owner_of(3), back).code != 0


def test_evidence_of_a_block_comes_before_what_matures_in_it() -> None:
    """[V3] Without a margin the last evidence in time and the first payment may fall into one block."""
    rules = replace(PARAMS, unbonding_time=PARAMS.max_evidence_age, evidence_margin=0)
    chain = StakeChain(params=rules)
    chain.ok(ALICE, delegate(ALICE, 1, 10 * UNIT))
    offence = chain.height
    chain.ok(ALICE, undelegate(ALICE, 1, 5 * UNIT))
    (entry,) = [each for _, each in UNDELEGATIONS.items(chain.state())]
    chain.wait((entry.completes - chain.next_block().time_ns) // 10**9)
    chain.misbehave(1, height=offence, power=20, age_s=LIMIT_S)
    before = chain.balance(ALICE.address)
    chain.run_block()
    assert chain.validator(1).tombstoned
    assert chain.balance(ALICE.address) - before == 4 * UNIT
    assert not list(UNDELEGATIONS.items(chain.state()))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_old_or_of_nobody_changes_nothing(chain: StakeChain, kind: MisbehaviorKind) -> None:
    """[V3]"""
    chain.misbehave(1, age_s=LIMIT_S + 1, kind=kind)
    chain.misbehave(9, kind=kind)
    result = chain.run_block()
    assert [each.type for each in result.events if each.type in ("misbehavior", "slash")] == []
    assert [chain.validator(number).tokens for number in range(4)] == [POWER * UNIT] * 4
    assert slashes(chain, 1) == []


def test_a_power_beyond_what_is_bonded_takes_all_and_no_more(chain: StakeChain) -> None:
    """Whatever the engine says of the power, nothing is taken that is not there."""
    chain.misbehave(1, power=10**6, kind=MisbehaviorKind.LIGHT_CLIENT_ATTACK)
    chain.run_blocks(3)
    assert chain.validator(1).tokens == 0
    assert chain.balance(COMMUNITY_POOL) == POWER * UNIT


def test_signing_infos_tell_of_the_tombstone(chain: StakeChain) -> None:
    chain.misbehave(1, kind=MisbehaviorKind.LIGHT_CLIENT_ATTACK)
    chain.run_block()
    path, kind = "/cosmos.slashing.v1beta1.Query/SigningInfos", slashing.QuerySigningInfosResponse
    infos = chain.query(path, slashing.QuerySigningInfosRequest(), kind).info
    assert [each.address for each in infos if each.tombstoned] == [address_of(1)]


def test_slashes_are_told_by_height_and_in_pages(chain: StakeChain) -> None:
    """Rows of ValidatorSlashes: the fraction of the bonds each slash took, oldest first."""
    chain.absent = frozenset((address_of(1),))
    chain.run_blocks(12)
    first = chain.height
    chain.misbehave(1, height=1)
    chain.run_block()
    second = chain.height
    both = slashes(chain, 1)
    assert both == [10**14, 2 * POWER * UNIT * 10**17 // (POWER * UNIT - POWER * UNIT // 10**4)]
    assert slashes(chain, 1, 1, first) == both[:1]
    assert slashes(chain, 1, second) == slashes(chain, 1, second, second) == both[1:]
    assert slashes(chain, 1, second + 1) == slashes(chain, 0) == []
    assert slashes(chain, 1, page=PageRequest(limit=1)) == both[:1]
    assert slashes(chain, 1, page=PageRequest(limit=1, offset=1)) == both[1:]
    assert slashes(chain, 1, page=PageRequest(reverse=True)) == both[::-1]


def test_rows_of_slashes_go_with_their_validator(chain: StakeChain) -> None:
    chain.misbehave(1)
    chain.run_blocks(4)
    assert len(slashes(chain, 1)) == 1
    chain.wait(PARAMS.survival_secs)
    chain.run_blocks(2)
    assert chain.find(1) is None
    assert slashes(chain, 1) == []
