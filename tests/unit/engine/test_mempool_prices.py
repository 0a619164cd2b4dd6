"""[F2] What waits is ordered by price, replaced for a tenth more, evicted from the cheap end, rechecked when spoilt."""

from dataclasses import replace

import pytest

from qos.engine.mempool import Mempool, MempoolLimits
from qos.machine.abci import CheckResult, Place, first_place
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.errors import InsufficientFee, InsufficientFunds, MempoolFull, WrongSequence
from qos.modules.assets.feegrant import operations as feegrant
from qos.proto import codec
from qos.proto.records.cosmos_feegrant_v1beta1 import BasicAllowance, MsgGrantAllowance
from qos.testing.chain import ALICE, BOB, CAROL, DAVE, FUNDS, PEOPLE, PUBLIC_FEES, genesis_document
from qos.testing.kvstore import KeyValueStore
from qos.testing.mempool_world import MempoolWorld
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, Key, auth_of, body_of, key_of, send, signed, transaction

FULL, CHEAP = MempoolFull.code.number, InsufficientFee.code.number
DOUBLE = 2 * GAS_PRICE


@pytest.fixture
def world() -> MempoolWorld:
    return MempoolWorld()


def waiting(world: MempoolWorld) -> set[bytes]:
    return set(world.mempool.waiting(10_000))


def test_a_sender_may_have_sixteen_waiting_and_the_refused_one_leaves_no_trace(world: MempoolWorld) -> None:
    assert [world.submit(ALICE, ahead=ahead).code for ahead in range(17)] == [0] * 16 + [FULL]
    assert world.submit(BOB).code == 0
    world.block()
    assert len(world.mempool) == 0
    assert world.chain.signer(ALICE).sequence == 16
    assert world.submit(ALICE).code == 0


def test_sequences_have_no_gap(world: MempoolWorld) -> None:
    assert world.submit(ALICE, ahead=1).code == WrongSequence.code.number
    assert world.submit(ALICE).code == 0
    assert world.submit(ALICE, ahead=2).code == WrongSequence.code.number
    assert world.submit(ALICE, ahead=1).code == 0


@pytest.mark.parametrize(("price", "code"), [(11 * 10**9 - 1, CHEAP), (11 * 10**9, 0)])
def test_a_replacement_pays_a_tenth_more(world: MempoolWorld, price: int, code: int) -> None:
    old, new = world.tx(ALICE), world.tx(ALICE, price=price)
    assert world.mempool.submit(old).code == 0
    assert world.submit(ALICE, ahead=1).code == 0
    result = world.mempool.submit(new)
    assert result.code == code
    assert (new in waiting(world)) == (code == 0)
    assert (old in waiting(world)) == (code != 0)
    assert len(world.mempool) == 2
    if code:
        assert f"at least {11 * 10**9}, that is {11 * 10**9 * GAS_LIMIT}" in result.log
    assert [each.code for each in world.block().tx_results] == [0, 0]


def test_where_gas_is_free_a_replacement_offers_something() -> None:
    world = MempoolWorld(genesis_document(gas_price=0))
    assert world.submit(ALICE, price=0).code == 0
    assert world.mempool.submit(world.tx(ALICE, send(ALICE.address, BOB.address, 2), price=0)).code == CHEAP
    assert world.mempool.submit(world.tx(ALICE, send(ALICE.address, BOB.address, 2), price=1)).code == 0


def test_a_bad_replacement_leaves_the_replaced_waiting(world: MempoolWorld) -> None:
    old = world.tx(ALICE)
    world.mempool.submit(old)
    forged = transaction("other-1", (world.chain.signer(ALICE),), send(ALICE.address, BOB.address, 9), price=DOUBLE)
    assert world.mempool.submit(forged).code == 4
    assert waiting(world) == {old}


