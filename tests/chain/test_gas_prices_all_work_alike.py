"""Threat 16: what a unit of gas buys in CPU time differs at most five times over the kinds of messages."""

from collections.abc import Callable

import pytest

from qos.base.blocktime import SECOND_NS
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.machine.errors import Unauthorized
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    BasicAllowance,
    MsgGrantAllowance,
    MsgPruneAllowances,
    MsgRevokeAllowance,
)
from qos.testing import gas_samples, gas_samples_queues, gas_samples_stake
from qos.testing.chain import ALICE, BOB, VirtualChain
from qos.testing.gas_costs import Sample, cost, too_dear
from qos.testing.message_samples import sample as sample_of
from qos.testing.transactions import Key, aqos, key_of, send

ROUNDS = 20
CHAINS = (PUBLIC, BUSINESS, CASSINI)


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
    **gas_samples_queues.SAMPLES,
    **gas_samples_stake.SAMPLES,
}
PROPOSED = "governance alone sends it: what runs in a proposal is bounded by the gas of proposals and paid by deposits"
NOT_SAMPLED = {
    "cosmos.distribution.v1beta1.MsgCommunityPoolSpend": PROPOSED,
    "cosmos.upgrade.v1beta1.MsgCancelUpgrade": PROPOSED,
    "cosmos.upgrade.v1beta1.MsgSoftwareUpgrade": PROPOSED,
    "qos.distribution.v1.MsgUpdateParams": PROPOSED,
    "qos.fees.v1.MsgUpdateParams": PROPOSED,
    "qos.gov.v1.MsgUpdateParams": PROPOSED,
    "qos.mint.v1.MsgUpdateParams": PROPOSED,
    "qos.mint.v1.MsgUpdatePhases": PROPOSED,
    "qos.qcp.v1.MsgUpdateParams": PROPOSED,
    "qos.slashing.v1.MsgUpdateParams": PROPOSED,
    "qos.staking.v1.MsgUpdateParams": PROPOSED,
}
"""By name of a message, why nothing is measured."""


@pytest.fixture(scope="module")
def samples() -> dict[str, Sample]:
    return {name: make() for name, make in SAMPLES.items()}


def test_every_message_is_sampled_or_says_why_not(samples: dict[str, Sample]) -> None:
    known = {route.kind.full_name for chain in CHAINS for route in chain.messages.values()}
    sampled = {message.full_name for sample in samples.values() for message in sample.messages}
    assert sampled | set(NOT_SAMPLED) == known
    assert not sampled & set(NOT_SAMPLED)


def test_what_is_not_sampled_no_account_can_send() -> None:
    for name in NOT_SAMPLED:
        message = sample_of(PUBLIC.messages[f"/{name}"].kind, ALICE.address)
        chain = VirtualChain()
        result = chain.run_block(chain.tx(ALICE, message)).tx_results[0]
        assert (result.codespace, result.code) == ("sdk", Unauthorized.code.number), name


def test_a_unit_of_gas_buys_alike_for_every_kind_of_message(samples: dict[str, Sample]) -> None:
    found = {name: cost(sample) for name, sample in samples.items()}
    for _ in range(ROUNDS):
        # A busy host only makes things slower: the least of several measurements is the cost.
        for name in too_dear(found):
            found[name] = min(found[name], cost(samples[name]), key=lambda each: each.cpu_ns)
    assert not too_dear(found), {name: (each.ns_per_gas, each.cpu_ns, each.gas) for name, each in found.items()}
