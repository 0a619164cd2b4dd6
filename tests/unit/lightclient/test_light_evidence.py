"""A witness with another header: an attack when it can prove it, a faulty witness when it cannot."""

import pytest

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.lightclient import errors
from qos.lightclient.evidence import Attack, AttackEvidence, Kind, accuse, compare_with_witness
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import ONE_THIRD, Options, Verified, proven_header, trust_root
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.testing.light_chain import ABSENT, BlockShelf, drive, light_block, members, time_of

OPTIONS = Options(trust_level=ONE_THIRD, trusting_period_ns=10 * DAY_NS, clock_drift_ns=10 * SECOND_NS)
NOW = time_of(100)
FOUR = members(1, 2, 3, 4)
FIRST = light_block(1, FOUR)
START = trust_root(FIRST, header_hash(FIRST.signed_header.header)).state
HONEST = (light_block(3, FOUR), light_block(5, FOUR))


def verified(block: LightBlock) -> Verified:
    return proven_header(START, block, options=OPTIONS, now_ns=NOW)


def compare(witness: BlockShelf, primary: tuple[LightBlock, ...] = HONEST) -> Attack | None:
    path = tuple(verified(block) for block in primary)
    return drive(compare_with_witness(START, path, options=OPTIONS, now_ns=NOW), witness)


def blamed(accused: AttackEvidence) -> list[int]:
    known = {member.validator: member.number for member in members(*range(1, 9))}
    return sorted(known[validator] for validator in accused.byzantine(FIRST.validators))


def test_an_honest_witness_is_asked_for_the_last_header_only() -> None:
    witness = BlockShelf(*HONEST)
    assert compare(witness) is None
    assert witness.asked == [5]


def test_without_a_path_nobody_is_asked() -> None:
    witness = BlockShelf()
    assert drive(compare_with_witness(START, (), options=OPTIONS, now_ns=NOW), witness) is None
    assert witness.asked == []


def test_a_header_with_another_state_is_a_lunatic_attack_by_all_who_signed_it() -> None:
    forged = light_block(5, FOUR, app_hash=b"\6" * 32, flags={4: ABSENT})
    attack = compare(BlockShelf(HONEST[0], forged))
    assert attack is not None
    assert attack.height == 5
    accused = attack.against_witness
    assert accused.kind is Kind.LUNATIC
    assert blamed(accused) == [1, 2, 3]
    assert accused.conflicting == forged
    assert accused.trusted == HONEST[1]
    assert accused.common.height == 3
    assert blamed(attack.against_primary) == [1, 2, 3, 4]
    assert attack.against_primary.conflicting == HONEST[1]


def test_only_validators_of_the_common_set_are_accused_of_a_lunatic_header() -> None:
    forged = light_block(5, (*FOUR, *members(7)), flags={1: ABSENT})
    attack = compare(BlockShelf(HONEST[0], forged))
    assert attack is not None
    assert blamed(attack.against_witness) == [2, 3, 4]


def test_two_headers_of_one_round_accuse_those_who_signed_both() -> None:
    double = light_block(5, FOUR, time_ns=time_of(5) + 1, flags={2: ABSENT})
    attack = compare(BlockShelf(HONEST[0], double))
    assert attack is not None
    assert attack.against_primary.kind is attack.against_witness.kind is Kind.EQUIVOCATION
    assert blamed(attack.against_primary) == [1, 3, 4]
    assert blamed(attack.against_witness) == [1, 3, 4]


def test_two_headers_of_two_rounds_accuse_nobody_by_name() -> None:
    later = light_block(5, FOUR, time_ns=time_of(5) + 1, round_=1)
    attack = compare(BlockShelf(HONEST[0], later))
    assert attack is not None
    assert attack.against_witness.kind is Kind.AMNESIA
    assert blamed(attack.against_witness) == []


def test_the_fork_is_found_where_it_begins() -> None:
    fork = (light_block(3, FOUR, app_hash=b"\1" * 32), light_block(5, FOUR, app_hash=b"\1" * 32))
    attack = compare(BlockShelf(*fork))
    assert attack is not None
    assert attack.height == 3
    assert attack.against_witness.common == START


@pytest.mark.parametrize(
    "unproven",
    [
        light_block(5, FOUR, app_hash=b"\6" * 32, flags={3: ABSENT, 4: ABSENT}),
        light_block(5, FOUR, chain_id="light-2"),
        light_block(5, FOUR, time_ns=time_of(2)),
        light_block(6, FOUR),
    ],
)
def test_a_witness_that_cannot_prove_its_header_is_faulty_and_accuses_nobody(unproven: LightBlock) -> None:
    class Witness(BlockShelf):
        def light_block(self, height: int) -> LightBlock:
            return unproven if height == 5 else super().light_block(height)

    with pytest.raises(errors.FaultyWitness):
        compare(Witness(HONEST[0]))


def test_a_witness_that_changes_its_answer_is_faulty() -> None:
    class Turncoat(BlockShelf):
        def light_block(self, height: int) -> LightBlock:
            first_time = height not in self.asked
            block = super().light_block(height)
            return light_block(5, FOUR, app_hash=b"\6" * 32) if first_time and height == 5 else block

    with pytest.raises(errors.FaultyWitness, match="two headers"):
        compare(Turncoat(*HONEST))


def test_evidence_needs_two_headers_of_one_height() -> None:
    one, other = verified(HONEST[0]), verified(HONEST[1])
    for pair in ((one, other), (one, one)):
        with pytest.raises(ValueError, match="two different headers"):
            accuse(START, trusted=pair[0], conflicting=pair[1])
