"""Handing in signed transfers as fast as a chain commits them, or at a rate, and seeing them committed.

Requests are JSON-RPC batches of `broadcast_tx_async` on connections that stay open, written before the clock starts:
waiting for each check would measure how soon processes have their turn. What is sent and not committed is bounded, so
that what waits stays as real chains have it; in the end all that was sent has to be committed.
"""

import asyncio
import hashlib
import json
import random
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qos.base.strictjson import JsonObject
from qos.client.calls import Call
from qos.client.errors import CallFailed, Unreachable
from qos.client.fields import child, integer, objects, text
from qos.client.io.http import HttpTransport
from qos.client.node import status, tx

BATCH = 20
CONNECTIONS = 6
POLL_S = 0.05
QUIET_S = 120
_ASKED_TWICE = "tx already exists in cache"
"""The engine closes connections after 10 s of silence; a request on its way then is sent again, though it was heard."""

TIMEOUT_MS = 120_000
HEADERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How to send: at most `window` uncommitted at a time, for `seconds`, at most `per_s` when that is not 0.

    `senders` take turns. Only one connection keeps the order of what it is given, so a sender's next transfer waits
    for the answer to the one before.
    """

    window: int
    seconds: float
    senders: int
    per_s: float = 0.0


@dataclass(slots=True)
class Loaded:
    """What came of a load. `blocks` are (seconds after the start, transactions) of those with any."""

    sent: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    blocks: list[tuple[float, int]] = field(default_factory=list)

    @property
    def committed(self) -> int:
        """Transactions in blocks."""
        return sum(count for _, count in self.blocks)

    @property
    def seconds(self) -> float:
        """Until the last block with transactions."""
        return self.blocks[-1][0] if self.blocks else 0.0


def metas(low: int, high: int) -> Call[list[int]]:
    """Ask how many transactions the blocks of some heights have, in their order."""
    return Call(method="blockchain", params={"minHeight": str(low), "maxHeight": str(high)}, parse=_counts)


def executed() -> Call[int]:
    """Ask which height the application has committed: the engine shows a block before it is executed."""
    return Call(
        method="abci_info", params={}, parse=lambda result: integer(child(result, "response"), "last_block_height")
    )


def _counts(result: JsonObject) -> list[int]:
    found = objects(result, "block_metas")
    return [count for _, count in sorted((integer(child(m, "header"), "height"), integer(m, "num_txs")) for m in found)]


def bodies(txs: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Write the requests."""
    found = []
    for start in range(0, len(txs), BATCH):
        part = txs[start : start + BATCH]
        calls = ",".join(
            f'{{"jsonrpc":"2.0","id":{number},"method":"broadcast_tx_async","params":{{"tx":"{_text(each)}"}}}}'
            for number, each in enumerate(part)
        )
        found.append((len(part), f"[{calls}]".encode()))
    return found


def _text(data: bytes) -> str:
    return b64encode(data).decode()


