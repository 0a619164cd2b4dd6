"""What a unit of gas buys in CPU time: one transaction, decoded, verified, executed and put into the tree."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from qos.machine import execution
from qos.machine.admission import Admission
from qos.proto.record import Record
from qos.store.overlay import Overlay
from qos.testing.chain import VirtualChain
from qos.testing.transactions import GAS_PRICE, Key

TURNS = 15
GAS = 50_000_000
MOST_DIFFERENT = 5
"""How many times dearer in CPU time than another a kind of message may be, for each unit of gas (threat 16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A transaction and the chain it may be run on again and again."""

    chain: VirtualChain
    key: Key
    messages: tuple[Record, ...]
    price: int = GAS_PRICE


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time and gas of one transaction."""

    cpu_ns: int
    gas: int

    @property
    def ns_per_gas(self) -> int:
        """Nanoseconds a unit of gas buys, rounded down."""
        return self.cpu_ns // self.gas


def cost(sample: Sample) -> Cost:
    """Run a sample several times over the same state; the least time counts. Raises: AssertionError when it fails."""
    chain = sample.chain
    tx = chain.tx(sample.key, *sample.messages, gas=GAS, price=sample.price)
    times, gas = [], 0
    for _ in range(TURNS):
        scratch = Overlay(chain.machine.store.reader())
        began = time.process_time_ns()
        result = execution.execute(Admission(chain.machine.chain), scratch, chain.next_block(), tx).result
        chain.machine.store.apply(chain.height + 1, scratch.writes)
        times.append(time.process_time_ns() - began)
        assert result.code == 0, (sample.messages[0].full_name, result.log)
        gas = result.gas_used
    return Cost(min(times), gas)


def too_dear(found: Mapping[str, Cost]) -> tuple[str, ...]:
    """Return the kinds of messages that cost too many times more CPU time for their gas than another."""
    cheapest = min(found.values(), key=lambda each: Fraction(each.cpu_ns, each.gas))
    return tuple(
        [
            name
            for name, each in found.items()
            if each.cpu_ns * cheapest.gas > MOST_DIFFERENT * cheapest.cpu_ns * each.gas
        ]
    )
