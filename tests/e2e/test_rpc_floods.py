"""Threat 35: many sockets, many filters, long batches. Whoever asks too much waits or is sent away; blocks go on."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from qos.rpc.comet.websocket import MAX_CLIENTS, MAX_SUBSCRIPTIONS
from qos.testing.served_engine import Served, open_engine, serving

pytestmark = pytest.mark.e2e
SOCKETS = 200
TXS = 500
SENT_AWAY = 403
PATIENCE_S = 60
SLOWEST_ANSWER_S = 10
"""Far above what is measured (0.2 s), for a machine that does other things too."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Served]:
    with serving(open_engine(tmp_path)) as served:
        yield served


def is_let_in(node: Served, stack: ExitStack) -> bool:
    """Connect for as long as the stack lasts; tells whether the node let it."""
    try:
        stack.enter_context(connect(node.websocket_url, open_timeout=PATIENCE_S))
    except InvalidStatus as error:
        return error.response.status_code != SENT_AWAY
    return True


def ask(socket: ClientConnection, request_id: int, **query: str) -> Any:
    socket.send(json.dumps({"jsonrpc": "2.0", "id": request_id, "method": "subscribe", "params": query}))


def committed(node: Served, tx: bytes) -> int:
    """Commit a transaction and return its height."""
    began = time.monotonic()
    height = int(node.call("broadcast_tx_commit", tx=b64encode(tx).decode())["result"]["height"])
    assert time.monotonic() - began < SLOWEST_ANSWER_S
    return height


def test_of_200_sockets_half_are_let_in_and_blocks_go_on(node: Served) -> None:
    with ExitStack() as stack:
        with ThreadPoolExecutor(16) as threads:
            admitted = list(threads.map(lambda _: is_let_in(node, stack), range(SOCKETS)))
        assert sum(admitted) == MAX_CLIENTS
        first = committed(node, b"a=1")
        assert committed(node, b"b=1") > first
        assert node.get("/health")["result"] == {}
    deadline = time.monotonic() + PATIENCE_S
    with ExitStack() as stack:
        while not is_let_in(node, stack):
            assert time.monotonic() < deadline


def test_ten_thousand_filters_hold_up_no_block_and_each_gets_its_own(node: Served, long_run: bool) -> None:
    clients = MAX_CLIENTS if long_run else 20
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(node.websocket_url)) for _ in range(clients)]
        for number, socket in enumerate(sockets):
            for each in range(MAX_SUBSCRIPTIONS):
                ask(socket, each, query=f"tm.event='Tx' AND app.key='k{number}-{each}'")
        for socket in sockets:
            for _ in range(MAX_SUBSCRIPTIONS):
                assert json.loads(socket.recv(timeout=PATIENCE_S))["result"] == {}
        assert len(node.engine.subscriptions) == clients * MAX_SUBSCRIPTIONS
        node.submit([b"noise%d=1" % number for number in range(TXS)])
        heights = [committed(node, b"k%d-%d=1" % (number, number)) for number in range(0, clients, 5)]
        assert heights == sorted(set(heights))
        for number in range(0, clients, 5):
            frame = json.loads(sockets[number].recv(timeout=PATIENCE_S))
            assert (frame["id"], frame["result"]["events"]["app.key"]) == (number, [f"k{number}-{number}"])


def test_calls_come_between_those_of_long_batches(node: Served) -> None:
    for number in range(20):
        committed(node, b"big=%d%s" % (number, b"x" * 200_000))
    body = [{"jsonrpc": "2.0", "id": each, "method": "block", "params": {"height": "1"}} for each in range(20)]
    with ThreadPoolExecutor(8) as threads:
        batches = [threads.submit(node.http.post, "/", json=body) for _ in range(16)]
        height = committed(node, b"between=1")
        assert all(len(each.result(PATIENCE_S).json()) == 20 for each in batches)
    assert height > 20


def test_a_page_of_too_many_bytes_is_refused_and_a_smaller_one_answered(node: Served) -> None:
    for number in range(35):
        committed(node, b"big=%d%s" % (number, b"x" * 500_000))
    refused = node.call("block_search", query="block.height > 0", per_page="100", page="1", order_by="asc")["error"]
    assert "ask for fewer per_page" in refused["data"]
    assert "ask for fewer per_page" in node.call("tx_search", query="tx.height > 0", per_page="35")["error"]["data"]
    assert len(node.call("tx_search", query="tx.height > 0", per_page="5")["result"]["txs"]) == 5
