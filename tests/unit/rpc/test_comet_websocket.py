"""The websocket: calls, subscriptions, and who is sent away."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from qos.rpc.comet.websocket import MAX_CLIENTS, MAX_SUBSCRIPTIONS
from qos.testing.served_engine import Served, open_engine, serving


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(open_engine(tmp_path_factory.mktemp("websocket"))) as served:
        yield served


@pytest.fixture
def socket(node: Served) -> Iterator[ClientConnection]:
    with connect(node.websocket_url) as opened:
        yield opened


def ask(socket: ClientConnection, request_id: int | str, method: str, **params: object) -> Any:
    socket.send(json.dumps({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}))
    return receive(socket)


def receive(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=10))


def in_time(node: Served, holds: Callable[[], bool]) -> bool:
    """Wait, one answer of the node after the other, until something holds."""
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        node.get("/health")
    return holds()


def broadcast(node: Served, tx: bytes) -> Any:
    return node.call("broadcast_tx_commit", tx=b64encode(tx).decode())["result"]


def test_every_route_can_be_called(socket: ClientConnection) -> None:
    assert ask(socket, 5, "status")["result"]["node_info"]["network"] == "kv-1"
    assert ask(socket, "x", "nothing") == {
        "jsonrpc": "2.0",
        "id": "x",
        "error": {"code": -32601, "message": "Method not found", "data": "there is no method 'nothing'"},
    }


def test_a_malformed_frame_is_answered_and_the_connection_lives(socket: ClientConnection) -> None:
    socket.send("{")
    assert receive(socket)["error"]["code"] == -32700
    socket.send(b"\xff\xfe")
    assert receive(socket)["error"]["code"] == -32700
    assert "result" in ask(socket, 1, "health")


def test_events_carry_the_id_and_query_of_their_subscription(node: Served, socket: ClientConnection) -> None:
    query = "tm.event='Tx' AND app.sender='bob'"
    assert ask(socket, 77, "subscribe", query=query) == {"jsonrpc": "2.0", "id": 77, "result": {}}
    broadcast(node, b"from:eve:a=1")
    height = broadcast(node, b"from:bob:a=2")["height"]
    frame = receive(socket)
    assert (frame["id"], frame["result"]["query"]) == (77, query)
    assert frame["result"]["data"]["type"] == "tendermint/event/Tx"
    shown = frame["result"]["data"]["value"]["TxResult"]
    assert shown["height"] == height
    assert not {"index", "code", "log"} & (shown.keys() | shown["result"].keys())
    assert frame["result"]["events"]["app.sender"] == ["bob"]
    assert frame["result"]["events"]["tx.height"] == [height]


def test_blocks_are_announced_in_order_with_their_proof_block(node: Served, socket: ClientConnection) -> None:
    ask(socket, 1, "subscribe", query="tm.event='NewBlock'")
    height = int(broadcast(node, b"b=1")["height"])
    frames = [receive(socket)["result"]["data"]["value"] for _ in range(2)]
    assert [int(each["block"]["header"]["height"]) for each in frames] == [height, height + 1]
    assert [len(each["block"]["data"]["txs"]) for each in frames] == [1, 0]
    assert frames[1]["block"]["header"]["last_block_id"] == frames[0]["block_id"]
    assert len(frames[0]["result_finalize_block"]["tx_results"]) == 1


@pytest.mark.parametrize(("kind", "member"), [("NewBlockHeader", "header"), ("NewBlockEvents", "height")])
def test_other_forms_of_a_block_are_announced(node: Served, socket: ClientConnection, kind: str, member: str) -> None:
    ask(socket, 1, "subscribe", query=f"tm.event='{kind}'")
    broadcast(node, f"{kind}=1".encode())
    assert member in receive(socket)["result"]["data"]["value"]


def test_nothing_comes_after_unsubscribing(node: Served, socket: ClientConnection) -> None:
    query = "tm.event='NewBlock'"
    ask(socket, 9, "subscribe", query=query)
    assert ask(socket, 9, "unsubscribe", query=query) == {"jsonrpc": "2.0", "id": 9, "result": {}}
    broadcast(node, b"c=1")
    assert ask(socket, 10, "health")["id"] == 10
    assert ask(socket, 9, "unsubscribe", query=query)["error"]["data"] == "subscription not found"


def test_all_subscriptions_end_at_once(node: Served, socket: ClientConnection) -> None:
    before = len(node.engine.subscriptions)
    for number in range(3):
        ask(socket, number, "subscribe", query=f"tm.event='Tx' AND app.key='k{number}'")
    assert len(node.engine.subscriptions) == before + 3
    assert ask(socket, 9, "unsubscribe_all")["result"] == {}
    assert len(node.engine.subscriptions) == before
    assert "error" in ask(socket, 9, "unsubscribe_all")


def test_a_bad_or_repeated_or_surplus_subscription_is_refused(socket: ClientConnection) -> None:
    assert "parse query" in ask(socket, 1, "subscribe", query="nonsense")["error"]["data"]
    ask(socket, 1, "subscribe", query="tm.event='Tx' AND app.key='0'")
    assert ask(socket, 1, "subscribe", query="tm.event='Tx' AND app.key='0'")["error"]["data"] == "already subscribed"
    for number in range(1, MAX_SUBSCRIPTIONS):
        assert "result" in ask(socket, number, "subscribe", query=f"tm.event='Tx' AND app.key='{number}'")
    assert "reached" in ask(socket, 1, "subscribe", query="tm.event='Tx'")["error"]["data"]


def test_a_client_who_leaves_takes_its_subscriptions_along(node: Served) -> None:
    assert in_time(node, lambda: len(node.engine.subscriptions) == 0)
    with connect(node.websocket_url) as leaving:
        ask(leaving, 1, "subscribe", query="tm.event='NewBlock'")
        assert len(node.engine.subscriptions) == 1
    assert in_time(node, lambda: len(node.engine.subscriptions) == 0)


def test_one_client_too_many_is_sent_away_and_may_come_back(node: Served) -> None:
    with ExitStack() as stack:
        for _ in range(MAX_CLIENTS):
            ask(stack.enter_context(connect(node.websocket_url)), 1, "health")
        with pytest.raises(InvalidStatus, match="403"), connect(node.websocket_url):
            pass
    assert in_time(node, lambda: is_let_in(node))


def is_let_in(node: Served) -> bool:
    try:
        with connect(node.websocket_url) as back:
            return "result" in ask(back, 1, "health")
    except InvalidStatus:
        return False


def test_a_frame_over_a_megabyte_ends_the_connection(socket: ClientConnection) -> None:
    socket.send(" " * 1_000_001)
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=10)
