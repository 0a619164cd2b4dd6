"""Messages in blocks: what they cost, what a failing one leaves behind, what they report (T3)."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import MAX_AMOUNT
from qos.base.errors import InvariantBroken, RuleViolation
from qos.base.identifiers import Address
from qos.machine import errors
from qos.machine.abci import BlockRequest
from qos.machine.machine import Machine
from qos.modules.assets.bank import errors as bank_errors
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import Input, Metadata, MsgMultiSend, MsgSend, Output
from qos.proto.records.cosmos_base_abci_v1beta1 import TxMsgData
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.testing.chain import ALICE, BOB, CAROL, DAVE, FUNDS, VirtualChain
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, aqos, key_of, send

FEE = GAS_LIMIT * GAS_PRICE
GIFT = send(ALICE.address, BOB.address, 5)
TOO_MUCH = send(ALICE.address, BOB.address, FUNDS)
NEWCOMER = Address(b"n" * 20)
TOKEN = "qsc/ABC"


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain()


def many(giver: Address, given: tuple[Coin, ...], *outputs: tuple[Address, tuple[Coin, ...]]) -> MsgMultiSend:
    return MsgMultiSend(
        inputs=(Input(address=giver, coins=given),),
        outputs=tuple(Output(address=taker, coins=coins) for taker, coins in outputs),
    )


def run(chain: VirtualChain, *messages: Record, gas: int = GAS_LIMIT) -> ExecTxResult:
    return chain.run_block(chain.tx(ALICE, *messages, gas=gas)).tx_results[0]


def paid_only(chain: VirtualChain, gas: int = GAS_LIMIT) -> bool:
    """Tell whether all that Alice's first transaction did was to pay and to use its sequence."""
    others = [chain.balance(key.address) for key in (BOB, CAROL, DAVE)]
    left = FUNDS - gas * GAS_PRICE
    return others == [FUNDS] * 3 and chain.balance(ALICE.address) == left and chain.signer(ALICE).sequence == 1


def test_a_transfer_reports_message_and_transfer_and_nothing_else(chain: VirtualChain) -> None:
    result = run(chain, GIFT)
    assert [event.type for event in result.events] == ["message", "transfer"]
    shown = {each.key: each.value for each in result.events[0].attributes}
    assert shown["action"] == "/cosmos.bank.v1beta1.MsgSend"
    data = codec.decode(TxMsgData, result.data)
    assert [each.type_url for each in data.msg_responses] == ["/cosmos.bank.v1beta1.MsgSendResponse"]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (TOO_MUCH, errors.InsufficientFunds),
        (send(ALICE.address, BOB.address, MAX_AMOUNT), errors.InsufficientFunds),
        (send(ALICE.address, BOB.address, 1, "qsc/NONE"), errors.InsufficientFunds),
        (send(ALICE.address, BOB.address, 0), errors.InvalidCoins),
        (send(ALICE.address, BOB.address, -1), errors.InvalidCoins),
        (send(ALICE.address, BOB.address, 1, "!"), errors.InvalidCoins),
        (MsgSend(from_address=ALICE.address, to_address=BOB.address), errors.InvalidCoins),
        (send(ALICE.address, COLLECTOR, 1), bank_errors.RecipientNotAllowed),
        (many(ALICE.address, aqos(5), (BOB.address, aqos(4))), bank_errors.UnbalancedMultiSend),
        (many(ALICE.address, aqos(5), (BOB.address, aqos(6))), bank_errors.UnbalancedMultiSend),
        (many(ALICE.address, aqos(5)), errors.InvalidRequest),
        (many(ALICE.address, (), (BOB.address, aqos(4))), errors.InvalidCoins),
        (many(ALICE.address, aqos(5), (BOB.address, ())), errors.InvalidCoins),
        (many(ALICE.address, aqos(5), (BOB.address, aqos(5) * 2)), errors.InvalidCoins),
        (many(ALICE.address, aqos(5), (BOB.address, aqos(-5))), errors.InvalidCoins),
        (many(ALICE.address, aqos(FUNDS), (BOB.address, aqos(FUNDS))), errors.InsufficientFunds),
        (many(ALICE.address, aqos(5), (COLLECTOR, aqos(5))), bank_errors.RecipientNotAllowed),
    ],
)
def test_a_failing_message_pays_and_uses_its_sequence_and_does_nothing_else(
    chain: VirtualChain, message: Record, error: type[RuleViolation]
) -> None:
    result = run(chain, message)
    assert (result.codespace, result.code) == (error.code.codespace, error.code.number)
    assert (result.events, result.data) == ((), b"")
    assert 0 < result.gas_used <= result.gas_wanted == GAS_LIMIT
    assert paid_only(chain)


