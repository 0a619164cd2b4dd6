"""Clients in front of a node on CometBFT: what they do with the embedded engine, once more, through edges of their own.

The tests of the clients come from their modules and get another node here. Behind them stands what only edges in a
process of their own can do wrong.
"""

import json
import re
import signal
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from qos.base.identifiers import format_address
from qos.chains.public import PUBLIC
from qos.node.config import NetworkChain
from qos.node.devgenesis import genesis_plan
from qos.node.genesis import make_genesis
from qos.testing.comet_edges import SETTINGS, CometEdges
from qos.testing.comet_node import CometNode
from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.running_network import Network, SingleNode
from qos.testing.waiting import until
from qos.wallet.io.devkeys import ACCOUNTS, DevKeys
from tests.e2e import test_cosmjs, test_cosmjs_stake, test_cosmjs_verified, test_cosmpy, test_grpcurl

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
PEOPLE = DevKeys(bytes(range(16)))
BLOCK_MS = 300

url = test_cosmpy.url
grpcurl = test_grpcurl.program
test_cosmjs_connects = test_cosmjs.test_a_wallet_connects_and_reads_balances
test_cosmjs_prices = test_cosmjs.test_a_dynamic_gas_price_is_the_quoted_one_and_the_value_fee_is_in_the_event
test_cosmjs_sends = test_cosmjs.test_send_tokens_with_automatic_gas_is_committed_found_and_in_its_block
test_cosmjs_is_refused = test_cosmjs.test_a_transfer_beyond_the_balance_is_refused_in_words
test_cosmjs_hears_of_blocks = test_cosmjs.test_blocks_and_transactions_arrive_over_the_websocket
test_cosmjs_asks_every_module = test_cosmjs.test_every_query_extension_of_a_module_that_exists_answers
test_cosmjs_verifies = test_cosmjs_verified.test_balances_accounts_and_absence_are_verified
test_cosmjs_delegates = test_cosmjs_stake.test_a_wallet_reads_delegates_takes_back_and_collects
test_cosmjs_votes = test_cosmjs_stake.test_a_wallet_proposes_and_votes
test_cosmpy_sends = test_cosmpy.test_a_session_connects_reads_sends_and_finds_what_it_sent
test_cosmpy_is_refused = test_cosmpy.test_a_transfer_beyond_the_balance_is_refused_in_words
test_cosmpy_delegates_and_votes = test_cosmpy.test_a_session_delegates_takes_back_collects_proposes_and_votes
test_grpcurl_asks_for_a_height = test_grpcurl.test_calls_answer_at_the_height_asked_for
test_grpcurl_finds_it_healthy = test_grpcurl.test_health_is_serving


def genesis(key: str) -> dict[str, Any]:
    """Return the genesis of a development network's public chain with one validator."""
    chain = NetworkChain(folder="public", chain_id="qos-1", kind="public")
    plan = genesis_plan(chain, PEOPLE, (), (b64decode(key),), time.time_ns() // 10**9 * 10**9)
    document: dict[str, Any] = json.loads(make_genesis(PUBLIC, plan))
    return document


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CometEdges]:
    """One validator with edges, for all tests of this module."""
    folder = tmp_path_factory.mktemp("comet-clients")
    node = CometNode(engine_program(), folder, block_ms=BLOCK_MS, settings=SETTINGS, genesis=genesis)
    try:
        node.start()
        node.until_height(3)
        started = CometEdges(node)
        try:
            yield started
        finally:
            started.close()
    finally:
        node.close()


@pytest.fixture(scope="module")
def network(edges: CometEdges) -> Network:
    """The same as client tests know a network."""
    return SingleNode(
        home=edges.node.home.folder,
        rpc={"public": edges.rpc},
        grpc={"public": edges.grpc},
        rest={"public": edges.rest},
        accounts={name: format_address(PEOPLE.address(name)) for name in ACCOUNTS},
        phrase=PEOPLE.phrase,
    )


