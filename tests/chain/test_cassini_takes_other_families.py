"""Scenario 23: a third party's adapter, of a family Cassini does not know, keeps the contract and carries packets."""

import inspect
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qos.base.blocktime import SECOND_NS
from qos.cassini.adapters.contract import Adapter
from qos.cassini.findings import Route, Seen, Unknown
from qos.cassini.group import Group
from qos.cassini.lane import Identity
from qos.cassini.messages import HeadSeen, Inquiry
from qos.cassini.perform import perform
from qos.cassini.relay import Relay
from qos.cassini.signing import Attestor
from qos.cassini.submitter import Submitter
from qos.chains.cassini import CASSINI
from qos.client.transactions import PrivateKey
from qos.engine.embedded.schedule import ScheduleConfig
from qos.modules.crosschain.qcp.attestation import RelayGroup
from qos.testing import check_adapter, toy_chain
from qos.testing.adapter_conformance import AdapterConformance, Case, DeliveryCase, attested
from qos.testing.chain import FUNDS, genesis_document
from qos.testing.engine_worlds import GENESIS_NS
from qos.testing.memory_node import MemoryNode
from qos.testing.relay_group import ATTESTERS, RELAYS, relay_state
from qos.testing.relay_world import HUB, MemorySignLog, run_now
from qos.testing.toy_chain import ToyAdapter, ToyBlock, ToyChain

MOON, MARS = "moon-1", "mars-1"
GROUP = RelayGroup(epoch=1, keys=tuple(sorted(key.public for key in ATTESTERS)))
SENT = 5


def toys() -> tuple[ToyChain, ToyChain]:
    moon = ToyChain(chain_id=MOON, peer=MARS, relays=GROUP, notary=b"n" * 32)
    mars = ToyChain(chain_id=MARS, peer=MOON, relays=GROUP, notary=b"m" * 32)
    moon.seal()
    mars.seal()
    return moon, mars


def reached(chain: ToyChain, *, answers: bool = True) -> ToyAdapter:
    return ToyAdapter(chain, key=chain.key, reached=answers)


class ToyCases(AdapterConformance):
    """The toy family keeps the contract."""

    def case(self) -> Case:
        return self._case(answers=True)

    def deaf_case(self) -> Case:
        return self._case(answers=False)

    def _case(self, *, answers: bool) -> Case:
        moon, mars = toys()
        for _ in range(SENT):
            moon.send(7, GENESIS_NS)
        moon.seal()
        queue = run_now(reached(mars).registration(MOON))
        return Case(adapter=reached(moon, answers=answers), queue=queue, sent=SENT, height=2, now_ns=GENESIS_NS)

    def delivery_case(self) -> DeliveryCase:
        moon, mars = toys()
        for _ in range(SENT):
            moon.send(7, GENESIS_NS)
        moon.seal()
        source, destination = reached(moon), reached(mars)
        queue = run_now(destination.registration(MOON))
        found = run_now(source.prove(Inquiry(queue=queue, height=2, first=1, last=0), GENESIS_NS))
        assert isinstance(found, Seen)
        return DeliveryCase(
            adapter=destination,
            source=source,
            delivery=attested(queue, found, [key.private for key in ATTESTERS]),
            before=0,
            now_ns=GENESIS_NS,
            settle=lambda: None,
        )


class TestToyAdapter(ToyCases):
    """Run by pytest as any third party's tests are."""


class BelievesAll(ToyAdapter):
    """An adapter that takes its source's word: the suite has to notice."""

    def _final(self, height: int) -> ToyBlock:
        chain = self._source()
        return chain.blocks[min(height, len(chain.blocks)) - 1]


class CredulousCases(ToyCases):
    """Cases of the credulous adapter."""

    def case(self) -> Case:
        found = super().case()
        adapter = found.adapter
        assert isinstance(adapter, ToyAdapter)
        return replace(found, adapter=BelievesAll(adapter._chain, key=adapter._key))


def test_the_suite_runs_as_a_command_and_counts() -> None:
    command = [sys.executable, "-m", "qos.testing.check_adapter", f"{Path(__file__).stem}:ToyCases"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=60, check=False)
    count = len(check_adapter.claims(ToyCases))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{count} of {count} claims hold")


def test_an_adapter_that_believes_its_source_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_adapter.main([f"{__name__}:CredulousCases"]) == 1
    assert "FAILS  what is not final yet is unknown" in capsys.readouterr().out


def test_the_toy_family_is_small() -> None:
    assert len(inspect.getsource(toy_chain).splitlines()) < 300


class Relays:
    """Four relays over two toy chains and a real Cassini chain, in virtual time."""

    def __init__(self, moon: ToyChain, mars: ToyChain) -> None:
        document = genesis_document(
            CASSINI, chain_id=HUB, gas_price=0, relay=relay_state(), funds={key.address: FUNDS for key in RELAYS}
        )
        self.node = MemoryNode(CASSINI, document, ScheduleConfig(min_interval_ms=200), 500)
        self.now_ns = GENESIS_NS
        self.chains: dict[str, Adapter] = {MOON: reached(moon), MARS: reached(mars)}
        self.members = [self._relay(number) for number in range(4)]

    def _relay(self, number: int) -> tuple[Relay, Group]:
        attestor = Attestor(ATTESTERS[number].private, MemorySignLog())
        me = Identity(address=RELAYS[number].address, key=attestor.key)
        routes = (Route(source=MOON, destination=MARS), Route(source=MARS, destination=MOON))
        group = Group(self.node, Submitter(HUB, PrivateKey(RELAYS[number].private)))
        return Relay(me, attestor, routes, HUB), group

    def step(self) -> None:
        """Move on by 100 ms."""
        self.now_ns += SECOND_NS // 10
        self.node.tick(self.now_ns)
        heads = [HeadSeen(chain_id=HUB, height=self.node.height, changed=True)]
        heads += [
            HeadSeen(chain_id=name, height=run_now(chain.newest_height()), changed=True)
            for name, chain in self.chains.items()
        ]
        for brain, group in self.members:
            for head in heads:
                brain.receive(head, self.now_ns)
            brain.tick(self.now_ns)
            for order in list(brain.outputs()):
                brain.receive(run_now(perform(order, self.chains, group, self.now_ns)), self.now_ns)


def test_relays_carry_packets_of_a_family_they_do_not_know() -> None:
    moon, mars = toys()
    for _ in range(70):
        moon.send(7, GENESIS_NS)
    mars.send(3, GENESIS_NS)
    moon.seal()
    mars.seal()
    relays = Relays(moon, mars)
    for _ in range(400):
        relays.step()
        moon.seal()
        mars.seal()
        if len(mars.inbox) == 70 and len(moon.inbox) == 1:
            break
    assert mars.inbox == moon.outbox
    assert moon.inbox == mars.outbox


def test_a_source_that_shows_what_no_notary_signed_gets_no_vote() -> None:
    moon, mars = toys()
    moon.send(7, GENESIS_NS)
    moon.seal()
    forged = replace(moon.blocks[1], packets=(b"f" * 32,))
    moon.blocks[1] = forged
    inquiry = Inquiry(queue=run_now(reached(mars).registration(MOON)), height=2, first=1, last=0)
    assert isinstance(run_now(reached(moon).prove(inquiry, GENESIS_NS)), Unknown)