def test_the_collector_gets_what_all_transactions_of_the_block_paid(chain: VirtualChain) -> None:
    txs = [chain.tx(ALICE, GIFT), chain.tx(BOB, send(BOB.address, ALICE.address, FUNDS)), b"no transaction"]
    txs.append(chain.tx(CAROL, send(CAROL.address, DAVE.address, 1), gas=25_000))
    assert [result.code for result in chain.run_block(*txs).tx_results] == [0, 5, 2, 0]
    assert chain.balance(COLLECTOR) == 2 * FEE + 25_000 * GAS_PRICE


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_failing_message_undoes_all_of_its_transaction(chain: VirtualChain, position: int) -> None:
    messages: list[Record] = [GIFT, send(ALICE.address, NEWCOMER, 7)]
    messages.insert(position, TOO_MUCH)
    result = run(chain, *messages)
    assert (result.code, result.events) == (errors.InsufficientFunds.code.number, ())
    assert paid_only(chain)
    assert chain.balance(NEWCOMER) == 0
    assert chain.signer(key_of("unused")).number == 0


def test_several_messages_act_in_order(chain: VirtualChain) -> None:
    middle = key_of("middle")
    assert run(chain, send(ALICE.address, middle.address, 7), GIFT, GIFT).code == 0
    assert (chain.balance(middle.address), chain.balance(BOB.address)) == (7, FUNDS + 10)


def test_gas_that_runs_out_in_a_message_is_paid_and_all_is_undone(chain: VirtualChain) -> None:
    used = run(VirtualChain(), GIFT, gas=18_000).gas_used
    result = run(chain, GIFT, gas=used - 1)
    assert (result.codespace, result.code) == ("sdk", errors.OutOfGas.code.number)
    assert result.gas_used == used - 1
    assert paid_only(chain, used - 1)


def test_gas_that_just_suffices_is_enough(chain: VirtualChain) -> None:
    used = run(VirtualChain(), GIFT, gas=18_000).gas_used
    assert run(chain, GIFT, gas=used).code == 0


