"""Codecs of stored records."""

import pytest

from qos.base.identifiers import Address
from qos.proto.codec import MalformedBytes
from qos.proto.records.qos_orders_v1 import Order
from qos.store.values import record_of

ORDER = Order(number=7, chain_id="shop-1", sender=Address(bytes(20)), customer=Address(bytes(20)))


@pytest.mark.parametrize("remembered", [0, 1])
def test_a_record_is_stored_in_its_canonical_encoding(remembered: int) -> None:
    orders = record_of(Order, remembered=remembered)
    assert orders.decode(orders.encode(ORDER)) == ORDER
    with pytest.raises(MalformedBytes):
        orders.decode(orders.encode(ORDER) + b"\x00")


def test_a_remembered_record_is_decoded_once() -> None:
    orders, forgetful = record_of(Order, remembered=1), record_of(Order)
    data = orders.encode(ORDER)
    assert orders.decode(data) is orders.decode(bytes(bytearray(data)))
    assert forgetful.decode(data) is not forgetful.decode(data)
