"""A proof held against other nodes: what forks is refused, and both sides are told who signed twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from qos.base.blocktime import SECOND_NS
from qos.chains.public import PUBLIC
from qos.client.calls import Call
from qos.client.errors import CallFailed, Forked, StaleNode
from qos.client.lightblocks import follow, genesis_root
from qos.client.node import Status
from qos.client.witnesses import NamedNode, Proof, hold_against
from qos.engine.embedded.schedule import ScheduleConfig
from qos.lightclient.errors import FaultyWitness
from qos.lightclient.verifier import Options
from qos.machine import genesis
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.proto.records.tendermint_types import LightClientAttackEvidence, SignedHeader
from qos.testing.chain import ALICE, BOB, genesis_document
from qos.testing.engine_worlds import GENESIS_NS
from qos.testing.memory_node import MemoryNode
from qos.testing.relay_world import run_now
from qos.testing.transactions import Signer, send, transaction

T = TypeVar("T")
FORKS_AT, TIP = 4, 6


class Node(MemoryNode):
    """A node of the public chain with a block a second; all of a test have one genesis and the same validators."""

    def __init__(self) -> None:
        super().__init__(PUBLIC, genesis_document(), ScheduleConfig(heartbeat_ms=1_000), 100)
        self.bend: Callable[[Any], Any] = lambda answer: answer

    def reach(self, height: int) -> "Node":
        while self.height < height:
            self.tick(GENESIS_NS + (self.height + 1) * SECOND_NS)
        return self

    async def send(self, call: Call[T]) -> T:
        answer: T = self.bend(await super().send(call))
        return answer

    async def pause(self, duration_ms: int) -> None:
        """Let nothing happen."""

    @property
    def root(self) -> TrustedState:
        return genesis_root(genesis.parse(self.genesis))

    def hash_at(self, height: int) -> bytes:
        return self.store.meta(height).block_id.hash

    def told(self) -> LightClientAttackEvidence:
        """Return the one attack the next block carries."""
        self.reach(self.height + 1)
        (evidence,) = self.store.block(self.height).evidence.evidence
        assert evidence.light_client_attack_evidence is not None
        return evidence.light_client_attack_evidence


def pair() -> tuple[Node, Node]:
    """Return two nodes whose chains part at a height."""
    one, other = Node().reach(FORKS_AT - 1), Node().reach(FORKS_AT - 1)
    gift = transaction(one.chain_id, (Signer(key=ALICE, number=0, sequence=0),), send(ALICE.address, BOB.address, 1))
    assert other.sequencer.submit(gift).code == 0
    one.reach(TIP)
    other.reach(TIP)
    assert one.hash_at(FORKS_AT - 1) == other.hash_at(FORKS_AT - 1)
    assert one.hash_at(FORKS_AT) != other.hash_at(FORKS_AT)
    return one, other


def state_at(node: Node, height: int) -> TrustedState:
    return run_now(follow(node, node.root, height, options=Options(), now_ns=now_ns()))[-1].state


def now_ns() -> int:
    return GENESIS_NS + 100 * SECOND_NS


def proof(node: Node, start: TrustedState, height: int = TIP) -> Proof:
    path = run_now(follow(node, start, height, options=Options(), now_ns=now_ns()))
    source = NamedNode(name="primary", node=node)
    return Proof(source=source, start=start, path=path, options=Options(), now_ns=now_ns())


def hold(held: Proof, witness: Node) -> None:
    run_now(hold_against(held, NamedNode(name="witness", node=witness)))


def test_a_witness_with_the_same_chain_confirms_it() -> None:
    one, other = Node().reach(TIP), Node().reach(TIP)
    for start in (one.root, state_at(one, 3)):
        hold(proof(one, start), other)
    assert not one.sequencer.evidence.waiting()


def test_a_fork_is_named_by_height_and_both_hashes_and_both_sides_punish_it() -> None:
    one, other = pair()
    with pytest.raises(Forked) as found:
        hold(proof(one, state_at(one, 2)), other)
    assert found.value.height == TIP
    assert found.value.headers == (("primary", one.hash_at(TIP)), ("witness", other.hash_at(TIP)))
    assert found.value.told == ("primary", "witness")
    for node in (one, other):
        for part in (f"height {TIP}", node.hash_at(TIP).hex().upper(), "evidence was handed to primary and witness"):
            assert part in str(found.value)
        attack = node.told()
        assert attack.common_height == 2
        assert len(attack.byzantine_validators) == 4


def test_trust_that_begins_at_genesis_still_names_those_who_signed() -> None:
    one, other = pair()
    with pytest.raises(Forked):
        hold(proof(one, one.root), other)
    for node in (one, other):
        assert node.told().common_height == 1


def test_two_blocks_of_one_round_are_a_fork_too() -> None:
    one, other = pair()
    with pytest.raises(Forked) as found:
        hold(proof(one, state_at(one, 2), FORKS_AT), other)
    assert found.value.height == FORKS_AT
    for node in (one, other):
        assert node.told().common_height == FORKS_AT


def test_a_side_that_takes_no_evidence_does_not_keep_it_from_the_other() -> None:
    one, other = pair()

    def refuse(answer: object) -> object:
        if isinstance(answer, bytes):
            raise CallFailed(code=-32601, message="Method not found", data="")
        return answer

    one.bend = refuse
    with pytest.raises(Forked, match=r"evidence was handed to witness$") as found:
        hold(proof(one, state_at(one, 2)), other)
    assert found.value.told == ("witness",)


def test_who_trusts_a_forks_header_already_finds_out_and_tells_the_side_that_has_it() -> None:
    one, other = pair()
    with pytest.raises(Forked) as found:
        hold(proof(one, state_at(one, 5)), other)
    assert (found.value.height, found.value.told) == (TIP, ("primary",))


def test_a_witness_that_cannot_prove_its_header_is_named_and_accuses_nobody() -> None:
    one, other = Node().reach(TIP), Node().reach(TIP)

    def forge(answer: object) -> object:
        if isinstance(answer, SignedHeader):
            return replace(answer, header=replace(answer.header, app_hash=b"x" * 32))
        return answer

    other.bend = forge
    with pytest.raises(FaultyWitness, match=r"^witness: "):
        hold(proof(one, state_at(one, 3)), other)
    assert not one.sequencer.evidence.waiting()


def test_a_witness_that_stays_behind_confirms_nothing() -> None:
    one, other = Node().reach(TIP), Node().reach(TIP - 1)
    with pytest.raises(StaleNode, match=f"witness has no header {TIP} yet"):
        hold(proof(one, state_at(one, 3)), other)


def test_a_witness_a_block_behind_is_waited_for() -> None:
    one, other = Node().reach(TIP), Node().reach(TIP - 1)
    asked: list[int] = []

    def count(answer: object) -> object:
        if isinstance(answer, Status):
            asked.append(answer.height)
            other.reach(TIP)
        return answer

    other.bend = count
    hold(proof(one, state_at(one, 3)), other)
    assert asked == [TIP - 1, TIP]
