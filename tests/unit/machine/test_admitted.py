"""Admissions that are kept: they hold only where they would come out the same."""

from dataclasses import replace

import pytest

from qos.base.blocktime import SECOND_NS
from qos.machine.abci import Ahead, BlockRequest
from qos.machine.admitted import Admitted, WatchedContext
from qos.machine.gas import GasMeter
from qos.machine.proposal import MAX_BLOCK_BYTES
from qos.modules.assets.bank.state import BALANCES, PAUSED
from qos.modules.economics.fees.state import PRICE
from qos.proto import codec
from qos.proto.records.cosmos_feegrant_v1beta1 import BasicAllowance, MsgGrantAllowance
from qos.store.overlay import Overlay
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, auth_of, body_of, send, signed

FEE = GAS_LIMIT * GAS_PRICE
HELD = BALANCES.raw_key((ALICE.address, "aqos"))
GIFT = send(ALICE.address, BOB.address, 5)
POOR = 5


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain()


def watched(chain: VirtualChain) -> WatchedContext:
    return WatchedContext(Overlay(chain.machine.store.reader()), chain.next_block(), GasMeter(10**6), ())


def admitted_here(ctx: WatchedContext) -> Admitted:
    found = ctx.admitted(())
    assert found is not None
    return found


def codes(chain: VirtualChain, *txs: bytes) -> list[int]:
    return [result.code for result in chain.run_block(*txs).tx_results]


def test_an_admission_stands_until_something_it_read_is_written_or_removed(chain: VirtualChain) -> None:
    ctx = watched(chain)
    ctx.read("bank", HELD)
    ctx.read("bank", b"\x30absent")
    ctx.write("acc", b"\x30own", b"1")
    admitted, block = admitted_here(ctx), chain.next_block()
    state = chain.scratch().state
    state.set("bank", b"\x30else", b"1")
    state.set("acc", HELD, b"1")
    assert admitted.stands(state, block)
    for key in (HELD, b"\x30absent"):
        written, removed = Overlay(state), Overlay(state)
        written.set("bank", key, b"1")
        removed.delete("bank", key)
        assert not any(admitted.stands(above, block) for above in (written, removed, Overlay(written)))


def test_an_admission_stands_for_the_next_block_alone(chain: VirtualChain) -> None:
    admitted = admitted_here(watched(chain))
    block, state = chain.next_block(), chain.scratch().state
    assert admitted.stands(state, replace(block, time_ns=block.time_ns + SECOND_NS))
    assert not admitted.stands(state, replace(block, height=block.height + 1))


def test_what_depends_on_the_block_or_on_a_range_of_keys_is_judged_every_time(chain: VirtualChain) -> None:
    of_time, of_range = watched(chain), watched(chain)
    assert of_time.block.time_ns
    assert list(of_range.scan("bank", b"\x02", b"\x03"))
    assert (of_time.admitted(()), of_range.admitted(())) == (None, None)


def test_a_check_before_the_block_changes_nothing_of_what_the_block_gives() -> None:
    checked, unchecked = VirtualChain(), VirtualChain()
    txs = [checked.tx(key, send(key.address, CAROL.address, 7)) for key in (ALICE, BOB, CAROL)]
    assert [checked.machine.check_tx(tx).code for tx in txs] == [0, 0, 0]
    block = checked.next_block()
    chosen = checked.machine.prepare_proposal(txs, block, MAX_BLOCK_BYTES)
    assert chosen == unchecked.machine.prepare_proposal(txs, block, MAX_BLOCK_BYTES) == txs
    assert checked.machine.process_proposal(tuple(chosen), block) == ""
    assert checked.run_block(*chosen) == unchecked.run_block(*chosen)


def test_who_was_left_poor_by_an_earlier_transaction_of_the_block_is_judged_again(chain: VirtualChain) -> None:
    away = chain.tx(ALICE, send(ALICE.address, BOB.address, FUNDS - 3 * FEE))
    assert codes(chain, away) == [0]
    last, over = chain.tx(ALICE, send(ALICE.address, BOB.address, FEE)), chain.tx(ALICE, GIFT, ahead=1)
    assert chain.machine.check_tx(last).code == 0
    assert chain.machine.check_tx(over, place=lambda _: Ahead(counts=((ALICE.address, 1),))).code == 0
    assert chain.machine.prepare_proposal([last, over], chain.next_block(), MAX_BLOCK_BYTES) == [last, over]
    assert codes(chain, last, over) == [0, POOR]


def test_what_a_hook_of_the_block_wrote_is_seen(chain: VirtualChain) -> None:
    dearer, paused = chain.tx(ALICE, GIFT), chain.tx(BOB, send(BOB.address, ALICE.address, 1))
    assert [chain.machine.check_tx(tx).code for tx in (dearer, paused)] == [0, 0]
    price = PRICE.get(chain.state())
    assert price is not None
    chain.operations.append(lambda ctx: PRICE.set(ctx, replace(price, base_fee=price.base_fee + 1)))
    assert codes(chain, dearer) == [13]
    assert chain.machine.check_tx(paused).code == 0
    chain.operations.append(lambda ctx: PAUSED.add(ctx, "aqos"))
    result = chain.machine.finalize_block(BlockRequest(block=chain.next_block(), txs=(paused,))).tx_results[0]
    assert (result.codespace, result.code) == ("bank", 2)


def test_an_admission_is_forgotten_with_the_state_it_stood_on(chain: VirtualChain) -> None:
    first, second = (chain.tx(ALICE, GIFT, price=price) for price in (GAS_PRICE, 2 * GAS_PRICE))
    assert [chain.machine.check_tx(tx).code for tx in (first, second)] == [0, 0]
    assert codes(chain, first) == [0]
    assert chain.machine.prepare_proposal([second], chain.next_block(), MAX_BLOCK_BYTES) == []
    assert codes(chain, second) == [32]


def test_a_grant_that_ends_between_check_and_block_pays_no_more(chain: VirtualChain) -> None:
    soon = chain.next_block().time_ns + SECOND_NS
    allowance = codec.pack(BasicAllowance(expiration=soon))
    grant = MsgGrantAllowance(granter=BOB.address, grantee=ALICE.address, allowance=allowance)
    assert codes(chain, chain.tx(BOB, grant)) == [0]
    signers = (chain.signer(ALICE),)
    auth = auth_of(signers)
    assert auth.fee is not None
    auth = replace(auth, fee=replace(auth.fee, granter=BOB.address))
    tx = codec.encode(signed(chain.chain_id, body_of(GIFT), auth, signers))
    assert chain.machine.check_tx(tx).code == 0
    assert chain.machine.prepare_proposal([tx], chain.next_block(), MAX_BLOCK_BYTES) == []
    assert codes(chain, tx) != [0]
