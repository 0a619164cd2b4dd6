"""Assets of one business chain reach another over the hub and come home; relays that lie are struck; state survives."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from qos.base.blocktime import DAY_NS
from qos.base.identifiers import BASE_DENOM
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.chain import Chain
from qos.machine.context import Context
from qos.machine.machine import Machine
from qos.modules.crosschain.qcp import transfer as transfers
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.module import qcp_module
from qos.modules.crosschain.qcp.state import RECEIPTS, VOUCHERS
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.modules.crosschain.qcp.types import Delivered, Payloads
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records import qos_qcp_v1 as wire
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, FUNDS, genesis_document
from qos.testing.qcp_deliveries import carry, equivocation, load, settle, update
from qos.testing.qcp_network import (
    BOTH,
    CARRIER,
    RELAYS,
    Side,
    business_chain,
    codes_of,
    connect,
    connected,
    expect_ok,
    public_chain,
    transfer,
)
from qos.testing.qcp_puppet import Puppet
from qos.testing.transactions import GAS_PRICE, send

R = TypeVar("R", bound=Record)


def test_an_asset_goes_over_the_hub_to_a_third_chain_and_all_the_way_home():
    hub, shop, mall = public_chain(), business_chain(), business_chain("mall-1", first=21)
    connect(hub, shop)
    connect(hub, mall)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 100)))
    settle(hub, shop, mall)
    into_hub, into_mall = hub.peer("shop-1").incoming, hub.peer("mall-1").outgoing
    at_hub, at_mall = voucher_denom((into_hub,), BASE_DENOM), voucher_denom((into_hub, into_mall), BASE_DENOM)
    expect_ok(hub.do(ALICE, transfer(ALICE, mall, 60, denom=at_hub)))
    settle(hub, shop, mall)
    assert mall.balance(ALICE.address, at_mall) == 60
    found = VOUCHERS.get(mall.state(), at_mall)
    assert found is not None
    assert found.symbol == "QOS@shop-1@qos-1"
    assert hub.balance(ESCROW, at_hub) == 60
    expect_ok(mall.do(ALICE, transfer(ALICE, hub, 60, denom=at_mall, to=BOB.address)))
    settle(hub, shop, mall)
    assert hub.balance(BOB.address, at_hub) == 60
    expect_ok(hub.do(BOB, transfer(BOB, shop, 60, denom=at_hub)))
    settle(hub, shop, mall)
    assert shop.balance(BOB.address) == FUNDS + 60
    assert shop.balance(ESCROW) == 40


def test_a_voucher_of_one_chain_is_not_home_at_another():
    hub, shop, mall = public_chain(), business_chain(), business_chain("mall-1", first=21)
    connect(hub, shop)
    connect(hub, mall)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 100)))
    settle(hub, shop, mall)
    at_hub = voucher_denom((hub.peer("shop-1").incoming,), BASE_DENOM)
    before = mall.balance(ALICE.address)
    expect_ok(hub.do(ALICE, transfer(ALICE, mall, 100, denom=at_hub)))
    settle(hub, shop, mall)
    assert mall.balance(ALICE.address) == before


def test_a_relay_that_contradicts_itself_is_struck_in_that_block_and_n_stays():
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    report = equivocation(hub, shop)
    assert codes_of(hub.do(ALICE, replace(report, second=report.first, second_hashes=report.first_hashes)))[0] == "qcp"
    expect_ok(hub.do(ALICE, report))
    assert codes_of(hub.do(ALICE, report)) == ("qcp", 12)
    batch = load(shop, hub, 1, 1)
    assert codes_of(hub.do(CARRIER, batch.message())) == ("qcp", 12)
    assert codes_of(hub.do(CARRIER, batch.message(RELAYS[2:]))) == ("qcp", 14)
    expect_ok(hub.do(CARRIER, batch.message(RELAYS[1:])))


MESSAGES = {
    "receive": lambda hub, shop: load(shop, hub, 1, 1).message(),
    "client update": lambda hub, shop: update(shop, hub),
    "freeze": lambda hub, shop: wire.MsgFreeze(submitter=BOB.address, chain_id="shop-1"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_payload_cannot_receive_freeze_or_update_but_can_send(name):
    forbidden: list[Record] = []

    def nest(ctx: Context, delivered: Delivered) -> bytes:
        message = forbidden[0]
        route = chain.messages[codec.type_url(type(message))]
        route.handle(ctx, message)
        return b""

    chain = with_payload("nest", nest)
    hub, puppet = Side(chain, "qos-1", price=GAS_PRICE), Puppet()
    connect(hub, puppet, pausers=(BOB,))
    puppet.plant(puppet.request(b"x", payload_type="nest", payload_gas=1_000_000))
    puppet.run_block()
    forbidden.append(MESSAGES[name](hub, puppet))
    expect_ok(carry(puppet, hub))
    receipt = RECEIPTS.get(hub.state(), (hub.peer("shop-1").incoming, 1))
    assert receipt is not None
    assert receipt.reason == "qcp/22"
    forbidden[0] = transfer(ALICE, puppet, 5)
    puppet.plant(puppet.request(b"x", payload_type="nest", payload_gas=1_000_000))
    expect_ok(carry(puppet, hub))
    assert hub.balance(ESCROW) == 5
    # The packet the payload sent stands before the result of the payload.
    assert [hub.packet("shop-1", at).kind.value for at in (1, 2, 3)] == [2, 1, 2]


def with_payload(kind: str, handler: Callable[[Context, Delivered], bytes]) -> Chain:
    payloads: Payloads = {transfers.PAYLOAD_TYPE: transfers.receive, kind: handler}
    qcp = qcp_module(payloads, frozenset((BOTH,)))
    return replace(PUBLIC, modules=(*PUBLIC.modules[:-1], qcp))


def test_what_a_payload_did_before_it_failed_is_undone():
    def half(ctx: Context, delivered: Delivered) -> bytes:
        chain.messages[codec.type_url(wire.MsgSendTransfer)].handle(ctx, transfer(ALICE, puppet, 5))
        return b"d" * 1025

    chain = with_payload("half", half)
    hub, puppet = Side(chain, "qos-1", price=GAS_PRICE), Puppet()
    connect(hub, puppet)
    puppet.plant(puppet.request(b"x", payload_type="half", payload_gas=1_000_000))
    result = expect_ok(carry(puppet, hub))
    assert hub.balance(ESCROW) == 0
    assert hub.queue("shop-1").outbox == 1
    assert [event.type for event in result.events].count("qcp") == 1


def test_nobody_can_send_to_the_escrow_account():
    hub, _ = connected()
    assert codes_of(hub.do(ALICE, send(ALICE.address, ESCROW, 5))) == ("bank", 3)


def test_exported_state_starts_a_chain_that_goes_on_where_it_was():
    hub, shop = connected()
    for amount in (5, 6):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, amount)))
    settle(hub, shop)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 7)))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 8)))
    expect_ok(carry(shop, hub))
    exported = json.loads(json.dumps(hub.machine.export_genesis()))
    genesis = {
        "chain_id": "qos-1",
        "genesis_time": "2026-01-01T00:00:00Z",
        "validators": genesis_document()["validators"],
        "app_state": exported,
    }
    again = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    again.init_chain(json.dumps(genesis).encode())
    again.finalize_block(BlockRequest(block=replace(hub.next_block(), height=1), txs=()))
    again.commit()
    again.check_invariants()
    assert again.export_genesis()["qcp"] == exported["qcp"]


def ask(side: Side, name: str, request: Record, kind: type[R]) -> R:
    return side.query(f"/qos.qcp.v1.Query/{name}", request, kind)


def test_queries_tell_all_that_a_relay_and_a_wallet_need():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 6)))
    hub.run_block()
    queue = ask(hub, "Queue", wire.QueryQueueRequest(chain_id="shop-1"), wire.QueryQueueResponse)
    assert (queue.queue.outbox, queue.queue.inbox, queue.outgoing) == (2, 0, hub.peer("shop-1").outgoing)
    packet = ask(hub, "Packet", wire.QueryPacketRequest(chain_id="shop-1", sequence=2), wire.QueryPacketResponse)
    assert packet.pending.coin.amount == 6
    packets = ask(
        hub, "Packets", wire.QueryPacketsRequest(chain_id="shop-1", from_sequence=2), wire.QueryPacketsResponse
    )
    assert packets.packets == (hub.packet_bytes("shop-1", 2),)
    settle(hub, shop)
    packet = ask(hub, "Packet", wire.QueryPacketRequest(chain_id="shop-1", sequence=2), wire.QueryPacketResponse)
    assert packet.pending is None
    out = ask(hub, "Outstanding", wire.QueryOutstandingRequest(chain_id="shop-1"), wire.QueryOutstandingResponse)
    assert [(coin.denom, coin.amount) for coin in out.coins] == [(BASE_DENOM, 11)]
    receipt = ask(shop, "Receipt", wire.QueryReceiptRequest(chain_id="qos-1", sequence=1), wire.QueryReceiptResponse)
    assert (receipt.receipt.code, receipt.receipt.result) == (0, 1)
    voucher = voucher_denom((hub.peer("shop-1").outgoing,), BASE_DENOM)
    found = ask(shop, "Voucher", wire.QueryVoucherRequest(denom=voucher), wire.QueryVoucherResponse)
    assert (found.voucher.symbol, found.voucher.base_denom) == ("QOS@qos-1", BASE_DENOM)
    assert ask(shop, "Vouchers", wire.QueryVouchersRequest(), wire.QueryVouchersResponse).vouchers == (found.voucher,)
    client = ask(hub, "Client", wire.QueryClientRequest(chain_id="shop-1"), wire.QueryClientResponse)
    assert client.expires == client.client.time + 7 * DAY_NS
    header = ask(
        hub, "Header", wire.QueryHeaderRequest(chain_id="shop-1", height=client.client.height), wire.QueryHeaderResponse
    )
    assert header.app_hash == shop.header(client.client.height).signed_header.header.app_hash
    assert ask(hub, "Peers", wire.QueryPeersRequest(), wire.QueryPeersResponse).peers == (hub.peer("shop-1"),)
    assert ask(hub, "Peer", wire.QueryPeerRequest(chain_id="shop-1"), wire.QueryPeerResponse).peer == hub.peer("shop-1")
    params = ask(hub, "Params", wire.QueryParamsRequest(), wire.QueryParamsResponse).params
    assert (params.dev, params.pause) == (True, 72 * 3600 * 10**9)
    assert ask(hub, "Claims", wire.QueryClaimsRequest(owner=ALICE.address), wire.QueryClaimsResponse).claims == ()


@pytest.mark.parametrize(
    ("name", "request_", "error"),
    [
        ("Peer", wire.QueryPeerRequest(chain_id="mall-1"), ("qcp", 1)),
        ("Packet", wire.QueryPacketRequest(chain_id="shop-1", sequence=9), ("sdk", 22)),
        ("Receipt", wire.QueryReceiptRequest(chain_id="shop-1", sequence=2**64 - 1), ("sdk", 22)),
        ("Header", wire.QueryHeaderRequest(chain_id="shop-1", height=-1), ("sdk", 22)),
        ("Voucher", wire.QueryVoucherRequest(denom="aqos"), ("sdk", 22)),
    ],
)
def test_a_query_for_what_does_not_exist_says_so(name, request_, error):
    hub, _ = connected()
    answer = hub.ask(f"/qos.qcp.v1.Query/{name}", request_)
    assert (answer.codespace, answer.code) == error
