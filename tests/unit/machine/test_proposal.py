import pytest

from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.proposal import MAX_BLOCK_BYTES
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import send

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


def test_checks_see_what_waits_and_forget_it_at_the_commit() -> None:
    chain = VirtualChain()
    for ahead in range(3):
        assert chain.machine.check_tx(chain.tx(ALICE, GIFT, ahead=ahead)).code == 0
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, ahead=4)).code == 32
    chain.run_block()
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, ahead=3)).code == 32
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT), recheck=True).code == 0
    assert chain.balance(ALICE.address) == FUNDS


def test_waiting_transactions_may_not_promise_the_same_coins_twice_as_fees() -> None:
    chain = VirtualChain()
    dear = FUNDS // 200_000
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, price=dear)).code == 0
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, price=dear, ahead=1)).code == 0
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT, ahead=2)).code == 5
