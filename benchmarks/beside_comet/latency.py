"""How long one transaction waits until it is committed, beside the engine's own application in the same run."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from benchmarks.beside_comet.loading import latencies_ms, share
from benchmarks.beside_comet.nodes import Node, Plan, make_homes
from benchmarks.beside_comet.people import People
from qos.engine.cometbft.io.program import find_engine

ACCOUNTS = 2_000
PROBES, SPREAD_S = 40, 20.0
WARM_UP = 5
BLOCK_MS = (1_000, 0)
QUIET_MS = 1_000
"""Between empty blocks where blocks come at once: without it a chain makes hundreds a second for nobody."""

START_DEADLINE_S = 60


def run(folder: Path) -> dict[str, Any]:
    """Return p50 and p95 of both, at the default timeout and at none."""
    figures: dict[str, Any] = {}
    for block_ms in BLOCK_MS:
        people = People(ACCOUNTS // 2, ACCOUNTS)
        ours = _ours(folder / f"ours{block_ms}", people, block_ms)
        with _key_values(folder / f"theirs{block_ms}", block_ms) as url:
            theirs = _measured(url, [b"key%d=value" % number for number in range(WARM_UP + PROBES)])
        figures |= {
            f"p50_ms_at_{block_ms}": share(ours, 50),
            f"p95_ms_at_{block_ms}": share(ours, 95),
            f"kvstore_p50_ms_at_{block_ms}": share(theirs, 50),
            f"kvstore_p95_ms_at_{block_ms}": share(theirs, 95),
        }
    return figures


def _ours(folder: Path, people: People, block_ms: int) -> list[float]:
    settings = {"block_ms": block_ms, "heartbeat_ms": 0 if block_ms else QUIET_MS}
    plan = Plan(senders=people.addresses, accounts=ACCOUNTS, settings=settings)
    node = Node(make_homes(folder, plan, 1)[0])
    try:
        node.until_ready()
        return _measured(node.engine, people.transfers(WARM_UP + PROBES))
    finally:
        node.stop()


def _measured(url: str, txs: Sequence[bytes]) -> list[float]:
    asyncio.run(latencies_ms(url, txs[:WARM_UP], 1.0))
    return asyncio.run(latencies_ms(url, txs[WARM_UP:], SPREAD_S))


@contextmanager
def _key_values(folder: Path, block_ms: int) -> Iterator[str]:
    """Run the engine with its own application; gives the address of its RPC."""
    program = str(find_engine().file)
    subprocess.run([program, "init", "--home", str(folder)], check=True, capture_output=True)
    file = folder / "config" / "config.toml"
    quiet = 0 if block_ms else QUIET_MS
    text = re.sub(r'timeout_commit = ".*"', f'timeout_commit = "{block_ms}ms"', file.read_text())
    file.write_text(re.sub(r'create_empty_blocks_interval = ".*"', f'create_empty_blocks_interval = "{quiet}ms"', text))
    ports = ("--rpc.laddr", "tcp://127.0.0.1:0", "--p2p.laddr", "tcp://127.0.0.1:0")
    log = folder / "log"
    with log.open("wb") as output:
        command = [program, "node", "--home", str(folder), "--proxy_app", "kvstore", *ports]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield _answering(log)
    finally:
        process.terminate()
        process.wait(30)


def _answering(log: Path) -> str:
    end = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < end:
        found = re.search(r"serve.*?127\.0\.0\.1:(\d+)", log.read_text())
        if found is not None and _makes_blocks(url := f"http://127.0.0.1:{found[1]}"):
            return url
        time.sleep(0.05)
    sys.exit("the engine with its own application did not start")


def _makes_blocks(url: str) -> bool:
    with suppress(httpx.HTTPError, KeyError):
        return int(httpx.get(f"{url}/status").json()["result"]["sync_info"]["latest_block_height"]) > 0
    return False
