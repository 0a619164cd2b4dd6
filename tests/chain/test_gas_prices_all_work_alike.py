"""Threat 16: what a unit of gas buys in CPU time differs at most five times over the kinds of messages."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from qos.base.blocktime import SECOND_NS
from qos.machine import execution
from qos.machine.admission import Admission
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    BasicAllowance,
    MsgGrantAllowance,
    MsgPruneAllowances,
    MsgRevokeAllowance,
)
from qos.store.overlay import Overlay
from qos.testing.chain import ALICE, BOB, VirtualChain
from qos.testing.qcp_network import CARRIER, connected, load, transfer, update
from qos.testing.transactions import Key, aqos, key_of, send, transaction

TURNS = 15
ROUNDS = 8
LIMIT = 5
Sample = tuple[VirtualChain, Key, tuple[Record, ...]]


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
    """Decode, verify, execute and put into the tree, several times; the least time counts."""
    chain, key, messages = sample
    tx = transaction(chain.chain_id, (chain.signer(key),), *messages, gas=50_000_000)
    times, gas = [], 0
    for _ in range(TURNS):
        scratch = Overlay(chain.machine.store.reader())
        began = time.process_time_ns()
        result = execution.execute(Admission(chain.machine.chain), scratch, chain.next_block(), tx).result
        chain.machine.store.apply(chain.height + 1, scratch.writes)
        times.append(time.process_time_ns() - began)
        assert result.code == 0, result.log
        gas = result.gas_used
    return Cost(min(times), gas)


def ledger(*messages: Record) -> Sample:
    return VirtualChain(), ALICE, messages


def many_outputs() -> Sample:
    outputs = tuple(Output(address=key_of(f"taker {number}").address, coins=aqos(1)) for number in range(100))
    return ledger(MsgMultiSend(inputs=(Input(address=ALICE.address, coins=aqos(100)),), outputs=outputs))


def grant(end: int | None = None, to: Key = BOB) -> MsgGrantAllowance:
    allowance = codec.pack(BasicAllowance(expiration=end))
    return MsgGrantAllowance(granter=ALICE.address, grantee=to.address, allowance=allowance)


def revoke() -> Sample:
    chain = VirtualChain()
    chain.run_block(chain.tx(ALICE, grant()))
    return chain, ALICE, (MsgRevokeAllowance(granter=ALICE.address, grantee=BOB.address),)


def prune() -> Sample:
    chain = VirtualChain()
    end = chain.next_block().time_ns + 6 * SECOND_NS
    for part in range(2):
        grants = [grant(end, key_of(f"grantee {part} {number}")) for number in range(90)]
        chain.run_block(chain.tx(ALICE, *grants, gas=50_000_000))
    chain.run_block()  # removes a hundred of them
    return chain, BOB, (MsgPruneAllowances(pruner=BOB.address),)


def packets(count: int) -> Sample:
    hub, spoke = connected()
    hub.do(ALICE, *[transfer(ALICE, spoke, 5) for _ in range(count)])
    hub.run_block()
    spoke.do(CARRIER, update(hub, spoke))
    return spoke, CARRIER, (load(hub, spoke, 1, count).message(),)


def sending() -> Sample:
    hub, spoke = connected()
    return hub, ALICE, (transfer(ALICE, spoke, 5),)


def header() -> Sample:
    hub, spoke = connected()
    hub.run_block()
    return spoke, CARRIER, (update(hub, spoke),)


SAMPLES: dict[str, Callable[[], Sample]] = {
    "a transfer": lambda: ledger(send(ALICE.address, BOB.address, 1)),
    "a transfer to a new account": lambda: ledger(send(ALICE.address, key_of("new").address, 1)),
    "a hundred outputs": many_outputs,
    "a grant": lambda: ledger(grant()),
    "the end of a grant": revoke,
    "pruning": prune,
    "sending a packet": sending,
    "receiving a packet": lambda: packets(1),
    "receiving 16 packets": lambda: packets(16),
    "a header": header,
}


def test_a_unit_of_gas_buys_alike_for_every_kind_of_message() -> None:
    samples = {name: make() for name, make in SAMPLES.items()}
    found = {name: cost(sample) for name, sample in samples.items()}
    for _ in range(ROUNDS):
        if is_alike(found):
            break
        # A busy host only makes things slower: the least of several measurements is the cost.
        found = {name: min(found[name], cost(sample), key=lambda each: each.cpu_ns) for name, sample in samples.items()}
    assert is_alike(found), {name: (each.ns_per_gas, each.cpu_ns, each.gas) for name, each in found.items()}


def is_alike(found: dict[str, Cost]) -> bool:
    rates = [each.ns_per_gas for each in found.values()]
    return max(rates) <= LIMIT * min(rates)
