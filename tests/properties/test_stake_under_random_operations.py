"""Whatever happens to stake, nothing is lost or made, and an exported state goes on as the old one (section 6)."""

import json
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from qos.base.identifiers import BASE_DENOM
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.machine import Machine
from qos.modules.assets.bank import operations as bank
from qos.modules.validators.staking import formulas, operations
from qos.modules.validators.staking.state import PAST
from qos.proto.record import Record
from qos.proto.records.cosmos_slashing_v1beta1 import MsgUnjail
from qos.proto.records.cosmos_staking_v1beta1 import MsgCancelUnbondingDelegation
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgReturnBond, MsgRevokeValidator
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, CAROL
from qos.testing.stake import owner_of, validator_json
from qos.testing.stake_chain import (
    GAS,
    UNIT,
    StakeChain,
    address_of,
    coin,
    consensus_key,
    creation,
    delegate,
    redelegate,
    undelegate,
)
from qos.testing.transactions import Key

VALIDATORS = 5
people = st.sampled_from((ALICE, BOB, CAROL, *(owner_of(number) for number in range(VALIDATORS))))
numbers = st.integers(0, VALIDATORS - 1)
amounts = st.one_of(st.integers(1, 50), st.integers(1, 60).map(lambda units: units * UNIT), st.just(UNIT // 3))
KINDS = (
    "delegate", "undelegate", "redelegate", "cancel", "revoke", "activate", "unjail", "return", "create",
    "absent", "present", "double", "wait",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    kind: str
    who: Key
    one: int
    other: int
    amount: int


steps = st.lists(st.builds(Step, st.sampled_from(KINDS), people, numbers, numbers, amounts), min_size=5, max_size=25)


def message_of(chain: StakeChain, step: Step) -> tuple[Key, Record] | None:
    """Return what a step sends and who signs it; None when it sends nothing."""
    who, one, other, amount, owner = step.who, step.one, step.other, step.amount, owner_of(step.one)
    pair = {"delegator_address": who.address, "validator_address": owner.address}
    since = max(1, chain.height - other)
    sent: dict[str, tuple[Key, Record]] = {
        "delegate": (who, delegate(who, one, amount)),
        "undelegate": (who, undelegate(who, one, amount)),
        "redelegate": (who, redelegate(who, one, other, amount)),
        "cancel": (who, MsgCancelUnbondingDelegation(**pair, amount=coin(amount), creation_height=since)),
        "revoke": (owner, MsgRevokeValidator(validator_address=owner.address)),
        "activate": (owner, MsgActivateValidator(validator_address=owner.address, top_up=coin(amount))),
        "unjail": (owner, MsgUnjail(validator_addr=owner.address)),
        "return": (who, MsgReturnBond(sender=who.address, **pair)),
        "create": (owner, creation(owner, consensus_key(10 + chain.height), 10 * UNIT + amount)),
    }
    return sent.get(step.kind)


def run(chain: StakeChain, step: Step) -> None:
    """Make the block, or the blocks, of a step."""
    if step.kind == "absent":
        chain.absent = frozenset((address_of(step.one),))
        chain.run_blocks(11)
    if step.kind == "present":
        chain.absent = frozenset()
    if step.kind == "double":
        height = max(1, chain.height - step.other)
        chain.misbehave(step.one, height=height, power=max(step.amount // UNIT, 1))
    if step.kind == "wait":
        chain.wait((step.one + 1) * 86_400 * (1 + 3 * step.other))
    message = message_of(chain, step)
    if message is None:
        chain.run_block()
    else:
        chain.do(*message)


def supply(chain: StakeChain) -> int:
    return bank.supply(chain.state(), BASE_DENOM)


@settings(max_examples=max(2, settings().max_examples // 50), deadline=None)
@given(steps)
def test_nothing_is_lost_or_made_and_the_set_is_never_empty(
    given_steps: list[Step],
) -> None:
    """Every invariant runs after every block: pools, shares, queues, sums of what left."""
    chain = StakeChain(VALIDATORS)
    before = supply(chain)
    for step in given_steps:
        run(chain, step)
        assert supply(chain) == before
        assert chain.powers()
        assert all(power > 0 for power in chain.powers().values())


@settings(max_examples=max(2, settings().max_examples // 40), deadline=None)
@given(steps)
def test_an_exported_state_goes_on_as_the_old_one(given_steps: list[Step]) -> None:
    chain = StakeChain(VALIDATORS)
    for step in given_steps:
        run(chain, step)
    exported = chain.machine.export_genesis()
    members = operations.bonded_set(chain.state()).members
    document = {
        "chain_id": chain.chain_id,
        "genesis_time": "2026-01-01T00:00:00Z",
        "initial_height": str(chain.height + 1),
        "validators": [validator_json(member.consensus_key, member.power) for member in members],
        "app_state": exported,
    }
    second = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    second.init_chain(json.dumps(document).encode())
    tx = chain.tx(ALICE, delegate(ALICE, 0, UNIT), gas=GAS, price=0)
    for txs in ((), (tx,), ()):
        result = second.finalize_block(BlockRequest(block=chain.next_block(), txs=txs))
        second.commit()
        second.check_invariants()
        old = chain.run_block(*txs)
        assert (result.tx_results, result.validator_updates) == (old.tx_results, old.validator_updates)
        assert content(second) == content(chain.machine)


def content(machine: Machine) -> dict[str, list[tuple[bytes, bytes]]]:
    """Return all that is stored but app hashes of headers: trees remember in which order everything came."""
    stored = {name: list(machine.store.reader().scan(name, b"", None)) for name in PUBLIC.stores}
    return stored | {"staking": [pair for pair in stored["staking"] if not pair[0].startswith(PAST.prefix)]}


powers = st.dictionaries(st.integers(0, 9).map(lambda n: b"%d" % n), st.integers(1, 1000), max_size=8)


@given(powers.filter(bool), powers, st.sets(st.integers(0, 9).map(lambda n: b"%d" % n)), st.integers(1, 5))
def test_a_set_loses_at_most_a_third_a_block_and_comes_to_what_is_wanted(
    told: dict[bytes, int], wanted: dict[bytes, int], struck: set[bytes], least: int
) -> None:
    """[V7]"""
    wanted = {owner: power for owner, power in wanted.items() if owner not in struck}
    found = formulas.next_powers(told, wanted, frozenset(struck), least)
    assert found
    assert all(power > 0 for power in found.values())
    kept = {owner: power for owner, power in told.items() if owner not in struck}
    lost = sum(max(power - found.get(owner, 0), 0) for owner, power in kept.items())
    assert lost <= max(sum(told.values()) // 3, 1)
    if len({*told, *wanted} - struck) >= 1:
        assert not [owner for owner in found if owner in struck and owner not in wanted and len(found) > 1]
    if len(wanted) >= least:
        for _ in range(60):
            found = formulas.next_powers(found, wanted, frozenset(struck), least)
        assert {owner: power for owner, power in found.items() if owner not in struck or owner in wanted} == wanted
