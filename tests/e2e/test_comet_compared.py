"""Every route and every event frame, side by side with a running CometBFT 0.38.26 and its key-value application.

Compared: members, types, the form of texts, HTTP status, error codes and sentences; not the values. The binary comes
from the Go module proxy once and stays in `build/`.
"""

import json
import os
import re
import shutil
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from qos.engine.embedded.io.subscriptions import Kind
from qos.lightclient import duplicate_votes
from qos.rpc.comet.methods import ROUTES
from qos.testing.served_engine import open_engine, serving
from qos.testing.shapes import differences

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("go") is None, reason="no Go on this machine to build CometBFT with"),
]
VERSION = "0.38.26"
BUILD = Path(__file__).resolve().parents[2] / "build" / f"cometbft-{VERSION}"
DEADLINE_S = 60
QUIET = "create_empty_blocks = false"
KEY = b64encode(bytes(range(32))).decode()
OURS_ONLY = {"app_state"}
UNSET_THERE = {"data", "gas_wanted", "gas_used", "events"}
"""Left out of their frames because their application does not set them."""

HASH = "AA" * 32


def text(data: bytes) -> str:
    return b64encode(data).decode()


class Node:
    """A node by its address."""

    def __init__(self, port: int) -> None:
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
        self.websocket = f"ws://127.0.0.1:{port}/websocket"

    def call(self, method: str, **params: object) -> Any:
        return self.http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()

    def commit(self, tx: bytes) -> Any:
        return self.call("broadcast_tx_commit", tx=text(tx))["result"]


@pytest.fixture(scope="session")
def program() -> Path:
    """Build the engine, unless it is there."""
    target = BUILD / "cometbft"
    if not target.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["go", "install", f"github.com/cometbft/cometbft/cmd/cometbft@v{VERSION}"],
            env={**os.environ, "GOBIN": str(BUILD), "GOFLAGS": ""},
            check=True,
        )
    return target


