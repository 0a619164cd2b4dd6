"""Threat 34: bad transactions cost little and leave nothing behind."""

import gc
import tracemalloc

from qos.engine.mempool import Mempool
from qos.proto import codec
from qos.testing.chain import ALICE, BOB, CAROL
from qos.testing.mempool_world import MempoolWorld
from qos.testing.transactions import GAS_PRICE, Signer, auth_of, body_of, key_of, send, signed, transaction

NOBODY = key_of("nobody")
GIFT = send(NOBODY.address, BOB.address, 1)
ROUNDS = 60
ALLOWED_BYTES = 60_000


def bad(world: MempoolWorld, number: int) -> list[bytes]:
    """Return one bad transaction of each kind."""
    chain, signer = world.chain, world.chain.signer(BOB)
    body = body_of(send(BOB.address, BOB.address, 1), memo=str(number))
    good = codec.encode(signed(chain.chain_id, body, auth_of((signer,)), (signer,)))
    return [
        good[:-1] + bytes((good[-1] ^ 1,)),
        good[: len(good) // 2] + number.to_bytes(4, "big"),
        world.tx(BOB, ahead=number + 1),
        world.tx(CAROL, send(CAROL.address, BOB.address, number + 1), price=GAS_PRICE - 1),
        transaction(
            chain.chain_id, (Signer(key=NOBODY, number=0, sequence=number),), send(NOBODY.address, BOB.address, 1)
        ),
        world.tx(ALICE, send(ALICE.address, BOB.address, number + 5), price=GAS_PRICE + number),
    ]


def flood(mempool: Mempool, txs: list[bytes]) -> None:
    for tx in txs:
        assert mempool.submit(tx).code != 0


def test_a_flood_leaves_nothing_behind() -> None:
    world = MempoolWorld()
    assert world.submit(ALICE).code == 0
    txs = [tx for number in range(ROUNDS) for tx in bad(world, number)]
    flood(world.mempool, txs)
    gc.collect()
    tracemalloc.start()
    flood(world.mempool, txs)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < ALLOWED_BYTES
    assert len(world.mempool) == 1
    assert [each.code for each in world.block().tx_results] == [0]
