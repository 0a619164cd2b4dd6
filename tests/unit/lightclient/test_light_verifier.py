"""One header because of another: each rule has the case that only it refuses."""

from dataclasses import replace

import pytest

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.crypto import ed25519
from qos.lightclient import errors
from qos.lightclient.commits import MAX_TOTAL_POWER, ordered_set, verify_commit
from qos.lightclient.hashes import NIL_BLOCK_ID, header_hash, in_hash_order, vote_sign_bytes
from qos.lightclient.predicates import whole_state
from qos.lightclient.verifier import (
    ONE_THIRD,
    TWO_THIRDS,
    NotEnoughTrust,
    Options,
    TrustLevel,
    Verified,
    proven_header,
    trust_root,
    verify,
)
from qos.proto import codec
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import BlockID, Commit, CommitSig, PartSetHeader, Validator
from qos.testing.light_chain import ABSENT, COMMIT, NIL, Member, light_block, members, time_of

FOUR = members(1, 2, 3, 4)
OPTIONS = Options(trust_level=ONE_THIRD, trusting_period_ns=7 * DAY_NS, clock_drift_ns=60 * SECOND_NS)
NOW = time_of(100)


def trusted_at(block: LightBlock) -> TrustedState:
    return trust_root(block, header_hash(block.signed_header.header)).state


ROOT = trusted_at(light_block(1, FOUR))


def judge(block: LightBlock, options: Options = OPTIONS, now_ns: int = NOW) -> Verified | NotEnoughTrust:
    return verify(ROOT, block, options=options, now_ns=now_ns)


@pytest.mark.parametrize("height", [2, 50])
def test_a_verified_block_gives_its_header_its_signers_and_the_state_to_go_on_with(height: int) -> None:
    block = light_block(height, FOUR, members(5, 6), app_hash=b"\7" * 32)
    verdict = judge(block)
    assert isinstance(verdict, Verified)
    assert verdict.header == block.signed_header.header
    assert verdict.signers.power == verdict.signers.total_power == 40
    assert verdict.state == TrustedState(
        chain_id="light-1",
        height=height,
        time=time_of(height),
        header_hash=header_hash(block.signed_header.header),
        app_hash=b"\7" * 32,
        next_validators_hash=block.signed_header.header.next_validators_hash,
        next_validators=in_hash_order(member.validator for member in members(5, 6)),
    )
    assert codec.decode(TrustedState, codec.encode(verdict.state)) == verdict.state


def test_the_next_block_is_judged_by_the_announced_set_though_nobody_in_it_was_trusted_before() -> None:
    root = trusted_at(light_block(1, FOUR, members(5, 6)))
    verdict = verify(root, light_block(2, members(5, 6)), options=OPTIONS, now_ns=NOW)
    assert isinstance(verdict, Verified)
    with pytest.raises(errors.NotTheAnnouncedSet):
        verify(root, light_block(2, FOUR), options=OPTIONS, now_ns=NOW)


def test_a_header_of_another_chain_is_refused() -> None:
    with pytest.raises(errors.WrongChain):
        judge(light_block(5, FOUR, chain_id="light-2"))


@pytest.mark.parametrize("height", [1, 0, -3])
def test_a_header_not_above_the_trusted_one_is_refused(height: int) -> None:
    with pytest.raises(errors.HeightNotAbove):
        judge(light_block(height, FOUR, time_ns=time_of(5)))


@pytest.mark.parametrize("height", [2, 5])
def test_time_must_advance_by_a_nanosecond_at_least(height: int) -> None:
    with pytest.raises(errors.TimeNotAfter):
        judge(light_block(height, FOUR, time_ns=ROOT.time))
    assert isinstance(judge(light_block(height, FOUR, time_ns=ROOT.time + 1)), Verified)


def test_a_header_may_be_ahead_of_the_clock_by_less_than_the_drift() -> None:
    limit = NOW + OPTIONS.clock_drift_ns
    with pytest.raises(errors.FromTheFuture):
        judge(light_block(5, FOUR, time_ns=limit))
    assert isinstance(judge(light_block(5, FOUR, time_ns=limit - 1)), Verified)


def test_trust_ends_with_the_trusting_period() -> None:
    end = ROOT.time + OPTIONS.trusting_period_ns
    block = light_block(2, FOUR)
    with pytest.raises(errors.TrustExpired):
        judge(block, now_ns=end)
    assert isinstance(judge(block, now_ns=end - 1), Verified)