@pytest.fixture(scope="module")
def theirs(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("cometbft")
    subprocess.run([program, "init", "--home", home], check=True, capture_output=True)
    config = home / "config" / "config.toml"
    quick = re.sub(r'timeout_commit = "\w+"', 'timeout_commit = "100ms"', config.read_text())
    config.write_text(quick.replace("create_empty_blocks = true", QUIET))
    log = home / "log"
    ports = ("--rpc.laddr", "tcp://127.0.0.1:0", "--p2p.laddr", "tcp://127.0.0.1:0")
    with log.open("wb") as output:
        process = subprocess.Popen([program, "node", "--home", home, "--proxy_app", "kvstore", *ports], stdout=output)
    try:
        node = Node(rpc_port(log))
        for number in range(5):
            node.commit(b"k%d=v" % number)
        yield node
        node.http.close()
    finally:
        process.terminate()
        process.wait(10)


def rpc_port(log: Path) -> int:
    """Return the port a starting node says it listens on."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        found = re.search(r"serve.*?127\.0\.0\.1:(\d+)", log.read_text())
        if found is not None:
            return int(found[1])
        time.sleep(0.05)
    raise AssertionError(log.read_text()[-2000:])


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with serving(open_engine(tmp_path_factory.mktemp("ours"))) as served:
        node = Node(served.http.base_url.port or 0)
        for number in range(5):
            node.commit(b"from:bob:k%d=v" % number)
        yield node
        node.http.close()


ANSWERED: list[tuple[str, dict[str, object]]] = [
    ("health", {}),
    ("status", {}),
    ("net_info", {}),
    ("genesis", {}),
    ("genesis_chunked", {"chunk": "0"}),
    ("consensus_params", {"height": "2"}),
    ("consensus_state", {}),
    ("dump_consensus_state", {}),
    ("validators", {"height": "2", "page": "1", "per_page": "5"}),
    ("abci_info", {}),
    ("abci_query", {"path": "", "data": b"k1".hex()}),
    ("abci_query", {"path": "", "data": b"absent".hex()}),
    ("block", {}),
    ("block", {"height": "3"}),
    ("block_by_hash", {"hash": ""}),
    ("block_results", {"height": "2"}),
    ("blockchain", {"minHeight": "1", "maxHeight": "3"}),
    ("block_search", {"query": "block.height > 1", "per_page": "2"}),
    ("commit", {"height": "2"}),
    ("header", {"height": "2"}),
    ("header_by_hash", {"hash": HASH}),
    ("check_tx", {"tx": text(b"new=1")}),
    ("check_tx", {"tx": text(b"malformed")}),
    ("num_unconfirmed_txs", {}),
    ("unconfirmed_txs", {"limit": "5"}),
    ("tx_search", {"query": "tx.height > 0", "prove": True, "per_page": "2", "order_by": "desc"}),
    ("tx_search", {"query": "app.key = 'nothing'"}),
    ("broadcast_tx_async", {"tx": text(b"one=1")}),
    ("broadcast_tx_sync", {"tx": text(b"two=2")}),
    ("broadcast_tx_sync", {"tx": text(b"malformed")}),
    ("broadcast_tx_commit", {"tx": text(b"three=3")}),
]
REFUSED_WITH_THE_SAME_SENTENCE: list[tuple[str, dict[str, object]]] = [
    ("block", {"height": "-1"}),
    ("block", {"height": "0"}),
    ("commit", {"height": "0"}),
    ("header", {"height": "-5"}),
    ("validators", {"height": "1", "page": "5"}),
    ("blockchain", {"minHeight": "9", "maxHeight": "3"}),
    ("tx", {"hash": text(bytes(32))}),
    ("block_search", {"query": "block.height > 0", "page": "99999", "per_page": "100"}),
    ("tx_search", {"query": "tx.height > 0", "order_by": "up"}),
    ("broadcast_evidence", {}),
]
REFUSED: list[tuple[str, dict[str, object]]] = [
    ("block", {"height": "999999"}),
    ("block", {"height": "abc"}),
    ("block_results", {"height": "999999"}),
    ("consensus_params", {"height": "999999"}),
    ("genesis_chunked", {"chunk": "7"}),
    ("tx_search", {"query": "nonsense"}),
    ("tx_search", {"query": ""}),
    ("tx", {"hash": "!"}),
    ("broadcast_tx_sync", {"tx": 5}),
    ("broadcast_evidence", {"evidence": {"type": "nothing", "value": {}}}),
    ("no_such_method", {}),
]


def named(calls: list[tuple[str, dict[str, object]]]) -> list[str]:
    return [f"{method} {params}" for method, params in calls]


def test_every_route_is_compared() -> None:
    compared = {method for method, _ in ANSWERED} | {"tx", "broadcast_evidence"}
    assert compared == set(ROUTES)
    assert len(ROUTES) == 28


@pytest.mark.parametrize(("method", "params"), ANSWERED, ids=named(ANSWERED))
def test_an_answer_has_the_members_and_types_of_theirs(
    theirs: Node, ours: Node, method: str, params: dict[str, object]
) -> None:
    expected, found = theirs.call(method, **params), ours.call(method, **params)
    assert "result" in expected, expected
    assert set(expected) == set(found)
    assert not list(differences("result", expected["result"], found["result"], OURS_ONLY))


def indexed(node: Node, tx_hash: bytes) -> Any:
    """Return a transaction with its proof; CometBFT indexes a block some time after it answered."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        answer = node.call("tx", hash=text(tx_hash), prove=True)
        if "result" in answer:
            return answer["result"]
    raise AssertionError("the transaction was not indexed in time")


def test_a_transaction_is_shown_alike(theirs: Node, ours: Node) -> None:
    shown = []
    for node in (theirs, ours):
        sent = node.commit(b"shown=1")
        found = indexed(node, bytes.fromhex(sent["hash"]))
        assert node.http.get(f"/tx?hash=0x{sent['hash']}&prove=true").json()["result"] == found
        shown.append(found)
    assert not list(differences("tx", *shown))


@pytest.mark.parametrize(
    ("method", "params"), REFUSED_WITH_THE_SAME_SENTENCE, ids=named(REFUSED_WITH_THE_SAME_SENTENCE)
)
def test_a_refusal_says_the_same(theirs: Node, ours: Node, method: str, params: dict[str, object]) -> None:
    expected, found = theirs.call(method, **params), ours.call(method, **params)
    pages = re.compile(r"\[1, \d+\]")
    assert pages.sub("[]", found["error"].pop("data")) == pages.sub("[]", expected["error"].pop("data"))
    assert found == expected


@pytest.mark.parametrize(("method", "params"), REFUSED, ids=named(REFUSED))
def test_a_refusal_has_the_same_code(theirs: Node, ours: Node, method: str, params: dict[str, object]) -> None:
    expected, found = theirs.call(method, **params), ours.call(method, **params)
    assert (found["error"]["code"], found["error"]["message"]) == (
        expected["error"]["code"],
        expected["error"]["message"],
    )


URIS = (
    "/status",
    "/block?height=2",
    '/block?height="2"',
    "/block?height=abc",
    "/block?height=0",
    "/blockchain?minHeight=1&maxHeight=2",
    '/abci_query?path=""&data=0x6b31',
    '/abci_query?data="k1"',
    '/tx_search?query="tx.height>0"&per_page=1&prove=true',
    "/tx_search?query=unquoted",
    '/check_tx?tx="uri=1"',
    "/check_tx?tx=0x61",
    '/broadcast_tx_sync?tx="uri=2"',
    "/header_by_hash?hash=0x00",
    "/validators?page=2",
    "/nothing",
    "/genesis_chunked?chunk=zero",
)


@pytest.mark.parametrize("uri", URIS)
def test_a_uri_is_understood_alike(theirs: Node, ours: Node, uri: str) -> None:
    expected, found = theirs.http.get(uri), ours.http.get(uri)
    assert found.status_code == expected.status_code
    if not expected.headers["content-type"].startswith("application/json"):
        return
    shown, mine = expected.json(), found.json()
    assert (set(mine), mine["id"]) == (set(shown), shown["id"])
    if "error" in shown:
        assert (mine["error"]["code"], mine["error"]["message"]) == (shown["error"]["code"], shown["error"]["message"])
    else:
        assert not list(differences("result", shown["result"], mine["result"]))


BODIES: list[object] = [
    [{"jsonrpc": "2.0", "id": 1, "method": "health"}, {"jsonrpc": "2.0", "id": 2, "method": "health", "params": {}}],
    {"jsonrpc": "2.0", "id": 7, "method": "block", "params": {"height": "2"}},
    {"jsonrpc": "2.0", "method": "health"},
]


@pytest.mark.parametrize("body", BODIES, ids=json.dumps)
def test_a_body_is_answered_in_the_same_form(theirs: Node, ours: Node, body: object) -> None:
    expected, found = theirs.http.post("/", json=body), ours.http.post("/", json=body)
    assert found.status_code == expected.status_code
    if not expected.content:
        assert not found.content
        return
    assert not list(differences("answer", expected.json(), found.json()))


def test_a_body_that_is_no_request_is_refused_by_both(theirs: Node, ours: Node) -> None:
    for body in (b"{", b"", b"5", b"[]"):
        statuses = [node.http.post("/", content=body).status_code for node in (theirs, ours)]
        assert statuses[0] >= 400 or statuses[0] == 200, body
    too_long = b"[" + b" " * 1_000_001 + b"]"
    assert [node.http.post("/", content=too_long).is_error for node in (theirs, ours)] == [True, True]


def ask(socket: ClientConnection, method: str, **params: object) -> Any:
    socket.send(json.dumps({"jsonrpc": "2.0", "id": 9, "method": method, "params": params}))
    return json.loads(socket.recv(timeout=20))


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_an_event_has_the_frame_of_theirs(theirs: Node, ours: Node, kind: Kind) -> None:
    frames = []
    changes = {theirs.websocket: f"val=ed25519!{KEY}!1", ours.websocket: f"validator:{'00' * 31}07=1"}
    for node in (theirs, ours):
        with connect(node.websocket) as socket:
            assert ask(socket, "subscribe", query=f"tm.event='{kind.value}'") == {
                "jsonrpc": "2.0",
                "id": 9,
                "result": {},
            }
            tx = changes[node.websocket] if kind is Kind.VALIDATOR_SET_UPDATES else f"{kind.value}=1"
            node.call("broadcast_tx_async", tx=text(tx.encode()))
            frames.append(json.loads(socket.recv(timeout=20)))
    expected, found = frames
    keys = [frame["result"].pop("events") for frame in frames]
    assert not list(differences("frame", expected, found, UNSET_THERE))
    assert {key for key in keys[0] if "." in key and key.split(".")[0] in ("tm", "tx", "block")} == {
        key for key in keys[1] if key.split(".")[0] in ("tm", "tx")
    }
    assert all(isinstance(value, list) for value in keys[1].values())


SOCKET_REFUSALS: list[tuple[str, str]] = [
    ("subscribe", "nonsense"),
    ("unsubscribe", "tm.event='Nothing'"),
    ("unsubscribe_all", ""),
    ("no_such_method", ""),
]


@pytest.mark.parametrize(("method", "query"), SOCKET_REFUSALS)
def test_a_socket_refuses_with_the_same_code(theirs: Node, ours: Node, method: str, query: str) -> None:
    answers = []
    for node in (theirs, ours):
        with connect(node.websocket) as socket:
            answers.append(ask(socket, method, **({"query": query} if query else {}))["error"])
    assert (answers[0]["code"], answers[0]["message"]) == (answers[1]["code"], answers[1]["message"])


def test_a_repeated_and_an_ended_subscription_are_refused_with_the_same_words(theirs: Node, ours: Node) -> None:
    spoken = []
    for node in (theirs, ours):
        with ExitStack() as stack:
            socket = stack.enter_context(connect(node.websocket))
            query = "tm.event='Tx' AND a.b='c'"
            spoken.append(
                [
                    ask(socket, "subscribe", query=query),
                    ask(socket, "subscribe", query=query),
                    ask(socket, "unsubscribe", query=query),
                    ask(socket, "unsubscribe", query=query),
                ]
            )
    assert spoken[0] == spoken[1]


def test_evidence_is_read_in_their_form(theirs: Node, ours: Node) -> None:
    part = {"hash": HASH, "parts": {"total": 1, "hash": HASH}}
    vote = {
        "type": 2,
        "height": "1",
        "round": 0,
        "block_id": part,
        "timestamp": "2026-01-01T00:00:00Z",
        "validator_address": "AA" * 20,
        "validator_index": 0,
        "signature": text(bytes(64)),
    }
    other = {**vote, "block_id": {**part, "hash": "BB" * 32}}
    value = {
        "vote_a": vote,
        "vote_b": other,
        "TotalVotingPower": "10",
        "ValidatorPower": "10",
        "Timestamp": "2026-01-01T00:00:00Z",
    }
    evidence = {"type": duplicate_votes.TYPE, "value": value}
    answers = [node.call("broadcast_evidence", evidence=evidence)["error"] for node in (theirs, ours)]
    assert [each["code"] for each in answers] == [-32603, -32603]
    assert all("failed to add evidence" in each["data"] for each in answers)
