"""[F2] The reference quote."""

from qos.machine.errors import InvalidRequest
from qos.modules.economics.fees import operations
from qos.modules.economics.fees.formulas import offers
from qos.modules.economics.fees.state import RECENT
from qos.proto.records.cosmos_base_v1beta1 import DecCoin
from qos.proto.records.feemarket_feemarket_v1 import (
    GasPriceRequest,
    GasPriceResponse,
    GasPricesRequest,
    GasPricesResponse,
)
from qos.proto.records.qos_fees_v1 import (
    Offer,
    Params,
    Price,
    QueryQuoteRequest,
    QueryQuoteResponse,
    Recent,
    RecentBlock,
)
from qos.testing.chain import PUBLIC_FEES, VirtualChain, genesis_document
from qos.testing.transactions import GAS_PRICE

QUOTE = "/qos.fees.v1.Query/Quote"
WORLD = VirtualChain(genesis_document(fee_params=PUBLIC_FEES))
RULES = Params(denom="aqos", gas_price=800, target_gas=100, base_fee_denominator=8)
PRICE = Price(denom="aqos", base_fee=800)


def block(gas: int, low: int = 0, median: int = 0, high: int = 0) -> RecentBlock:
    return RecentBlock(time=1, gas=gas, low_tip=low, median_tip=median, high_tip=high)


def test_an_idle_chain_quotes_the_base_fee_and_for_haste_one_rise_of_it() -> None:
    assert offers(PRICE, RULES, ()) == (800, 800, 900)
    assert offers(PRICE, RULES, (block(99, 5, 6, 7),)) == (800, 800, 900)


def test_a_crowded_chain_quotes_tips_and_the_rises_to_come() -> None:
    assert offers(PRICE, RULES, (block(101, 5, 6, 7),)) == (805, 906, 1_020)


def test_a_crowd_that_has_gone_needs_no_rise_but_its_tips_count() -> None:
    assert offers(PRICE, RULES, (block(101, 5, 6, 7), block(99, 50, 60, 70))) == (805, 806, 1_020)


def test_the_quote_takes_the_middle_of_low_and_median_tips_and_the_most_of_the_high() -> None:
    found = offers(PRICE, RULES, tuple(block(200, tip, tip + 1, tip + 2) for tip in (30, 10, 20)))
    assert found == (820, 921, 1_013 + 32)


def test_a_fixed_price_is_quoted_for_all_speeds() -> None:
    fixed = Params(denom="aqos", gas_price=800)
    assert offers(PRICE, fixed, (block(10**9, 5, 6, 7),)) == (800, 800, 800)


def test_free_gas_is_quoted_free() -> None:
    assert offers(Price(denom="aqos"), RULES, ()) == (0, 0, 0)


def test_the_quote_reckons_fees_for_a_gas_limit_and_the_value_fee_of_an_amount() -> None:
    found = WORLD.query(QUOTE, QueryQuoteRequest(gas_limit=30_000, amount="123456789"), QueryQuoteResponse)
    fast = GAS_PRICE * 9 // 8
    assert (found.denom, found.base_fee, found.value_fee) == ("aqos", GAS_PRICE, 1_234)
    assert found.slow == found.normal == Offer(gas_price=GAS_PRICE, fee=GAS_PRICE * 30_000)
    assert found.fast == Offer(gas_price=fast, fee=fast * 30_000)


def test_a_quote_for_a_negative_amount_is_refused() -> None:
    answer = WORLD.ask(QUOTE, QueryQuoteRequest(amount="-1"))
    assert (answer.codespace, answer.code) == (InvalidRequest.code.codespace, InvalidRequest.code.number)


def test_wallets_find_the_normal_price_as_a_decimal() -> None:
    path = "/feemarket.feemarket.v1.Query/"
    price = DecCoin(denom="aqos", amount=GAS_PRICE * 10**18)
    assert WORLD.query(path + "GasPrices", GasPricesRequest(), GasPricesResponse).prices == (price,)
    assert WORLD.query(path + "GasPrice", GasPriceRequest(denom="aqos"), GasPriceResponse).price == price
    refused = WORLD.ask(path + "GasPrice", GasPriceRequest(denom="uatom"))
    assert refused.code == InvalidRequest.code.number
    assert "aqos" in refused.log


def test_old_blocks_and_blocks_beyond_twenty_are_forgotten() -> None:
    ctx = WORLD.scratch()
    now = ctx.block.time_ns
    limit = operations.RECENT_NS
    RECENT.set(ctx, Recent(blocks=tuple(RecentBlock(time=now - age, gas=1) for age in (limit, limit - 1, 5))))
    assert [now - each.time for each in operations.recent(ctx, now)] == [limit - 1, 5]
