from collections.abc import Callable

import pytest

from qos.base.amounts import MAX_AMOUNT
from qos.base.errors import InvariantBroken, RuleViolation
from qos.base.identifiers import BASE_DENOM, Address, module_address
from qos.machine.context import Context, ReadContext
from qos.machine.errors import InsufficientFunds, InvalidCoins
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank import errors, genesis, operations
from qos.modules.assets.bank.state import ASSETS, BALANCES, FROZEN, FROZEN_HOLDERS, METADATA, NEXT_ID, PAUSED, SUPPLY
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.testing.chain import ALICE, BOB, VirtualChain
from qos.testing.transactions import aqos

TOKEN = "qsc/ABC"
NEWCOMER = Address(b"n" * 20)
WORLD = VirtualChain()


def coin(amount: int, denom: str = TOKEN) -> Coin:
    return Coin(denom=denom, amount=amount)


@pytest.fixture
def ctx() -> Context:
    """Return a state in which Alice holds 100 of a token that Bob issues."""
    made = WORLD.scratch()
    operations.create_asset(made, Metadata(base=TOKEN, symbol="ABC"), BOB.address)
    operations.mint(made, ALICE.address, coin(100))
    return made


def holds(ctx: Context, address: Address) -> int:
    return operations.balance(ctx, address, TOKEN)


def check_invariants(ctx: Context) -> None:
    reading = ReadContext(ctx.state, ctx.block)
    for invariant in genesis.INVARIANTS:
        invariant(reading)


def changes_of(ctx: Context, act: Callable[[], object], error: type[Exception]) -> object:
    """Return what a refused act changed before it was refused."""
    before = {store: dict(table) for store, table in ctx.state.writes.items()}
    with pytest.raises(error):
        act()
    return {
        (store, key)
        for store, table in ctx.state.writes.items()
        for key, value in table.items()
        if before.get(store, {}).get(key, b"") != value
    }


def test_what_one_gives_the_other_gets(ctx: Context) -> None:
    operations.send(ctx, ALICE.address, BOB.address, (coin(30),))
    assert (holds(ctx, ALICE.address), holds(ctx, BOB.address)) == (70, 30)
    check_invariants(ctx)


def test_sending_all_leaves_no_record_of_a_balance(ctx: Context) -> None:
    operations.send(ctx, ALICE.address, BOB.address, (coin(100),))
    assert not BALANCES.has(ctx, (ALICE.address, TOKEN))
    check_invariants(ctx)


def test_sending_to_oneself_keeps_the_balance(ctx: Context) -> None:
    operations.send(ctx, ALICE.address, ALICE.address, (coin(100),))
    assert holds(ctx, ALICE.address) == 100
    with pytest.raises(InsufficientFunds):
        operations.send(ctx, ALICE.address, ALICE.address, (coin(101),))


def test_a_transfer_is_reported_once_with_both_sides_and_all_amounts(ctx: Context) -> None:
    operations.send(ctx, ALICE.address, BOB.address, (*aqos(5), coin(7)))
    assert len(ctx.events) == 1
    shown = {each.key: (each.value, each.index) for each in ctx.events[0].attributes}
    assert shown["amount"] == ("5aqos,7qsc/ABC", False)
    assert shown["sender"][1]
    assert shown["recipient"][1]


@pytest.mark.parametrize(
    "coins",
    [
        (),
        (coin(0),),
        (coin(-1),),
        (coin(1), coin(1)),
        (coin(1), *aqos(1)),
        (coin(1, "x"),),
        (coin(1, "a b c"),),
        (coin(1, "a" * 129),),
        (coin(1, "äöü"),),
    ],
    ids=["none", "zero", "negative", "twice", "unsorted", "short", "spaced", "long", "foreign letters"],
)
def test_amounts_that_are_none_are_refused(ctx: Context, coins: tuple[Coin, ...]) -> None:
    assert changes_of(ctx, lambda: operations.send(ctx, ALICE.address, BOB.address, coins), InvalidCoins) == set()


def test_more_than_is_there_is_refused_and_nothing_of_it_is_given(ctx: Context) -> None:
    more = (coin(101),)
    assert changes_of(ctx, lambda: operations.send(ctx, ALICE.address, BOB.address, more), InsufficientFunds) == set()


