"""Threat 16: what a unit of gas buys in CPU time differs at most five times over the kinds of messages."""

from collections.abc import Callable

from qos.base.blocktime import SECOND_NS
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    BasicAllowance,
    MsgGrantAllowance,
    MsgPruneAllowances,
    MsgRevokeAllowance,
)
from qos.testing import gas_samples
from qos.testing.chain import ALICE, BOB, VirtualChain
from qos.testing.gas_costs import Sample, are_alike, cost
from qos.testing.transactions import Key, aqos, key_of, send

ROUNDS = 8


def ledger(*messages: Record) -> Sample:
    return Sample(chain=VirtualChain(), key=ALICE, messages=messages)


def many_outputs() -> Sample:
    outputs = tuple(Output(address=key_of(f"taker {number}").address, coins=aqos(1)) for number in range(100))
    return ledger(MsgMultiSend(inputs=(Input(address=ALICE.address, coins=aqos(100)),), outputs=outputs))


def grant(end: int | None = None, to: Key = BOB) -> MsgGrantAllowance:
    allowance = codec.pack(BasicAllowance(expiration=end))
    return MsgGrantAllowance(granter=ALICE.address, grantee=to.address, allowance=allowance)


def revoke() -> Sample:
    chain = VirtualChain()
    chain.run_block(chain.tx(ALICE, grant()))
    message = MsgRevokeAllowance(granter=ALICE.address, grantee=BOB.address)
    return Sample(chain=chain, key=ALICE, messages=(message,))


def prune() -> Sample:
    chain = VirtualChain()
    end = chain.next_block().time_ns + 6 * SECOND_NS
    for part in range(2):
        grants = [grant(end, key_of(f"grantee {part} {number}")) for number in range(90)]
        chain.run_block(chain.tx(ALICE, *grants, gas=50_000_000))
    chain.run_block()  # removes a hundred of them
    return Sample(chain=chain, key=BOB, messages=(MsgPruneAllowances(pruner=BOB.address),))


SAMPLES: dict[str, Callable[[], Sample]] = {
    "a transfer": lambda: ledger(send(ALICE.address, BOB.address, 1)),
    "a transfer to a new account": lambda: ledger(send(ALICE.address, key_of("new").address, 1)),
    "a hundred outputs": many_outputs,
    "a grant": lambda: ledger(grant()),
    "the end of a grant": revoke,
    "pruning": prune,
    **gas_samples.SAMPLES,
}


def test_a_unit_of_gas_buys_alike_for_every_kind_of_message() -> None:
    samples = {name: make() for name, make in SAMPLES.items()}
    found = {name: cost(sample) for name, sample in samples.items()}
    for _ in range(ROUNDS):
        if are_alike(found):
            break
        # A busy host only makes things slower: the least of several measurements is the cost.
        found = {name: min(found[name], cost(sample), key=lambda each: each.cpu_ns) for name, sample in samples.items()}
    assert are_alike(found), {name: (each.ns_per_gas, each.cpu_ns, each.gas) for name, each in found.items()}
