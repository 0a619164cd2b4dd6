"""Watching two chains for value that nobody set aside: after every block of either, until asked to stop (R6)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from socket import socket

from qos.cassini.io.heads import heads
from qos.cassini.messages import HeadSeen
from qos.cassini.submitter import Submitter
from qos.cassini.watcher import Sight, Watched, Watcher
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.transactions import Signer
from qos.node.pages import TEXT, Page, serving

GAP_METRIC = "qos_watcher_gap"
COMPARED_METRIC = "qos_watcher_compared_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What to watch: RPC addresses by chain id, two of them, and who pauses."""

    chains: tuple[tuple[str, str], tuple[str, str]]
    pauser: Signer
    listener: socket
    tell: Callable[[Sight], None]


class _State:
    """The newest comparison, for the page of figures."""

    def __init__(self) -> None:
        self.sight: Sight | None = None
        self.compared_s = 0.0

    def page(self) -> bytes:
        """Write the figures in the text format Prometheus scrapes."""
        from prometheus_client import CollectorRegistry, Gauge, generate_latest

        registry = CollectorRegistry()
        names = ("home", "abroad", "denom", "voucher")
        gap = Gauge(GAP_METRIC, "What circulates abroad without being set aside, base units.", names, registry=registry)
        compared = Gauge(COMPARED_METRIC, "When the chains were last compared, seconds since 1970.", registry=registry)
        compared.set(self.compared_s)
        for each in self.sight.comparison.lines if self.sight is not None else ():
            gap.labels(each.home, each.abroad, each.denom, each.voucher).set(each.gap)
        return generate_latest(registry)


async def watch(watching: Watching, stop: asyncio.Event) -> None:
    """Watch until `stop` is set; a chain that does not answer is asked again with its next block."""
    state = _State()
    woken = asyncio.Event()
    (one_id, one_url), (other_id, other_url) = watching.chains
    async with (
        HttpTransport(one_url) as one,
        HttpTransport(other_url) as other,
        serving(watching.listener, {"/metrics": Page(content_type=TEXT, render=state.page)}),
        asyncio.TaskGroup() as tasks,
    ):
        pair = [
            Watched(chain_id=name, node=node, pauser=Submitter(name, watching.pauser))
            for name, node in ((one_id, one), (other_id, other))
        ]
        working = [
            tasks.create_task(_wake(heads(one_id, one), woken), name="hear"),
            tasks.create_task(_wake(heads(other_id, other), woken), name="hear"),
            tasks.create_task(_look(Watcher(*pair), watching.tell, state, woken), name="look"),
        ]
        await stop.wait()
        for task in working:
            task.cancel()


async def _wake(stream: AsyncIterator[HeadSeen], woken: asyncio.Event) -> None:
    async for _ in stream:
        woken.set()


async def _look(watcher: Watcher, tell: Callable[[Sight], None], state: _State, woken: asyncio.Event) -> None:
    while True:
        await woken.wait()
        woken.clear()
        try:
            sight = await watcher.look(time.time_ns())
        except ClientError:
            continue
        if not sight.comparison.incomparable:
            state.sight, state.compared_s = sight, time.time()
        tell(sight)
