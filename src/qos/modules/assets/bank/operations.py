"""What other modules may do with the ledger. Amounts are positive unless said otherwise."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from qos.base.amounts import MAX_AMOUNT
from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address, format_address, is_denom
from qos.machine.context import Context
from qos.machine.errors import InsufficientFunds, InvalidCoins
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank.errors import AmountTooLarge, AssetExists, AssetPaused, RecipientNotAllowed, UnknownAsset
from qos.modules.assets.bank.state import (
    ASSETS,
    BALANCES,
    FROZEN,
    FROZEN_HOLDERS,
    METADATA,
    NEXT_ID,
    PAUSED,
    SUPPLY,
)
from qos.proto.records.cosmos_auth_v1beta1 import ModuleAccount
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_bank_v1 import Asset
from qos.store.access import Reads

ValueFee = Callable[[Context, tuple[Coin, ...]], Coin | None]
"""Tells what a transfer of coins costs its sender beside the fee; it must be in an asset of the coins."""

VALUE_FEE: Final = "value_fee"
"""Attribute of the transfer event."""


def no_value_fee(ctx: Context, coins: tuple[Coin, ...]) -> None:
    """Ask nothing for a transfer."""
    del ctx, coins


def balance(ctx: Reads, address: Address, denom: str) -> int:
    """Return what an account holds of an asset."""
    return BALANCES.get(ctx, (address, denom)) or 0


def spendable(ctx: Reads, address: Address, denom: str) -> int:
    """Return what may leave an account: balance less the frozen part."""
    return balance(ctx, address, denom) - frozen(ctx, address, denom)


def frozen(ctx: Reads, address: Address, denom: str) -> int:
    """Return how much of an account's holding is frozen."""
    return (FROZEN.get(ctx, (address, denom)) or 0) if FROZEN_HOLDERS.has(ctx, denom) else 0


def set_frozen(ctx: Context, address: Address, denom: str, amount: int) -> None:
    """Record how much of an account's holding is frozen; the count of such accounts follows."""
    before = FROZEN.has(ctx, (address, denom))
    holders = (FROZEN_HOLDERS.get(ctx, denom) or 0) + (amount > 0) - before
    if amount:
        FROZEN.set(ctx, (address, denom), amount)
    elif before:
        FROZEN.delete(ctx, (address, denom))
    if holders:
        FROZEN_HOLDERS.set(ctx, denom, holders)
    elif before:
        FROZEN_HOLDERS.delete(ctx, denom)


def supply(ctx: Reads, denom: str) -> int:
    """Return how much there is of an asset."""
    return SUPPLY.get(ctx, denom) or 0


def check_coins(coins: tuple[Coin, ...]) -> None:
    """Refuse a list that is empty, unsorted, repeats an asset or holds nothing of one. Raises: InvalidCoins."""
    if not coins:
        raise InvalidCoins("no amount is given: invalid coins")
    for coin in coins:
        if coin.amount <= 0 or not is_denom(coin.denom):
            raise InvalidCoins(f"{coin.amount}{coin.denom[:128]} is no positive amount of an asset: invalid coins")
    if any(left.denom >= right.denom for left, right in pairwise(coins)):
        raise InvalidCoins("amounts must be sorted by asset, each asset once: invalid coins")


def send(
    ctx: Context, sender: Address, recipient: Address, coins: tuple[Coin, ...], value_fee: ValueFee = no_value_fee
) -> None:
    """Move assets between accounts of people and report it; the sender pays the value fee beside.

    Raises: InvalidCoins, RecipientNotAllowed, AssetPaused, InsufficientFunds, AmountTooLarge.
    """
    check_coins(coins)
    receive_from_outside(ctx, recipient)
    due = debit_with_fee(ctx, sender, coins, value_fee)
    for coin in coins:
        credit(ctx, recipient, coin)
    emit_transfer(ctx, sender, recipient, coins, due)


def debit_with_fee(ctx: Context, sender: Address, coins: tuple[Coin, ...], value_fee: ValueFee) -> Coin | None:
    """Take what is sent, and the value fee for it, which the block's end collects; returns that fee.

    Raises: AssetPaused, InsufficientFunds.
    """
    due = value_fee(ctx, coins)
    for coin in coins:
        more = due.amount if due is not None and due.denom == coin.denom else 0
        debit(ctx, sender, Coin(denom=coin.denom, amount=coin.amount + more) if more else coin)
    if due is not None:
        ctx.dues.append(due)
    return due


def receive_from_outside(ctx: Context, recipient: Address) -> None:
    """Make sure an address may receive, creating its account. Raises: RecipientNotAllowed (L3)."""
    if accounts.ensure(ctx, recipient) is ModuleAccount:
        raise RecipientNotAllowed(format_address(recipient))


def move(ctx: Context, giver: Address, taker: Address, coin: Coin) -> None:
    """Move an asset to or from a module account. Raises: AssetPaused, InsufficientFunds, AmountTooLarge."""
    debit(ctx, giver, coin)
    credit(ctx, taker, coin)