class Load:
    """One load on one chain, spread over its nodes."""

    def __init__(self, urls: Sequence[str], txs: Sequence[bytes], pace: Pace) -> None:
        self._urls = urls
        self._requests: Iterator[tuple[int, tuple[int, bytes]]] = enumerate(bodies(txs))
        self._unanswered: set[int] = set()
        self._pace = pace
        self.loaded = Loaded()
        self._turn = asyncio.Lock()
        self._height = 0

    async def run(self) -> Loaded:
        """Send until the time is over or nothing is left, and wait until all is committed and executed."""
        async with HttpTransport(self._urls[0], timeout_ms=TIMEOUT_MS) as watch:
            self._height = (await watch.send(status())).height
            began = time.perf_counter()
            watching = asyncio.create_task(self._watch(watch, began))
            urls = [self._urls[number % len(self._urls)] for number in range(max(CONNECTIONS, len(self._urls)))]
            await asyncio.gather(*[self._send(url, began) for url in urls])
            await self._drain()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            height = 0
            while height < self._height:
                await asyncio.sleep(POLL_S)
                height = await watch.send(executed())
        return self.loaded

    async def _send(self, url: str, began: float) -> None:
        async with HttpTransport(url, timeout_ms=TIMEOUT_MS) as node:
            while (taken := await self._next(began)) is not None:
                number, (count, request) = taken
                answer = await node.post(request)
                self._unanswered.remove(number)
                if answer.body.count(b'"code":0') != count:
                    self._note_refusals(answer.body)

    async def _next(self, began: float) -> tuple[int, tuple[int, bytes]] | None:
        """Return the next request once it may be sent, without leaving one out; None when there is no more time."""
        loaded, pace = self.loaded, self._pace
        async with self._turn:
            taken = next(self._requests, None)
            while taken is not None:
                number, body = taken
                passed = time.perf_counter() - began
                if passed > pace.seconds:
                    return None
                is_early = pace.per_s and loaded.sent > pace.per_s * passed
                waiting = loaded.sent - sum(loaded.refused.values()) - loaded.committed
                if not is_early and waiting + body[0] <= pace.window and not self._overtakes(number):
                    loaded.sent += body[0]
                    self._unanswered.add(number)
                    return taken
                await asyncio.sleep(0.005)
        return None

    def _overtakes(self, number: int) -> bool:
        """Tell whether a request may hold the next transfer of a sender whose last is on its way."""
        return number - min(self._unanswered, default=number) >= max(self._pace.senders // BATCH, 1)

    def _note_refusals(self, body: bytes) -> None:
        answers = json.loads(body)
        for each in answers if isinstance(answers, list) else [answers]:
            result = each.get("result", {})
            if "error" in each or result.get("code"):
                words = str(each.get("error", {}).get("data") or result.get("log"))[:80]
                if words == _ASKED_TWICE:
                    continue
                self.loaded.refused[words] = self.loaded.refused.get(words, 0) + 1

    async def _watch(self, node: HttpTransport, began: float) -> None:
        while True:
            newest = (await node.send(status())).height
            while self._height < newest:
                high = min(newest, self._height + HEADERS)
                now = time.perf_counter() - began
                counts = await node.send(metas(self._height + 1, high))
                self.loaded.blocks += [(now, count) for count in counts if count]
                self._height = high
            await asyncio.sleep(POLL_S)

    async def _drain(self) -> None:
        """Wait until all that was taken is committed, or nothing was for long."""
        last, since = -1, time.monotonic()
        while self.loaded.committed < self.loaded.sent - sum(self.loaded.refused.values()):
            if self.loaded.committed != last:
                last, since = self.loaded.committed, time.monotonic()
            if time.monotonic() - since > QUIET_S:
                return
            await asyncio.sleep(POLL_S)


async def committed_load(url: str, txs: Sequence[bytes], pace: Pace) -> Loaded:
    """Load a node and exit unless all that was sent was committed."""
    loaded = await Load([url], txs, pace).run()
    if loaded.refused or loaded.committed != loaded.sent:
        sys.exit(f"{loaded.sent} transfers were sent, {loaded.committed} committed, refused: {loaded.refused}")
    return loaded


async def latencies_ms(url: str, txs: Sequence[bytes], spread_s: float) -> list[float]:
    """Hand in transactions one by one at random times; returns ms until each is found committed, ascending."""
    chance = random.Random(7)
    starts = [chance.random() * spread_s for _ in txs]
    found = await asyncio.gather(*[_latency_ms(url, each, start) for each, start in zip(txs, starts, strict=True)])
    return sorted(found)


async def _latency_ms(url: str, data: bytes, start_s: float) -> float:
    async with HttpTransport(url, timeout_ms=TIMEOUT_MS) as node:
        await asyncio.sleep(start_s)
        began = time.perf_counter()
        answer = await node.send(_broadcast(data))
        if answer:
            raise SystemExit(f"a transaction was refused: {answer}")
        tx_hash = hashlib.sha256(data).digest()
        while True:
            try:
                await node.send(tx(tx_hash))
            except (CallFailed, Unreachable):
                await asyncio.sleep(0.005)
            else:
                return (time.perf_counter() - began) * 1_000


def _broadcast(data: bytes) -> Call[str]:
    """Hand in a transaction of any chain; the answer is why it was refused, empty when it was not."""
    return Call(
        method="broadcast_tx_sync",
        params={"tx": _text(data)},
        parse=lambda result: (text(result, "log") or "refused") if integer(result, "code") else "",
    )


def share(values: Sequence[float], percent: int) -> float:
    """Return the value that so many percent are at most."""
    return round(values[min(len(values) - 1, len(values) * percent // 100)], 1)
