"""Orders from another chain are kept under the next number and settled once by the provider alone."""

from typing import Any

import pytest

from qos.base.errors import InvariantBroken, RuleViolation
from qos.base.identifiers import format_address
from qos.chains.business import BUSINESS
from qos.modules.crosschain.qcp.caller import caller_address
from qos.modules.crosschain.qcp.state import RECEIPTS
from qos.proto import codec
from qos.proto.records.qos_orders_v1 import (
    MsgSettle,
    Order,
    OrderStatus,
    QueryOrderRequest,
    QueryOrderResponse,
    QueryOrdersRequest,
    QueryOrdersResponse,
)
from qos.proto.records.qos_qcp_v1 import MsgSendData, PacketResult
from qos.testing.chain import ALICE, BOB, VirtualChain, genesis_document
from qos.testing.qcp_deliveries import carry
from qos.testing.qcp_network import Side, codes_of, connect, expect_ok, public_chain

PROVIDER = BOB
DONE, REFUSED, OPEN = (
    OrderStatus.ORDER_STATUS_DONE,
    OrderStatus.ORDER_STATUS_REFUSED,
    OrderStatus.ORDER_STATUS_OPEN,
)


class Shop:
    """A public chain, and a provider's chain that takes orders."""

    def __init__(self, **state: object) -> None:
        named = {"params": {"provider": format_address(PROVIDER.address)}}
        self.hub = public_chain()
        self.side = Side(BUSINESS, "shop-1", price=0, first=11, states={"orders": named | state})
        connect(self.hub, self.side)

    def order(self, body: bytes) -> tuple[str, bytes]:
        """Send an order and carry it; return the reason of a failure and the result's data."""
        message = MsgSendData(
            sender=ALICE.address, destination="shop-1", application="orders", body=body, payload_gas=100_000
        )
        expect_ok(self.hub.do(ALICE, message))
        expect_ok(carry(self.hub, self.side))
        sequence = self.side.queue("qos-1").inbox
        receipt = RECEIPTS.get(self.side.state(), (self.side.peer("qos-1").incoming, sequence))
        assert receipt is not None
        data = codec.decode(PacketResult, self.side.packet("qos-1", receipt.result).payload).data
        return receipt.reason, data

    def find(self, number: int) -> Order:
        path, request = "/qos.orders.v1.Query/Order", QueryOrderRequest(number=number)
        found = self.side.query(path, request, QueryOrderResponse).order
        assert found is not None
        return found

    def settle(self, number: int, status: OrderStatus = DONE, *, who: Any = PROVIDER) -> tuple[str, int]:
        message = MsgSettle(provider=who.address, number=number, status=status, note="ready at noon")
        return codes_of(self.side.do(who, message))


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_an_order_is_kept_with_its_customer_and_answered_with_its_number(shop):
    assert shop.order("two cups, grüner Tee".encode()) == ("", b"1")
    assert shop.order(b"one more") == ("", b"2")
    first = shop.find(1)
    assert (first.chain_id, first.sender, first.text, first.status) == (
        "qos-1",
        ALICE.address,
        "two cups, grüner Tee",
        OPEN,
    )
    assert first.customer == caller_address(shop.side.peer("qos-1").incoming, ALICE.address)
    listed = shop.side.query("/qos.orders.v1.Query/Orders", QueryOrdersRequest(), QueryOrdersResponse).orders
    assert [each.number for each in listed] == [1, 2]


@pytest.mark.parametrize(
    ("body", "reason"), [(b"", "orders/2"), (b"x" * 1_025, "orders/2"), (b"\xff", "orders/2"), (b"x" * 1_024, "")]
)
def test_an_order_is_text_of_bounded_length(shop, body, reason):
    assert shop.order(body)[0] == reason


def test_without_a_provider_no_orders_are_taken():
    shop = Shop(params={})
    assert shop.order(b"tea") == ("orders/1", b"orders/1")
    assert shop.settle(1) == ("orders", 3)


def test_the_provider_settles_an_order_once(shop):
    shop.order(b"tea")
    assert shop.settle(1, who=ALICE) == ("orders", 3)
    assert shop.settle(1, OPEN) == ("orders", 6)
    assert shop.settle(2) == ("orders", 4)
    assert shop.settle(1, REFUSED) == ("", 0)
    assert (shop.find(1).status, shop.find(1).note) == (REFUSED, "ready at noon")
    assert shop.settle(1) == ("orders", 5)


def exported(shop: Shop) -> dict[str, Any]:
    found = shop.side.machine.export_genesis()["orders"]
    assert isinstance(found, dict)
    return found


def test_the_book_survives_an_export(shop):
    shop.order(b"tea")
    shop.order(b"cake")
    shop.settle(2)
    again = Shop(**exported(shop))
    assert (again.find(1), again.find(2)) == (shop.find(1), shop.find(2))
    assert again.order(b"more") == ("", b"3")


def test_a_book_out_of_order_is_refused(shop):
    shop.order(b"tea")
    for change in ({"number": "2"}, {"status": "ORDER_STATUS_UNSPECIFIED"}):
        state = exported(shop)
        state["orders"][0].update(change)
        with pytest.raises((RuleViolation, InvariantBroken)):
            VirtualChain(genesis_document(BUSINESS, orders=state), chain=BUSINESS)
