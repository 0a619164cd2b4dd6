from dataclasses import replace
from typing import Any

import pytest

from qos.base.identifiers import Address
from qos.machine import errors, simulation
from qos.machine.abci import QueryResult
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoSingle,
    SimulateRequest,
    SimulateResponse,
    Tx,
    TxBody,
    TxRaw,
)
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import GAS_PRICE, Key, aqos, auth_of, body_of, key_of, send, signed

UNSIGNED = ModeInfo(single=ModeInfoSingle())
GIFT = send(ALICE.address, BOB.address, 5)
MANY = MsgMultiSend(
    inputs=(Input(address=ALICE.address, coins=aqos(60)),),
    outputs=tuple(Output(address=Address(bytes([number]) * 20), coins=aqos(3)) for number in range(1, 21)),
)


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain()


def as_wallets_ask(chain: VirtualChain, *messages: Record, keys: tuple[Key, ...] = (ALICE,), **fee: Any) -> TxRaw:
    """Return what CosmJS sends: sign mode 0, empty signatures, no gas limit, no fee."""
    auth = auth_of([chain.signer(key) for key in keys])
    infos = tuple(replace(info, mode_info=UNSIGNED) for info in auth.signer_infos)
    return TxRaw(
        body_bytes=codec.encode(body_of(*messages)),
        auth_info_bytes=codec.encode(AuthInfo(signer_infos=infos, fee=Fee(**fee))),
        signatures=(b"",) * len(keys),
    )


def ask(chain: VirtualChain, request: SimulateRequest) -> QueryResult:
    return chain.machine.query(simulation.PATH, codec.encode(request), 0, prove=False)


def gas_of(answer: QueryResult) -> int:
    assert answer.code == 0, answer.log
    response = codec.decode(SimulateResponse, answer.value)
    assert response.gas_info is not None
    return response.gas_info.gas_used


def test_a_simulation_says_gas_events_and_answers(chain: VirtualChain) -> None:
    answer = ask(chain, SimulateRequest(tx_bytes=codec.encode(as_wallets_ask(chain, GIFT))))
    response = codec.decode(SimulateResponse, answer.value)
    assert response.gas_info is not None
    assert 0 < response.gas_info.gas_used <= 21_000
    assert response.result is not None
    assert [event.type for event in response.result.events] == ["message", "transfer"]
    assert [each.type_url for each in response.result.msg_responses] == ["/cosmos.bank.v1beta1.MsgSendResponse"]
    assert response.result.data


def test_both_forms_of_the_request_give_the_same_gas(chain: VirtualChain) -> None:
    raw = as_wallets_ask(chain, GIFT)
    tx = Tx(
        body=codec.decode(TxBody, raw.body_bytes),
        auth_info=codec.decode(AuthInfo, raw.auth_info_bytes),
        signatures=raw.signatures,
    )
    answers = [ask(chain, SimulateRequest(tx_bytes=codec.encode(raw))), ask(chain, SimulateRequest(tx=tx))]
    assert gas_of(answers[0]) == gas_of(answers[1])


def test_a_simulation_changes_nothing(chain: VirtualChain) -> None:
    ask(chain, SimulateRequest(tx_bytes=codec.encode(as_wallets_ask(chain, GIFT))))
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT)).code == 0
    assert (chain.balance(ALICE.address), chain.signer(ALICE).sequence) == (FUNDS, 0)


