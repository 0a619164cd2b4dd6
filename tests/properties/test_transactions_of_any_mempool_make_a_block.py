"""T5: whatever waits, what we propose we would vote for, and every transaction in it pays."""

from hypothesis import given, settings
from hypothesis import strategies as st

from qos.machine.abci import BlockRequest
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.proposal import MAX_BLOCK_BYTES
from qos.testing.chain import FUNDS, PEOPLE, VirtualChain
from qos.testing.transactions import GAS_PRICE, send

CHAIN = VirtualChain()
GIVERS = st.sampled_from(PEOPLE)


@st.composite
def waiting(draw: st.DrawFn) -> bytes:
    """Return a transaction that may be good, early, late, underpaid, unaffordable, huge in gas, or no transaction."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=30))
    giver = draw(GIVERS)
    gas = draw(st.sampled_from([30_000, 30_000, 10_000, 3_000, 0, 90_000_000, MAX_BLOCK_GAS, MAX_BLOCK_GAS + 1]))
    price = draw(st.sampled_from([GAS_PRICE, GAS_PRICE, GAS_PRICE - 1, FUNDS // 30_000, FUNDS // 60_000 + 1]))
    amount = draw(st.sampled_from([1, FUNDS]))
    ahead = draw(st.integers(0, 4))
    return CHAIN.tx(giver, send(giver.address, PEOPLE[0].address, amount), ahead=ahead, gas=gas, price=price)


@settings(max_examples=300)
@given(st.lists(waiting(), max_size=25), st.sampled_from([MAX_BLOCK_BYTES, 2_000, 700, 0]))
def test_what_we_propose_we_accept(txs: list[bytes], max_bytes: int) -> None:
    block = CHAIN.next_block()
    chosen = tuple(CHAIN.machine.prepare_proposal(txs, block, max_bytes))
    assert sum(len(tx) for tx in chosen) <= max_bytes
    assert _in_order(list(chosen), txs)
    assert CHAIN.machine.process_proposal(chosen, block) == ""
    results = CHAIN.machine.finalize_block(BlockRequest(block=block, txs=chosen)).tx_results
    # A message may take what a later transaction would pay with: then that one fails, unpaid. All others pay.
    assert all(result.gas_used > 0 or result.code == 5 for result in results)


@given(st.lists(waiting(), max_size=12))
def test_a_block_is_refused_as_soon_as_one_transaction_fails_admission(txs: list[bytes]) -> None:
    block = CHAIN.next_block()
    chosen = CHAIN.machine.prepare_proposal(txs, block, MAX_BLOCK_BYTES)
    assert (CHAIN.machine.process_proposal(tuple(txs), block) == "") == (chosen == txs)


def _in_order(chosen: list[bytes], txs: list[bytes]) -> bool:
    rest = iter(txs)
    return all(tx in rest for tx in chosen)
