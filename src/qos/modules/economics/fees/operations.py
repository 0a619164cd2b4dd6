"""Taking fees: what the frame calls for every transaction and once a block, and the ledger for every transfer."""

from qos.base.blocktime import SECOND_NS
from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address, module_address
from qos.machine.chain import Payment
from qos.machine.context import Context
from qos.machine.errors import InsufficientFee, InvalidCoins
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.fees import formulas
from qos.modules.economics.fees.state import PARAMS, PRICE, RECENT
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import Fee
from qos.proto.records.qos_fees_v1 import Params, Price, Recent, RecentBlock
from qos.store.access import Reads, Writes

COLLECTOR_NAME = "fee_collector"
COLLECTOR = module_address(COLLECTOR_NAME)
RECENT_BLOCKS = 20
RECENT_NS = 120 * SECOND_NS
"""How many blocks, and how far, the quote looks back."""


def params(ctx: Reads) -> Params:
    """Return the parameters."""
    return PARAMS.require(ctx, _missing)


def price(ctx: Reads) -> Price:
    """Return what transactions pay now."""
    return PRICE.require(ctx, _missing)


def gas_price(ctx: Reads) -> int:
    """Return what a unit of gas costs at least in the next block."""
    return price(ctx).base_fee


def _missing() -> InvariantBroken:
    return InvariantBroken("fees were not initialised")


def charge(ctx: Context, payer: Address, fee: Fee, *, simulate: bool) -> tuple[Coin, ...]:
    """Debit what a transaction offers, at least gas limit x base fee (F1); returns what was taken.

    A simulation may offer nothing and costs the same gas. Raises: InsufficientFee, InvalidCoins, InsufficientFunds.
    """
    rules = price(ctx)
    if len(fee.amount) > 1 or (fee.amount and fee.amount[0].denom != rules.denom):
        raise InvalidCoins(f"fees are paid in {rules.denom} alone: invalid coins")
    offered = fee.amount[0].amount if fee.amount else 0
    required = fee.gas_limit * rules.base_fee
    if offered < required and not simulate:
        raise InsufficientFee(
            f"insufficient fees; got: {offered}{rules.denom} required: {required}{rules.denom}: insufficient fee",
        )
    if offered < 0:
        raise InvalidCoins("a fee cannot be negative: invalid coins")
    if offered == 0 and not (simulate and required):
        return ()
    taken = Coin(denom=rules.denom, amount=offered)
    bank.debit(ctx, payer, taken)
    return (taken,) if offered else ()


def value_fee(ctx: Context, coins: tuple[Coin, ...]) -> Coin | None:
    """Return what a transfer of these coins costs its sender beside the fee; None for nothing (F1)."""
    rules = price(ctx)
    if not rules.value_fee_ppm:
        return None
    amount = formulas.value_fee(sum([coin.amount for coin in coins if coin.denom == rules.denom]), rules)
    return Coin(denom=rules.denom, amount=amount) if amount else None


def collect(ctx: Context, payments: tuple[Payment, ...]) -> None:
    """Credit the collector with all that the block's transactions paid (F3), and price the next block."""
    totals: dict[str, int] = {}
    for coin in (*(coin for payment in payments for coin in payment.fee), *ctx.dues):
        totals[coin.denom] = totals.get(coin.denom, 0) + coin.amount
    for denom in sorted(totals):
        bank.credit(ctx, COLLECTOR, Coin(denom=denom, amount=totals[denom]))
    ctx.dues.clear()
    now, rules = price(ctx), params(ctx)
    gas = sum([payment.gas_limit for payment in payments])
    if payments:
        _remember(ctx, now.base_fee, gas, payments)
    following = formulas.next_base_fee(now.base_fee, gas, rules)
    if following != now.base_fee:
        set_price(ctx, rules, following)


def _remember(ctx: Context, base_fee: int, gas: int, payments: tuple[Payment, ...]) -> None:
    # A tip is what a unit of gas was offered above the base fee, rounded down.
    tips = [(_offered(payment) // payment.gas_limit - base_fee, payment.gas_limit) for payment in payments]
    low, median, high = formulas.tips_of(tips)
    block = RecentBlock(time=ctx.block.time_ns, gas=gas, low_tip=low, median_tip=median, high_tip=high)
    kept = recent(ctx, ctx.block.time_ns)[1 - RECENT_BLOCKS :]
    RECENT.set(ctx, Recent(blocks=(*kept, block)))


def _offered(payment: Payment) -> int:
    return payment.fee[0].amount if payment.fee else 0


def set_price(ctx: Writes, rules: Params, base_fee: int) -> None:
    """Set what transactions pay from now on."""
    found = Price(
        denom=rules.denom,
        base_fee=base_fee,
        value_fee_ppm=rules.value_fee_ppm,
        value_fee_cap=rules.value_fee_cap,
    )
    PRICE.set(ctx, found)


def recent(ctx: Reads, time_ns: int) -> tuple[RecentBlock, ...]:
    """Return the newest blocks with transactions up to a time, oldest first."""
    found = RECENT.get(ctx)
    return tuple([block for block in found.blocks if block.time + RECENT_NS > time_ns]) if found is not None else ()
