"""Making blocks: what headers say, who votes, and what may not be signed."""

from collections.abc import Sequence

import pytest

from qos.base.blocktime import MILLISECOND_NS, SECOND_NS
from qos.crypto import ed25519
from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.producer import ProposalRefused
from qos.engine.errors import DoubleSignRefused, NotEnoughPower
from qos.engine.rotation import BadValidatorUpdate
from qos.lightclient import hashes
from qos.machine.abci import BlockRequest, BlockResult
from qos.machine.context import BlockInfo
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.testing.engine_worlds import GENESIS_NS, World, produce, seed_of, set_power, world
from qos.testing.kvstore import KeyValueStore


def chain(world_: World, *blocks: Sequence[bytes]) -> list[CommittedBlock]:
    return produce(world_.producer(), *blocks)


def voters(committed: CommittedBlock) -> list[bytes]:
    return [vote.validator_address for vote in committed.commit.signatures if vote.signature]


def test_each_header_names_the_block_before_it() -> None:
    first, second, third = chain(world(), [b"a=1"], [], [b"a=2"])
    assert first.block.header.last_block_id == hashes.NIL_BLOCK_ID
    assert second.block.header.last_block_id == first.block_id
    assert third.block.header.last_block_id == second.block_id
    assert third.block.last_commit == second.commit
    assert third.block.header.last_commit_hash == hashes.commit_hash(second.commit)


def test_a_header_holds_the_outcome_of_the_block_before_it() -> None:
    first, second = chain(world(), [b"a=1"], [])
    assert second.block.header.app_hash == first.result.app_hash
    assert second.block.header.last_results_hash == hashes.results_hash(first.result.tx_results)
    assert first.block.header.last_results_hash == hashes.results_hash(())


def test_the_first_block_has_the_genesis_time_and_the_genesis_app_hash() -> None:
    fresh = world()
    committed = fresh.producer().produce(GENESIS_NS + 99 * SECOND_NS, [])
    assert committed.block.header.time == GENESIS_NS
    assert committed.block.header.app_hash == KeyValueStore().init_chain(fresh.genesis)


def test_time_follows_the_clock_and_never_stands_still() -> None:
    producer = world().producer()
    produce(producer, [])
    ahead = producer.produce(GENESIS_NS + 50 * SECOND_NS, [])
    behind = producer.produce(GENESIS_NS, [])
    assert ahead.block.header.time == GENESIS_NS + 50 * SECOND_NS
    assert behind.block.header.time == ahead.block.header.time + MILLISECOND_NS
    assert all(vote.timestamp >= behind.block.header.time for vote in behind.commit.signatures)


def test_every_local_key_votes_with_a_signature_that_verifies() -> None:
    (committed,) = chain(world((10, 20, 30, 40)), [b"a=1"])
    keys = [ed25519.public_key(seed_of(number)) for number in range(4)]
    by_address = {bytes(ed25519.address(key)): key for key in keys}
    assert len(voters(committed)) == 4
    for index, vote in enumerate(committed.commit.signatures):
        message = hashes.vote_sign_bytes("kv-1", committed.commit, index)
        ed25519.verify(by_address[vote.validator_address], message, vote.signature)


def test_a_validator_without_local_key_is_absent_and_the_application_learns_it() -> None:
    seen: list[BlockInfo] = []

    class Watching(KeyValueStore):
        def finalize_block(self, request: BlockRequest) -> BlockResult:
            seen.append(request.block)
            return super().finalize_block(request)

    partly = world((10, 10, 10, 9), local=3)
    partly.application = Watching()
    committed = chain(partly, [], [])[1]
    absent = committed.commit.signatures[3]
    assert absent.block_id_flag is BlockIDFlag.BLOCK_ID_FLAG_ABSENT
    assert (absent.validator_address, absent.signature) == (b"", b"")
    assert seen[0].votes == ()
    assert [(vote.power, vote.flag) for vote in seen[1].votes] == [(10, 2), (10, 2), (10, 2), (9, 1)]


def test_two_thirds_of_the_power_are_not_enough() -> None:
    with pytest.raises(NotEnoughPower, match="20 of 30"):
        chain(world((10, 10, 10), local=2), [])


def test_proposers_take_turns() -> None:
    committed = chain(world((10, 10, 10)), *[[]] * 6)
    proposers = [each.block.header.proposer_address for each in committed]
    assert proposers[:3] == proposers[3:]
    assert len(set(proposers)) == 3


def test_a_new_validator_votes_two_blocks_later() -> None:
    growing = world((10, 10))
    growing.seeds = tuple(seed_of(number) for number in range(3))
    blocks = chain(growing, [], [set_power(2, 5)], [], [])
    assert [len(each.commit.signatures) for each in blocks] == [2, 2, 2, 3]
    headers = [each.block.header for each in blocks]
    assert headers[2].next_validators_hash == headers[3].validators_hash != headers[2].validators_hash
    assert headers[1].next_validators_hash == headers[2].validators_hash


def test_a_removed_validator_stops_voting_two_blocks_later() -> None:
    blocks = chain(world((10, 10, 10)), [set_power(0, 0)], [], [])
    assert [len(each.commit.signatures) for each in blocks] == [3, 3, 2]


def test_an_impossible_validator_update_stops_the_chain_before_anything_is_written() -> None:
    lonely = world()
    producer = lonely.producer()
    produce(producer, [])
    with pytest.raises(BadValidatorUpdate):
        produce(producer, [set_power(0, 0)])
    assert lonely.store.height() == 1
    assert lonely.application.info().height == 1


def test_a_proposal_the_application_refuses_itself_stops_the_chain() -> None:
    class Contradicting(KeyValueStore):
        def process_proposal(self, txs: tuple[bytes, ...], block: BlockInfo) -> str:
            return "not mine"

    torn = world()
    torn.application = Contradicting()
    with pytest.raises(ProposalRefused, match="not mine"):
        chain(torn, [b"a=1"])
    assert torn.store.height() == 0


def test_a_proposal_larger_than_a_block_stops_the_chain() -> None:
    class Greedy(KeyValueStore):
        def prepare_proposal(self, txs: list[bytes], block: BlockInfo, max_bytes: int) -> list[bytes]:
            return txs

    greedy = world(consensus_params={"block": {"max_bytes": "2000"}, "evidence": {"max_bytes": "1000"}})
    greedy.application = Greedy()
    with pytest.raises(ProposalRefused, match="bytes"):
        chain(greedy, [b"a=" + b"1" * 2000])


def test_a_height_is_not_signed_twice() -> None:
    restored = world()
    chain(restored, [], [b"a=1"])
    older = world()
    older.signed = restored.signed
    with pytest.raises(DoubleSignRefused, match="height 1"):
        chain(older, [b"b=2"])
    assert older.application.info().height == 0
