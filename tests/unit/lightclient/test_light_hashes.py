"""Hashes over the edges the public vectors leave out."""

from dataclasses import replace

from qos.base.blocktime import ZERO_TIME_NS
from qos.base.merkle import EMPTY_ROOT
from qos.lightclient import hashes
from qos.lightclient.wire import fixed64_field, timestamp, varint_field
from qos.proto import codec
from qos.proto.records.tendermint_abci import Event, ExecTxResult
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.testing.light_chain import ABSENT, NIL, light_block, members


def test_header_leaves_of_messages_are_their_protobuf_encoding() -> None:
    header = light_block(300, members(1)).signed_header.header
    leaves = hashes.header_leaves(header)
    assert len(leaves) == 14
    assert leaves[0] == codec.encode(header.version)
    assert leaves[4] == codec.encode(header.last_block_id) == b"\x12\x00"


def test_a_commit_hashes_its_votes_as_protobuf_encodes_them() -> None:
    commit = light_block(2, members(1, 2, 3), flags={1: ABSENT, 2: NIL}).signed_header.commit
    encoded = [codec.encode(vote) for vote in commit.signatures]
    assert hashes.commit_hash(commit) == hashes.evidence_hash(encoded)


def test_a_commit_hash_binds_every_field_of_a_vote() -> None:
    commit = light_block(2, members(1, 2)).signed_header.commit
    vote = commit.signatures[0]
    others = (
        replace(vote, block_id_flag=BlockIDFlag.BLOCK_ID_FLAG_NIL),
        replace(vote, validator_address=bytes(20)),
        replace(vote, timestamp=vote.timestamp + 1),
        replace(vote, signature=bytes(64)),
    )
    roots = [hashes.commit_hash(replace(commit, signatures=(other, commit.signatures[1]))) for other in others]
    assert len({hashes.commit_hash(commit), *roots}) == 5


def test_a_vote_for_nil_signs_no_block_id() -> None:
    commit = light_block(2, members(1, 2), flags={1: NIL, 2: NIL}).signed_header.commit
    assert commit.block_id.hash not in hashes.vote_sign_bytes("light-1", commit, 0)
    voted = light_block(2, members(1, 2)).signed_header.commit
    assert voted.block_id.hash in hashes.vote_sign_bytes("light-1", voted, 0)


def test_sets_hash_by_power_then_address_whatever_their_order() -> None:
    strong, *weak = (member.validator for member in (*members(9, power=50), *members(1, 2, 3)))
    ordered = (strong, *sorted(weak, key=lambda validator: validator.address))
    assert hashes.in_hash_order(reversed(ordered)) == ordered
    assert hashes.validators_hash(ordered) == hashes.validators_hash(ordered[::-1])


def test_proposer_priority_is_not_part_of_a_set() -> None:
    validators = tuple(member.validator for member in members(1, 2))
    moved = tuple(replace(validator, proposer_priority=-7) for validator in validators)
    assert hashes.validators_hash(moved) == hashes.validators_hash(validators)


def test_results_bind_code_data_and_gas_but_no_text_or_events() -> None:
    result = ExecTxResult(code=3, data=b"d", gas_wanted=10, gas_used=7)
    noisy = replace(result, log="said", info="more", codespace="bank", events=(Event(type="transfer"),))
    assert hashes.results_hash([noisy]) == hashes.results_hash([result])
    assert hashes.results_hash([result]) == hashes.evidence_hash([codec.encode(result)])


def test_empty_lists_have_the_root_of_nothing() -> None:
    roots = hashes.data_hash([]), hashes.results_hash([]), hashes.evidence_hash([]), hashes.validators_hash([])
    assert roots == (EMPTY_ROOT,) * 4


def test_negative_numbers_are_written_in_64_bits() -> None:
    assert varint_field(1, -1) == b"\x08" + b"\xff" * 9 + b"\x01"
    assert fixed64_field(2, -1) == b"\x11" + b"\xff" * 8
    assert timestamp(-1) == b"\x08" + b"\xff" * 9 + b"\x01" + b"\x10\xff\x93\xeb\xdc\x03"
    assert timestamp(ZERO_TIME_NS).hex() == "088092b8c398feffffff01"
