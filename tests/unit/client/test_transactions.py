"""Pricing, signing and waiting against a scripted node."""

import asyncio
import base64
from hashlib import sha256
from typing import Any, TypeVar

import pytest

from qos.base.identifiers import Address
from qos.client.calls import Call
from qos.client.errors import CallFailed, NotIncluded, Refused
from qos.client.queries import AccountState
from qos.client.transactions import Draft, PrivateKey, address_of, deliver, sign_tx, submit, wait_for
from qos.crypto import keys
from qos.machine.errors import UnknownAddress
from qos.proto.codec import decode, encode, pack
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount, QueryAccountResponse
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_base_abci_v1beta1 import GasInfo
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import AuthInfo, SignDoc, SimulateRequest, SimulateResponse, TxRaw
from qos.proto.records.qos_fees_v1 import Offer, QueryQuoteRequest, QueryQuoteResponse

T = TypeVar("T")
KEY = PrivateKey(b"\x01" * 32)
MESSAGE = pack(
    MsgSend(from_address=address_of(KEY), to_address=Address(b"b" * 20), amount=(Coin(denom="aqos", amount=5),))
)


class ScriptedNode:
    """Answers as a chain with one account would; `broadcasts` collects what was handed in."""

    def __init__(self, *, sequences: tuple[int, ...] = (7,), gas_price: int = 10) -> None:
        self.sequences = list(sequences)
        self.gas_price = gas_price
        self.broadcasts: list[bytes] = []
        self.simulated: list[bytes] = []
        self.blocks_until_found = 0
        self.result_code = 0
        self.paused_ms = 0

    async def send(self, call: Call[T]) -> T:
        return call.parse(getattr(self, "on_" + call.method)(call.params))

    async def pause(self, duration_ms: int) -> None:
        self.paused_ms += duration_ms

    def on_status(self, params: Any) -> Any:
        sync = {"latest_block_height": "5", "latest_block_time": "2026-01-01T00:00:00Z", "catching_up": False}
        return {"node_info": {"network": "qos-1", "version": "0.38.26"}, "sync_info": sync}

    def on_abci_query(self, params: Any) -> Any:
        record = self.answer(params["path"], bytes.fromhex(params["data"]))
        if record is None:
            log = "rpc error: code = NotFound desc = account not found: key not found"
            return {"response": {"code": 22, "codespace": "sdk", "log": log, "height": "5"}}
        return {"response": {"code": 0, "height": "5", "value": base64.b64encode(encode(record)).decode()}}

    def answer(self, path: str, data: bytes) -> Any:
        if path.endswith("/Account"):
            if not self.sequences:
                return None
            sequence = self.sequences.pop(0) if len(self.sequences) > 1 else self.sequences[0]
            account = BaseAccount(address=address_of(KEY), account_number=3, sequence=sequence)
            return QueryAccountResponse(account=pack(account))
        if path.endswith("/Simulate"):
            self.simulated.append(decode(SimulateRequest, data).tx_bytes)
            return SimulateResponse(gas_info=GasInfo(gas_used=1_001))
        gas = decode(QueryQuoteRequest, data).gas_limit
        slow, normal, fast = [Offer(gas_price=each, fee=each * gas) for each in (1, self.gas_price, 100)]
        return QueryQuoteResponse(denom="aqos", slow=slow, normal=normal, fast=fast)

    def on_broadcast_tx_sync(self, params: Any) -> Any:
        tx = base64.b64decode(params["tx"])
        self.broadcasts.append(tx)
        sequence = decode(AuthInfo, decode(TxRaw, tx).auth_info_bytes).signer_infos[0].sequence
        if sequence != self.sequences[-1]:
            return {"code": 32, "codespace": "sdk", "log": "account sequence mismatch"}
        return {"code": 0, "hash": sha256(tx).hexdigest().upper()}

    def on_tx(self, params: Any) -> Any:
        if self.blocks_until_found:
            self.blocks_until_found -= 1
            raise CallFailed(code=-32603, message="Internal error", data="tx not found")
        result = {"code": self.result_code, "codespace": "sdk", "log": "out of gas", "gas_used": "900"}
        return {"hash": "00" * 32, "height": "9", "index": 0, "tx": "", "tx_result": result}


