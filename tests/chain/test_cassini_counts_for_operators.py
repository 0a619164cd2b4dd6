"""Figures of a relay in a running world are what happened, in Prometheus text and in JSON; alerts name real ones."""

import re
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from qos.base.identifiers import format_address
from qos.base.strictjson import parse_json, render_json
from qos.cassini.gauges import Gauges, Readings
from qos.cassini.io.exposition import as_json, exposition
from qos.cassini.messages import Event
from qos.cassini.overview import overview
from qos.cassini.stopwatch import Stage
from qos.node.watch_pages import COMPARED_METRIC, GAP_METRIC
from qos.testing.relay_faults import another_packet
from qos.testing.relay_group import RELAYS
from qos.testing.relay_traffic import send_some
from qos.testing.relay_world import HUB, QOS, ROUTES, SHOP, RelayWorld, run_now

REPOSITORY = Path(__file__).resolve().parents[2]
ALERTS = REPOSITORY / "deploy" / "alerts" / "cassini.yml"
RUNBOOK = REPOSITORY / "docs" / "guides" / "runbook-cassini.md"


def gauged(world: RelayWorld, number: int) -> Gauges:
    """Count the events of a relay from now on."""
    gauges = Gauges(ROUTES)

    def listen(event: Event) -> bool:
        gauges.take(event, world.now_ns)
        return False

    world.relays[number].misses = listen
    return gauges


def figures(readings: Readings) -> dict[str, float]:
    """Return every sample by name and labels."""
    families = text_string_to_metric_families(exposition(readings).decode())
    return {
        sample.name + "".join(f"|{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_waits_and_what_was_carried_is_counted() -> None:
    world = RelayWorld()
    gauges = gauged(world, 0)
    world.relays[1].down = world.relays[2].down = True
    send_some(world)
    world.step(100)
    waiting = figures(gauges.readings(world.now_ns))
    assert waiting["qos_relay_packets_waiting|shop-1|qos-1"] == 3
    assert 9 <= waiting["qos_relay_oldest_packet_age_seconds|shop-1|qos-1"] <= 11
    assert waiting["qos_relay_votes_standing|shop-1|qos-1"] == 2
    world.relays[1].start()
    world.until(world.settled, seconds=30)
    world.step(20)
    carried = figures(gauges.readings(world.now_ns))
    assert carried["qos_relay_packets_waiting|shop-1|qos-1"] == 0
    assert carried["qos_relay_oldest_packet_age_seconds|shop-1|qos-1"] == 0
    assert carried["qos_relay_batches_carried_total|shop-1|qos-1"] == 1
    for quantile in ("0.5", "0.95"):
        assert carried[f"qos_relay_stage_seconds|shop-1|{quantile}|qos-1|whole"] > 10
    assert carried["qos_relay_votes_total"] >= 2
    assert carried["qos_relay_signatures_total"] >= 2


def test_a_vote_for_other_packets_is_a_disagreement_of_its_relay() -> None:
    world = RelayWorld()
    gauges = gauged(world, 0)
    world.relays[3].tamper = another_packet
    send_some(world)
    world.until(world.settled, seconds=60)
    found = figures(gauges.readings(world.now_ns))
    assert found[f"qos_relay_disagreements_total|{format_address(RELAYS[3].address)}"] >= 1
    assert sum("disagreements" in name for name in found) == 1


def test_honest_relays_never_disagree() -> None:
    world = RelayWorld()
    gauges = gauged(world, 0)
    for _ in range(4):
        send_some(world)
        world.step(7)
    world.until(world.settled, seconds=60)
    assert gauges.readings(world.now_ns).disagreements == ()


def test_the_same_figures_come_as_json() -> None:
    world = RelayWorld()
    gauges = gauged(world, 0)
    send_some(world)
    world.until(world.settled, seconds=30)
    world.step(20)
    readings = gauges.readings(world.now_ns)
    answer: Any = parse_json(render_json(as_json(readings)))
    stage = next(each for each in readings.routes[0].stages if each.stage is Stage.WHOLE)
    route = answer["routes"][0]
    assert route["stages"]["whole"]["p95_ms"] == stage.p95_ns // 1_000_000
    assert answer["signatures"] == readings.signatures


def test_alerts_watch_figures_that_exist_and_have_a_page_in_the_runbook() -> None:
    world = RelayWorld()
    gauges = gauged(world, 0)
    world.relays[3].tamper = another_packet
    send_some(world)
    world.until(world.settled, seconds=60)
    world.step(20)
    known = {name.partition("|")[0] for name in figures(gauges.readings(world.now_ns))} | {"qos_relay_failures_total"}
    rules = ALERTS.read_text()
    assert set(re.findall(r"qos_relay_[a-z_]+", rules)) <= known
    assert set(re.findall(r"qos_watcher_[a-z_]+", rules)) == {GAP_METRIC, COMPARED_METRIC}
    alerts = re.findall(r"- alert: (\w+)", rules)
    headings = re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert alerts == headings
    anchors = re.findall(r"runbook: docs/guides/runbook-cassini\.md#(\w+)", rules)
    assert anchors == [name.lower() for name in alerts]


def test_the_overview_shows_what_waits_since_when_and_why() -> None:
    world = RelayWorld()
    world.relays[1].down = world.relays[2].down = True
    send_some(world)
    world.step(50)
    chains = {name: world.nodes[name] for name in (QOS, SHOP)}
    found = run_now(overview(chains, world.nodes[HUB], world.now_ns))
    there, back = found.routes
    assert (there.source, there.depth, there.votes, there.state) == (QOS, 3, 2, "open")
    assert there.oldest_age_ns is not None
    assert 4 <= there.oldest_age_ns // 10**9 <= 7
    assert (back.source, back.depth, back.oldest_age_ns) == (SHOP, 0, None)
    assert [member.struck for member in found.members] == [False] * 4
