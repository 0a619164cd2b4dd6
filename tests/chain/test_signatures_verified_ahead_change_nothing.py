"""A block gives the same results whatever a second thread verified of it before the machine came there."""

from collections.abc import Callable, Iterator

import pytest

from qos.base.errors import InvariantBroken
from qos.chains.public import PUBLIC
from qos.machine import errors
from qos.machine.abci import BlockResult
from qos.machine.admission import Admission
from qos.machine.signatures_ahead import FEWEST, Spare
from qos.node.spare_thread import spare_thread
from qos.testing.chain import BOB, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import Key, key_of, send

PEOPLE = tuple(key_of(f"signer{number}") for number in range(FEWEST + 4))
STRANGER = key_of("stranger")
GENESIS = genesis_document(funds={key.address: FUNDS for key in (BOB, *PEOPLE)})


def gift(chain: VirtualChain, key: Key, *, ahead: int = 0) -> bytes:
    return chain.tx(key, send(key.address, BOB.address, 5), ahead=ahead)


def block(chain: VirtualChain) -> tuple[bytes, ...]:
    """Return good transactions, some by a second time their signers, and bad ones of all kinds between them."""
    good = [gift(chain, key) for key in PEOPLE]
    forged = good[3][:-1] + bytes((good[3][-1] ^ 1,))
    bad = [forged, gift(chain, STRANGER), b"no transaction", gift(chain, PEOPLE[5], ahead=7)]
    return (*good[:3], *bad, *good[3:], gift(chain, PEOPLE[0], ahead=1))


def result_with(spare: Spare | None) -> tuple[BlockResult, bytes]:
    chain = VirtualChain(GENESIS, spare=spare)
    return chain.run_block(*block(chain)), chain.app_hash


def at_once(work: Callable[[], None]) -> Callable[[], None]:
    work()
    return lambda: None


def too_late(work: Callable[[], None]) -> Callable[[], None]:
    return work


@pytest.fixture
def thread() -> Iterator[Spare]:
    with spare_thread() as spare:
        yield spare


def test_results_and_app_hash_are_those_of_one_thread(thread: Spare) -> None:
    alone = result_with(None)
    codes = [each.code for each in alone[0].tx_results]
    assert codes.count(0) == len(PEOPLE) + 1
    assert codes[3] == errors.Unauthorized("").number
    assert all(codes[3:7])
    for spare in (at_once, too_late, thread):
        assert result_with(spare) == alone


def test_all_that_can_be_verified_is_verified_once() -> None:
    chain = VirtualChain(GENESIS)
    admission, ctx, txs = Admission(PUBLIC), chain.scratch(), block(chain)
    claims = admission.claims(ctx, txs)
    assert len(claims) == len(PEOPLE) + 3  # neither the stranger's nor what is no transaction
    forged = claims.pop(3)
    with pytest.raises(errors.Unauthorized):
        admission.verify(forged)
    for claim in claims:
        admission.verify(claim)
    assert [claim.tx.hash for claim in admission.claims(ctx, txs)] == [forged.tx.hash]


def test_checked_transactions_and_few_ones_wake_nobody_up() -> None:
    begun: list[Callable[[], None]] = []

    def counting(work: Callable[[], None]) -> Callable[[], None]:
        begun.append(work)
        return at_once(work)

    chain = VirtualChain(GENESIS, spare=counting)
    chain.run_block(*[gift(chain, key) for key in PEOPLE[: FEWEST - 1]])
    txs = [gift(chain, key) for key in PEOPLE]
    assert not any(chain.machine.check_tx(tx).code for tx in txs)
    chain.run_block(*txs)
    assert not begun
    chain.run_block(*[gift(chain, key) for key in PEOPLE])
    assert len(begun) == 1


def test_what_ends_the_other_thread_ends_the_machine() -> None:
    def broken(work: Callable[[], None]) -> Callable[[], None]:
        def wait() -> None:
            raise InvariantBroken("the thread ended")

        return wait

    chain = VirtualChain(GENESIS, spare=broken)
    before = chain.app_hash
    with pytest.raises(InvariantBroken):
        chain.run_block(*[gift(chain, key) for key in PEOPLE])
    assert chain.app_hash == before
