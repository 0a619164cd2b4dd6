"""What `down` and `status` do, and how a running network is described."""

import asyncio
import os
import signal
import time

from qos.base.blocktime import MILLISECOND_NS
from qos.base.identifiers import format_address
from qos.base.strictjson import JsonObject, JsonValue
from qos.cli.errors import NotRunning
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.own_programs import own_status
from qos.cli.watched import watcher_lines
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.node import Status
from qos.client.node import status as ask_status
from qos.node.errors import NodeError
from qos.node.home import NetworkHome, holder
from qos.node.running import Phase, Running, read_running
from qos.wallet.io import devkeys

READY_DEADLINE_S = 120
STOP_DEADLINE_S = 60
POLL_S = 0.1
SHOWN_ACCOUNTS = ("alice", "bob", "carol", "dave")


def described(home: NetworkHome, running: Running) -> JsonObject:
    """Return a running network as JSON."""
    chains: JsonObject = {each.folder: each.described() for each in running.chains}
    relays: list[JsonValue] = [{"number": each.number, "pid": each.pid} for each in running.relays]
    return {
        "home": str(home.folder),
        "phase": running.phase.value,
        "pid": running.pid,
        "chains": chains,
        "relays": relays,
        "nodes": [{"name": each.name, "chain": each.chain, "pid": each.pid} for each in running.nodes],
        "watcher": _watcher(running),
        "accounts": accounts(home),
    }


def accounts(home: NetworkHome) -> JsonObject:
    """Return the addresses of the development accounts people use."""
    keys = devkeys.read(home.keys_folder)
    return {name: format_address(keys.address(name)) for name in SHOWN_ACCOUNTS} if keys is not None else {}


def stop(home: NetworkHome, output: Output) -> None:
    """Ask the network of a home to stop and wait until it has. Raises: NotRunning, NodeError."""
    pid = holder(home.folder)
    if pid is None:
        raise NotRunning(f"no network runs in {home.folder}")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_DEADLINE_S
    while time.monotonic() < deadline:
        if holder(home.folder) != pid:
            show({"stopped": str(home.folder)}, output, f"stopped the network in {home.folder}")
            return
        time.sleep(POLL_S)
    raise NodeError(f"process {pid} did not stop within {STOP_DEADLINE_S} s", f"see {home.log_file}")


def status(home: NetworkHome, output: Output) -> None:
    """Show what runs. Raises: NotRunning."""
    running = read_running(home)
    if running is None:
        raise NotRunning(f"no network runs in {home.folder}")
    found = asyncio.run(_heights([each.rpc for each in running.chains]))
    watched = asyncio.run(own_status(home.watcher_folder)) if running.watcher_pid is not None else None
    report = described(home, running) | {"watcher": _watcher(running, answer=watched)}
    lines = [f"{running.phase.value}: {running.progress}" if running.phase is not Phase.READY else "ready", ""]
    chains = report["chains"]
    for each, answer in zip(running.chains, found, strict=True):
        entry = chains[each.folder] if isinstance(chains, dict) else None
        if isinstance(entry, dict):
            entry["height"] = answer.height if answer is not None else None
        height = f"height {answer.height}" if answer is not None else "does not answer"
        lines.append(f"{each.folder:<12} {each.chain_id:<12} {height:<16} RPC {each.rpc}")
    lines += [f"{each.name:<12} another node of {each.chain}, process {each.pid}" for each in running.nodes]
    lines.append(f"{len(running.relays)} relays")
    if running.watcher_pid is not None:
        lines += watcher_lines(watched, time.time_ns() // MILLISECOND_NS)
    show(report, output, "\n".join(lines))


def _watcher(running: Running, **more: JsonObject | None) -> JsonObject | None:
    return None if running.watcher_pid is None else {"pid": running.watcher_pid, **more}


async def _heights(addresses: list[str]) -> list[Status | None]:
    return list(await asyncio.gather(*(_height(address) for address in addresses)))


async def _height(address: str) -> Status | None:
    async with HttpTransport(address, timeout_ms=2_000) as node:
        try:
            return await node.send(ask_status())
        except ClientError:
            return None