def test_an_asset_nobody_created_cannot_be_sent_or_minted(ctx: Context) -> None:
    with pytest.raises(InsufficientFunds):
        operations.send(ctx, ALICE.address, BOB.address, (coin(1, "qsc/NONE"),))
    with pytest.raises(errors.UnknownAsset):
        operations.mint(ctx, ALICE.address, coin(1, "qsc/NONE"))


@pytest.mark.parametrize("recipient", [COLLECTOR, module_address("escrow")])
def test_a_module_account_takes_no_deposit_from_outside(ctx: Context, recipient: Address) -> None:
    accounts.ensure_module_account(ctx, "escrow")
    with pytest.raises(errors.RecipientNotAllowed):
        operations.send(ctx, ALICE.address, recipient, (coin(1),))
    operations.move(ctx, ALICE.address, recipient, coin(1))
    assert holds(ctx, recipient) == 1


def test_a_paused_asset_does_not_leave_and_others_do(ctx: Context) -> None:
    operations.set_paused(ctx, TOKEN, paused=True)
    doors: list[Callable[[], object]] = [
        lambda: operations.send(ctx, ALICE.address, BOB.address, (coin(1),)),
        lambda: operations.move(ctx, ALICE.address, COLLECTOR, coin(1)),
        lambda: operations.burn(ctx, ALICE.address, coin(1)),
    ]
    for door in doors:
        with pytest.raises(errors.AssetPaused):
            door()
    operations.send(ctx, ALICE.address, BOB.address, aqos(1))
    assert PAUSED.has(ctx, TOKEN)
    check_invariants(ctx)
    operations.set_paused(ctx, TOKEN, paused=False)
    operations.send(ctx, ALICE.address, BOB.address, (coin(1),))
    assert not PAUSED.has(ctx, TOKEN)


def test_pausing_twice_is_pausing_once(ctx: Context) -> None:
    for paused in (True, True, False, False):
        operations.set_paused(ctx, TOKEN, paused=paused)
        check_invariants(ctx)
    with pytest.raises(errors.UnknownAsset):
        operations.set_paused(ctx, "qsc/NONE", paused=True)


def test_the_frozen_part_stays_and_the_rest_may_go(ctx: Context) -> None:
    assert operations.freeze(ctx, ALICE.address, coin(60)) == 60
    assert operations.spendable(ctx, ALICE.address, TOKEN) == 40
    operations.send(ctx, ALICE.address, BOB.address, (coin(40),))
    doors: list[Callable[[], object]] = [
        lambda: operations.send(ctx, ALICE.address, BOB.address, (coin(1),)),
        lambda: operations.burn(ctx, ALICE.address, coin(1)),
    ]
    for door in doors:
        with pytest.raises(InsufficientFunds):
            door()
    check_invariants(ctx)


@pytest.mark.parametrize(("asked", "done"), [(0, 0), (1, 1), (100, 100), (101, 100), (MAX_AMOUNT, 100)])
def test_freezing_takes_what_there_is(ctx: Context, asked: int, done: int) -> None:
    assert operations.freeze(ctx, ALICE.address, coin(asked)) == done
    assert operations.freeze(ctx, ALICE.address, coin(100)) == 100 - done
    assert operations.freeze(ctx, BOB.address, coin(5)) == 0
    check_invariants(ctx)


@pytest.mark.parametrize(("asked", "done"), [(0, 0), (1, 1), (60, 60), (61, 60)])
def test_unfreezing_frees_what_is_frozen(ctx: Context, asked: int, done: int) -> None:
    operations.freeze(ctx, ALICE.address, coin(60))
    assert operations.unfreeze(ctx, ALICE.address, coin(asked)) == done
    assert (FROZEN.get(ctx, (ALICE.address, TOKEN)) or 0) == 60 - done
    check_invariants(ctx)


def test_minting_and_burning_change_the_supply_and_nothing_else_does(ctx: Context) -> None:
    operations.mint(ctx, BOB.address, coin(5))
    assert operations.supply(ctx, TOKEN) == 105
    operations.send(ctx, ALICE.address, BOB.address, (coin(50),))
    assert operations.supply(ctx, TOKEN) == 105
    operations.burn(ctx, BOB.address, coin(55))
    assert operations.supply(ctx, TOKEN) == 50
    check_invariants(ctx)