def run(flow: Any) -> Any:
    return asyncio.run(flow)


def parts(tx: bytes) -> tuple[TxRaw, AuthInfo]:
    raw = decode(TxRaw, tx)
    return raw, decode(AuthInfo, raw.auth_info_bytes)


def test_the_signature_covers_body_fee_chain_and_account_number() -> None:
    draft = Draft(messages=(MESSAGE,), gas_limit=9, fee=(Coin(denom="aqos", amount=90),))
    raw, auth_info = parts(sign_tx(KEY, draft, AccountState(number=3, sequence=7), "qos-1"))
    document = SignDoc(
        body_bytes=raw.body_bytes, auth_info_bytes=raw.auth_info_bytes, chain_id="qos-1", account_number=3
    )
    keys.verify(KEY.key, encode(document), raw.signatures[0])
    assert auth_info.signer_infos[0].sequence == 7


def test_gas_is_simulated_with_a_margin_and_the_fee_is_the_quoted_one() -> None:
    node = ScriptedNode()
    run(submit(node, KEY, Draft(messages=(MESSAGE,))))
    fee = parts(node.broadcasts[0])[1].fee
    assert fee is not None
    assert fee.gas_limit == 1_302  # ceil(1001 * 1.3)
    assert fee.amount == (Coin(denom="aqos", amount=13_020),)
    assert parts(node.simulated[0])[0].signatures == (b"",)


def test_a_chain_without_fees_gets_no_coins() -> None:
    node = ScriptedNode(gas_price=0)
    run(submit(node, KEY, Draft(messages=(MESSAGE,))))
    fee = parts(node.broadcasts[0])[1].fee
    assert fee is not None
    assert fee.amount == ()


def test_gas_and_fee_given_by_the_caller_are_kept() -> None:
    node = ScriptedNode()
    run(submit(node, KEY, Draft(messages=(MESSAGE,), gas_limit=5, fee=())))
    fee = parts(node.broadcasts[0])[1].fee
    assert fee is not None
    assert (fee.gas_limit, fee.amount) == (5, ())
    assert not node.simulated


def test_a_sequence_used_in_between_is_looked_up_once_more() -> None:
    node = ScriptedNode(sequences=(7, 8))
    run(submit(node, KEY, Draft(messages=(MESSAGE,))))
    assert [parts(tx)[1].signer_infos[0].sequence for tx in node.broadcasts] == [7, 8]


def test_an_account_nobody_ever_paid_cannot_send() -> None:
    with pytest.raises(UnknownAddress, match="does not exist"):
        run(submit(ScriptedNode(sequences=()), KEY, Draft(messages=(MESSAGE,))))


def test_waiting_ends_when_the_transaction_is_in_a_block() -> None:
    node = ScriptedNode()
    node.blocks_until_found = 3
    assert run(deliver(node, KEY, [MESSAGE])).height == 9
    assert node.paused_ms == 300


def test_a_transaction_that_failed_in_its_block_is_reported_with_its_code() -> None:
    node = ScriptedNode()
    node.result_code = 11
    with pytest.raises(Refused, match="out of gas") as caught:
        run(deliver(node, KEY, [MESSAGE]))
    assert caught.value.code == 11


def test_waiting_ends_at_the_deadline() -> None:
    node = ScriptedNode()
    node.blocks_until_found = 1_000
    with pytest.raises(NotIncluded, match="1000 ms"):
        run(wait_for(node, b"\x01" * 32, deadline_ms=1_000))


def test_a_key_does_not_show_in_messages() -> None:
    assert "0101" not in repr(KEY)
    assert "\\x01" not in repr(KEY)