def test_exactly_two_thirds_of_the_own_set_is_not_enough() -> None:
    root = trusted_at(light_block(1, members(1, 2, 3)))
    with pytest.raises(errors.NotEnoughPower):
        verify(root, light_block(2, members(1, 2, 3), flags={3: ABSENT}), options=OPTIONS, now_ns=NOW)
    with pytest.raises(errors.NotEnoughPower):
        verify(root, light_block(9, members(1, 2, 3), flags={3: NIL}), options=OPTIONS, now_ns=NOW)


def test_power_not_heads_decides() -> None:
    uneven = (Member(number=1, power=21), *members(2, 3, 4, power=3))
    root = trusted_at(light_block(1, uneven))
    lone = light_block(5, uneven, flags={2: ABSENT, 3: ABSENT, 4: ABSENT})
    assert isinstance(verify(root, lone, options=OPTIONS, now_ns=NOW), Verified)
    many = light_block(5, uneven, flags={1: ABSENT})
    assert isinstance(verify(root, many, options=OPTIONS, now_ns=NOW), NotEnoughTrust)


def test_trust_counts_those_who_signed_not_those_who_are_listed() -> None:
    strangers = members(5, 6, 7, 8, 9)
    listed = light_block(9, FOUR + strangers, flags={1: ABSENT, 2: ABSENT, 3: NIL})
    assert judge(listed) == NotEnoughTrust(height=9, trusted_power_signed=10, trusted_power=40)
    assert isinstance(judge(light_block(9, FOUR + strangers, flags={1: ABSENT, 2: ABSENT})), Verified)


def test_exactly_the_trust_level_is_not_enough() -> None:
    root = trusted_at(light_block(1, members(1, 2, 3)))
    block = light_block(9, members(1, 5, 6))
    assert isinstance(verify(root, block, options=OPTIONS, now_ns=NOW), NotEnoughTrust)
    with pytest.raises(errors.NotTrustedYet):
        proven_header(root, block, options=OPTIONS, now_ns=NOW)
    block = light_block(9, members(1, 2, 6))
    assert isinstance(verify(root, block, options=OPTIONS, now_ns=NOW), Verified)
    assert isinstance(verify(root, block, options=replace(OPTIONS, trust_level=TWO_THIRDS), now_ns=NOW), NotEnoughTrust)


def test_unknown_signers_bring_no_trust_however_powerful() -> None:
    strangers = members(5, 6, 7, power=10**9)
    assert judge(light_block(9, (*FOUR[:1], *strangers))) == NotEnoughTrust(
        height=9, trusted_power_signed=10, trusted_power=40
    )


def test_trusted_power_counts_as_it_was_trusted_not_as_claimed_now() -> None:
    risen = (Member(number=1, power=10**6), *members(5, 6, 7))
    assert judge(light_block(9, risen)) == NotEnoughTrust(height=9, trusted_power_signed=10, trusted_power=40)


def test_a_validator_listed_twice_is_refused() -> None:
    block = light_block(2, FOUR)
    with pytest.raises(errors.MalformedSet, match="twice"):
        judge(replace(block, validators=(*block.validators, block.validators[0])))


def test_one_vote_repeated_in_all_places_is_refused() -> None:
    block = light_block(2, FOUR)
    signed = block.signed_header
    commit = replace(signed.commit, signatures=signed.commit.signatures[:1] * 4)
    with pytest.raises(errors.MalformedVote):
        judge(replace(block, signed_header=replace(signed, commit=commit)))


def test_a_forged_vote_is_refused_though_the_others_would_do() -> None:
    block = light_block(2, FOUR)
    signed = block.signed_header
    votes = signed.commit.signatures
    forged = replace(votes[0], signature=votes[1].signature)
    commit = replace(signed.commit, signatures=(forged, *votes[1:]))
    with pytest.raises(errors.ForgedVote):
        judge(replace(block, signed_header=replace(signed, commit=commit)))


def test_a_signature_that_only_the_engine_accepts_counts_as_absent() -> None:
    """K1: a key of small order and a commitment not reduced pass ZIP-215 with any message, the strict rule never."""
    weak = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
    lax = bytes.fromhex("ee" + "ff" * 30 + "7f") + bytes(32)
    odd = Validator(address=ed25519.address(weak), pub_key=PublicKey(ed25519=weak), voting_power=10)
    seeds = {member.validator.address: member.seed for member in FOUR}
    ordered = ordered_set([odd, *(member.validator for member in FOUR)])
    block_id = BlockID(hash=b"\1" * 32, part_set_header=PartSetHeader(total=1, hash=b"\2" * 32))
    votes = tuple(CommitSig(block_id_flag=COMMIT, validator_address=v.address, timestamp=NOW) for v in ordered)
    commit = Commit(height=5, block_id=block_id, signatures=votes)
    messages = [vote_sign_bytes("light-1", commit, index) for index in range(5)]
    signatures = [
        ed25519.sign(seeds[vote.validator_address], message) if vote.validator_address in seeds else lax
        for vote, message in zip(votes, messages, strict=True)
    ]
    signed = tuple(replace(vote, signature=signature) for vote, signature in zip(votes, signatures, strict=True))
    signers = verify_commit("light-1", ordered, replace(commit, signatures=signed), block_id.hash)
    assert (signers.power, signers.total_power) == (40, 50)
    assert odd not in signers.validators


