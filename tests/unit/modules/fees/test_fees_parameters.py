"""Changing the parameters of fees: governance alone, all of them, within the bounds genesis keeps."""

from dataclasses import replace

import pytest

from qos.base.errors import RuleViolation
from qos.machine.authority import GOVERNANCE
from qos.machine.context import Context
from qos.machine.errors import Unauthorized
from qos.modules.economics.fees import operations
from qos.modules.economics.fees.errors import BadParams
from qos.proto.records.qos_fees_v1 import MsgUpdateParams, Params
from qos.testing.chain import ALICE, VirtualChain, by_governance

NOW = Params(denom="aqos", gas_price=10**10, value_fee_cap=0)


@pytest.fixture(name="ctx")
def _ctx() -> Context:
    return VirtualChain().scratch()


def change(ctx: Context, params: Params) -> RuleViolation | None:
    return by_governance(ctx, MsgUpdateParams(authority=GOVERNANCE, params=params))


def test_all_parameters_are_changed_at_once(ctx: Context) -> None:
    new = replace(NOW, gas_price=7, target_gas=10**6, base_fee_denominator=8, value_fee_ppm=3, value_fee_cap=9)
    assert change(ctx, new) is None
    assert operations.params(ctx) == new
    price = operations.price(ctx)
    assert (price.base_fee, price.value_fee_ppm, price.value_fee_cap) == (10**10, 3, 9)


def test_the_base_fee_moves_to_the_new_floor_and_stands_still_without_target(ctx: Context) -> None:
    assert change(ctx, replace(NOW, gas_price=10**12, target_gas=10**6, base_fee_denominator=8)) is None
    assert operations.price(ctx).base_fee == 10**12
    assert change(ctx, replace(NOW, gas_price=5)) is None
    assert operations.price(ctx).base_fee == 5


@pytest.mark.parametrize(
    "params",
    [
        replace(NOW, denom="other"),
        replace(NOW, denom="!"),
        replace(NOW, gas_price=-1),
        replace(NOW, gas_price=10**18 + 1),
        replace(NOW, target_gas=200_000_001),
        replace(NOW, target_gas=10**6, base_fee_denominator=1),
        replace(NOW, target_gas=10**6, base_fee_denominator=1_001),
        replace(NOW, value_fee_ppm=10**6 + 1),
        replace(NOW, value_fee_cap=-1),
    ],
)
def test_parameters_that_genesis_refuses_are_refused(ctx: Context, params: Params) -> None:
    """[G3] the whole set is checked."""
    assert isinstance(change(ctx, params), BadParams)
    assert operations.params(ctx).gas_price == NOW.gas_price


def test_nobody_else_changes_them() -> None:
    chain = VirtualChain()
    message = MsgUpdateParams(authority=ALICE.address, params=NOW)
    result = chain.run_block(chain.tx(ALICE, message)).tx_results[0]
    assert (result.codespace, result.code) == (Unauthorized.code.codespace, Unauthorized.code.number)
