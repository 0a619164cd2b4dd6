"""Whatever was checked before, proposals and blocks come out as if nothing had been."""

from hypothesis import given
from hypothesis import strategies as st

from qos.machine.abci import BlockRequest
from qos.machine.proposal import MAX_BLOCK_BYTES
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import MsgMultiSend
from qos.testing.chain import FUNDS, PEOPLE, VirtualChain
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, send, transaction

CHECKED, UNCHECKED = VirtualChain(), VirtualChain()
GIVERS = st.sampled_from(PEOPLE)
FEE = GAS_LIMIT * GAS_PRICE
AMOUNTS = [1, FUNDS // 2, FUNDS - FEE, FUNDS - 2 * FEE]


@st.composite
def waiting(draw: st.DrawFn) -> bytes:
    """Return a transaction of one or two signers that may be good, early, poor, or made poor by others."""
    gas, price = draw(st.sampled_from([GAS_LIMIT, 15_000, 9_000, 3_000])), draw(st.sampled_from([1, 1, 2])) * GAS_PRICE
    givers = draw(st.lists(GIVERS, min_size=1, max_size=2, unique_by=lambda key: key.address))
    signers = [CHECKED.signer(key, ahead=draw(st.sampled_from([0, 0, 0, 1]))) for key in givers]
    taker, amount = draw(GIVERS).address, draw(st.sampled_from(AMOUNTS))
    messages: list[Record] = [send(key.address, taker, amount) for key in givers]
    if draw(st.integers(0, 9)) == 0:
        messages.append(MsgMultiSend())
    return transaction(CHECKED.chain_id, signers, *messages, gas=gas, price=price)


@given(st.lists(waiting(), max_size=12))
def test_a_node_that_checked_and_one_that_did_not_agree(txs: list[bytes]) -> None:
    for tx in txs:
        CHECKED.machine.check_tx(tx)
    block = CHECKED.next_block()
    chosen = tuple(CHECKED.machine.prepare_proposal(txs, block, MAX_BLOCK_BYTES))
    assert list(chosen) == UNCHECKED.machine.prepare_proposal(txs, block, MAX_BLOCK_BYTES)
    for decided in (chosen, tuple(txs)):
        assert CHECKED.machine.process_proposal(decided, block) == UNCHECKED.machine.process_proposal(decided, block)
        request = BlockRequest(block=block, txs=decided)
        assert CHECKED.machine.finalize_block(request) == UNCHECKED.machine.finalize_block(request)