def test_a_replacement_may_cost_all_its_payer_has_beside_what_else_waits(world: MempoolWorld) -> None:
    most = FUNDS // GAS_LIMIT
    assert world.submit(ALICE, price=most // 2).code == 0
    assert world.submit(ALICE, price=most + 1).code == InsufficientFunds.code.number
    assert world.submit(ALICE, price=most).code == 0
    assert world.submit(ALICE, ahead=1).code == InsufficientFunds.code.number


def test_a_full_mempool_gives_its_cheapest_end_for_a_dearer_one() -> None:
    world = MempoolWorld(transactions=3)
    first, second = world.tx(ALICE, price=3 * GAS_PRICE), world.tx(ALICE, ahead=1, price=DOUBLE)
    third = world.tx(BOB, price=DOUBLE + 1)
    for tx in (first, second, third):
        assert world.mempool.submit(tx).code == 0
    refused = world.submit(CAROL, price=DOUBLE)
    assert refused.code == FULL
    assert f"offer more than {DOUBLE}" in refused.log
    dearer = world.tx(CAROL, price=DOUBLE + 1)
    assert world.mempool.submit(dearer).code == 0
    assert waiting(world) == {first, third, dearer}


def test_what_follows_a_cheap_one_is_worth_no_more_than_it() -> None:
    world = MempoolWorld(transactions=3)
    cheap, dear, other = world.tx(ALICE), world.tx(ALICE, ahead=1, price=9 * GAS_PRICE), world.tx(BOB, price=DOUBLE)
    for tx in (cheap, dear, other):
        assert world.mempool.submit(tx).code == 0
    assert world.submit(ALICE, ahead=2, price=99 * GAS_PRICE).code == FULL
    fresh = world.tx(CAROL, price=GAS_PRICE + 1)
    assert world.mempool.submit(fresh).code == 0
    assert waiting(world) == {cheap, other, fresh}


def test_a_replacement_takes_no_place_of_its_own_in_a_full_mempool() -> None:
    world = MempoolWorld(transactions=1)
    assert world.submit(ALICE).code == 0
    assert world.submit(ALICE, price=DOUBLE).code == 0
    assert len(world.mempool) == 1


def test_bytes_are_freed_by_as_many_as_it_takes() -> None:
    world = MempoolWorld(genesis_document(gas_price=1))
    small = [world.tx(key, price=2 + place) for place, key in enumerate((ALICE, BOB, CAROL))]
    world = MempoolWorld(genesis_document(gas_price=1), size_bytes=sum(map(len, small)))
    for tx in small:
        assert world.mempool.submit(tx).code == 0
    bigger = world.tx(DAVE, *(send(DAVE.address, DAVE.address, 1),) * 2, price=9)
    assert len(small[0]) < len(bigger) <= len(small[0]) + len(small[1])
    assert world.mempool.submit(bigger).code == 0
    assert waiting(world) == {small[2], bigger}
    huge = world.tx(DAVE, *(send(DAVE.address, DAVE.address, 1),) * 9, price=99, ahead=1)
    assert world.mempool.submit(huge).code == FULL
    assert waiting(world) == {small[2], bigger}


def test_what_a_block_spoilt_is_dropped_with_all_that_follows(world: MempoolWorld) -> None:
    for ahead in range(3):
        world.submit(ALICE, ahead=ahead)
    other = world.tx(BOB)
    world.mempool.submit(other)
    world.foreign_block(world.tx(ALICE, send(ALICE.address, CAROL.address, 5)))
    assert waiting(world) == {other}


def test_what_follows_a_committed_one_goes_on_waiting(world: MempoolWorld) -> None:
    txs = [world.tx(ALICE, ahead=ahead) for ahead in range(3)]
    for tx in txs:
        world.mempool.submit(tx)
    world.block(max_bytes=len(txs[0]) + 5)
    assert waiting(world) == set(txs[1:])
    assert world.submit(ALICE, ahead=2).code == 0


def test_a_payer_who_spent_his_coins_elsewhere_keeps_what_he_can_pay(world: MempoolWorld) -> None:
    fee = GAS_LIMIT * GAS_PRICE
    first = world.tx(ALICE, send(ALICE.address, BOB.address, FUNDS - 2 * fee))
    second, third = world.tx(ALICE, ahead=1), world.tx(ALICE, ahead=2)
    for tx in (first, second, third):
        assert world.mempool.submit(tx).code == 0
    world.block(max_bytes=len(first) + 5)
    assert waiting(world) == {second}


def test_a_timeout_height_that_passed_is_dropped(world: MempoolWorld) -> None:
    signers = (world.chain.signer(ALICE),)
    height = world.chain.height + 1
    short, after = (
        codec.encode(signed(world.chain.chain_id, body_of(send(ALICE.address, BOB.address, 1), timeout_height=end),
                            auth_of(each), each))
        for end, each in ((height, signers), (0, (world.chain.signer(ALICE, ahead=1),)))
    )  # fmt: skip
    other = world.tx(BOB)
    for tx in (short, after, other):
        assert world.mempool.submit(tx).code == 0
    world.foreign_block()
    assert waiting(world) == {other}


def test_what_became_too_cheap_waits_for_the_price_to_fall() -> None:
    world = MempoolWorld(genesis_document(fee_params=PUBLIC_FEES))
    half = MAX_BLOCK_GAS // 2
    for key in (ALICE, BOB):
        world.submit(key, gas=half, price=DOUBLE)
    patient = world.tx(CAROL)
    assert world.mempool.submit(patient).code == 0
    world.block()
    assert waiting(world) == {patient}
    assert world.mempool.candidates() == []
    assert not world.mempool.has_candidates()
    assert world.submit(DAVE).code == CHEAP
    world.block()
    assert world.mempool.has_candidates()
    world.block()
    assert len(world.mempool) == 0
    assert world.chain.signer(CAROL).sequence == 1


def test_what_a_block_had_room_for_and_left_out_is_checked_again() -> None:
    """Somebody else's transaction may spoil one, as an issuer freezing or a granter ending a grant does."""
    world = MempoolWorld()
    new = key_of("new here")
    grant = MsgGrantAllowance(granter=ALICE.address, grantee=new.address, allowance=codec.pack(BasicAllowance()))
    world.foreign_block(world.tx(ALICE, grant))
    assert world.mempool.submit(granted(world, new)).code == 0
    world.chain.operations.append(lambda ctx: feegrant.revoke(ctx, ALICE.address, new.address))
    world.foreign_block()
    assert len(world.mempool) == 0


def granted(world: MempoolWorld, key: Key) -> bytes:
    signers = (world.chain.signer(key),)
    auth = auth_of(signers)
    assert auth.fee is not None
    fee = replace(auth.fee, granter=ALICE.address)
    message = MsgGrantAllowance(granter=key.address, grantee=BOB.address, allowance=codec.pack(BasicAllowance()))
    return codec.encode(signed(world.chain.chain_id, body_of(message), replace(auth, fee=fee), signers))


class CountingStore(KeyValueStore):
    """Notes what it is asked to check again."""

    def __init__(self) -> None:
        super().__init__()
        self.rechecked: list[bytes] = []

    def check_tx(self, tx: bytes, *, recheck: bool = False, place: Place = first_place) -> CheckResult:
        if recheck:
            self.rechecked.append(tx)
        return super().check_tx(tx, recheck=recheck, place=place)


def test_only_what_a_block_may_have_spoilt_is_checked_again() -> None:
    store = CountingStore()
    mempool = Mempool(store, MempoolLimits())
    first, second, other = b"from:bob:a=1", b"from:bob:b=1", b"from:eve:c=1"
    for tx in (first, second, other):
        mempool.submit(tx)
    mempool.committed((), 1)
    assert store.rechecked == []
    mempool.committed((first,), 2)
    assert store.rechecked == [second]
    mempool.committed((), 3, mempool.candidates())
    assert store.rechecked == [second, second, other]
    mempool.committed((b"from:dan:d=1",), 4)
    assert store.rechecked[3:] == [second, other]


def test_a_granter_promises_no_more_than_he_has() -> None:
    fee = GAS_LIMIT * GAS_PRICE
    funds = {ALICE.address: 4 * fee} | {key.address: FUNDS for key in PEOPLE[1:]}
    world = MempoolWorld(genesis_document(funds=funds))
    people = [key_of(f"new {number}") for number in range(5)]
    grants = [
        MsgGrantAllowance(granter=ALICE.address, grantee=each.address, allowance=codec.pack(BasicAllowance()))
        for each in people
    ]
    world.foreign_block(world.tx(ALICE, *grants[:5], gas=2 * GAS_LIMIT, price=GAS_PRICE))
    codes = [world.mempool.submit(granted(world, each)).code for each in people]
    assert codes == [0, 0] + [InsufficientFunds.code.number] * 3
    assert [each.code for each in world.block().tx_results] == [0, 0]


def test_a_transaction_of_two_signers_stands_in_both_lines(world: MempoolWorld) -> None:
    joint = transaction(
        world.chain.chain_id,
        (world.chain.signer(ALICE, ahead=1), world.chain.signer(BOB)),
        send(ALICE.address, CAROL.address, 1),
        send(BOB.address, CAROL.address, 1),
    )
    assert world.mempool.submit(joint).code == WrongSequence.code.number
    assert world.submit(ALICE).code == 0
    assert world.mempool.submit(joint).code == 0
    assert world.submit(BOB, price=DOUBLE).code == WrongSequence.code.number  # replaces only what the same people sign
    assert world.submit(BOB, ahead=1).code == 0
    assert [each.code for each in world.block().tx_results] == [0, 0, 0]


def test_checking_alone_lets_nothing_wait(world: MempoolWorld) -> None:
    world.submit(ALICE)
    assert world.mempool.check(world.tx(ALICE, ahead=1)).code == 0
    assert world.mempool.check(world.tx(ALICE, ahead=2)).code == WrongSequence.code.number
    assert len(world.mempool) == 1
