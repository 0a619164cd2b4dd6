"""A websocket client that stops reading is cut off; blocks and other clients go on meanwhile."""

import json
import socket
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from qos.testing.served_engine import Served, open_engine, serving

pytestmark = pytest.mark.e2e
LARGE = b"x" * 200_000
DEADLINE_S = 60
UPGRADE = (
    b"GET /websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def subscribe_and_sleep(node: Served, sleeper: socket.socket) -> None:
    """Subscribe to blocks over a socket that takes little, and read only the answer to the upgrade."""
    sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    address = urlsplit(node.websocket_url)
    sleeper.connect((address.hostname, address.port))
    sleeper.sendall(UPGRADE)
    assert sleeper.recv(4096).startswith(b"HTTP/1.1 101")
    request = json.dumps({"id": 1, "method": "subscribe", "params": {"query": "tm.event='NewBlock'"}}).encode()
    assert len(request) < 126
    unmasked = bytes(4)
    sleeper.sendall(bytes((0x81, 0x80 | len(request))) + unmasked + request)


def broadcast(node: Served, number: int) -> int:
    tx = b64encode(b"large=%d%s" % (number, LARGE)).decode()
    return int(node.call("broadcast_tx_commit", tx=tx)["result"]["height"])


def test_a_client_that_stops_reading_is_cut_off(tmp_path: Path) -> None:
    with serving(open_engine(tmp_path)) as node, socket.socket() as sleeper:
        subscribe_and_sleep(node, sleeper)
        deadline, heights = time.monotonic() + DEADLINE_S, [broadcast(node, 0)]
        assert len(node.engine.subscriptions) == 1
        while len(node.engine.subscriptions) and time.monotonic() < deadline:
            heights.append(broadcast(node, len(heights)))
        assert len(node.engine.subscriptions) == 0
        assert heights == sorted(set(heights))
        assert node.get("/health")["result"] == {}
