"""[F1] [F2] [F3] on a chain: base fee, tip, value fee, collector, quote."""

from typing import Any

import pytest

from qos.client.transactions import value_fees
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.errors import InsufficientFee, InsufficientFunds, OutOfGas
from qos.machine.genesis import BadGenesis
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_tx_v1beta1 import SimulateRequest, SimulateResponse
from qos.proto.records.qos_fees_v1 import QueryQuoteRequest, QueryQuoteResponse
from qos.testing.chain import ALICE, BOB, CAROL, DAVE, FUNDS, PEOPLE, PUBLIC_FEES, VirtualChain, genesis_document
from qos.testing.qcp_network import GAS as QCP_GAS
from qos.testing.qcp_network import Side, business_chain, connect, expect_ok, transfer
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, aqos, send

FEE = GAS_LIMIT * GAS_PRICE
QOS = 10**18
HALF = MAX_BLOCK_GAS // 2
CAP = 100_000 * QOS
"""At 10 ppm the value fee reaches 1 QOS here."""


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain(genesis_document(fee_params=PUBLIC_FEES))


def quote(chain: VirtualChain) -> QueryQuoteResponse:
    return chain.query("/qos.fees.v1.Query/Quote", QueryQuoteRequest(gas_limit=1), QueryQuoteResponse)


def base_fee(chain: VirtualChain) -> int:
    return quote(chain).base_fee


def full_block(chain: VirtualChain, price: int = GAS_PRICE) -> list[bytes]:
    """Return transactions of two people that fill a block."""
    return [chain.tx(key, send(key.address, key.address, 1), gas=HALF, price=price) for key in (ALICE, BOB)]


def gift(amount: int) -> Record:
    return send(ALICE.address, BOB.address, amount)


@pytest.mark.parametrize(
    ("amount", "due"), [(99_999, 0), (100_000, 1), (199_999, 1), (QOS, 10**13), (CAP - 1, QOS - 1), (CAP + 10**6, QOS)]
)
def test_a_transfer_costs_its_value_fee_beside_the_fee_and_the_collector_gets_both(amount: int, due: int) -> None:
    chain = VirtualChain(genesis_document(fee_params=PUBLIC_FEES))
    result = chain.run_block(chain.tx(ALICE, gift(amount))).tx_results[0]
    assert result.code == 0
    assert chain.balance(ALICE.address) == FUNDS - amount - FEE - due
    assert chain.balance(BOB.address) == FUNDS + amount
    assert chain.balance(COLLECTOR) == FEE + due
    assert value_fees(result.events) == (aqos(due) if due else ())


def test_a_multi_send_pays_one_value_fee_for_its_input(chain: VirtualChain) -> None:
    outputs = tuple(Output(address=key.address, coins=aqos(150_000)) for key in (BOB, CAROL))
    message = MsgMultiSend(inputs=(Input(address=ALICE.address, coins=aqos(300_000)),), outputs=outputs)
    result = chain.run_block(chain.tx(ALICE, message)).tx_results[0]
    assert value_fees(result.events) == aqos(3)
    assert chain.balance(ALICE.address) == FUNDS - 300_000 - 3 - FEE
    assert chain.balance(COLLECTOR) == FEE + 3


def test_a_transfer_of_another_asset_costs_no_value_fee() -> None:
    funds = {key.address: FUNDS for key in PEOPLE}
    document = genesis_document(funds=funds, fee_params=PUBLIC_FEES)
    holder = next(each for each in document["app_state"]["bank"]["balances"])
    holder["coins"].append({"denom": "qsc/ABC", "amount": str(CAP)})
    document["app_state"]["bank"]["assets"].append({"id": "1", "denom": "qsc/ABC"})
    chain = VirtualChain(document)
    result = chain.run_block(chain.tx(ALICE, send(ALICE.address, BOB.address, CAP, "qsc/ABC"))).tx_results[0]
    assert result.code == 0
    assert value_fees(result.events) == ()
    assert chain.balance(COLLECTOR) == FEE


def test_a_transfer_that_fails_costs_its_fee_and_no_value_fee(chain: VirtualChain) -> None:
    blocked = chain.run_block(chain.tx(ALICE, gift(QOS), gift(FUNDS))).tx_results[0]
    assert blocked.code == InsufficientFunds.code.number
    assert chain.balance(ALICE.address) == FUNDS - FEE
    assert chain.balance(COLLECTOR) == FEE


def test_what_is_sent_and_its_value_fee_must_both_be_there(chain: VirtualChain) -> None:
    rest = FUNDS - FEE
    most = rest * 10**6 // (10**6 + 10)
    for amount, code in ((most + 2, InsufficientFunds.code.number), (most, 0)):
        world = VirtualChain(genesis_document(fee_params=PUBLIC_FEES | {"value_fee_cap": str(FUNDS)}))
        assert world.run_block(world.tx(ALICE, gift(amount))).tx_results[0].code == code
    assert chain.balance(ALICE.address) == FUNDS


def test_what_leaves_by_qcp_costs_no_value_fee() -> None:
    fees = genesis_document(fee_params=PUBLIC_FEES)["app_state"]["fees"]
    hub, spoke = Side(states={"fees": fees}), business_chain()
    connect(hub, spoke)
    before = hub.balance(ALICE.address)
    assert expect_ok(hub.do(ALICE, transfer(ALICE, spoke, 10**20))).events
    assert before - hub.balance(ALICE.address) == 10**20 + QCP_GAS * GAS_PRICE


