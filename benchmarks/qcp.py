"""Packets a second that four relays carry end to end, and how many blocks a packet takes.

A network of real processes is laid out in a temporary home: public and business chain with blocks of 1 s, Cassini on
demand with a floor of 100 ms. Distinct senders on the public chain send transfers at a steady rate, handed in by
batches of up to 20 calls; at the end the balances on the business chain must show each of them exactly once. Figures of
every minute go to stderr, so that a run of ten shows whether anything grows.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qos.client.io.http import HttpTransport
from qos.node.config import ChainConfig, load_config, render_config
from qos.node.home import NetworkHome
from qos.node.layout import NetworkPlan, lay_out
from qos.testing.qcp_costs import costs
from qos.testing.qcp_load import CHAIN, DESTINATION, SENDERS, Load, fund, prepare_load, send_all
from qos.testing.qcp_measure import Arrival, arrivals, check_balances, queue
from qos.testing.qcp_progress import Watched

BLOCK_MS = 1_000
SETTLE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """RPC addresses of the two chains packets go between, and the processes of each stage."""

    source: str
    destination: str
    stages: Mapping[str, tuple[int, ...]]


def lay_out_network(folder: Path) -> NetworkHome:
    """Write a network whose public and business chains make blocks of 1 s."""
    home = NetworkHome(folder)
    lay_out(home, NetworkPlan(port_base=0))
    for name in ("public", "shop-1"):
        file = home.chain(name).config_file
        config = load_config(ChainConfig, file)
        engine = config.engine.model_copy(update={"min_interval_ms": BLOCK_MS})
        file.write_text(render_config(config.model_copy(update={"engine": engine})), "utf-8")
    return home


def qos(*arguments: str) -> str:
    """Run the command and return what it prints."""
    command = [str(Path(sys.executable).with_name("qos")), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def start(home: NetworkHome) -> Endpoints:
    """Start the network and wait until it is ready."""
    qos("up", "--home", str(home.folder), "--detach")
    answer = json.loads(qos("status", "--home", str(home.folder), "--output", "json"))
    rpc = {name: chain["rpc"] for name, chain in answer["chains"].items()}
    pids = {name: chain["pid"] for name, chain in answer["chains"].items()}
    stages = {
        "source_chain": (pids["public"],),
        "cassini_chain": (pids["cassini-1"],),
        "destination_chain": (pids["shop-1"],),
        "relays": tuple(relay["pid"] for relay in answer["relays"]),
    }
    return Endpoints(source=rpc["public"], destination=rpc["shop-1"], stages=stages)


async def measure(home: NetworkHome, endpoints: Endpoints, options: argparse.Namespace) -> dict[str, object]:
    """Send, wait until all is carried, and count."""
    async with HttpTransport(endpoints.source) as source, HttpTransport(endpoints.destination) as destination:
        await fund(source, home)
        load = await prepare_load(source, options.rate * options.seconds)
        expected = (await queue(source, DESTINATION)).outbox + len(load.txs)
        watched = Watched(source=source, destination=destination, stages=endpoints.stages)
        before = await watched.read()
        telling = asyncio.create_task(tell(watched, options.tell_every), name="tell")
        await send_all(endpoints.source, load, options.rate)
        arrived = 0
        for _ in range(SETTLE_S):
            await asyncio.sleep(1)
            arrived = (await queue(destination, CHAIN)).inbox
            if arrived >= expected:
                break
        else:
            raise SystemExit(
                f"only {arrived} of {expected} packets arrived within {SETTLE_S} s after the last was sent"
            )
        telling.cancel()
        spent = {stage: used - before.cpu_s[stage] for stage, used in (await watched.read()).cpu_s.items()}
        found = await arrivals(source, destination)
        await check_balances(destination, load)
        per_packet = {f"{stage}_cpu_us": round(used * 1_000_000 / len(load.txs)) for stage, used in spent.items()}
        total = {"cpu_us_per_packet": sum(per_packet.values())}
        return report(load, found, options) | total | per_packet | costs()


async def tell(watched: Watched, every_s: int) -> None:
    """Print figures of every span until cancelled."""
    async for line in watched.spans(every_s):
        print(line, file=sys.stderr, flush=True)


def report(load: Load, found: Sequence[Arrival], options: argparse.Namespace) -> dict[str, object]:
    """Return the figures; a packet's time is from its source block to the block that ran it."""
    own = [each for each in found if each.sent_ms >= load.started_ms - BLOCK_MS]
    elapsed_ms = max(each.received_ms for each in own) - load.started_ms
    blocks = sorted(-(-(each.received_ms - each.sent_ms) // BLOCK_MS) for each in own)
    in_time = [each for each in own if each.received_ms <= load.started_ms + options.seconds * BLOCK_MS]
    return {
        "packets_per_s": round(len(own) * 1000 / elapsed_ms, 1),
        "p95_blocks": blocks[len(blocks) * 95 // 100],
        "packets": len(own),
        "offered_per_s": options.rate,
        "delivered_while_sending_per_s": round(len(in_time) / options.seconds, 1),
        "median_blocks": blocks[len(blocks) // 2],
        "senders": SENDERS,
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=320, help="transfers offered a second")
    parser.add_argument("--tell-every", type=int, default=60, help="seconds from one line of figures to the next")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = lay_out_network(Path(folder) / "net")
        endpoints = start(home)
        try:
            figures = asyncio.run(measure(home, endpoints, options))
        finally:
            qos("down", "--home", str(home.folder))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:>30} {value}")


if __name__ == "__main__":
    main()