def debit(ctx: Context, address: Address, coin: Coin) -> None:
    """Take from an account, the frozen part excepted. Raises: AssetPaused, InsufficientFunds."""
    held = balance(ctx, address, coin.denom)
    free = held - frozen(ctx, address, coin.denom)
    if free < coin.amount:
        raise InsufficientFunds(
            f"spendable balance {free}{coin.denom} is smaller than {coin.amount}{coin.denom}: insufficient funds",
        )
    if PAUSED.has(ctx, coin.denom):
        raise AssetPaused(coin.denom)
    _set_balance(ctx, address, coin.denom, held - coin.amount)


def credit(ctx: Context, address: Address, coin: Coin) -> None:
    """Give to an account what was debited or minted elsewhere. Raises: AmountTooLarge."""
    held = balance(ctx, address, coin.denom) + coin.amount
    if held > MAX_AMOUNT:
        raise AmountTooLarge(f"balance of {coin.denom} would exceed 256 bits")
    _set_balance(ctx, address, coin.denom, held)


def _set_balance(ctx: Context, address: Address, denom: str, amount: int) -> None:
    if amount:
        BALANCES.set(ctx, (address, denom), amount)
    else:
        BALANCES.delete(ctx, (address, denom))


def create_asset(ctx: Context, metadata: Metadata, issuer: Address) -> Asset:
    """Add an asset under the next id; an empty issuer means nobody mints, freezes or pauses it.

    Raises: AssetExists, InvalidCoins for a name that cannot be one.
    """
    denom = metadata.base
    if not is_denom(denom):
        raise InvalidCoins(f"{denom[:128]!r} cannot name an asset: invalid coins")
    if ASSETS.has(ctx, denom):
        raise AssetExists(denom)
    number = NEXT_ID.get(ctx) or 0
    asset = Asset(id=number, denom=denom, issuer=issuer)
    NEXT_ID.set(ctx, number + 1)
    ASSETS.set(ctx, denom, asset)
    METADATA.set(ctx, denom, metadata)
    return asset


def mint(ctx: Context, address: Address, coin: Coin) -> None:
    """Create units of an asset on an account. Raises: UnknownAsset, AmountTooLarge."""
    if not ASSETS.has(ctx, coin.denom):
        raise UnknownAsset(coin.denom)
    total = supply(ctx, coin.denom) + coin.amount
    if total > MAX_AMOUNT:
        raise AmountTooLarge(f"supply of {coin.denom} would exceed 256 bits")
    SUPPLY.set(ctx, coin.denom, total)
    credit(ctx, address, coin)


def burn(ctx: Context, address: Address, coin: Coin) -> None:
    """Destroy units of an asset held by an account. Raises: AssetPaused, InsufficientFunds."""
    debit(ctx, address, coin)
    rest = supply(ctx, coin.denom) - coin.amount
    if rest < 0:
        raise InvariantBroken(f"supply of {coin.denom} is below what is held")
    if rest:
        SUPPLY.set(ctx, coin.denom, rest)
    else:
        SUPPLY.delete(ctx, coin.denom)


def freeze(ctx: Context, address: Address, coin: Coin) -> int:
    """Freeze up to `coin.amount` of what an account may spend; returns how much was frozen (0 is possible)."""
    amount = min(coin.amount, spendable(ctx, address, coin.denom))
    if amount:
        set_frozen(ctx, address, coin.denom, frozen(ctx, address, coin.denom) + amount)
    return amount


def unfreeze(ctx: Context, address: Address, coin: Coin) -> int:
    """Free up to `coin.amount` of an account's frozen part; returns how much was freed (0 is possible)."""
    held = frozen(ctx, address, coin.denom)
    amount = min(coin.amount, held)
    if amount:
        set_frozen(ctx, address, coin.denom, held - amount)
    return amount


def set_paused(ctx: Context, denom: str, *, paused: bool) -> None:
    """Stop or resume everything that leaves accounts in an asset. Raises: UnknownAsset."""
    asset = ASSETS.require(ctx, denom, UnknownAsset)
    ASSETS.set(ctx, denom, Asset(id=asset.id, denom=denom, issuer=asset.issuer, paused=paused))
    if paused:
        PAUSED.add(ctx, denom)
    elif PAUSED.has(ctx, denom):
        PAUSED.delete(ctx, denom)


def emit_transfer(
    ctx: Context, sender: Address, recipient: Address, coins: tuple[Coin, ...], due: Coin | None = None
) -> None:
    """Report a transfer and its value fee, when there is one; the amounts are not indexed."""
    beside = () if due is None else ((VALUE_FEE, f"{due.amount}{due.denom}"),)
    ctx.emit(
        "transfer",
        (
            ("sender", format_address(sender)),
            ("recipient", format_address(recipient)),
            ("amount", ",".join([f"{coin.amount}{coin.denom}" for coin in coins])),
            *beside,
        ),
        unindexed=("amount", VALUE_FEE),
    )
