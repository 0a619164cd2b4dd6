"""The public chain under the embedded engine: the same state as the same blocks by hand (N1), also after crashes."""

import json

from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.engine.embedded.ports import BlockStore
from qos.engine.embedded.schedule import ScheduleConfig
from qos.engine.embedded.sequencer import Sequencer
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo, Vote
from qos.machine.machine import Machine
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, CHAIN_ID, FUNDS, genesis_document
from qos.testing.engine_worlds import World, run_until, seed_of
from qos.testing.memory_blocks import MemoryBlockStore, MemorySignState
from qos.testing.stake import with_validators
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, Key, Signer, send, transaction


def a_machine() -> Machine:
    return Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))


def public_world() -> World:
    return World(
        application=a_machine(),
        store=MemoryBlockStore(),
        signed=MemorySignState(),
        genesis=json.dumps(with_validators(genesis_document(), (ed25519.public_key(seed_of(0)),))).encode(),
        seeds=(seed_of(0),),
    )


def transfer(giver: Key, number: int, sequence: int, amount: int = 1) -> bytes:
    signer = Signer(key=giver, number=number, sequence=sequence)
    return transaction(CHAIN_ID, (signer,), send(giver.address, BOB.address, amount))


def busy(world: World) -> Sequencer:
    """Commit five transfers of Alice in two blocks."""
    sequencer = world.sequencer(ScheduleConfig())
    run_until(sequencer, 0)
    for sequence in range(3):
        assert sequencer.submit(transfer(ALICE, 0, sequence)).code == 0
    run_until(sequencer, 100)
    for sequence in (3, 4):
        assert sequencer.submit(transfer(ALICE, 0, sequence)).code == 0
    run_until(sequencer, 2_000)
    return sequencer


def codes(store: BlockStore) -> list[int]:
    return [each.code for height in range(1, store.height() + 1) for each in store.result(height).tx_results]


def test_transfers_of_one_sender_are_committed_in_order() -> None:
    world = public_world()
    sequencer = busy(world)
    assert codes(world.store) == [0] * 5
    assert len(sequencer.mempool) == 0


def test_the_same_blocks_by_hand_give_the_same_app_hashes() -> None:
    world = public_world()
    busy(world)
    by_hand = a_machine()
    assert world.store.block(1).header.app_hash == by_hand.init_chain(world.genesis)
    for height in range(1, world.store.height() + 1):
        block = world.store.block(height)
        header, signatures = block.header, block.last_commit.signatures
        voters = world.store.validators(height - 1).validators if signatures else ()
        votes = tuple(
            Vote(address=voter.address, power=voter.voting_power, flag=signature.block_id_flag)
            for voter, signature in zip(voters, signatures, strict=True)
        )
        info = BlockInfo(
            chain_id=CHAIN_ID,
            height=height,
            time_ns=header.time,
            proposer_address=header.proposer_address,
            votes=votes,
        )
        result = by_hand.finalize_block(BlockRequest(block=info, txs=block.data.txs))
        assert result.app_hash == world.store.result(height).app_hash
        by_hand.commit()


def test_a_machine_that_lost_its_state_is_rebuilt_from_the_blocks() -> None:
    world = public_world()
    busy(world)
    before, world.application = world.application.info(), a_machine()
    sequencer = world.sequencer(ScheduleConfig())
    assert world.application.info() == before
    assert sequencer.submit(transfer(ALICE, 0, 4)).code == 32
    assert sequencer.submit(transfer(ALICE, 0, 5)).code == 0


def test_what_a_block_left_the_sender_too_poor_for_is_refused() -> None:
    world = public_world()
    sequencer = world.sequencer(ScheduleConfig())
    run_until(sequencer, 0)
    everything = FUNDS - GAS_LIMIT * GAS_PRICE
    assert sequencer.submit(transfer(ALICE, 0, 0, everything)).code == 0
    run_until(sequencer, 1)
    refused = sequencer.submit(transfer(ALICE, 0, 1))
    assert (refused.codespace, refused.code) == ("sdk", 5)
    run_until(sequencer, 2_000)
    assert codes(world.store) == [0]
