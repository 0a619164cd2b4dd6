"""The ledger in genesis, and what must hold after every block (L2)."""

from qos.base.amounts import E18, MAX_AMOUNT
from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank import operations
from qos.modules.assets.bank.state import ASSETS, BALANCES, FROZEN, FROZEN_HOLDERS, METADATA, NEXT_ID, PAUSED, SUPPLY
from qos.proto.records.cosmos_bank_v1beta1 import Balance, Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_bank_v1 import Asset, Frozen, GenesisState

MAX_NATIVE_SUPPLY = 10**10 * E18


def load(ctx: Context, state: GenesisState) -> None:
    """Import assets and balances; supplies are their sums, with what lies in a file beside. Raises: BadGenesis."""
    _load_assets(ctx, state)
    totals = dict(SUPPLY.items(ctx))
    for denom in totals:
        if not ASSETS.has(ctx, denom):
            raise BadGenesis(f"the file of holdings has {denom}, an asset that is not listed")
    for holder in state.balances:
        operations.check_coins(holder.coins)
        accounts.ensure(ctx, holder.address)
        for coin in holder.coins:
            if BALANCES.has(ctx, (holder.address, coin.denom)) or not ASSETS.has(ctx, coin.denom):
                raise BadGenesis(f"balance of {coin.denom} stands twice or its asset is not listed")
            BALANCES.set(ctx, (holder.address, coin.denom), coin.amount)
            totals[coin.denom] = totals.get(coin.denom, 0) + coin.amount
    for denom in sorted(totals):
        if totals[denom] > (MAX_NATIVE_SUPPLY if denom == BASE_DENOM else MAX_AMOUNT):
            raise BadGenesis(f"supply of {denom} exceeds its maximum")
        SUPPLY.set(ctx, denom, totals[denom])
    for frozen in state.frozen:
        if FROZEN.has(ctx, (frozen.address, frozen.denom)):
            raise BadGenesis(f"frozen amount of {frozen.denom} stands twice for one account")
        if not 0 < frozen.amount <= operations.balance(ctx, frozen.address, frozen.denom):
            raise BadGenesis(f"frozen amount of {frozen.denom} is not within the balance")
        operations.set_frozen(ctx, frozen.address, frozen.denom, frozen.amount)


def _load_assets(ctx: Context, state: GenesisState) -> None:
    metadata = {item.base: item for item in state.denom_metadata}
    if len(metadata) != len(state.denom_metadata):
        raise BadGenesis("metadata of an asset stands twice")
    for position, asset in enumerate(state.assets):
        if asset.id != position:
            raise BadGenesis("assets must stand in order of id, from 0 without gap")
        operations.create_asset(ctx, metadata.pop(asset.denom, Metadata(base=asset.denom)), asset.issuer)
        if asset.paused:
            operations.set_paused(ctx, asset.denom, paused=True)
    if metadata:
        raise BadGenesis(f"metadata for assets that are not listed: {sorted(metadata)}")


def dump(ctx: ReadContext) -> GenesisState:
    """Export assets and balances."""
    holders: dict[Address, list[Coin]] = {}
    for (address, denom), amount in BALANCES.items(ctx):
        holders.setdefault(address, []).append(Coin(denom=denom, amount=amount))
    assets = sorted((asset for _, asset in ASSETS.items(ctx)), key=lambda asset: asset.id)
    return GenesisState(
        assets=tuple(assets),
        denom_metadata=tuple(item for _, item in METADATA.items(ctx)),
        balances=tuple(_holder(address, coins) for address, coins in holders.items()),
        frozen=tuple(
            Frozen(address=address, denom=denom, amount=amount) for (address, denom), amount in FROZEN.items(ctx)
        ),
    )


def _holder(address: Address, coins: list[Coin]) -> Balance:
    return Balance(address=address, coins=tuple(sorted(coins, key=lambda coin: coin.denom)))


def supply_equals_balances(ctx: ReadContext) -> None:
    """Supply = sum of balances for each asset, and the native supply keeps its maximum."""
    totals: dict[str, int] = {}
    for (_, denom), amount in BALANCES.items(ctx):
        if amount <= 0:
            raise InvariantBroken(f"a balance of {denom} is not positive")
        totals[denom] = totals.get(denom, 0) + amount
    supplies = dict(SUPPLY.items(ctx))
    if supplies != totals:
        raise InvariantBroken(f"supplies {supplies} differ from sums of balances {totals}")
    if supplies.get(BASE_DENOM, 0) > MAX_NATIVE_SUPPLY:
        raise InvariantBroken("native supply exceeds its maximum")


def frozen_within_balance(ctx: ReadContext) -> None:
    """0 < frozen <= balance for every record, and the count of such records of each asset is right."""
    holders: dict[str, int] = {}
    for (address, denom), amount in FROZEN.items(ctx):
        if not 0 < amount <= operations.balance(ctx, address, denom):
            raise InvariantBroken(f"frozen amount of {denom} exceeds the balance")
        holders[denom] = holders.get(denom, 0) + 1
    if dict(FROZEN_HOLDERS.items(ctx)) != holders:
        raise InvariantBroken("the count of accounts with a frozen part is wrong")


def assets_are_complete(ctx: ReadContext) -> None:
    """Ids run from 0 without gap, every supply has its asset, pauses agree."""
    assets: list[Asset] = [asset for _, asset in ASSETS.items(ctx)]
    if sorted(asset.id for asset in assets) != list(range(NEXT_ID.get(ctx) or 0)):
        raise InvariantBroken("asset ids have a gap")
    if {denom for denom, _ in SUPPLY.items(ctx)} - {asset.denom for asset in assets}:
        raise InvariantBroken("a supply has no asset")
    if any(asset.paused != PAUSED.has(ctx, asset.denom) for asset in assets):
        raise InvariantBroken("a pause is recorded in one place only")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
INVARIANTS = (supply_equals_balances, frozen_within_balance, assets_are_complete)
