"""The page Prometheus scrapes of a node, and the alert rules that name its metrics."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families

from qos.node.call_times import TimedDoor, TimedServices
from qos.node.exposition import counted_requests, exposition, health
from qos.node.home import ChainHome
from qos.node.measuring import Figures, Spent
from qos.rpc.comet.door import Feed, Reply
from qos.rpc.comet.envelope import Request, RpcError, parse_requests
from qos.rpc.services.status import CallRefused
from qos.testing.edge_world import edge_world
from qos.testing.served_engine import open_engine

REPOSITORY = Path(__file__).resolve().parents[3]
ALERTS = (REPOSITORY / "deploy" / "alerts" / "node.yml").read_text()
GUIDE = (REPOSITORY / "docs" / "guides" / "operating-a-node.md").read_text()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = ChainHome(tmp_path_factory.mktemp("figures"))
    home.state_folder.mkdir(parents=True)
    engine = open_engine(home.folder / "data")
    figures = Figures()
    figures.requests["rpc", 200] = Spent(calls=3, ns=3_000_000)
    with figures.calls.timed("rpc", "status"):
        pass
    figures.refused["sdk", 13] += 2
    figures.failed["bank", 1] += 1
    figures.left_out["qosvalcons1a"] += 4
    try:
        assert health(engine.application.info(), 0)["block_age_ms"] is None
        return exposition(engine, figures, home).decode()
    finally:
        engine.store.close()


def samples(page: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_counts_are_shown_by_their_labels(page: str) -> None:
    shown = samples(page)
    assert shown["qos_node_requests_total"] == [({"edge": "rpc", "status": "200"}, 3)]
    assert shown["qos_node_request_seconds_total"] == [({"edge": "rpc", "status": "200"}, 0.003)]
    assert shown["qos_node_txs_refused_total"] == [({"codespace": "sdk", "code": "13"}, 2)]
    assert shown["qos_node_txs_failed_total"] == [({"codespace": "bank", "code": "1"}, 1)]
    assert shown["qos_node_votes_left_out_total"] == [({"proposer": "qosvalcons1a"}, 4)]
    assert {labels["stage"] for labels, _ in shown["qos_node_stage_calls_total"]} >= {"check", "execute", "commit"}


@pytest.mark.parametrize("text", [ALERTS, GUIDE], ids=["alerts", "guide"])
def test_only_metrics_that_exist_are_named(page: str, text: str) -> None:
    named = set(re.findall(r"qos_node_\w+", text))
    assert named
    assert named <= set(samples(page))


def test_each_alert_leads_to_a_heading_of_the_guide() -> None:
    headings = {
        re.sub(r"[^a-z -]", "", each.lower()).replace(" ", "-") for each in re.findall(r"^## (.*)$", GUIDE, re.M)
    }
    anchors = re.findall(r"operating-a-node\.md#([\w-]+)", ALERTS)
    assert len(anchors) == ALERTS.count("- alert:")
    assert set(anchors) <= headings


class SlowDoor:
    """Implements `Door`; some calls take longer than others."""

    async def post(self, requests: Sequence[Request], *, is_batch: bool) -> Reply:
        return await self.get(requests[0].method, "")

    async def get(self, name: str, query: str) -> Reply:
        del query
        await anyio.sleep(0.03 if name == "block_search" else 0)
        return Reply(body=b"")

    async def open(self, query: str) -> Feed:
        raise RpcError(f"failed to parse query: {query}")


def request(method: str) -> Request:
    (found,), _ = parse_requests(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}))
    return found


def test_each_methods_time_is_counted_and_no_name_of_a_clients_own_becomes_a_label(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    figures = Figures()
    door = TimedDoor(SlowDoor(), figures.calls)

    async def ask() -> None:
        await door.get("status", "")
        await door.post([request("status")], is_batch=False)
        await door.post([request("block_search")], is_batch=False)
        await door.post([request("status"), request("block")], is_batch=True)
        await door.post([request("made-up")], is_batch=False)
        with pytest.raises(RpcError):
            await door.open("nonsense")

    anyio.run(ask)
    with edge_world(tmp_path_factory.mktemp("calls")) as world:
        services = TimedServices(world.services.node, figures.calls)
        anyio.run(services.call, "/cosmos.base.node.v1beta1.Service/Status", b"")
        with pytest.raises(CallRefused):
            anyio.run(services.call, "/made.up/Call", b"")
    counted = {key: sum(each.counts) for key, each in figures.calls.times.items()}
    assert counted == {
        ("rpc", "status"): 2,
        ("rpc", "block_search"): 1,
        ("rpc", "batch"): 1,
        ("rpc", "unknown"): 1,
        ("rpc", "subscribe"): 1,
        ("services", "/cosmos.base.node.v1beta1.Service/Status"): 1,
        ("services", "unknown"): 1,
    }
    (family,) = [each for each in counted_requests(figures) if each.name == "qos_node_call_seconds"]
    shown = {each.labels.get("le"): each.value for each in family.samples if each.labels["method"] == "block_search"}
    assert (shown["0.02"], shown["+Inf"]) == (0, 1)
    assert 0.03 < shown[None] < 5
