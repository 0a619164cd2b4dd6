"""The figures of an application beside its engine, for Prometheus and for a probe."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qos.base.blocktime import NANOSECONDS
from qos.base.strictjson import render_json
from qos.engine.abci.mempool import EngineMempool
from qos.node.disk import occupied
from qos.node.exposition import counted, health, rendered
from qos.node.home import ChainHome
from qos.node.measuring import Figures, MeasuredApplication
from qos.node.pages import JSON, TEXT, Page

if TYPE_CHECKING:
    from prometheus_client import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPages:
    """What the pages show of. They are read on the loop while the machine's thread works: each value is one read."""

    home: ChainHome
    application: MeasuredApplication
    mempool: EngineMempool
    figures: Figures

    def pages(self) -> dict[str, Page]:
        """Return the pages by path."""
        return {
            "/metrics": Page(content_type=TEXT, render=self._metrics),
            "/status": Page(content_type=JSON, render=self._status),
        }

    @property
    def height(self) -> int:
        """The newest committed height."""
        return self.application.info().height

    def _status(self) -> bytes:
        return render_json(health(self.application.info(), len(self.mempool))).encode()

    def _metrics(self) -> bytes:
        return rendered([*self._gauges(), *counted(self.figures)])

    def _gauges(self) -> Iterator["Metric"]:
        """Yield what is so now."""
        from prometheus_client.core import GaugeMetricFamily

        block_time_ns = self.application.info().time_ns
        disk = os.statvfs(self.home.folder)
        for name, help_, value in (
            ("qos_node_height", "Height of the newest block.", self.height),
            ("qos_node_block_time_seconds", "Time of the newest block.", block_time_ns / NANOSECONDS),
            ("qos_node_block_age_seconds", "Age of the newest block.", (time.time_ns() - block_time_ns) / NANOSECONDS),
            ("qos_node_mempool_transactions", "Transactions that wait.", len(self.mempool)),
            ("qos_node_mempool_bytes", "Bytes of the transactions that wait.", self.mempool.size_bytes),
            ("qos_node_state_bytes", "Disk space the state takes.", occupied(self.home.state_folder)),
            ("qos_node_disk_free_bytes", "Free space of the home's file system.", disk.f_bavail * disk.f_frsize),
        ):
            yield GaugeMetricFamily(name, help_, value=value)
