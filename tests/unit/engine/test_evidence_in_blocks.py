"""Evidence in the embedded engine: examined, in one block only, and what block and application make of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qos.base.blocktime import SECOND_NS
from qos.engine import evidence as proofs
from qos.engine.blocks import encode, part_set_header
from qos.engine.embedded import evidence_pool, resume
from qos.engine.embedded.evidence_pool import EvidencePool
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.occurrences import Kind, occurrences_of
from qos.engine.embedded.producer import Producer
from qos.lightclient import hashes
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.machine.abci import BlockRequest, BlockResult
from qos.machine.context import Misbehavior, MisbehaviorKind
from qos.proto.records.tendermint_types import Evidence
from qos.testing.engine_worlds import GENESIS_NS, World, produce, seed_of, seeds_of, world
from qos.testing.kvstore import KeyValueStore
from qos.testing.offences import double_vote_on, lunatic_attack, second_block_on

SHORT_LIVED: dict[str, Any] = {
    "consensus_params": {"evidence": {"max_age_num_blocks": "1", "max_age_duration": str(5 * SECOND_NS)}}
}


class Told(KeyValueStore):
    """Remembers what blocks told of offences."""

    def __init__(self) -> None:
        super().__init__()
        self.offences: list[tuple[Misbehavior, ...]] = []

    def finalize_block(self, request: BlockRequest) -> BlockResult:
        self.offences.append(request.block.misbehavior)
        return super().finalize_block(request)


class Running:
    """A chain of four validators with five blocks, and its pool of evidence."""

    def __init__(self, **changes: Any) -> None:
        self.told = Told()
        self.world: World = world((10, 10, 10, 10), **changes)
        self.world.application = self.told
        self.producer: Producer = self.world.producer()
        produce(self.producer, *([] for _ in range(5)))
        self.store = self.world.store
        self.pool = EvidencePool(self.store, self.producer.genesis, lambda: self.producer.state)

    def block(self, *txs: bytes) -> tuple[Evidence, ...]:
        """Make a block of what waits and return its evidence."""
        waiting = self.pool.waiting()
        committed = self.producer.produce(self.producer.state.time_ns + SECOND_NS, txs, waiting)
        self.pool.committed(waiting)
        return committed.block.evidence.evidence


def test_a_block_carries_what_was_proven_and_tells_the_application() -> None:
    chain = Running()
    votes = double_vote_on(chain.store, seed_of(1), 3)
    assert chain.pool.add(votes) == proofs.name(votes)
    assert chain.block(b"a=1") == (votes,)
    block, meta = chain.store.block(6), chain.store.meta(6)
    assert meta.header.evidence_hash == proofs.root((votes,)) != proofs.root(())
    assert meta.block_id.hash == hashes.header_hash(block.header)
    assert meta.block_id.part_set_header == part_set_header(encode(block))
    assert votes.duplicate_vote_evidence is not None
    (told,) = chain.told.offences[-1]
    assert told == Misbehavior(
        kind=MisbehaviorKind.DUPLICATE_VOTE,
        address=votes.duplicate_vote_evidence.vote_a.validator_address,
        power=10,
        height=3,
        time_ns=chain.store.meta(3).header.time,
        total_power=40,
    )


def test_an_attack_tells_of_each_who_took_part() -> None:
    chain = Running()
    attack = lunatic_attack(chain.store, seeds_of(2), 4, common=2)
    chain.pool.add(attack)
    assert chain.block() == (attack,)
    told = chain.told.offences[-1]
    assert [(each.kind, each.height, each.power, each.total_power) for each in told] == [
        (MisbehaviorKind.LIGHT_CLIENT_ATTACK, 2, 10, 40)
    ] * 2
    assert attack.light_client_attack_evidence is not None
    assert [each.address for each in told] == [
        each.address for each in attack.light_client_attack_evidence.byzantine_validators
    ]


def test_all_who_finished_a_second_block_are_told_of() -> None:
    chain = Running()
    members = chain.store.validators(4).validators
    twice = second_block_on(chain.store, seeds_of(4), 4, byzantine=members)
    chain.pool.add(twice)
    assert chain.block() == (twice,)
    assert [each.address for each in chain.told.offences[-1]] == [each.address for each in members]


def test_an_attack_that_names_nobody_is_in_no_block() -> None:
    """Votes of another round break no rule that a header shows; CometBFT takes no block with it either."""
    chain = Running()
    with pytest.raises(FalseEvidence, match="nobody can be named"):
        chain.pool.add(second_block_on(chain.store, seeds_of(4), 4, round_=1, byzantine=()))
    assert chain.block() == ()


def test_the_same_is_in_one_block_only() -> None:
    chain = Running()
    votes = double_vote_on(chain.store, seed_of(1), 3)
    assert chain.pool.add(votes) == chain.pool.add(votes)
    assert len(chain.pool) == 1
    chain.block()
    assert chain.pool.add(votes) == proofs.name(votes)
    assert chain.block() == ()


def test_evidence_is_ordered_by_height_then_name() -> None:
    chain = Running()
    given = [double_vote_on(chain.store, seed_of(number), height) for number in range(3) for height in (4, 2)]
    for each in given:
        chain.pool.add(each)
    assert chain.block() == tuple(sorted(given, key=lambda each: (proofs.height(each), proofs.name(each))))


def test_a_block_carries_as_much_as_it_may_and_the_rest_waits() -> None:
    one = proofs.size((double_vote_on(Running().store, seed_of(1), 3),))
    chain = Running(consensus_params={"evidence": {"max_bytes": str(2 * one)}})
    for number in range(3):
        chain.pool.add(double_vote_on(chain.store, seed_of(number), 3))
    assert [len(chain.block()) for _ in range(3)] == [2, 1, 0]


def test_what_is_too_old_is_refused_by_blocks_and_time_together() -> None:
    """Five seconds and one block: the block five before the newest is just young enough [V3]."""
    chain = Running(**SHORT_LIVED)
    for _ in range(3):
        chain.block()
    with pytest.raises(FalseEvidence, match="too old"):
        chain.pool.add(double_vote_on(chain.store, seed_of(1), 2))
    chain.pool.add(double_vote_on(chain.store, seed_of(1), 3))


def test_what_grew_too_old_while_it_waited_goes() -> None:
    chain = Running(**SHORT_LIVED)
    chain.pool.add(double_vote_on(chain.store, seed_of(1), 1))
    for _ in range(3):
        chain.producer.produce(chain.producer.state.time_ns + SECOND_NS, [])
    chain.pool.committed(())
    assert len(chain.pool) == 0


REFUSED: dict[str, Callable[[Running], Evidence]] = {
    "a height to come": lambda chain: _at(double_vote_on(chain.store, seed_of(1), 3), 99),
    "another height": lambda chain: _at(double_vote_on(chain.store, seed_of(1), 3), 4),
    "an attack from a height to come": lambda chain: _common(lunatic_attack(chain.store, seeds_of(2), 4, common=2), 99),
    "an attack from below zero": lambda chain: _common(lunatic_attack(chain.store, seeds_of(2), 4, common=2), -1),
}


def _at(evidence: Evidence, height: int) -> Evidence:
    votes = evidence.duplicate_vote_evidence
    assert votes is not None
    a, b = (replace(vote, height=height) for vote in (votes.vote_a, votes.vote_b))
    return Evidence(duplicate_vote_evidence=replace(votes, vote_a=a, vote_b=b))


def _common(evidence: Evidence, height: int) -> Evidence:
    attack = evidence.light_client_attack_evidence
    assert attack is not None
    return Evidence(light_client_attack_evidence=replace(attack, common_height=height))


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_proves_nothing_waits_nowhere(make: Callable[[Running], Evidence]) -> None:
    chain = Running()
    with pytest.raises(FalseEvidence):
        chain.pool.add(make(chain))
    assert chain.block() == ()


def test_more_than_a_pool_holds_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_pool, "MAX_PENDING", 2)
    chain = Running()
    for number in range(2):
        chain.pool.add(double_vote_on(chain.store, seed_of(number), 3))
    with pytest.raises(FalseEvidence, match="after the next block"):
        chain.pool.add(double_vote_on(chain.store, seed_of(2), 3))


def test_a_block_with_evidence_is_replayed_with_it() -> None:
    chain = Running()
    chain.pool.add(double_vote_on(chain.store, seed_of(1), 3))
    chain.block(b"a=1")
    fresh = Told()
    chain.world.application = fresh
    assert chain.world.producer().state == chain.producer.state
    assert fresh.offences == chain.told.offences


def test_a_store_knows_the_evidence_of_its_blocks_until_they_go(tmp_path: Path) -> None:
    chain = world((10, 10))
    store = chain.store = LmdbBlockStore(tmp_path, retain=3)
    producer = chain.producer()
    produce(producer, [], [])
    votes = double_vote_on(store, seed_of(1), 1)
    producer.produce(GENESIS_NS + 9 * SECOND_NS, [], (votes,))
    assert store.block(3).evidence.evidence == (votes,)
    assert store.has_evidence(proofs.name(votes))
    produce(producer, [], [], [])
    assert not store.has_evidence(proofs.name(votes))


def test_a_resume_point_holds_its_evidence_and_no_other() -> None:
    chain = Running()
    votes = double_vote_on(chain.store, seed_of(1), 3)
    chain.pool.add(votes)
    chain.block()
    chain.block()
    point = resume.decode(resume.encode(resume.resume_point(chain.store, 6)))
    trusted = chain.store.meta(7).block_id.hash
    assert resume.proven_row(point, chain_id="kv-1", trusted_hash=trusted).committed.block.evidence.evidence == (votes,)
    committed = point.row.committed
    without = replace(committed.block, evidence=replace(committed.block.evidence, evidence=()))
    bare = replace(point, row=replace(point.row, committed=replace(committed, block=without)))
    with pytest.raises(resume.BadResumePoint, match="evidence"):
        resume.proven_row(bare, chain_id="kv-1", trusted_hash=trusted)


def test_subscribers_are_told_of_evidence_before_transactions() -> None:
    chain = Running()
    first, second = (double_vote_on(chain.store, seed_of(number), 3) for number in (0, 1))
    committed = chain.producer.produce(chain.producer.state.time_ns + SECOND_NS, [b"a=1"], (first, second))
    told = [(each.kind, each.index) for each in occurrences_of(committed, None)]
    start = told.index((Kind.NEW_BLOCK_EVENTS, 0))
    assert told[start + 1 : start + 4] == [(Kind.NEW_EVIDENCE, 0), (Kind.NEW_EVIDENCE, 1), (Kind.TX, 0)]