WORK: list[tuple[str, tuple[Record, ...]]] = [
    ("to a known account", (GIFT,)),
    ("to a new account", (send(ALICE.address, Address(b"n" * 20), 5),)),
    ("to oneself", (send(ALICE.address, ALICE.address, 5),)),
    ("nearly all", (send(ALICE.address, BOB.address, FUNDS // 2),)),
    ("to many", (MANY,)),
    ("several messages", (GIFT, MANY, GIFT)),
]


@pytest.mark.parametrize("price", [GAS_PRICE, GAS_PRICE + 987_654_321])
@pytest.mark.parametrize("messages", [messages for _, messages in WORK], ids=[name for name, _ in WORK])
@pytest.mark.parametrize("blocks_before", [0, 1, 130])
def test_the_gas_of_a_simulation_suffices(
    chain: VirtualChain, messages: tuple[Record, ...], price: int, blocks_before: int
) -> None:
    for ahead in range(blocks_before and 1):
        chain.run_block(*(chain.tx(ALICE, GIFT, ahead=ahead + each) for each in range(blocks_before)))
    gas = gas_of(ask(chain, SimulateRequest(tx_bytes=codec.encode(as_wallets_ask(chain, *messages)))))
    result = chain.run_block(chain.tx(ALICE, *messages, gas=gas, price=price)).tx_results[0]
    assert (result.code, result.log) == (0, "")
    assert result.gas_used <= gas <= result.gas_used + 1_500


def test_the_gas_of_a_simulation_suffices_for_eight_signers() -> None:
    people = tuple(key_of(f"person {number}") for number in range(8))
    chain = VirtualChain(genesis_document(funds={key.address: FUNDS for key in people}))
    messages = [send(key.address, CAROL.address, 1) for key in people]
    raw = as_wallets_ask(chain, *messages, keys=people)
    gas = gas_of(ask(chain, SimulateRequest(tx_bytes=codec.encode(raw))))
    signers = [chain.signer(key) for key in people]
    tx = codec.encode(signed(chain.chain_id, body_of(*messages), auth_of(signers, gas=gas), signers))
    assert chain.run_block(tx).tx_results[0].code == 0


def test_a_simulation_keeps_to_the_gas_limit_it_is_given(chain: VirtualChain) -> None:
    raw = as_wallets_ask(chain, GIFT, gas_limit=9_000)
    answer = ask(chain, SimulateRequest(tx_bytes=codec.encode(raw)))
    assert (answer.codespace, answer.code) == ("sdk", errors.OutOfGas.code.number)


def test_a_transaction_that_would_fail_says_why(chain: VirtualChain) -> None:
    raw = as_wallets_ask(chain, send(ALICE.address, BOB.address, FUNDS + 1))
    answer = ask(chain, SimulateRequest(tx_bytes=codec.encode(raw)))
    assert (answer.codespace, answer.code) == ("sdk", errors.InsufficientFunds.code.number)
    assert "insufficient funds" in answer.log


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"", 2),
        (codec.encode(SimulateRequest(tx=Tx())), 2),
        (codec.encode(SimulateRequest(tx_bytes=b"x")), 2),
        (codec.encode(SimulateRequest(tx_bytes=codec.encode(TxRaw(body_bytes=b"\x12\x01m")))), 2),
        (codec.encode(SimulateRequest(tx_bytes=b"x" * (simulation.MAX_REQUEST_BYTES + 1))), 21),
        (codec.encode(SimulateRequest(tx=Tx(body=body_of(memo="m" * simulation.MAX_REQUEST_BYTES)))), 21),
    ],
)
def test_what_is_no_transaction_is_not_simulated(chain: VirtualChain, request_bytes: bytes, code: int) -> None:
    assert chain.machine.query(simulation.PATH, request_bytes, 0, prove=False).code == code


def test_a_signed_transaction_may_be_simulated_too(chain: VirtualChain) -> None:
    tx = chain.tx(ALICE, GIFT)
    used = chain.run_block(tx).tx_results[0].gas_used
    again = chain.tx(ALICE, GIFT)
    assert 0 <= gas_of(ask(chain, SimulateRequest(tx_bytes=again))) - used <= 2_500


def test_a_simulation_takes_the_key_a_wallet_shows_whatever_its_kind(chain: VirtualChain) -> None:
    """CosmJS shows an Ethereum account's key as a Cosmos one when it simulates."""
    raw = as_wallets_ask(chain, GIFT, keys=(BOB,))
    asked = gas_of(ask(chain, SimulateRequest(tx_bytes=codec.encode(raw))))
    assert asked > 0
    chain.run_block(chain.tx(ALICE, GIFT))
    assert abs(gas_of(ask(chain, SimulateRequest(tx_bytes=codec.encode(raw)))) - asked) < asked // 10
