"""Routes over HTTP, each against a running key-value chain: what they answer and what they refuse."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from qos.engine import evidence
from qos.lightclient import comet_json, hashes
from qos.lightclient.commits import verify_commit
from qos.lightclient.evidence_json import render_evidence
from qos.rpc.comet.methods import ROUTES
from qos.testing.engine_worlds import seed_of
from qos.testing.offences import double_vote_on
from qos.testing.served_engine import Served, open_engine, serving


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(open_engine(tmp_path_factory.mktemp("routes"))) as served:
        for number in range(5):
            broadcast(served, b"from:bob:k%d=v%d" % (number, number), "commit")
        broadcast(served, b"from:eve:x=y", "commit")
        yield served


def text(data: bytes) -> str:
    return b64encode(data).decode()


def broadcast(node: Served, tx: bytes, way: str) -> Any:
    return result(node, f"broadcast_tx_{way}", tx=text(tx))


def result(node: Served, method: str, **params: object) -> Any:
    answer = node.call(method, **params)
    assert "error" not in answer, answer
    return answer["result"]


def refusal(node: Served, method: str, **params: object) -> Any:
    return node.call(method, **params)["error"]


def heights(found: Any, name: str = "txs") -> list[int]:
    return [int(each["height"] if name == "txs" else each["block"]["header"]["height"]) for each in found[name]]


def test_every_route_answers_get_and_post_alike(node: Served) -> None:
    for name in set(ROUTES) - {"broadcast_tx_commit", "broadcast_tx_sync", "broadcast_tx_async"}:
        got, posted = node.get(f"/{name}"), node.call(name)
        assert got["id"] == -1
        assert set(got) == set(posted)


def test_status_says_what_clients_choose_their_reader_by(node: Served) -> None:
    status = result(node, "status")
    assert status["node_info"]["version"].startswith("0.38.")
    assert status["node_info"]["network"] == "kv-1"
    assert all(status["node_info"].values())
    assert status["sync_info"]["catching_up"] is False
    assert int(status["sync_info"]["latest_block_height"]) >= 12
    assert status["sync_info"]["earliest_block_height"] == "1"
    assert status["validator_info"]["voting_power"] == "10"


def test_a_commit_verifies_against_the_validators_of_its_height(node: Served) -> None:
    signed = comet_json.parse_signed_header(result(node, "commit", height="3")["signed_header"])
    page = comet_json.parse_validators_page(result(node, "validators", height="3"))
    assert hashes.validators_hash(page.validators) == signed.header.validators_hash
    signers = verify_commit("kv-1", page.validators, signed.commit, hashes.header_hash(signed.header))
    assert signers.power == 10


def test_only_a_commit_the_next_block_holds_is_canonical(node: Served) -> None:
    newest = node.engine.height
    assert result(node, "commit")["canonical"] is False
    assert result(node, "commit", height=newest - 1)["canonical"] is True
    shown = result(node, "commit", height=newest - 1)["signed_header"]["commit"]
    assert result(node, "block", height=newest)["block"]["last_commit"] == shown


def test_validators_are_known_one_height_ahead(node: Served) -> None:
    assert result(node, "validators")["block_height"] == str(node.engine.height + 1)
    assert "must be less than" in refusal(node, "validators", height=node.engine.height + 2)["data"]


@pytest.mark.parametrize(
    ("height", "data"),
    [
        ("0", "height must be greater than 0, but got 0"),
        ("-5", "height must be greater than 0, but got -5"),
        ("1000000", "height 1000000 must be less than or equal to the current blockchain height"),
    ],
)
@pytest.mark.parametrize("route", ["block", "block_results", "commit", "header"])
def test_a_height_that_is_not_there_is_refused(node: Served, route: str, height: str, data: str) -> None:
    error = refusal(node, route, height=height)
    assert (error["code"], error["message"]) == (-32603, "Internal error")
    assert error["data"].startswith(data)


def test_a_block_is_found_by_height_and_hash(node: Served) -> None:
    shown = result(node, "block", height=4)
    block_hash = bytes.fromhex(shown["block_id"]["hash"])
    assert result(node, "block_by_hash", hash=text(block_hash)) == shown
    assert node.get(f"/block_by_hash?hash=0x{block_hash.hex()}")["result"] == shown
    assert result(node, "header_by_hash", hash=block_hash.hex())["header"] == shown["block"]["header"]
    assert result(node, "header", height=4)["header"] == shown["block"]["header"]
    assert result(node, "block_by_hash", hash=text(b"x" * 32))["block"] is None
    assert result(node, "header_by_hash", hash="00")["header"] is None


def test_lists_of_blocks_come_newest_first_and_at_most_20(node: Served) -> None:
    shown = result(node, "blockchain", minHeight="2", maxHeight="4")
    assert [meta["header"]["height"] for meta in shown["block_metas"]] == ["4", "3", "2"]
    assert int(shown["block_metas"][0]["block_size"]) > 300
    assert len(result(node, "blockchain")["block_metas"]) <= 20
    assert "can't be greater" in refusal(node, "blockchain", minHeight="4", maxHeight="2")["data"]
    assert "non-negative" in refusal(node, "blockchain", minHeight="-1", maxHeight="2")["data"]


def test_a_committed_transaction_is_found_by_hash_with_a_proof(node: Served) -> None:
    tx = b"from:bob:k1=v1"
    shown = result(node, "tx", hash=text(sha256(tx).digest()), prove=True)
    assert b64decode(shown["tx"]) == tx
    assert shown["proof"]["root_hash"] == result(node, "header", height=shown["height"])["header"]["data_hash"]
    missing = refusal(node, "tx", hash=text(b"\xab" * 32))
    assert missing["data"] == f"tx ({'AB' * 32}) not found"


def test_a_search_is_ordered_and_paged(node: Served) -> None:
    everything = result(node, "tx_search", query="app.sender='bob'", per_page="100")
    assert everything["total_count"] == "5"
    assert heights(everything) == sorted(heights(everything))
    backwards = result(node, "tx_search", query="app.sender='bob'", order_by="desc")
    assert heights(backwards) == heights(everything)[::-1]
    second = result(node, "tx_search", query="app.sender='bob'", page="2", per_page="2")
    assert (heights(second), second["total_count"]) == (heights(everything)[2:4], "5")
    assert all("proof" not in tx for tx in second["txs"])


def test_a_page_that_is_not_there_is_refused(node: Served) -> None:
    error = refusal(node, "tx_search", query="app.sender='bob'", page="4", per_page="2")
    assert error["data"] == "page should be within [1, 3] range, given 4"
    assert "given 0" in refusal(node, "tx_search", query="app.sender='bob'", page="0")["data"]
    assert "order_by" in refusal(node, "tx_search", query="app.sender='bob'", order_by="up")["data"]


def test_a_search_for_nothing_that_exists_is_an_empty_page(node: Served) -> None:
    assert result(node, "tx_search", query="app.sender='nobody'") == {"txs": [], "total_count": "0"}


def test_blocks_are_searched_newest_first(node: Served) -> None:
    found = result(node, "block_search", query="block.parity='1' AND block.height<6")
    assert (heights(found, "blocks"), found["total_count"]) == ([5, 3, 1], "3")


@pytest.mark.parametrize("route", ["tx_search", "block_search"])
@pytest.mark.parametrize("query", ["", "a.b EXISTS", "nonsense", "a.b>5"])
def test_a_query_that_cannot_be_answered_is_refused(node: Served, route: str, query: str) -> None:
    assert refusal(node, route, query=query)["code"] == -32603


def test_a_broadcast_answers_at_once_or_after_the_check_or_after_the_block(node: Served) -> None:
    assert broadcast(node, b"way=async", "async")["code"] == 0
    checked = broadcast(node, b"way=sync", "sync")
    assert (checked["code"], checked["hash"]) == (0, sha256(b"way=sync").hexdigest().upper())
    committed = broadcast(node, b"way=commit", "commit")
    assert int(committed["height"]) > 0
    assert committed["tx_result"]["events"][0]["type"] == "app"
    for tx in (b"way=async", b"way=sync", b"way=commit"):
        assert result(node, "tx", hash=text(sha256(tx).digest()))["tx_result"]["code"] == 0


def test_a_refused_transaction_is_answered_with_its_code(node: Served) -> None:
    assert broadcast(node, b"nonsense", "sync")["codespace"] == "kv"
    refused = broadcast(node, b"nonsense", "commit")
    assert (refused["check_tx"]["code"], refused["height"]) == (1, "0")
    again = broadcast(node, b"from:bob:k0=v0", "sync")
    assert (again["codespace"], again["code"]) == ("sdk", 19)


def test_checking_does_not_hand_in(node: Served) -> None:
    assert result(node, "check_tx", tx=text(b"only=checked"))["code"] == 0
    assert result(node, "num_unconfirmed_txs") == {"n_txs": "0", "total": "0", "total_bytes": "0", "txs": None}
    assert result(node, "unconfirmed_txs")["txs"] == []


def test_the_application_answers_queries(node: Served) -> None:
    shown = result(node, "abci_query", path="", data=b"k1".hex())["response"]
    assert (b64decode(shown["value"]), shown["code"]) == (b"v1", 0)
    assert int(shown["height"]) > 0
    assert "negative" in refusal(node, "abci_query", path="", height="-1")["data"]


def test_the_genesis_comes_whole_and_in_chunks(node: Served) -> None:
    whole = result(node, "genesis")["genesis"]
    assert whole["chain_id"] == "kv-1"
    chunk = result(node, "genesis_chunked", chunk="0")
    assert (chunk["chunk"], chunk["total"]) == ("0", "1")
    assert b'"chain_id":"kv-1"' in b64decode(chunk["data"])
    assert "invalid" in refusal(node, "genesis_chunked", chunk="1")["data"]


def test_a_batch_is_answered_in_order_without_its_notifications(node: Served) -> None:
    requests = [
        {"jsonrpc": "2.0", "id": "a", "method": "health"},
        {"jsonrpc": "2.0", "method": "health"},
        {"jsonrpc": "2.0", "id": "b", "method": "nothing"},
    ]
    answers = node.http.post("/", json=requests).json()
    assert [answer["id"] for answer in answers] == ["a", "b"]
    assert answers[1]["error"]["code"] == -32601


def test_a_notification_alone_gets_no_answer(node: Served) -> None:
    assert node.http.post("/", json={"jsonrpc": "2.0", "method": "health"}).content == b""


@pytest.mark.parametrize(("body", "code"), [(b"{", -32700), (b"[]", -32600), (b'{"method":5}', -32600)])
def test_a_malformed_body_is_answered_with_an_error(node: Served, body: bytes, code: int) -> None:
    response = node.http.post("/", content=body)
    assert response.status_code == 500
    assert response.json()["error"]["code"] == code


def test_a_body_over_a_megabyte_is_refused(node: Served) -> None:
    assert node.http.post("/", content=b" " * 1_000_001).status_code == 413
    in_pieces = (b" " * 100_000 for _ in range(11))
    assert node.http.post("/", content=in_pieces).status_code == 413


def test_a_wrong_parameter_of_a_uri_is_refused(node: Served) -> None:
    response = node.http.get("/block?height=soon")
    assert (response.status_code, response.json()["error"]["code"]) == (500, -32602)
    assert node.http.get("/nothing").status_code == 404


def test_the_root_lists_the_routes(node: Served) -> None:
    assert "/tx_search?query=_&prove=_" in node.http.get("/").text


def test_evidence_is_taken_once_and_shown_with_the_block_that_carries_it(node: Served) -> None:
    votes = double_vote_on(node.engine.store, seed_of(0), 2)
    shown = render_evidence(votes)
    taken = result(node, "broadcast_evidence", evidence=shown)
    assert taken == result(node, "broadcast_evidence", evidence=shown) == {"hash": text(evidence.name(votes))}
    height = broadcast(node, b"from:bob:with=evidence", "commit")["height"]
    found = result(node, "block", height=height)["block"]
    assert found["evidence"] == {"evidence": [shown]}
    assert found["header"]["evidence_hash"] == evidence.root((votes,)).hex().upper()
    assert result(node, "broadcast_evidence", evidence=shown) == taken
    after = broadcast(node, b"from:bob:without=evidence", "commit")["height"]
    assert result(node, "block", height=after)["block"]["evidence"] == {"evidence": []}


def test_what_proves_nothing_is_no_evidence(node: Served) -> None:
    shown: Any = render_evidence(double_vote_on(node.engine.store, seed_of(0), 2))
    shown["value"]["ValidatorPower"] = "11"
    assert "power" in refusal(node, "broadcast_evidence", evidence=shown)["data"]
    for vote in ("vote_a", "vote_b"):
        shown["value"][vote]["height"] = "999"
    assert "no block 999" in refusal(node, "broadcast_evidence", evidence=shown)["data"]
    assert "no evidence" in refusal(node, "broadcast_evidence")["data"]
    assert "type" in refusal(node, "broadcast_evidence", evidence={"type": "rumour"})["data"]
