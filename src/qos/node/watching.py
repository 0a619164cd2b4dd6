"""Watching pairs of chains for value that nobody set aside: after every block of theirs, until asked to stop (R6)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from socket import socket

from qos.base.blocktime import MILLISECOND_NS
from qos.cassini.io.heads import heads
from qos.cassini.messages import HeadSeen
from qos.cassini.submitter import Submitter
from qos.cassini.watcher import Sight, Watched, Watcher
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.transactions import Signer
from qos.node.pages import serving
from qos.node.watch_pages import Sights


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What to watch: RPC addresses by chain id, the pairs of chains to compare, and who pauses."""

    chains: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    pauser: Signer
    listener: socket
    tell: Callable[[Sight], None]


async def watch(watching: Watching, stop: asyncio.Event) -> None:
    """Watch until `stop` is set; a chain that does not answer is asked again with its next block."""
    sights = Sights(watching.pairs)
    woken = asyncio.Event()
    async with (
        AsyncExitStack() as stack,
        serving(watching.listener, sights.pages()),
        asyncio.TaskGroup() as tasks,
    ):
        nodes = {name: await stack.enter_async_context(HttpTransport(url)) for name, url in watching.chains.items()}
        known = {
            # One submitter a chain: a pauser that is busy at one pair keeps its place among its transactions.
            name: Watched(chain_id=name, node=node, pauser=Submitter(name, watching.pauser))
            for name, node in nodes.items()
        }
        watchers = {pair: Watcher(known[pair[0]], known[pair[1]]) for pair in watching.pairs}
        working = [tasks.create_task(_wake(heads(name, node), woken), name="hear") for name, node in nodes.items()]
        working.append(tasks.create_task(_look(watchers, watching.tell, sights, woken), name="look"))
        await stop.wait()
        for task in working:
            task.cancel()


async def _wake(stream: AsyncIterator[HeadSeen], woken: asyncio.Event) -> None:
    async for _ in stream:
        woken.set()


async def _look(
    watchers: Mapping[tuple[str, str], Watcher], tell: Callable[[Sight], None], sights: Sights, woken: asyncio.Event
) -> None:
    while True:
        await woken.wait()
        woken.clear()
        for pair, watcher in watchers.items():
            try:
                sight = await watcher.look(time.time_ns())
            except ClientError:
                continue
            sights.see(pair, sight, time.time_ns() // MILLISECOND_NS)
            tell(sight)
