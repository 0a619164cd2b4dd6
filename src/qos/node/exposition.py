"""A chain node's figures for Prometheus and, as JSON, for a probe that wants to see blocks come."""

import os
import time
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from qos.base.blocktime import MILLISECOND_NS, NANOSECONDS
from qos.base.strictjson import JsonObject
from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.machine.abci import Info
from qos.node.call_times import BOUNDS_MS, CallTimes
from qos.node.disk import occupied
from qos.node.home import ChainHome
from qos.node.measuring import Figures

if TYPE_CHECKING:
    from prometheus_client import Metric

MS_PER_SECOND = 1_000


class Collected:
    """Gives a registry what was collected."""

    def __init__(self, metrics: Iterable["Metric"]) -> None:
        """Take the figures, in their order."""
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable["Metric"]:
        """Return all metrics."""
        return self._metrics


def exposition(engine: EmbeddedEngine, figures: Figures, home: ChainHome) -> bytes:
    """Write the figures in the text format Prometheus scrapes."""
    return rendered([*_chain(engine, home), *counted(figures)])


def rendered(metrics: Iterable["Metric"]) -> bytes:
    """Write figures and those of the process in the text format Prometheus scrapes."""
    # Imported at the first scrape: it costs 0.2 s and 5 MB, and a node that nobody scrapes need not pay.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collected(metrics))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def health(info: Info, waiting: int | None) -> JsonObject:
    """Return height and age of the newest block: a port that answers says nothing about blocks.

    `waiting` counts transactions; null where nobody knows.
    """
    return {
        "chain_id": info.chain_id,
        "height": info.height,
        "block_age_ms": (time.time_ns() - info.time_ns) // MILLISECOND_NS if info.height else None,
        "waiting_transactions": waiting,
    }


def _chain(engine: EmbeddedEngine, home: ChainHome) -> Iterator["Metric"]:
    from prometheus_client.core import GaugeMetricFamily

    now_ns = time.time_ns()
    disk = os.statvfs(home.folder)
    for name, help_, value in (
        ("qos_node_height", "Height of the newest block.", engine.height),
        ("qos_node_block_time_seconds", "Time of the newest block.", engine.state.time_ns / NANOSECONDS),
        ("qos_node_block_age_seconds", "Age of the newest block.", (now_ns - engine.state.time_ns) / NANOSECONDS),
        ("qos_node_oldest_block", "Height of the oldest block kept.", engine.store.base()),
        ("qos_node_validators", "Validators of the next block.", len(engine.state.validators.validators)),
        ("qos_node_mempool_transactions", "Transactions that wait.", len(engine.mempool)),
        ("qos_node_mempool_bytes", "Bytes of the transactions that wait.", engine.mempool.size_bytes),
        ("qos_node_subscriptions", "Subscriptions that are open.", len(engine.subscriptions)),
        ("qos_node_state_bytes", "Disk space the state takes.", occupied(home.state_folder)),
        ("qos_node_blocks_bytes", "Disk space the blocks take.", occupied(home.blocks_folder)),
        ("qos_node_disk_free_bytes", "Free space of the home's file system.", disk.f_bavail * disk.f_frsize),
    ):
        yield GaugeMetricFamily(name, help_, value=value)
    info = GaugeMetricFamily("qos_node_info", "What runs here.", labels=("chain_id", "moniker"))
    info.add_metric([engine.genesis.document.chain_id, engine.config.moniker], 1)
    yield info


def counted(figures: Figures) -> Iterator["Metric"]:
    """Return what an application and its edges count."""
    from prometheus_client.core import CounterMetricFamily

    calls = CounterMetricFamily("qos_node_stage_calls", "Calls of the application.", labels=("stage",))
    seconds = CounterMetricFamily("qos_node_stage_seconds", "Time in the application.", labels=("stage",))
    cpu = CounterMetricFamily("qos_node_stage_cpu_seconds", "Processor time in the application.", labels=("stage",))
    for stage, spent in figures.stages.items():
        calls.add_metric([stage.value], spent.calls)
        seconds.add_metric([stage.value], spent.ns / NANOSECONDS)
        cpu.add_metric([stage.value], spent.cpu_ns / NANOSECONDS)
    failed = CounterMetricFamily("qos_node_txs_failed", "Transactions that failed.", labels=("codespace", "code"))
    for (codespace, code), count in sorted(figures.failed.items()):
        failed.add_metric([codespace, str(code)], count)
    refused = CounterMetricFamily("qos_node_txs_refused", "Transactions refused.", labels=("codespace", "code"))
    for (codespace, code), count in sorted(figures.refused.items()):
        refused.add_metric([codespace, str(code)], count)
    txs = CounterMetricFamily("qos_node_txs", "Transactions executed since the start.", value=figures.txs)
    left_out = CounterMetricFamily("qos_node_votes_left_out", "Votes a proposer did not show.", labels=("proposer",))
    for proposer, votes in sorted(figures.left_out.items()):
        left_out.add_metric([proposer], votes)
    yield from (calls, seconds, cpu, failed, refused, txs, left_out)
    yield from counted_requests(figures)


def counted_requests(figures: Figures) -> Iterator["Metric"]:
    """Yield what was counted of HTTP edges."""
    from prometheus_client.core import CounterMetricFamily

    requests = CounterMetricFamily("qos_node_requests", "Requests answered.", labels=("edge", "status"))
    waited = CounterMetricFamily("qos_node_request_seconds", "Time until answered.", labels=("edge", "status"))
    for (edge, status), spent in sorted(figures.requests.items()):
        requests.add_metric([edge, str(status)], spent.calls)
        waited.add_metric([edge, str(status)], spent.ns / NANOSECONDS)
    yield from (requests, waited)
    yield _call_times(figures.calls)


def _call_times(calls: CallTimes) -> "Metric":
    from prometheus_client.core import HistogramMetricFamily

    ends = (*[str(bound / MS_PER_SECOND) for bound in BOUNDS_MS], "+Inf")
    times = HistogramMetricFamily("qos_node_call_seconds", "How long calls took.", labels=("edge", "method"))
    for (edge, method), found in sorted(calls.times.items()):
        buckets = list(zip(ends, accumulate(found.counts), strict=True))
        times.add_metric([edge, method], buckets, found.ns / NANOSECONDS)
    return times
