"""The pages of figures of a node beside CometBFT: its edges' own, and those of application and engine handed on."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qos.base.strictjson import render_json
from qos.client.calls import Call
from qos.client.errors import ClientError
from qos.client.fields import integer
from qos.client.io.http import HttpTransport
from qos.node.errors import BadConfig
from qos.node.exposition import Collected, counted_requests, health
from qos.node.following import FollowedState
from qos.node.home import ChainHome
from qos.node.measuring import Figures
from qos.node.pages import JSON, TEXT, Page
from qos.node.private_addresses import address_in

if TYPE_CHECKING:
    from prometheus_client import Metric

SCRAPE_MS = 2_000
PROGRAM = "program"
"""The label that tells whose figure it is: edges, app or engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgesPages:
    """Answers `/metrics` and `/status`."""

    home: ChainHome
    state: FollowedState
    calls: HttpTransport
    figures: Figures

    def pages(self) -> dict[str, Page]:
        """Return the pages by path."""
        return {
            "/metrics": Page(content_type=TEXT, render=self._metrics),
            "/status": Page(content_type=JSON, render=self._status),
        }

    async def _status(self) -> bytes:
        """Write height and age of the newest block, and how much waits: null while the engine does not answer."""
        info = self.state.info()
        waiting = Call(method="num_unconfirmed_txs", params={}, parse=lambda result: integer(result, "total"))
        try:
            transactions = await self.calls.send(waiting)
        except ClientError:
            transactions = None
        return render_json(health(info, transactions)).encode()

    async def _metrics(self) -> bytes:
        """Write all figures in the text format Prometheus scrapes; of a program that does not answer there are none."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
        from prometheus_client.parser import text_string_to_metric_families as parsed

        app, engine = await asyncio.gather(_scraped(self.home.app_file), _scraped(self.home.engine_file))
        own = CollectorRegistry(auto_describe=False)
        own.register(Collected(counted_requests(self.figures)))
        ProcessCollector(registry=own)
        whole = CollectorRegistry(auto_describe=False)
        found = [("edges", [*own.collect()]), ("app", [*parsed(app)]), ("engine", [*parsed(engine)])]
        whole.register(Collected(_joined(found)))
        return generate_latest(whole)


async def _scraped(file: Path) -> str:
    """Return the figures of a program that says in a file where it serves them; an empty text when it does not."""
    try:
        url = address_in(file, "metrics")
        async with HttpTransport(url, timeout_ms=SCRAPE_MS) as program:
            answer = await program.get(urlsplit(url).path.rstrip("/") + "/metrics")
    except (BadConfig, ClientError):
        return ""
    return answer.body.decode("utf-8", "replace") if answer.status == HTTPStatus.OK else ""


def _joined(found: "Iterable[tuple[str, list[Metric]]]") -> "Iterator[Metric]":
    """Yield each figure once, with the samples of all programs: the format allows a name in one place only."""
    by_name: dict[str, Metric] = {}
    for program, metrics in found:
        for metric in metrics:
            samples = [each._replace(labels={**each.labels, PROGRAM: program}) for each in metric.samples]
            if metric.name in by_name:
                by_name[metric.name].samples += samples
            else:
                metric.samples = samples
                by_name[metric.name] = metric
    yield from by_name.values()
