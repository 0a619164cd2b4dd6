"""The page Prometheus scrapes of a node, and the alert rules that name its metrics."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from qos.node.exposition import exposition, health
from qos.node.home import ChainHome
from qos.node.measuring import Figures, Spent
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
    figures.refused["sdk", 13] += 2
    figures.failed["bank", 1] += 1
    try:
        assert health(engine, 0)["height"] == 0
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
