"""The QOS-family adapter proves what it returns: seen, absent, unknown (R2)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.qos import QosAdapter, QosChain
from qos.cassini.findings import Absent, Finding, Queue, Route, Seen, Unknown
from qos.cassini.messages import HeadSeen, Inquiry
from qos.cassini.submitter import Submitter
from qos.client.calls import BatchTransport, Call
from qos.client.errors import BadAnswer
from qos.client.lightblocks import genesis_root
from qos.client.node import QueryAnswer
from qos.client.transactions import PrivateKey
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import Options
from qos.machine import genesis
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_types import SignedHeader
from qos.testing.adapter_conformance import AdapterConformance, Case, DeliveryCase, attested
from qos.testing.chain import ALICE, BOB
from qos.testing.memory_node import MemoryNode
from qos.testing.relay_group import ATTESTERS
from qos.testing.relay_traffic import TRANSFER
from qos.testing.relay_world import QOS, SHOP, RelayWorld, run_now
from qos.testing.transactions import send as bank_send

T = TypeVar("T")
SENT = 5


class LyingNode:
    """Passes calls on and bends some answers."""

    def __init__(self, node: MemoryNode, lie: str) -> None:
        self.node = node
        self.lie = lie

    async def send(self, call: Call[T]) -> T:
        answer = await self.node.send(call)
        if self.lie == "value" and isinstance(answer, QueryAnswer) and answer.proof_ops:
            return replace(answer, value=answer.value + b"\x00")
        if self.lie == "absence" and isinstance(answer, QueryAnswer) and answer.proof_ops:
            return replace(answer, value=b"", proof_ops=answer.proof_ops if answer.value else ())
        if self.lie == "proof" and isinstance(answer, QueryAnswer) and answer.proof_ops:
            first = replace(answer.proof_ops[0], data=answer.proof_ops[1].data)
            return replace(answer, proof_ops=(first, answer.proof_ops[1]))
        if self.lie == "header" and isinstance(answer, SignedHeader):
            return replace(answer, header=replace(answer.header, app_hash=b"x" * 32))
        if self.lie == "silence":
            raise BadAnswer("not today")
        return answer

    async def send_all(self, calls: Sequence[Call[T]]) -> tuple[T, ...]:
        return tuple([await self.send(call) for call in calls])

    async def pause(self, duration_ms: int) -> None:
        raise AssertionError(duration_ms)


def sent() -> RelayWorld:
    """Return a network in which some packets were sent."""
    made = RelayWorld(relays=0)
    made.send(QOS, ALICE, *[TRANSFER] * SENT)
    made.step(40)
    return made


@pytest.fixture(scope="module")
def world() -> RelayWorld:
    return sent()


def adapter(
    world: RelayWorld, *sources: BatchTransport, root: TrustedState | None = None, chain_id: str = QOS
) -> QosAdapter:
    node = world.nodes[chain_id]

    def silence() -> AsyncIterator[HeadSeen]:
        raise AssertionError("nobody listens")

    chain = QosChain(
        chain_id=chain_id,
        sources=sources or (node,),
        root=root or genesis_root(genesis.parse(node.genesis)),
        options=Options(),
        heads=silence,
    )
    return QosAdapter(chain, Submitter(chain_id, PrivateKey(ALICE.private)))


def inquiry(world: RelayWorld, first: int = 1, last: int = 0, height: int = 0) -> Inquiry:
    queue = Queue(
        route=Route(source=QOS, destination=SHOP),
        queue_id=world.peer(QOS, SHOP).outgoing,
        epoch=1,
        with_proof=True,
        signers=(),
        needed=3,
    )
    return Inquiry(queue=queue, height=height or world.nodes[QOS].height, first=first, last=last)


def prove(world: RelayWorld, asked: Inquiry, *sources: BatchTransport) -> Finding:
    return run_now(adapter(world, *sources).prove(asked, world.now_ns))


class TestConformance(AdapterConformance):
    """The QOS family keeps the contract of all adapters."""

    @pytest.fixture(autouse=True)
    def _world(self, world: RelayWorld) -> None:
        self.world = world

    def case(self) -> Case:
        return self.over(self.world.nodes[QOS])

    def deaf_case(self) -> Case:
        return self.over(LyingNode(self.world.nodes[QOS], "silence"))

    def delivery_case(self) -> DeliveryCase:
        world = sent()
        source, destination = adapter(world), adapter(world, chain_id=SHOP)
        queue = run_now(destination.registration(QOS))
        found = run_now(source.prove(replace(inquiry(world), queue=queue), world.now_ns))
        assert isinstance(found, Seen)
        return DeliveryCase(
            adapter=destination,
            source=source,
            delivery=attested(queue, found, [key.private for key in ATTESTERS]),
            before=0,
            now_ns=world.now_ns,
            settle=lambda: world.step(30),
        )

    def over(self, source: BatchTransport) -> Case:
        asked = inquiry(self.world)
        return Case(
            adapter=adapter(self.world, source),
            queue=asked.queue,
            sent=SENT,
            height=asked.height,
            now_ns=self.world.now_ns,
        )


def test_the_header_seen_is_the_chains(world: RelayWorld) -> None:
    found = prove(world, inquiry(world))
    assert isinstance(found, Seen)
    assert found.header.header_hash == world.nodes[QOS].store.meta(found.header.height).block_id.hash


@pytest.mark.parametrize("lie", ["absence", "proof", "header", "silence"])
def test_a_lying_node_makes_things_unknown_never_absent_or_false(world: RelayWorld, lie: str) -> None:
    assert isinstance(prove(world, inquiry(world), LyingNode(world.nodes[QOS], lie)), Unknown)


def test_a_value_that_is_not_the_proven_one_is_never_used(world: RelayWorld) -> None:
    honest = prove(world, inquiry(world))
    bent = prove(world, inquiry(world), LyingNode(world.nodes[QOS], "value"))
    assert isinstance(honest, Seen)
    assert isinstance(bent, Seen)
    assert bent.packets == honest.packets


def test_two_sources_must_both_prove_a_header_and_three_survive_a_liar(world: RelayWorld) -> None:
    node = world.nodes[QOS]
    assert isinstance(prove(world, inquiry(world), node, LyingNode(node, "")), Seen)
    for lie in ("header", "silence"):
        liar = LyingNode(node, lie)
        for two in ((node, liar), (liar, node)):
            assert isinstance(prove(world, inquiry(world), *two), Unknown)
        assert isinstance(prove(world, inquiry(world), liar, node, LyingNode(node, "")), Seen)


def test_two_proven_headers_of_one_height_make_everything_unknown(world: RelayWorld) -> None:
    other = RelayWorld(relays=0)
    other.send(QOS, BOB, bank_send(BOB.address, ALICE.address, 1))
    other.step(10)
    height = min(world.nodes[QOS].height, other.nodes[QOS].height)
    asked = inquiry(world, height=height)
    torn = adapter(world, world.nodes[QOS], other.nodes[QOS])
    reasons = set()
    for _ in range(2):
        found = run_now(torn.prove(asked, world.now_ns))
        assert isinstance(found, Unknown)
        reasons.add(found.reason)
    (reason,) = reasons
    for node in (world.nodes[QOS], other.nodes[QOS]):
        assert node.store.meta(height).block_id.hash.hex().upper() in reason
        (evidence,) = node.sequencer.evidence.waiting()
        assert evidence.light_client_attack_evidence is not None
    assert "qos-1 forked" in reason
    assert "evidence was handed to source 1 and source 2" in reason


def test_headers_for_foreign_clients_are_those_two_sources_show(world: RelayWorld) -> None:
    node, other = world.nodes[QOS], RelayWorld(relays=0).nodes[QOS]
    root = genesis_root(genesis.parse(node.genesis))

    def led_to(height: int, *sources: BatchTransport) -> LightBlock:
        return run_now(adapter(world, *sources).path(root, height, world.now_ns))[-1]

    height = min(node.height, other.height)
    shown = led_to(height, node).signed_header
    assert header_hash(shown.header) == node.store.meta(height).block_id.hash
    assert led_to(height, LyingNode(node, "header"), node, LyingNode(node, "")).signed_header == shown
    with pytest.raises(AdapterUnavailable, match=f"1 sources show the header {height}"):
        led_to(height, node, LyingNode(node, "silence"))


def test_headers_below_what_is_trusted_are_reached_by_their_hashes(world: RelayWorld) -> None:
    reached = adapter(world)
    top = world.nodes[QOS].height
    assert isinstance(run_now(reached.prove(inquiry(world), world.now_ns)), Seen)
    for height in (top - 1, top - 3):
        found = run_now(reached.prove(inquiry(world, height=height), world.now_ns))
        assert isinstance(found, Seen | Absent)


def test_a_restarted_adapter_that_trusts_a_header_reaches_that_very_header(world: RelayWorld) -> None:
    before = adapter(world)
    top = world.nodes[QOS].height - 1
    run_now(before.prove(inquiry(world, height=top), world.now_ns))
    after = adapter(world, root=before.trusted)
    assert after.trusted.height == top
    assert isinstance(run_now(after.prove(inquiry(world, height=top), world.now_ns)), Seen)