def test_a_simulation_shows_the_value_fee(chain: VirtualChain) -> None:
    answer = chain.ask("/cosmos.tx.v1beta1.Service/Simulate", SimulateRequest(tx_bytes=chain.tx(ALICE, gift(QOS))))
    result = codec.decode(SimulateResponse, answer.value).result
    assert result is not None
    assert value_fees(result.events) == aqos(10**13)
    assert chain.balance(COLLECTOR) == 0


def test_a_plain_transfer_stays_below_its_gas_with_a_value_fee(chain: VirtualChain) -> None:
    """[T4] At most 21 000 gas."""
    result = chain.run_block(chain.tx(ALICE, gift(3 * QOS))).tx_results[0]
    assert result.gas_used <= 21_000


def test_full_blocks_raise_the_base_fee_and_empty_ones_lower_it_to_the_floor(chain: VirtualChain) -> None:
    fees = [base_fee(chain)]
    for _ in range(3):
        chain.run_block(*full_block(chain, fees[-1]))
        fees.append(base_fee(chain))
    assert fees == [GAS_PRICE, 11_250_000_000, 12_656_250_000, 14_238_281_250]
    for _ in range(3):
        chain.run_block()
        fees.append(base_fee(chain))
    assert fees[4:] == [12_458_496_094, 10_901_184_083, GAS_PRICE]


def test_a_block_at_the_target_leaves_the_base_fee(chain: VirtualChain) -> None:
    chain.run_block(chain.tx(ALICE, gift(1), gas=HALF))
    assert base_fee(chain) == GAS_PRICE


def test_an_offer_below_the_risen_base_fee_is_refused_with_the_price(chain: VirtualChain) -> None:
    chain.run_block(*full_block(chain))
    check = chain.machine.check_tx(chain.tx(CAROL, send(CAROL.address, BOB.address, 1)))
    assert check.code == InsufficientFee.code.number
    assert f"required: {GAS_LIMIT * 11_250_000_000}aqos" in check.log
    assert chain.machine.check_tx(chain.tx(CAROL, send(CAROL.address, BOB.address, 1), price=11_250_000_000)).code == 0


def test_the_quote_learns_from_a_crowded_block_and_forgets_it(chain: VirtualChain) -> None:
    tips = (1_000, 5_000, 9_000, 20_000)
    gas = MAX_BLOCK_GAS // 4
    txs = [
        chain.tx(key, send(key.address, key.address, 1), gas=gas, price=GAS_PRICE + tip)
        for key, tip in zip(PEOPLE, tips, strict=True)
    ]
    chain.run_block(*txs)
    found = quote(chain)
    assert found.slow is not None
    assert found.normal is not None
    assert found.fast is not None
    base = found.base_fee
    assert found.slow.gas_price == base + 1_000
    assert found.normal.gas_price == base * 9 // 8 + 5_000
    assert found.fast.gas_price > base * 81 // 64 + 20_000 - 1
    for _ in range(24):
        chain.run_block()
    assert quote(chain).slow == quote(chain).normal


@pytest.mark.parametrize("speed", ["slow", "normal", "fast"])
def test_every_quoted_offer_is_accepted(chain: VirtualChain, speed: str) -> None:
    chain.run_block(*full_block(chain))
    price = getattr(quote(chain), speed).gas_price
    assert chain.run_block(chain.tx(DAVE, send(DAVE.address, BOB.address, 1), price=price)).tx_results[0].code == 0


def test_a_failed_transaction_counts_for_fullness_and_pays(chain: VirtualChain) -> None:
    """[T3] What fails pays its fee and uses its sequence."""
    failing = chain.tx(ALICE, gift(1), gas=15_000)
    result = chain.run_block(failing).tx_results[0]
    assert result.code == OutOfGas.code.number
    assert chain.balance(COLLECTOR) == 15_000 * GAS_PRICE
    assert chain.signer(ALICE).sequence == 1


def test_idle_blocks_at_the_floor_change_nothing_of_fees(chain: VirtualChain) -> None:
    before = tuple(chain.machine.store.reader().scan("fees", b"", None))
    chain.run_block()
    assert tuple(chain.machine.store.reader().scan("fees", b"", None)) == before


def test_a_chain_may_take_nothing_at_all() -> None:
    chain = VirtualChain(genesis_document(gas_price=0))
    for price in (0, 5):
        assert chain.run_block(chain.tx(ALICE, gift(QOS), price=price)).tx_results[0].code == 0
    assert chain.balance(COLLECTOR) == 5 * GAS_LIMIT
    assert base_fee(chain) == 0


def test_an_exported_chain_goes_on_with_its_price_and_quote(chain: VirtualChain) -> None:
    chain.run_block(*full_block(chain))
    chain.run_block(*full_block(chain, 11_250_000_000))
    state: dict[str, Any] = chain.machine.export_genesis()
    again = VirtualChain(genesis_document(**state))
    # The first block of the new chain was empty: the price has fallen once.
    assert base_fee(again) == 12_656_250_000 - 12_656_250_000 // 8
    assert quote(again).fast != quote(VirtualChain(genesis_document(fee_params=PUBLIC_FEES))).fast


@pytest.mark.parametrize(
    "params",
    [
        {"target_gas": str(MAX_BLOCK_GAS + 1)},
        {"base_fee_denominator": "1"},
        {"base_fee_denominator": "1001"},
        {"value_fee_ppm": "1000001"},
        {"value_fee_cap": "-1"},
        {"gas_price": str(10**18 + 1)},
    ],
)
def test_parameters_outside_their_bounds_start_no_chain(params: dict[str, str]) -> None:
    with pytest.raises(BadGenesis, match="fees:"):
        VirtualChain(genesis_document(fee_params=PUBLIC_FEES | params))
