"""Data reaches the module it names, whose caller is nobody's account; what nobody takes is a failed result ([Q9])."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.identifiers import BASE_DENOM
from qos.chains.business import business_chain
from qos.chains.public import PUBLIC
from qos.machine.context import Context
from qos.machine.errors import InvalidRequest
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp import operations, peers, queues
from qos.modules.crosschain.qcp.caller import caller_address
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.packets import MAX_PAYLOAD_GAS
from qos.modules.crosschain.qcp.payloads.application import DEFAULT_GAS, PAYLOAD_TYPE, Arrived
from qos.modules.crosschain.qcp.payloads.unhosted import CONTRACT_CALL, IDENTITY
from qos.modules.crosschain.qcp.state import PENDING, RECEIPTS
from qos.modules.crosschain.qcp.types import Held, Request
from qos.proto import codec
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    ApplicationData,
    ContractCall,
    IdentityAttestation,
    MsgSendData,
    MsgSendTransfer,
    PacketResult,
    Receipt,
    ResultCode,
)
from qos.testing.chain import ALICE, BOB
from qos.testing.qcp_deliveries import carry, settle
from qos.testing.qcp_network import Side, codes_of, connect, connected, expect_ok, public_chain
from qos.testing.qcp_puppet import Strung, hub_and_puppet

GAS = 200_000


class Shop:
    """A business chain with applications that keep what they were given."""

    def __init__(self) -> None:
        self.seen: list[Arrived] = []
        self.signers: list[tuple[bytes, ...]] = []
        applications = {"echo": self.echo, "refuse": self.refuse, "reply": self.reply, "enter": self.enter}
        self.side = Side(business_chain((), applications), "shop-1", price=0, first=11)
        self.hub = public_chain()
        connect(self.hub, self.side)

    def echo(self, ctx: Context, arrived: Arrived) -> bytes:
        self.seen.append(arrived)
        self.signers.append(ctx.signers)
        bank.receive_from_outside(ctx, arrived.caller)
        return arrived.body

    def refuse(self, ctx: Context, arrived: Arrived) -> bytes:
        bank.receive_from_outside(ctx, arrived.caller)
        raise InvalidRequest("the shop is closed")

    def reply(self, ctx: Context, arrived: Arrived) -> bytes:
        message = MsgSendTransfer(
            sender=BOB.address,
            destination="qos-1",
            recipient=arrived.sender,
            amount=Coin(denom=BASE_DENOM, amount=int(arrived.body)),
        )
        return b"%d" % operations.send_transfer(ctx, message).packet.sequence

    def enter(self, ctx: Context, arrived: Arrived) -> bytes:
        del arrived
        peers.refuse_while_running(ctx)
        return b""


@pytest.fixture
def shop() -> Shop:
    return Shop()


def data(application: str = "echo", body: bytes = b"12", **fields: Any) -> MsgSendData:
    message = MsgSendData(
        sender=ALICE.address, destination="shop-1", application=application, body=body, payload_gas=GAS
    )
    return replace(message, **fields)


def deliver(shop: Shop, message: MsgSendData) -> tuple[Receipt, PacketResult]:
    """Send and carry there; return the receipt and the result that waits to go back."""
    expect_ok(shop.hub.do(ALICE, message))
    expect_ok(carry(shop.hub, shop.side))
    return outcome(shop.side)


def outcome(side: Side, source: str = "qos-1") -> tuple[Receipt, PacketResult]:
    reached = side.queue(source).inbox
    receipt = RECEIPTS.get(side.state(), (side.peer(source).incoming, reached))
    assert receipt is not None
    return receipt, codec.decode(PacketResult, side.packet(source, receipt.result).payload)


def test_data_reaches_the_module_it_names_and_its_answer_comes_back(shop):
    receipt, result = deliver(shop, data())
    assert (receipt.code, receipt.reason) == (0, "")
    assert (result.code, result.data) == (ResultCode.RESULT_CODE_OK, b"12")
    arrived = shop.seen[-1]
    assert (arrived.chain_id, arrived.sequence, arrived.sender, arrived.body) == ("qos-1", 1, ALICE.address, b"12")
    expect_ok(carry(shop.side, shop.hub))
    assert PENDING.get(shop.hub.state(), (shop.hub.peer("shop-1").outgoing, 1)) is None


def test_the_caller_is_no_local_account_even_when_the_sender_has_one_here(shop):
    deliver(shop, data())
    arrived = shop.seen[-1]
    assert arrived.sender == ALICE.address
    assert arrived.caller == caller_address(shop.side.peer("qos-1").incoming, ALICE.address) != ALICE.address


def test_a_payload_carries_no_signature_of_whoever_delivers_it(shop):
    deliver(shop, data())
    assert shop.signers == [()]


def test_what_a_module_refuses_is_a_failed_result_that_changed_nothing(shop):
    receipt, result = deliver(shop, data("refuse"))
    assert (receipt.reason, result.code, result.data) == ("sdk/18", ResultCode.RESULT_CODE_FAILED, b"sdk/18")
    settle(shop.hub, shop.side)
    assert not shop.hub.peer("shop-1").frozen_because


def test_a_name_nobody_registered_is_a_failed_result(shop):
    receipt, result = deliver(shop, data("dance"))
    assert (receipt.reason, result.code) == ("qcp/61", ResultCode.RESULT_CODE_FAILED)


def test_no_application_is_registered_on_the_public_chain():
    hub, spoke = connected()
    expect_ok(spoke.do(ALICE, data(destination="qos-1")))
    expect_ok(carry(spoke, hub))
    assert outcome(hub, "shop-1")[0].reason == "qcp/61"


def test_an_answer_above_one_kibibyte_is_a_failed_result(shop):
    assert deliver(shop, data(body=b"x" * 1024))[0].reason == ""
    assert deliver(shop, data(body=b"x" * 1025))[0].reason == "qcp/24"


def test_data_that_uses_more_gas_than_it_named_is_a_failed_result(shop):
    assert deliver(shop, data(payload_gas=500))[0].reason == "sdk/11"


def test_what_a_module_sends_joins_the_scope_of_its_payload(shop):
    before = shop.side.balance(BOB.address)
    receipt, result = deliver(shop, data("reply", b"7"))
    assert (receipt.reason, result.data) == ("", b"1")
    assert (shop.side.queue("qos-1").outbox, shop.side.balance(BOB.address)) == (2, before - 7)
    receipt, result = deliver(shop, data("reply", b"7", payload_gas=3_000))
    assert receipt.reason == "sdk/11"
    assert (shop.side.queue("qos-1").outbox, shop.side.balance(BOB.address)) == (3, before - 7)


def test_a_payload_that_enters_the_protocol_again_is_a_failed_result(shop):
    assert deliver(shop, data("enter"))[0].reason == "qcp/22"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"destination": "mall-1"}, ("qcp", 1)),
        ({"payload_gas": MAX_PAYLOAD_GAS + 1}, ("qcp", 24)),
        ({"timeout": 599 * 10**9}, ("qcp", 25)),
        ({"application": ""}, ("sdk", 18)),
        ({"body": b"x" * 7169}, ("sdk", 18)),
    ],
)
def test_data_that_may_not_travel_is_refused_when_it_is_sent(shop, fields, code):
    assert codes_of(shop.hub.do(ALICE, data(**fields))) == code
    assert shop.hub.queue("shop-1").outbox == 0


def test_data_that_names_no_gas_may_use_the_usual_amount(shop):
    assert deliver(shop, data(payload_gas=0))[0].reason == ""
    assert shop.hub.packet("shop-1", 1).payload_gas == DEFAULT_GAS


def test_the_largest_body_and_the_most_gas_travel(shop):
    assert deliver(shop, data("refuse", b"x" * 7168, payload_gas=MAX_PAYLOAD_GAS))[0].reason == "sdk/18"


CALL = ContractCall(sender=ALICE.address, contract=b"c" * 20, input=b"\x01")
STATEMENT = IdentityAttestation(
    sender=ALICE.address, subject=BOB.address, issuer=ALICE.address, commitment=b"h" * 32, expires=10**18
)


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        (CONTRACT_CALL, codec.encode(CALL), "qcp/62"),
        (CONTRACT_CALL, codec.encode(CALL) + b"\xfa\x01\x00", "sdk/2"),
        (CONTRACT_CALL, codec.encode(replace(CALL, contract=b"short")), "sdk/18"),
        (IDENTITY, codec.encode(STATEMENT), "qcp/62"),
        (IDENTITY, codec.encode(replace(STATEMENT, commitment=b"")), "sdk/18"),
        (PAYLOAD_TYPE, codec.encode(ApplicationData(application="", sender=ALICE.address)), "sdk/18"),
        ("Data", b"", "qcp/23"),
    ],
)
def test_a_payload_nobody_hosts_is_read_strictly_and_is_a_failed_result(kind, payload, reason):
    hub, puppet = hub_and_puppet()
    puppet.plant(puppet.request(payload, payload_type=kind))
    expect_ok(carry(puppet, hub))
    receipt, result = outcome(hub, "shop-1")
    assert (receipt.reason, result.code) == (reason, ResultCode.RESULT_CODE_FAILED)


@pytest.mark.parametrize(("kind", "payload"), [(CONTRACT_CALL, CALL), (IDENTITY, STATEMENT)])
def test_what_a_refused_payload_held_is_refunded(kind, payload):
    hub = Strung(PUBLIC, "qos-1", price=10**10, first=1)
    spoke = Side(business_chain((), {}), "shop-1", price=0, first=11)
    connect(hub, spoke)
    before = hub.balance(ALICE.address)

    def send(ctx: Context) -> None:
        coin = Coin(denom=BASE_DENOM, amount=50)
        bank.move(ctx, ALICE.address, ESCROW, coin)
        timeout_ns = ctx.block.time_ns + 10**12
        request = Request(payload_type=kind, payload=codec.encode(payload), gas=GAS, timeout_ns=timeout_ns)
        queues.send_request(ctx, peers.require(ctx, "shop-1"), request, Held(refund_address=ALICE.address, coin=coin))

    hub.meddle(send)
    assert hub.balance(ALICE.address) == before - 50
    settle(hub, spoke)
    assert hub.balance(ALICE.address) == before