def test_burning_the_last_unit_leaves_no_record_of_a_supply(ctx: Context) -> None:
    operations.burn(ctx, ALICE.address, coin(100))
    assert SUPPLY.get(ctx, TOKEN) is None
    assert ASSETS.has(ctx, TOKEN)
    check_invariants(ctx)


def test_a_supply_reaches_256_bits_and_no_further(ctx: Context) -> None:
    operations.mint(ctx, BOB.address, coin(MAX_AMOUNT - 100))
    assert changes_of(ctx, lambda: operations.mint(ctx, BOB.address, coin(1)), errors.AmountTooLarge) == set()
    operations.send(ctx, ALICE.address, BOB.address, (coin(100),))
    assert holds(ctx, BOB.address) == MAX_AMOUNT
    with pytest.raises(errors.AmountTooLarge):
        operations.credit(ctx, BOB.address, coin(1))


def test_assets_are_numbered_in_order_of_creation(ctx: Context) -> None:
    made = operations.create_asset(ctx, Metadata(base="qsc/DEF"), ALICE.address)
    assert (made.id, made.issuer, NEXT_ID.get(ctx)) == (2, ALICE.address, 3)
    assert METADATA.get(ctx, "qsc/DEF") == Metadata(base="qsc/DEF")
    check_invariants(ctx)


@pytest.mark.parametrize(
    ("denom", "error"),
    [(TOKEN, errors.AssetExists), ("aqos", errors.AssetExists), ("", InvalidCoins), ("1abc", InvalidCoins)],
)
def test_an_asset_is_created_once_and_with_a_good_name(ctx: Context, denom: str, error: type[RuleViolation]) -> None:
    assert changes_of(ctx, lambda: operations.create_asset(ctx, Metadata(base=denom), ALICE.address), error) == set()


def test_a_newcomer_gets_an_account_with_the_next_number(ctx: Context) -> None:
    operations.send(ctx, ALICE.address, NEWCOMER, (coin(1),))
    first = accounts.find(ctx, NEWCOMER)
    operations.send(ctx, ALICE.address, Address(b"m" * 20), (coin(1),))
    second = accounts.find(ctx, Address(b"m" * 20))
    assert first is not None
    assert second is not None
    assert (first.sequence, first.public_key, second.number) == (0, None, first.number + 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda ctx: BALANCES.set(ctx, (ALICE.address, TOKEN), 99),
        lambda ctx: BALANCES.set(ctx, (NEWCOMER, TOKEN), 1),
        lambda ctx: BALANCES.delete(ctx, (ALICE.address, TOKEN)),
        lambda ctx: SUPPLY.set(ctx, TOKEN, 101),
        lambda ctx: SUPPLY.set(ctx, "qsc/NONE", 1),
        lambda ctx: SUPPLY.delete(ctx, TOKEN),
        lambda ctx: FROZEN.set(ctx, (ALICE.address, TOKEN), 101),
        lambda ctx: FROZEN.set(ctx, (BOB.address, TOKEN), 1),
        lambda ctx: FROZEN.set(ctx, (ALICE.address, TOKEN), 1),
        lambda ctx: FROZEN_HOLDERS.set(ctx, TOKEN, 1),
        lambda ctx: ASSETS.delete(ctx, TOKEN),
        lambda ctx: NEXT_ID.set(ctx, 3),
        lambda ctx: PAUSED.add(ctx, TOKEN),
    ],
)
def test_a_damaged_ledger_is_found_out(ctx: Context, damage: Callable[[Context], None]) -> None:
    check_invariants(ctx)
    damage(ctx)
    with pytest.raises(InvariantBroken):
        check_invariants(ctx)


def test_more_native_coins_than_ever_may_be_are_found_out(ctx: Context) -> None:
    operations.mint(ctx, ALICE.address, aqos(10**28 - operations.supply(ctx, BASE_DENOM))[0])
    check_invariants(ctx)
    operations.mint(ctx, ALICE.address, aqos(1)[0])
    with pytest.raises(InvariantBroken):
        check_invariants(ctx)
