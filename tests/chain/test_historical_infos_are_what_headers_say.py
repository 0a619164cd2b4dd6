"""HistoricalInfo: the header and the set of a recent height, equal to what the engine's own header of it says."""

import json

import pytest

from qos.base.blocktime import MILLISECOND_NS
from qos.chains.public import PUBLIC
from qos.engine.embedded.schedule import ScheduleConfig
from qos.machine.machine import Machine
from qos.modules.validators.staking.state import HISTORICAL_ENTRIES
from qos.proto import codec
from qos.proto.records.cosmos_staking_v1beta1 import (
    HistoricalInfo,
    QueryHistoricalInfoRequest,
    QueryHistoricalInfoResponse,
)
from qos.proto.records.tendermint_types import Header
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, CHAIN_ID, genesis_document
from qos.testing.engine_worlds import GENESIS_NS, World, seed_of
from qos.testing.memory_blocks import MemoryBlockStore, MemorySignState
from qos.testing.reward_world import reward_document
from qos.testing.simulation import SimulatedChain, continued
from qos.testing.stake import with_validators
from qos.testing.stake_chain import UNIT, StakeChain, consensus_key, delegate
from qos.testing.transactions import Signer, transaction

PATH = "/cosmos.staking.v1beta1.Query/HistoricalInfo"


def info_at(machine: Machine, height: int) -> HistoricalInfo | None:
    result = machine.query(PATH, codec.encode(QueryHistoricalInfoRequest(height=height)), 0, prove=False)
    return None if result.code else codec.decode(QueryHistoricalInfoResponse, result.value).hist


@pytest.fixture(scope="module")
def lived() -> World:
    """Three validators of which one grows, on the embedded engine."""
    keys = [consensus_key(number) for number in range(3)]
    world = World(
        application=Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores)),
        store=MemoryBlockStore(),
        signed=MemorySignState(),
        genesis=json.dumps(with_validators(genesis_document(), keys)).encode(),
        seeds=tuple(seed_of(number) for number in range(3)),
    )
    sequencer = world.sequencer(ScheduleConfig())
    for sequence in range(4):
        signer = Signer(key=ALICE, number=0, sequence=sequence)
        sent = transaction(CHAIN_ID, (signer,), delegate(ALICE, sequence % 2, 3 * UNIT), gas=10**6)
        assert sequencer.submit(sent).code == 0
        until = GENESIS_NS + 3_000 * (sequence + 1) * MILLISECOND_NS
        while (due := sequencer.next_timer()) <= until:
            sequencer.tick(due, due)
    return world


def what_rules_know(header: Header) -> tuple[object, ...]:
    return (
        header.version.block,
        header.chain_id,
        header.height,
        header.time,
        header.validators_hash,
        header.next_validators_hash,
        header.app_hash,
        header.proposer_address,
    )


def test_each_recent_header_is_the_engines(lived: World) -> None:
    """All that a client or a peer reads of it: time, proposer, both sets and the state before."""
    assert isinstance(lived.application, Machine)
    heights = range(1, lived.store.height() + 1)
    hashes = {lived.store.block(height).header.validators_hash for height in heights}
    assert len(hashes) > 2
    for height in heights:
        found = info_at(lived.application, height)
        assert found is not None
        assert found.header is not None
        assert what_rules_know(found.header) == what_rules_know(lived.store.block(height).header)
        assert len(found.valset) == 3


def test_the_newest_hundred_are_kept_and_no_other_is_told() -> None:
    chain = StakeChain()
    chain.run_blocks(HISTORICAL_ENTRIES + 5)
    newest = chain.height
    for height, known in (
        (newest, True),
        (newest - HISTORICAL_ENTRIES + 1, True),
        (newest - HISTORICAL_ENTRIES, False),
        (newest + 1, False),
        (newest % HISTORICAL_ENTRIES, False),
        (0, False),
        (-1, False),
    ):
        found = info_at(chain.machine, height)
        assert (found is not None) == known, height


def test_an_exported_chain_goes_on_telling() -> None:
    first = SimulatedChain(reward_document())
    first.blocks(5)
    again = continued(first)
    for height in range(1, first.height + 1):
        assert info_at(again.machine, height) == info_at(first.machine, height)
