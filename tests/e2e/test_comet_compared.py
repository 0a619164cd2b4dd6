"""Every route, side by side with a running CometBFT 0.38 and its key-value application.

Compared: members, types, the form of texts, HTTP status, error codes and sentences; not the values.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from qos.lightclient.evidence_json import DUPLICATE_VOTES
from qos.rpc.comet.methods import ROUTES
from qos.testing.comet_peer import DEADLINE_S, Node, running_comet, running_ours, text
from qos.testing.engine_program import BUILD_TIMEOUT_S
from qos.testing.shapes import differences

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
OURS_ONLY = {"app_state"}
HASH = "AA" * 32


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_comet(tmp_path_factory.mktemp("cometbft")) as node:
        yield node


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_ours(tmp_path_factory.mktemp("ours")) as node:
        yield node


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
    evidence = {"type": DUPLICATE_VOTES, "value": value}
    answers = [node.call("broadcast_evidence", evidence=evidence)["error"] for node in (theirs, ours)]
    assert [each["code"] for each in answers] == [-32603, -32603]
    assert all("failed to add evidence" in each["data"] for each in answers)
