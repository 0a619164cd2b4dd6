"""A relay's figures for Prometheus and, as JSON, for `qos cassini status`."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import format_address
from qos.base.strictjson import JsonObject, JsonValue
from qos.cassini.gauges import Readings, RouteReading

if TYPE_CHECKING:
    from prometheus_client import Metric

ROUTE = ("source", "destination")
ROUTE_GAUGES: tuple[tuple[str, str, Callable[[RouteReading], float]], ...] = (
    ("qos_relay_packets_waiting", "Packets sent and not received.", lambda each: each.depth),
    (
        "qos_relay_oldest_packet_age_seconds",
        "How long the oldest waiting packet is known to wait.",
        lambda each: each.oldest_age_ns / SECOND_NS,
    ),
    ("qos_relay_outbox_sequence", "Last sequence sent.", lambda each: each.outbox),
    ("qos_relay_inbox_sequence", "Last sequence received.", lambda each: each.inbox),
    ("qos_relay_batches_under_way", "Batches fixed and not delivered.", lambda each: each.under_way),
    ("qos_relay_votes_standing", "Votes for the next batch.", lambda each: each.votes),
)


def exposition(readings: Readings) -> bytes:
    """Write the figures in the text format Prometheus scrapes."""
    # Imported at the first scrape: it costs 0.2 s, and a relay that nobody scrapes need not pay.
    from prometheus_client import CollectorRegistry, generate_latest

    class Figures:
        """Gives the registry what was read."""

        def collect(self) -> Iterable["Metric"]:
            """Return all metrics."""
            return [*_routes(readings), *_own(readings)]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return generate_latest(registry)


def _routes(readings: Readings) -> Iterator["Metric"]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    for name, help_, value in ROUTE_GAUGES:
        gauge = GaugeMetricFamily(name, help_, labels=ROUTE)
        for each in readings.routes:
            gauge.add_metric(_names(each), value(each))
        yield gauge
    times = GaugeMetricFamily(
        "qos_relay_stage_seconds", "Time of a stage over the newest batches.", labels=(*ROUTE, "stage", "quantile")
    )
    carried = CounterMetricFamily("qos_relay_batches_carried", "Batches seen from end to end.", labels=ROUTE)
    for each in readings.routes:
        for stage in each.stages:
            for quantile, value_ns in (("0.5", stage.p50_ns), ("0.95", stage.p95_ns)):
                times.add_metric([*_names(each), stage.stage.value, quantile], value_ns / SECOND_NS)
        carried.add_metric(_names(each), each.stages[0].count if each.stages else 0)
    yield from (times, carried)


def _own(readings: Readings) -> Iterator["Metric"]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    yield GaugeMetricFamily("qos_relay_group_members", "Members of the relay group.", value=readings.members)
    yield GaugeMetricFamily("qos_relay_group_struck", "Members struck for contradictions.", value=readings.struck)
    for name, help_, value in (
        ("qos_relay_votes", "Votes this relay cast.", readings.votes),
        ("qos_relay_signatures", "Batches this relay signed.", readings.signatures),
        ("qos_relay_submissions", "Batches this relay handed in.", readings.submissions),
        ("qos_relay_unknown", "Questions no source could answer: no vote was cast.", readings.unknown),
    ):
        yield CounterMetricFamily(name, help_, value=value)
    failures = CounterMetricFamily("qos_relay_failures", "Orders that could not be carried out.", labels=("order",))
    for order, count in readings.failures:
        failures.add_metric([order], count)
    disagreements = CounterMetricFamily(
        "qos_relay_disagreements", "Votes for packets proven to be others.", labels=("relay",)
    )
    for relay, count in readings.disagreements:
        disagreements.add_metric([format_address(relay)], count)
    heights = GaugeMetricFamily("qos_relay_chain_height", "Newest block heard of.", labels=("chain",))
    for chain, height in readings.heights:
        heights.add_metric([chain], height)
    yield from (failures, disagreements, heights)


def _names(each: RouteReading) -> list[str]:
    return [each.route.source, each.route.destination]


def as_json(readings: Readings) -> JsonObject:
    """Write the figures as JSON; times in milliseconds."""
    routes: list[JsonValue] = [_route_json(each) for each in readings.routes]
    return {
        "routes": routes,
        "heights": dict(readings.heights),
        "members": readings.members,
        "struck": readings.struck,
        "votes": readings.votes,
        "signatures": readings.signatures,
        "submissions": readings.submissions,
        "unknown": readings.unknown,
        "failures": dict(readings.failures),
        "disagreements": {format_address(relay): count for relay, count in readings.disagreements},
    }


def _route_json(each: RouteReading) -> JsonObject:
    return {
        "source": each.route.source,
        "destination": each.route.destination,
        "outbox": each.outbox,
        "inbox": each.inbox,
        "depth": each.depth,
        "oldest_age_ms": each.oldest_age_ns * 1_000 // SECOND_NS,
        "votes": each.votes,
        "under_way": each.under_way,
        "stages": {
            stage.stage.value: {
                "p50_ms": stage.p50_ns * 1_000 // SECOND_NS,
                "p95_ms": stage.p95_ns * 1_000 // SECOND_NS,
                "count": stage.count,
            }
            for stage in each.stages
        },
    }