def test_every_gas_limit_below_is_out_of_gas_and_none_leaves_a_part() -> None:
    chain = VirtualChain()
    used = run(VirtualChain(), GIFT, gas=18_000).gas_used
    limits = [limit for start in (1, used // 2) for limit in range(start, used, 997)]
    for limit in limits:
        before = (chain.balance(ALICE.address), chain.signer(ALICE).sequence)
        result = run(chain, GIFT, gas=limit)
        assert (result.code, result.gas_used <= limit) == (errors.OutOfGas.code.number, True)
        assert chain.balance(BOB.address) == FUNDS
        after = (chain.balance(ALICE.address), chain.signer(ALICE).sequence)
        assert after in {before, (before[0] - limit * GAS_PRICE, before[1] + 1)}


@pytest.mark.parametrize("taker", [BOB.address, NEWCOMER, ALICE.address])
def test_a_plain_transfer_costs_at_most_21_000_gas(chain: VirtualChain, taker: Address) -> None:
    result = run(chain, send(ALICE.address, taker, FUNDS // 3), gas=21_000)
    assert (result.code, result.log) == (0, "")


def test_a_transaction_sees_what_earlier_ones_of_its_block_did(chain: VirtualChain) -> None:
    all_of_it = FUNDS - FEE
    txs = [
        chain.tx(ALICE, send(ALICE.address, BOB.address, all_of_it)),
        chain.tx(BOB, send(BOB.address, CAROL.address, FUNDS + all_of_it - FEE)),
        chain.tx(ALICE, GIFT, ahead=1),
        chain.tx(CAROL, send(CAROL.address, ALICE.address, 2 * FEE)),
        chain.tx(ALICE, GIFT, ahead=1),
    ]
    assert [result.code for result in chain.run_block(*txs).tx_results] == [0, 0, 5, 0, 0]


def test_a_multi_send_gives_each_its_part(chain: VirtualChain) -> None:
    outputs = ((BOB.address, aqos(2)), (NEWCOMER, aqos(3)), (BOB.address, aqos(4)))
    result = run(chain, many(ALICE.address, aqos(9), *outputs))
    assert (result.code, [event.type for event in result.events]) == (0, ["message"] + ["transfer"] * 3)
    assert (chain.balance(BOB.address), chain.balance(NEWCOMER)) == (FUNDS + 6, 3)


def test_a_multi_send_of_two_givers_is_refused_before_it_costs_anything(chain: VirtualChain) -> None:
    message = many(ALICE.address, aqos(9), (BOB.address, aqos(18)))
    twice = replace(message, inputs=message.inputs * 2)
    assert run(chain, twice).code == errors.InvalidRequest.code.number
    assert chain.balance(ALICE.address) == FUNDS


def test_frozen_and_paused_assets_stay_where_they_are(chain: VirtualChain) -> None:
    chain.operations += [
        lambda ctx: bank.create_asset(ctx, Metadata(base=TOKEN), BOB.address),
        lambda ctx: bank.mint(ctx, ALICE.address, Coin(denom=TOKEN, amount=10)),
        lambda ctx: bank.freeze(ctx, ALICE.address, Coin(denom=TOKEN, amount=6)),
    ]
    chain.run_block()
    assert run(chain, send(ALICE.address, BOB.address, 5, TOKEN)).code == errors.InsufficientFunds.code.number
    assert run(chain, send(ALICE.address, BOB.address, 4, TOKEN)).code == 0
    chain.operations.append(lambda ctx: bank.set_paused(ctx, TOKEN, paused=True))
    result = chain.run_block(chain.tx(BOB, send(BOB.address, CAROL.address, 1, TOKEN))).tx_results[0]
    assert (result.codespace, result.code) == ("bank", bank_errors.AssetPaused.code.number)


def test_a_round_that_failed_leaves_nothing_of_the_round_before_to_commit(chain: VirtualChain) -> None:
    def broken(ctx: object) -> None:
        raise ZeroDivisionError("a bug")

    request = BlockRequest(block=chain.next_block(), txs=(chain.tx(ALICE, GIFT),))
    chain.machine.finalize_block(request)
    chain.operations.append(broken)
    with pytest.raises(ZeroDivisionError):
        chain.machine.finalize_block(request)
    with pytest.raises(InvariantBroken):
        chain.machine.commit()


def test_a_hook_that_breaks_a_rule_stops_the_node(chain: VirtualChain) -> None:
    chain.operations.append(lambda ctx: bank.set_paused(ctx, "qsc/NONE", paused=True))
    with pytest.raises(InvariantBroken):
        chain.run_block()
    with pytest.raises(InvariantBroken):
        chain.machine.commit()


@pytest.mark.parametrize("changes", [{"height": 1}, {"height": 3}, {"chain_id": "qos-2"}])
def test_a_block_that_does_not_follow_is_no_block_of_this_chain(chain: VirtualChain, changes: dict[str, Any]) -> None:
    block = replace(chain.next_block(), **changes)
    with pytest.raises(InvariantBroken):
        chain.machine.finalize_block(BlockRequest(block=block, txs=()))


def test_an_error_of_the_program_stops_the_node_before_anything_is_stored(chain: VirtualChain) -> None:
    def broken(ctx: object) -> None:
        raise ZeroDivisionError("a bug")

    height = chain.height
    chain.operations.append(broken)
    with pytest.raises(ZeroDivisionError):
        chain.run_block(chain.tx(ALICE, GIFT))
    assert chain.height == height
    again = VirtualChain(backend=chain.backend)
    assert isinstance(again.machine, Machine)
    assert again.run_block(again.tx(ALICE, GIFT)).tx_results[0].code == 0
