"""[T5] Whatever waits, what we propose we would vote for, and every transaction in it pays."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from qos.machine.abci import BlockRequest
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.proposal import MAX_BLOCK_BYTES
from qos.testing.chain import FUNDS, PEOPLE, PUBLIC_FEES, VirtualChain, genesis_document
from qos.testing.mempool_world import MempoolWorld
from qos.testing.transactions import GAS_PRICE, Key, send, transaction

CHAIN = VirtualChain()
GIVERS = st.sampled_from(PEOPLE)
GAS = [30_000, 30_000, 10_000, 3_000, 0, 90_000_000, MAX_BLOCK_GAS, MAX_BLOCK_GAS + 1]
PRICES = [GAS_PRICE, GAS_PRICE, GAS_PRICE + 7, 2 * GAS_PRICE, GAS_PRICE - 1, FUNDS // 30_000, FUNDS // 60_000 + 1]


@st.composite
def waiting(draw: st.DrawFn) -> bytes:
    """Return a transaction that may be good, early, late, underpaid, unaffordable, huge in gas, or no transaction."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=30))
    gas, price, ahead = draw(st.sampled_from(GAS)), draw(st.sampled_from(PRICES)), draw(st.integers(0, 4))
    givers = draw(st.lists(GIVERS, min_size=1, max_size=2, unique_by=lambda key: key.address))
    amount = draw(st.sampled_from([1, FUNDS]))
    signers = [CHAIN.signer(key, ahead=ahead) for key in givers]
    messages = [send(key.address, PEOPLE[0].address, amount) for key in givers]
    return transaction(CHAIN.chain_id, signers, *messages, gas=gas, price=price)


@settings(max_examples=max(300, 5 * settings().max_examples))
@given(st.lists(waiting(), max_size=25), st.sampled_from([MAX_BLOCK_BYTES, 2_000, 700, 0]))
def test_what_we_propose_we_accept(txs: list[bytes], max_bytes: int) -> None:
    block = CHAIN.next_block()
    chosen = tuple(CHAIN.machine.prepare_proposal(txs, block, max_bytes))
    assert sum(len(tx) for tx in chosen) <= max_bytes
    assert not Counter(chosen) - Counter(txs)
    assert CHAIN.machine.process_proposal(chosen, block) == ""
    results = CHAIN.machine.finalize_block(BlockRequest(block=block, txs=chosen)).tx_results
    # A message may take what a later transaction would pay with: then that one fails, unpaid. All others pay.
    assert all(result.gas_used > 0 or result.code == 5 for result in results)


@given(st.lists(waiting(), max_size=12))
def test_a_block_is_refused_as_soon_as_one_transaction_fails_admission(txs: list[bytes]) -> None:
    block = CHAIN.next_block()
    for position in range(len(txs)):
        start = tuple(txs[: position + 1])
        if CHAIN.machine.process_proposal(start, block):
            assert CHAIN.machine.process_proposal((*start, *txs[position + 1 :]), block)
            return
    assert Counter(CHAIN.machine.prepare_proposal(txs, block, MAX_BLOCK_BYTES)) == Counter(txs)


ACTIONS = st.one_of(
    st.tuples(st.just("submit"), GIVERS, st.integers(0, 6), st.sampled_from(PRICES), st.integers(1, 5)),
    st.tuples(st.just("submit"), GIVERS, st.integers(0, 6), st.sampled_from(PRICES), st.integers(1, 5)),
    st.tuples(st.just("block"), GIVERS, st.just(0), st.just(0), st.sampled_from([0, 500, MAX_BLOCK_BYTES])),
    st.tuples(st.just("foreign"), GIVERS, st.just(0), st.just(GAS_PRICE * 3), st.just(9)),
)


@given(st.lists(ACTIONS, max_size=40), st.booleans())
def test_what_a_mempool_holds_is_in_order_within_its_limits_and_goes_into_blocks(
    actions: list[tuple[str, Key, int, int, int]], moves: bool
) -> None:
    world = MempoolWorld(genesis_document(fee_params=PUBLIC_FEES if moves else None), transactions=9, per_sender=4)
    for action, key, ahead, price, number in actions:
        if action == "submit":
            gas = MAX_BLOCK_GAS // 2 if number == 5 else 30_000
            world.mempool.submit(
                world.tx(key, send(key.address, key.address, number), ahead=ahead, gas=gas, price=price)
            )
        elif action == "block":
            world.block(number)
        else:
            world.foreign_block(world.tx(key, price=price))
        check(world)
    patience = 60
    while len(world.mempool) and patience:
        world.block()
        patience -= 1
    assert len(world.mempool) == 0


def check(world: MempoolWorld) -> None:
    """Every sender's transactions follow its account without gap, and the limits hold."""
    found = world.mempool.waiting(100)
    assert len(found) == len(world.mempool) <= 9
    assert sum(map(len, found)) == world.mempool.size_bytes
    sequences: dict[bytes, list[int]] = {}
    for tx in found:
        checked = world.mempool.check(tx)
        terms = checked.terms
        assert terms is not None or checked.code == 13
        for signer, sequence in terms.signers if terms is not None else ():
            sequences.setdefault(signer, []).append(sequence)
    for key in PEOPLE:
        mine = sorted(sequences.get(key.address, []))
        assert len(mine) <= 4
        assert len(set(mine)) == len(mine)
