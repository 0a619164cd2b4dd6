import pytest

from qos.base.errors import RuleViolation
from qos.machine.chain import Payment
from qos.machine.errors import InsufficientFee, InsufficientFunds, InvalidCoins
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.fees import operations
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import Fee
from qos.proto.records.qos_fees_v1 import Params, QueryParamsRequest, QueryParamsResponse
from qos.testing.chain import ALICE, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import GAS_PRICE, aqos

WORLD, FREE = VirtualChain(), VirtualChain(genesis_document(gas_price=0))
PRICE = 21_000 * GAS_PRICE


@pytest.mark.parametrize("offered", [PRICE, PRICE + 1, FUNDS])
def test_all_that_is_offered_is_taken(offered: int) -> None:
    ctx = WORLD.scratch()
    taken = operations.charge(ctx, ALICE.address, Fee(amount=aqos(offered), gas_limit=21_000), simulate=False)
    assert taken == aqos(offered)
    assert bank.balance(ctx, ALICE.address, "aqos") == FUNDS - offered


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (aqos(PRICE - 1), InsufficientFee),
        ((), InsufficientFee),
        (aqos(0), InsufficientFee),
        (aqos(-1), InsufficientFee),
        (aqos(FUNDS + 1), InsufficientFunds),
        (aqos(PRICE) * 2, InvalidCoins),
        ((Coin(denom="qsc/ABC", amount=PRICE),), InvalidCoins),
    ],
)
def test_an_offer_below_the_price_or_in_another_asset_is_refused(
    amount: tuple[Coin, ...], error: type[RuleViolation]
) -> None:
    ctx = WORLD.scratch()
    with pytest.raises(error):
        operations.charge(ctx, ALICE.address, Fee(amount=amount, gas_limit=21_000), simulate=False)
    assert bank.balance(ctx, ALICE.address, "aqos") == FUNDS


def test_the_refusal_says_what_was_offered_and_what_is_required() -> None:
    with pytest.raises(InsufficientFee, match=f"got: 5aqos required: {PRICE}aqos: insufficient fee"):
        operations.charge(WORLD.scratch(), ALICE.address, Fee(amount=aqos(5), gas_limit=21_000), simulate=False)


def test_a_simulation_may_offer_nothing_and_costs_the_gas_of_a_real_charge() -> None:
    real, simulated = WORLD.scratch(), WORLD.scratch()
    operations.charge(real, ALICE.address, Fee(amount=aqos(PRICE), gas_limit=21_000), simulate=False)
    assert operations.charge(simulated, ALICE.address, Fee(gas_limit=21_000), simulate=True) == ()
    assert simulated.gas.used >= real.gas.used
    assert bank.balance(simulated, ALICE.address, "aqos") == FUNDS


def test_a_chain_may_take_nothing_yet_takes_what_is_offered_and_never_a_negative_fee() -> None:
    ctx = FREE.scratch()
    assert operations.charge(ctx, ALICE.address, Fee(gas_limit=21_000), simulate=False) == ()
    assert operations.charge(ctx, ALICE.address, Fee(amount=aqos(3), gas_limit=1), simulate=False) == aqos(3)
    for simulate, error in ((False, InsufficientFee), (True, InvalidCoins)):
        with pytest.raises(error):
            operations.charge(ctx, ALICE.address, Fee(amount=aqos(-3), gas_limit=1), simulate=simulate)


def test_nothing_is_burned() -> None:
    ctx = WORLD.scratch()
    taken = operations.charge(ctx, ALICE.address, Fee(amount=aqos(PRICE), gas_limit=21_000), simulate=False)
    ctx.dues.append(Coin(denom="aqos", amount=7))
    operations.collect(ctx, (Payment(gas_limit=21_000, fee=taken),))
    assert bank.balance(ctx, COLLECTOR, "aqos") == PRICE + 7
    assert bank.balance(ctx, ALICE.address, "aqos") + PRICE == FUNDS
    assert ctx.dues == []


def test_the_price_is_told() -> None:
    found = WORLD.query("/qos.fees.v1.Query/Params", QueryParamsRequest(), QueryParamsResponse).params
    assert found == Params(denom="aqos", gas_price=GAS_PRICE)
