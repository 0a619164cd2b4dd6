"""[T5] Whatever an engine does with its mempool, our proposals pass and a restart of either changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from qos.proto.records import tendermint_abci as abci
from qos.testing.abci_engine import MEMPOOL
from qos.testing.abci_world import AbciWorld
from qos.testing.chain import ALICE, BOB, CAROL, CHAIN_ID, PEOPLE
from qos.testing.transactions import GAS_PRICE, Key, Signer, send, transaction

SENDERS = (ALICE, BOB, CAROL)


def transfer(key: Key, sequence: int, price: int) -> bytes:
    signer = Signer(key=key, number=PEOPLE.index(key), sequence=sequence)
    return transaction(CHAIN_ID, (signer,), send(key.address, BOB.address, 1), price=price * GAS_PRICE)


TRANSFERS = st.builds(transfer, st.sampled_from(SENDERS), st.integers(0, 5), st.integers(1, 3))
STEPS = st.one_of(
    st.tuples(st.just("broadcast"), TRANSFERS),
    st.tuples(st.just("foreign"), TRANSFERS),
    st.tuples(st.sampled_from(["block", "engine", "application", "lose"]), st.just(b"")),
)


def step(world: AbciWorld, what: str, tx: bytes) -> None:
    engine = world.engine
    match what:
        case "broadcast":
            engine.broadcast(tx)
        case "foreign":  # another validator's block, if it is one that may be voted for
            if engine.judge((tx,)):
                engine.block(tx)
        case "block":
            engine.block()
        case "engine":
            engine.handshake()
        case "application":
            world.restart()
            engine.handshake()
        case "lose":
            engine.waiting = engine.waiting[1:]


@given(st.lists(STEPS, max_size=25))
def test_an_engine_that_loses_replaces_and_restarts_gets_blocks_it_can_vote_for(steps: list[tuple[str, bytes]]) -> None:
    world = AbciWorld().started()
    for what, tx in steps:
        step(world, what, tx)
        assert world.engine.judge(world.engine.propose())
    while chosen := world.engine.propose():
        assert all(result.code == 0 for result in world.engine.block(*chosen).tx_results)
    for (
        tx
    ) in world.engine.waiting:  # what still waits can only have been overtaken, and leaves when it is checked again
        request = abci.RequestCheckTx(tx=tx, type=abci.CheckTxType.RECHECK)
        assert world.engine.call(MEMPOOL, check_tx=request).code
    fresh = AbciWorld()
    fresh.engine.decided, fresh.engine.answers = world.engine.decided, world.engine.answers
    fresh.engine.handshake()
    assert fresh.machine.info() == world.machine.info()


@given(st.lists(TRANSFERS, max_size=30))
def test_all_that_was_let_in_and_not_overtaken_gets_into_blocks(txs: list[bytes]) -> None:
    world = AbciWorld().started()
    for tx in txs:
        world.engine.broadcast(tx)
    while world.engine.waiting:
        before = len(world.engine.waiting)
        world.engine.block()
        assert len(world.engine.waiting) < before