def test_a_trust_level_below_a_third_or_above_one_is_refused() -> None:
    for numerator, denominator in ((1, 4), (0, 1), (4, 3), (1, 0), (-1, -3)):
        with pytest.raises(ValueError, match="trust level"):
            TrustLevel(numerator=numerator, denominator=denominator)
    assert Options().trust_level == TWO_THIRDS


def test_a_set_beyond_the_bounds_is_refused() -> None:
    one = Member(number=1).validator
    bad: dict[str, list[tuple[Validator, ...]]] = {
        "1 to 200": [(), tuple(Member(number=number).validator for number in range(201))],
        "not an ed25519 key": [(replace(one, pub_key=PublicKey(secp256k1=bytes(33))),)],
        "not that of": [(replace(one, address=bytes(20)),), (replace(one, address=b""),)],
        "no power": [(replace(one, voting_power=0),), (replace(one, voting_power=-1),)],
        "exceeds": [(replace(one, voting_power=MAX_TOTAL_POWER + 1),)],
    }
    for message, sets in bad.items():
        for validators in sets:
            with pytest.raises(errors.MalformedSet, match=message):
                ordered_set(validators)
    assert ordered_set((replace(one, voting_power=MAX_TOTAL_POWER),))


def test_an_empty_next_set_stands_for_the_same_set_only_if_the_header_says_so() -> None:
    assert isinstance(judge(light_block(2, FOUR)), Verified)
    changing = light_block(2, FOUR, members(5))
    with pytest.raises(errors.WrongNextValidators):
        judge(replace(changing, next_validators=()))


def test_a_header_that_announces_nobody_is_a_dead_end() -> None:
    last = judge(light_block(2, FOUR, ()))
    assert isinstance(last, Verified)
    assert last.state.next_validators == ()
    with pytest.raises(errors.MalformedSet):
        verify(last.state, light_block(3, ()), options=OPTIONS, now_ns=NOW)
    assert isinstance(verify(last.state, light_block(4, FOUR), options=OPTIONS, now_ns=NOW), NotEnoughTrust)


def test_a_trust_root_must_have_the_hash_somebody_vouched_for() -> None:
    block = light_block(7, FOUR)
    root = trust_root(block, header_hash(block.signed_header.header))
    assert root.state.height == 7
    assert whole_state(root.state) is root.state
    for wrong in (b"", bytes(32), header_hash(light_block(8, FOUR).signed_header.header)):
        with pytest.raises(errors.WrongTrustRoot):
            trust_root(block, wrong)


def test_a_trust_root_must_be_final_by_its_own_set() -> None:
    block = light_block(7, FOUR, flags={1: ABSENT, 2: NIL})
    with pytest.raises(errors.NotEnoughPower):
        trust_root(block, header_hash(block.signed_header.header))


def test_a_state_to_start_from_must_hold_the_set_its_hash_names() -> None:
    for bad in (
        replace(ROOT, next_validators=ROOT.next_validators[1:]),
        replace(ROOT, next_validators_hash=bytes(32)),
        replace(ROOT, height=0),
        replace(ROOT, header_hash=b""),
        replace(ROOT, chain_id=""),
    ):
        with pytest.raises(errors.WrongTrustRoot):
            whole_state(bad)


def test_a_header_without_validators_hash_has_no_hash_and_nothing_can_commit_to_it() -> None:
    block = light_block(2, FOUR)
    header = replace(block.signed_header.header, validators_hash=b"")
    assert header_hash(header) == b""
    with pytest.raises(errors.WrongTrustRoot):
        trust_root(replace(block, signed_header=replace(block.signed_header, header=header)), bytes(32))
    commit = replace(block.signed_header.commit, block_id=NIL_BLOCK_ID)
    with pytest.raises(errors.WrongCommit):
        verify_commit("light-1", block.validators, commit, b"")
