"""What names a queue, a packet and a voucher, and the limits a request is held to when it is sent."""

from dataclasses import replace
from hashlib import sha256

import pytest

from qos.machine.context import Context
from qos.machine.gas import GasMeter
from qos.modules.crosschain.qcp import packet_errors
from qos.modules.crosschain.qcp.packets import (
    DEFAULT_TIMEOUT_NS,
    MAX_PAYLOAD_BYTES,
    MAX_PAYLOAD_GAS,
    checked_timeout,
    packet_hash,
    payload_hash,
    queue_id,
)
from qos.modules.crosschain.qcp.queues import send_request
from qos.modules.crosschain.qcp.state import OUTBOX
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.modules.crosschain.qcp.types import Held, Request, Sent
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.store.overlay import Overlay
from qos.testing.chain import ALICE
from qos.testing.qcp_network import Side, connected

HERE, THERE = b"h" * 32, b"t" * 32


def prefixed(*fields: bytes) -> bytes:
    assert all(len(field) < 128 for field in fields)
    return b"".join(bytes((len(field),)) + field for field in fields)


def test_a_queue_id_is_the_one_of_the_protocol():
    expected = sha256(prefixed(b"qcp-queue", b"qos-1", HERE, b"shop-1", THERE, bytes(7) + b"\x02")).digest()
    assert queue_id("qos-1", HERE, "shop-1", THERE, 2) == expected


def test_no_two_queues_share_an_id():
    ids = {
        queue_id("qos-1", HERE, "shop-1", THERE, 1),
        queue_id("shop-1", THERE, "qos-1", HERE, 1),
        queue_id("qos-1", HERE, "shop-1", THERE, 2),
        queue_id("qos-1", THERE, "shop-1", THERE, 1),
        queue_id("qos-1", HERE, "shop-1", HERE, 1),
        queue_id("qos-1s", HERE, "hop-1", THERE, 1),
    }
    assert len(ids) == 6


def test_a_voucher_is_named_by_the_hash_of_its_path_and_denomination():
    path = (b"1" * 32, b"2" * 32)
    assert voucher_denom(path, "aqos") == "qcp/" + sha256(prefixed(*path, b"aqos")).hexdigest()
    assert voucher_denom(path[::-1], "aqos") != voucher_denom(path, "aqos")


@pytest.mark.parametrize("seconds", [600, 7 * 86_400])
def test_a_timeout_at_its_bounds_is_taken(seconds):
    assert checked_timeout(seconds * 10**9) == seconds * 10**9
    assert checked_timeout(None) == DEFAULT_TIMEOUT_NS


@pytest.fixture(scope="module")
def hub() -> Side:
    return connected()[0]


REQUEST = Request(payload_type="note", payload=b"n" * MAX_PAYLOAD_BYTES, gas=MAX_PAYLOAD_GAS, timeout_ns=5)


def sent(hub: Side, request: Request) -> tuple[Context, Sent]:
    ctx = Context(Overlay(hub.machine.store.reader()), hub.next_block(), GasMeter(10**9), [])
    held = Held(refund_address=ALICE.address, coin=Coin(denom="aqos", amount=1), burned=False)
    return ctx, send_request(ctx, hub.peer("shop-1"), request, held)


def test_a_request_at_every_limit_is_sent_and_named_by_its_bytes(hub):
    ctx, found = sent(hub, REQUEST)
    stored = OUTBOX.get(ctx, (hub.peer("shop-1").outgoing, 1))
    assert stored is not None
    assert found.hash == packet_hash(stored) == sha256(stored).digest()
    assert payload_hash("note", b"x") != payload_hash("notex", b"")


@pytest.mark.parametrize(
    "change",
    [
        {"payload": b"n" * (MAX_PAYLOAD_BYTES + 1)},
        {"gas": MAX_PAYLOAD_GAS + 1},
        {"gas": 0},
        {"payload_type": ""},
        {"payload_type": "t" * 65},
    ],
)
def test_a_request_above_a_limit_is_not_sent(hub, change):
    with pytest.raises(packet_errors.BadPayload):
        sent(hub, replace(REQUEST, **change))
