import pytest

from qos.machine.abci import Ahead
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.proposal import MAX_BLOCK_BYTES
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, aqos, send, transaction

GIFT = send(ALICE.address, BOB.address, 5)
HALF = MAX_BLOCK_GAS // 2


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain(genesis_document(gas_price=0))


def proposed(chain: VirtualChain, *txs: bytes, max_bytes: int = MAX_BLOCK_BYTES) -> list[bytes]:
    return chain.machine.prepare_proposal(list(txs), chain.next_block(), max_bytes)


def test_a_block_holds_its_gas_and_not_one_more(chain: VirtualChain) -> None:
    first = chain.tx(ALICE, GIFT, gas=HALF, price=0)
    second = chain.tx(BOB, send(BOB.address, BOB.address, 1), gas=HALF, price=0)
    third = chain.tx(CAROL, send(CAROL.address, BOB.address, 1), gas=22_000, price=0)
    assert proposed(chain, first, second, third) == [first, second]
    assert chain.machine.process_proposal((first, second), chain.next_block()) == ""
    assert "gas" in chain.machine.process_proposal((first, second, third), chain.next_block())


def test_a_block_holds_its_bytes_and_not_one_more(chain: VirtualChain) -> None:
    first, second = chain.tx(ALICE, GIFT, price=0), chain.tx(ALICE, GIFT, price=0, ahead=1)
    room = len(first) + len(second) + 2 * 3
    assert proposed(chain, first, second, max_bytes=room) == [first, second]
    assert proposed(chain, first, second, max_bytes=room - 1) == [first]


def test_a_block_above_its_bytes_is_refused(chain: VirtualChain) -> None:
    assert "bytes" in chain.machine.process_proposal((b"x" * MAX_BLOCK_BYTES,), chain.next_block())


def test_the_refusal_says_which_transaction_and_why(chain: VirtualChain) -> None:
    tx = chain.tx(ALICE, GIFT, price=0)
    refusal = chain.machine.process_proposal((tx, tx), chain.next_block())
    assert "transaction 1" in refusal
    assert "expected 1, got 0" in refusal


def test_proposals_leave_check_and_state_alone(chain: VirtualChain) -> None:
    tx = chain.tx(ALICE, GIFT, price=0)
    for _ in range(2):
        assert proposed(chain, tx) == [tx]
        assert chain.machine.process_proposal((tx,), chain.next_block()) == ""
    assert chain.machine.check_tx(tx).code == 0
    assert chain.balance(ALICE.address) == FUNDS


def test_a_check_believes_what_it_is_told_waits_and_remembers_nothing() -> None:
    chain = VirtualChain()
    behind_two = Ahead(counts=((ALICE.address, 2),))
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, ahead=2), place=lambda _: behind_two).code == 0
    for ahead, code in ((2, 32), (1, 32), (0, 0), (0, 0)):
        assert chain.machine.check_tx(chain.tx(ALICE, GIFT, ahead=ahead)).code == code
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT), place=lambda _: behind_two).code == 32
    assert chain.balance(ALICE.address) == FUNDS


def test_waiting_transactions_may_not_promise_the_same_coins_twice_as_fees() -> None:
    chain = VirtualChain()
    dear = FUNDS // 200_000
    half, all_of_it = (Ahead(promised=part * dear * GAS_LIMIT) for part in (1, 2))
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, price=dear), place=lambda _: half).code == 0
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, price=dear), place=lambda _: all_of_it).code == 5


def test_what_is_promised_costs_the_transaction_no_gas() -> None:
    chain = VirtualChain()
    tx = chain.tx(ALICE, GIFT)
    alone, behind = chain.machine.check_tx(tx), chain.machine.check_tx(tx, place=lambda _: Ahead(promised=5))
    assert alone == behind


def test_the_dearest_come_first_and_each_sender_keeps_its_order() -> None:
    chain = VirtualChain()
    slow, fast = (chain.tx(ALICE, GIFT, ahead=ahead, price=GAS_PRICE + ahead * 100) for ahead in (0, 1))
    middle = chain.tx(BOB, send(BOB.address, BOB.address, 1), price=GAS_PRICE + 50)
    late = chain.tx(CAROL, send(CAROL.address, BOB.address, 1), price=GAS_PRICE)
    assert proposed(chain, late, fast, slow, middle) == [middle, late, slow, fast]


def test_of_two_with_one_sequence_the_dearer_is_taken() -> None:
    chain = VirtualChain()
    cheap, dear = (chain.tx(ALICE, GIFT, price=GAS_PRICE + tip) for tip in (1, 2))
    follower = chain.tx(ALICE, GIFT, ahead=1)
    assert proposed(chain, cheap, follower, dear) == [dear, follower]


def test_a_transaction_of_several_signers_waits_for_its_turn_in_each_line() -> None:
    chain = VirtualChain()
    joint_message = MsgMultiSend(
        inputs=(Input(address=ALICE.address, coins=aqos(2)),),
        outputs=(Output(address=CAROL.address, coins=aqos(2)),),
    )
    signers = (chain.signer(ALICE, ahead=1), chain.signer(BOB, ahead=1))
    joint = transaction(
        chain.chain_id, signers, joint_message, send(BOB.address, CAROL.address, 1), price=GAS_PRICE * 9
    )
    first, second = chain.tx(ALICE, GIFT), chain.tx(BOB, send(BOB.address, CAROL.address, 1), price=GAS_PRICE * 2)
    last = chain.tx(BOB, send(BOB.address, CAROL.address, 1), ahead=2, price=GAS_PRICE * 3)
    assert proposed(chain, last, joint, first, second) == [second, first, joint, last]


def test_what_offers_less_than_gas_costs_is_left_out_with_what_follows_it() -> None:
    chain = VirtualChain()
    cheap = chain.tx(ALICE, GIFT, price=GAS_PRICE - 1)
    dear = chain.tx(ALICE, GIFT, ahead=1, price=GAS_PRICE * 5)
    other = chain.tx(BOB, send(BOB.address, BOB.address, 1))
    assert proposed(chain, cheap, dear, other) == [other]