def test_cosmjs_reads_every_route(network: Network) -> None:
    said = test_cosmjs.session(network, "public", "routes")["routes"]
    assert (said["app"], said["genesis"], said["validators"]) == ("qos", "qos-1", 1)
    assert said["blocks"] == [1, 2, 3]
    assert said["results"] is said["commit"] is True


def subscribe(socket: ClientConnection, number: int, query: str) -> Any:
    socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": "subscribe", "params": {"query": query}}))
    return json.loads(socket.recv(timeout=20))


def test_every_subscriber_gets_frames_under_the_id_of_its_own_request(edges: CometEdges) -> None:
    query = "tm.event='NewBlockHeader'"
    with connect(edges.websocket) as one, connect(edges.websocket) as other:
        assert subscribe(one, 5, query) == {"jsonrpc": "2.0", "id": 5, "result": {}}
        assert subscribe(other, 6, query) == {"jsonrpc": "2.0", "id": 6, "result": {}}
        frames = [json.loads(socket.recv(timeout=20)) for socket in (one, other)]
        assert [frame["id"] for frame in frames] == [5, 6]
        assert all(frame["result"]["query"] == query for frame in frames)
        refused = subscribe(one, 7, "tm.event")
        while "error" not in refused:  # a header came before the answer
            refused = json.loads(one.recv(timeout=20))
        assert "failed to parse query" in refused["error"]["data"]


def test_what_the_engine_keeps_to_itself_is_not_handed_on(edges: CometEdges) -> None:
    body = '{"jsonrpc":"2.0","id":1,"method":"health","METHOD":"unsafe_flush_mempool"}'
    assert edges.http.post("/", content=body).json()["result"] == {}
    for method in ("dial_peers", "unsafe_flush_mempool"):
        assert edges.call(method)["error"]["code"] == -32601
        assert edges.http.get(f"/{method}").status_code == 404


def test_figures_of_all_three_programs_stand_on_one_page(edges: CometEdges) -> None:
    edges.call("health")
    text = httpx.get(f"{edges.metrics}/metrics").text
    assert re.search(r'^qos_node_requests_total\{.*program="edges".*\} ', text, re.MULTILINE)
    assert re.search(r'^qos_node_stage_calls_total\{.*program="app".*\} ', text, re.MULTILINE)
    assert text.count("# TYPE process_resident_memory_bytes ") == 1
    status = httpx.get(f"{edges.metrics}/status").json()
    assert status["chain_id"] == "qos-1"
    assert status["height"] > 0
    assert status["waiting_transactions"] == 0


def test_edges_live_through_a_restart_of_the_engine_and_say_so_meanwhile(edges: CometEdges) -> None:
    node = edges.node
    before = node.height
    with connect(edges.websocket) as socket:
        subscribe(socket, 1, "tm.event='NewBlock'")
        node.stop()
        with pytest.raises(ConnectionClosed, match="1012"):
            while True:
                socket.recv(timeout=20)
    assert "the engine does not answer" in edges.call("status")["error"]["data"]
    assert httpx.get(f"{edges.rest}/cosmos/base/tendermint/v1beta1/blocks/latest").status_code == 503
    assert "response" in edges.call("abci_query", path="/store/bank/key", data="00")["result"]
    node.start()
    edges.tell_engine(str(node.http.base_url).rstrip("/"))
    edges.close()
    edges.start()
    until(lambda: int(edges.call("abci_info")["result"]["response"]["last_block_height"]) > before, "blocks")


def test_killed_edges_leave_nothing_that_holds_back_the_application(edges: CometEdges) -> None:
    edges.call("abci_query", path="/store/bank/key", data="00")
    assert edges.close(signal.SIGKILL) == -signal.SIGKILL
    height = edges.node.height
    edges.node.until_height(height + 10)  # the application looks for lost readers every eight commits
    edges.start()
    assert int(edges.call("abci_query", path="/store/bank/key", data="00")["result"]["response"]["height"]) > height
    assert edges.close() == 0
    edges.start()
