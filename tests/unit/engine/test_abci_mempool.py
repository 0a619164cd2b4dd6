"""The lines of senders beside an engine's own mempool (F2)."""

import pytest

from qos.machine.abci import CheckResult, Place, first_place
from qos.testing.abci_world import AbciWorld
from qos.testing.chain import ALICE, BOB, CAROL, CHAIN_ID, PEOPLE
from qos.testing.transactions import GAS_PRICE, Key, Signer, send, transaction


def transfer(key: Key, sequence: int, *, price: int = GAS_PRICE, amount: int = 1) -> bytes:
    signer = Signer(key=key, number=PEOPLE.index(key), sequence=sequence)
    return transaction(CHAIN_ID, (signer,), send(key.address, BOB.address, amount), price=price)


@pytest.fixture
def world() -> AbciWorld:
    return AbciWorld().started()


def codes(world: AbciWorld, *txs: bytes) -> list[int]:
    return [world.engine.broadcast(tx).code for tx in txs]


def test_one_sender_has_sixteen_waiting_in_order(world: AbciWorld) -> None:
    """[F2]"""
    line = [transfer(ALICE, sequence) for sequence in range(17)]
    assert codes(world, *line) == [0] * 16 + [20]
    assert world.engine.propose() == tuple(line[:16])


def test_a_gap_in_a_line_is_refused_with_the_sequence_that_is_due(world: AbciWorld) -> None:
    assert codes(world, transfer(ALICE, 0), transfer(ALICE, 2)) == [0, 32]
    assert "expected 1" in world.engine.broadcast(transfer(ALICE, 2)).log


def test_a_block_holds_the_best_paying_first_whatever_the_engine_offers(world: AbciWorld) -> None:
    """[F2]"""
    cheap, dear = transfer(ALICE, 0), transfer(BOB, 0, price=2 * GAS_PRICE)
    last = transfer(ALICE, 1, price=5 * GAS_PRICE)
    codes(world, cheap, dear, last)
    assert world.engine.propose() == (dear, cheap, last)
    world.engine.waiting.remove(dear)
    assert world.engine.propose() == (dear, cheap, last)


def test_a_dearer_one_replaces_and_the_replaced_leaves_the_engine_when_checked_again(world: AbciWorld) -> None:
    """[F2]"""
    old, new = transfer(ALICE, 0), transfer(ALICE, 0, price=2 * GAS_PRICE, amount=2)
    other = transfer(BOB, 0)
    assert codes(world, old, new, other) == [0, 0, 0]
    assert world.engine.waiting == [old, new, other]
    assert world.engine.propose() == (new, other)
    world.engine.block(other)
    assert world.engine.waiting == [new]
    world.engine.block()
    assert world.engine.waiting == []


def test_rechecks_cost_no_call_of_the_machine_unless_something_changed(world: AbciWorld) -> None:
    waiting = [transfer(ALICE, 0), transfer(CAROL, 0)]
    codes(world, transfer(BOB, 0), *waiting)
    checked: list[bytes] = []
    check = world.machine.check_tx

    def counting(tx: bytes, *, recheck: bool = False, place: Place = first_place) -> CheckResult:
        checked.append(tx)
        return check(tx, recheck=recheck, place=place)

    world.machine.check_tx = counting  # type: ignore[method-assign]
    world.engine.block(transfer(BOB, 0))
    assert world.engine.waiting == waiting
    assert checked == []


def test_what_a_block_spoilt_leaves_the_engine(world: AbciWorld) -> None:
    codes(world, transfer(ALICE, 0), transfer(ALICE, 1), transfer(CAROL, 0))
    world.engine.block(transfer(ALICE, 0, amount=7))
    assert world.engine.waiting == [transfer(ALICE, 1), transfer(CAROL, 0)]
    assert set(world.engine.propose()) == {transfer(ALICE, 1), transfer(CAROL, 0)}


def test_what_the_engine_had_no_room_for_may_come_again_at_once(world: AbciWorld) -> None:
    tx = transfer(ALICE, 0)
    assert codes(world, tx) == [0]
    world.engine.waiting.clear()
    assert codes(world, tx) == [0]


def test_what_the_engine_lost_is_forgotten_once_it_checked_the_rest_again(world: AbciWorld) -> None:
    lost, kept = transfer(ALICE, 0), transfer(CAROL, 0)
    codes(world, lost, kept)
    world.engine.waiting.remove(lost)
    world.engine.block(transfer(BOB, 0))
    assert len(world.mempool) == 2
    codes(world, transfer(BOB, 1))
    assert len(world.mempool) == 2
    assert world.engine.propose() == (kept, transfer(BOB, 1))


def test_without_rechecks_nothing_is_taken_for_lost(world: AbciWorld) -> None:
    world.engine.rechecks = False
    codes(world, transfer(ALICE, 0), transfer(CAROL, 0))
    world.engine.block(transfer(BOB, 0))
    codes(world, transfer(BOB, 1))
    assert len(world.mempool) == 3


def test_an_engine_that_began_anew_begins_with_nothing(world: AbciWorld) -> None:
    codes(world, *[transfer(ALICE, sequence) for sequence in range(16)])
    world.engine.handshake()
    assert codes(world, transfer(ALICE, 0)) == [0]
    assert len(world.mempool) == 1


def test_an_application_that_began_anew_fills_a_block_with_what_the_engine_offers(world: AbciWorld) -> None:
    txs = (transfer(ALICE, 0), transfer(CAROL, 0))
    codes(world, *txs)
    waiting = list(world.engine.waiting)
    world.restart()
    world.engine.handshake()
    world.engine.waiting = waiting
    assert world.engine.propose() == txs
    world.engine.block()
    assert world.engine.waiting == []


def test_a_full_pool_prefers_who_pays_more() -> None:
    """[F2]"""
    world = AbciWorld(transactions=2).started()
    assert codes(world, transfer(ALICE, 0), transfer(CAROL, 0), transfer(BOB, 0)) == [0, 0, 20]
    dear = transfer(BOB, 0, price=3 * GAS_PRICE)
    assert codes(world, dear) == [0]
    assert world.engine.propose()[0] == dear
