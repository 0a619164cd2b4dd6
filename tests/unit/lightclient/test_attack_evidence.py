"""What a node is told of a conflict: evidence its own rules accept, or none where nobody can be named."""

from dataclasses import replace

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.lightclient.attack_claims import KnownHeaders, verify_attack_claim
from qos.lightclient.attack_evidence import attack_evidence
from qos.lightclient.evidence import AttackEvidence, Kind, accuse
from qos.lightclient.hashes import header_hash, in_hash_order
from qos.lightclient.verifier import ONE_THIRD, Options, proven_header, trust_root
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.tendermint_types import LightClientAttackEvidence, Validator
from qos.testing.light_chain import ABSENT, CHAIN_ID, light_block, members, time_of

OPTIONS = Options(trust_level=ONE_THIRD, trusting_period_ns=10 * DAY_NS, clock_drift_ns=10 * SECOND_NS)
FOUR, FIVE = members(1, 2, 3, 4), members(1, 2, 3, 4, 5)
FIRST = light_block(3, FIVE, FOUR)
OWN = light_block(5, FOUR)
COMMON_SET = tuple(member.validator for member in FIVE)


def accused(conflicting: LightBlock) -> AttackEvidence:
    start = trust_root(FIRST, header_hash(FIRST.signed_header.header)).state
    own, other = (proven_header(start, block, options=OPTIONS, now_ns=time_of(100)) for block in (OWN, conflicting))
    return accuse(start, trusted=own, conflicting=other)


def attack(found: AttackEvidence) -> LightClientAttackEvidence:
    evidence = attack_evidence(found, COMMON_SET)
    assert evidence is not None
    assert evidence.light_client_attack_evidence is not None
    return evidence.light_client_attack_evidence


def attackers(claim: LightClientAttackEvidence, common: LightBlock, common_set: tuple[Validator, ...]) -> set[bytes]:
    """Examine a claim as the chain does that has OWN; returns who is to be punished."""
    known = KnownHeaders(own=OWN.signed_header, common=common.signed_header.header, common_set=common_set)
    return {each.address for each in verify_attack_claim(claim, known, CHAIN_ID).validators}


def addresses(*numbers: int) -> set[bytes]:
    return {member.validator.address for member in members(*numbers)}


def test_another_state_is_told_with_the_set_of_the_last_common_header() -> None:
    found = attack(accused(light_block(5, FOUR, app_hash=b"\6" * 32, flags={4: ABSENT})))
    assert (found.common_height, found.timestamp, found.total_voting_power) == (3, time_of(3), 50)
    assert attackers(found, FIRST, COMMON_SET) == addresses(1, 2, 3)


def test_two_blocks_of_one_round_are_told_at_their_own_height() -> None:
    found = attack(accused(light_block(5, FOUR, time_ns=time_of(5) + 1, flags={2: ABSENT})))
    assert (found.common_height, found.timestamp, found.total_voting_power) == (5, time_of(5), 40)
    assert attackers(found, OWN, tuple(in_hash_order(OWN.validators))) == addresses(1, 3, 4)


def test_where_nobody_can_be_named_nothing_is_told() -> None:
    later = accused(light_block(5, FOUR, time_ns=time_of(5) + 1, round_=1))
    assert later.kind is Kind.AMNESIA
    assert attack_evidence(later, COMMON_SET) is None


def test_genesis_is_no_common_header() -> None:
    found = accused(light_block(5, FOUR, app_hash=b"\6" * 32))
    from_genesis = replace(found, common=replace(found.common, height=0, header_hash=b""))
    assert attack_evidence(from_genesis, ()) is None
