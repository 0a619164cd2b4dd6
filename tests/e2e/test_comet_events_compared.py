"""Every event frame and its order, side by side with a running CometBFT 0.38 and its key-value application."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.sync.client import connect

from qos.engine.embedded.occurrences import Kind, occurrences_of
from qos.rpc.comet.event_frames import frame
from qos.testing.comet_peer import Node, ask, running_comet, running_ours, text
from qos.testing.engine_program import BUILD_TIMEOUT_S
from qos.testing.engine_worlds import produce, world
from qos.testing.shapes import differences

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
KEY = b64encode(bytes(range(32))).decode()
UNSET_THERE = {"data", "gas_wanted", "gas_used", "events"}
"""Left out of their frames because their application does not set them."""


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_comet(tmp_path_factory.mktemp("cometbft")) as node:
        yield node


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_ours(tmp_path_factory.mktemp("ours")) as node:
        yield node


def placed(event: Any) -> tuple[str, object]:
    """Return what an event is, and where in the making of a block it happened."""
    (kind,) = event["events"]["tm.event"]
    value = event["data"]["value"]
    return kind, value["Vote"]["type"] if kind == "Vote" else value.get("step")


def told_about(txs: list[bytes]) -> list[tuple[str, object]]:
    producer = world().producer()
    (committed,) = produce(producer, txs)
    return [placed(frame("", each)) for each in occurrences_of(committed, producer.prevotes)]


def test_a_block_is_told_in_the_order_of_theirs(theirs: Node) -> None:
    """The block with a transaction from where theirs was when it came, and the whole proof block after it."""
    blocks: list[list[tuple[str, object]]] = [[]]
    with connect(theirs.websocket) as socket:
        ask(socket, "subscribe", query="tm.event EXISTS")
        theirs.call("broadcast_tx_async", tx=text(b"order=1"))
        while len(blocks) < 3 or ("Tx", None) not in blocks[-3]:
            blocks[-1].append(placed(json.loads(socket.recv(timeout=20))["result"]))
            if blocks[-1][-1] == ("NewRoundStep", "RoundStepNewHeight"):
                blocks.append([])
    ours = told_about([b"order=1"])
    assert ours[-len(blocks[-3]) :] == blocks[-3]
    assert told_about([]) == blocks[-2]


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
            if kind is Kind.NEW_EVIDENCE:
                node.vote_twice()
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
