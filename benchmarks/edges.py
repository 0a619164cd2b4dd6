"""What a balance query costs through each edge, and what it costs the blocks beside it.

One chain of real processes in a temporary home. A process of its own hands in transfers at a steady rate; first alone,
then beside queries by gRPC, by REST and by RPC with proof, then beside searches over all transactions. A latency is
that of the client; CPU is the node's, measured without transfers. Block times are those in the headers.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any
from urllib.parse import quote

import grpc.aio

from benchmarks.network import TICKS_PER_SECOND, cpu_ticks, qos
from qos.base.identifiers import BASE_DENOM, format_address
from qos.client.io.http import HttpTransport
from qos.client.node import abci_query, block, broadcast_tx_sync, status, store_path
from qos.client.queries import AccountState, fee_for
from qos.client.speed import Speed
from qos.client.transactions import Draft, account_of, address_of, sign_tx
from qos.modules.assets.bank.state import BALANCES, STORE
from qos.node.config import ChainConfig, NetworkChain, load_config, render_config
from qos.node.home import NetworkHome
from qos.node.layout import NetworkPlan, lay_out
from qos.proto import codec
from qos.proto.codec import pack
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend, QueryBalanceRequest
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import GetTxsEventRequest
from qos.testing.qcp_load import SENDERS, fund, sender

CHAIN = NetworkChain(folder="public", chain_id="qos-1", kind="public")
GAS, BATCH, WARM_UP = 40_000, 20, 30
HEAVY, HEAVY_PAGE = "tx.height>0", 100
"""A search that matches every transaction of the chain, and how many of them it wants to see."""
GOALS = {"p95_ms": 20, "block_time_change_percent": 10}
Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the node answers, and its process."""

    rpc: str
    grpc: str
    rest: str
    pid: int


class RestClient:
    """One kept connection that asks for one path again and again."""

    def __init__(self, address: str, path: str) -> None:
        host, port = address.removeprefix("http://").split(":")
        self._place = host, int(port)
        self._request = f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> bytes:
        """Return the body of the answer."""
        try:
            return await self._asked()
        except asyncio.IncompleteReadError:  # a connection nobody used for a while was closed
            self._streams = None
            return await self._asked()

    async def _asked(self) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place)
        reader, writer = self._streams
        writer.write(self._request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert head.startswith("http/1.1 200"), head
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        return await reader.readexactly(length)


def start(folder: Path, min_interval_ms: int) -> tuple[NetworkHome, Endpoints]:
    """Start one chain and wait until it is ready."""
    home = NetworkHome(folder)
    lay_out(home, NetworkPlan(port_base=0, relays=0, chains=(CHAIN,)))
    file = home.chain(CHAIN.folder).config_file
    config = load_config(ChainConfig, file)
    engine = config.engine.model_copy(update={"min_interval_ms": min_interval_ms})
    file.write_text(render_config(config.model_copy(update={"engine": engine})), "utf-8")
    answer = json.loads(qos("up", "--home", str(folder), "--detach", "--output", "json"))
    facts = answer["chains"][CHAIN.folder]
    return home, Endpoints(rpc=facts["rpc"], grpc=facts["grpc"], rest=facts["rest"], pid=facts["pid"])


async def signed(node: HttpTransport, first: int, count: int) -> list[bytes]:
    """Sign transfers, the senders taking turns; `first` of them were signed before."""
    fee = await fee_for(node, GAS, Speed.FAST)
    txs: list[bytes] = []
    accounts = [await account_of(node, sender(number)) for number in range(SENDERS)]
    for number in range(first, first + count):
        key, account = sender(number % SENDERS), accounts[number % SENDERS]
        owner = address_of(key)
        coin = Coin(denom=BASE_DENOM, amount=number + 1)
        message = MsgSend(from_address=owner, to_address=address_of(sender(number + 1)), amount=(coin,))
        now = AccountState(number=account.number, sequence=account.sequence + (number - first) // SENDERS)
        txs.append(sign_tx(key, Draft(messages=(pack(message),), gas_limit=GAS, fee=fee), now, CHAIN.chain_id))
    return txs


async def hand_in(url: str, txs: Sequence[bytes], rate: int) -> None:
    """Hand in transactions, a batch at a time: one at a time each would wait for the block of the one before."""
    started, size = time.monotonic(), BATCH
    async with HttpTransport(url) as node:
        for turn, first in enumerate(range(0, len(txs), size)):
            await asyncio.sleep(max(started + turn * size / rate - time.monotonic(), 0))
            await node.send_all([broadcast_tx_sync(tx) for tx in txs[first : first + size]])


async def loaded(node: HttpTransport, at: Endpoints, options: argparse.Namespace) -> asyncio.subprocess.Process:
    """Start the process that hands in transfers for as long as a phase lasts."""
    count = options.rate * options.seconds
    with tempfile.NamedTemporaryFile("w", suffix=".txs", delete=False) as file:
        file.write("\n".join(tx.hex() for tx in await signed(node, 0, count)))
    more = ("--hand-in", file.name, "--url", at.rpc, "--rate", str(options.rate))
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.edges", *more)


async def block_ms(node: HttpTransport, first: int) -> float:
    """Return the mean time between blocks with transactions from a height on; the time of a block is in its header."""
    newest = (await node.send(status())).height
    blocks = [await node.send(block(height)) for height in range(first, newest + 1)]
    times = [each.time_ns for each in blocks if each.txs]
    return round((times[-1] - times[0]) / (len(times) - 1) / 1e6, 2)


async def phase(
    node: HttpTransport, at: Endpoints, asks: dict[str, Ask], options: argparse.Namespace, *, rate: int
) -> tuple[float, dict[str, list[float]]]:
    """Hand in transfers with `rate` queries a second of each kind beside them.

    Returns the block time and the latencies in ms.
    """
    process = await loaded(node, at, options)
    first = (await node.send(status())).height + 1
    latencies: dict[str, list[float]] = {name: [] for name in asks}
    async with asyncio.TaskGroup() as tasks:
        for name, ask in asks.items():
            tasks.create_task(_steadily(ask, latencies[name], rate, options.seconds))
        tasks.create_task(process.wait())
    return await block_ms(node, first), latencies


async def _steadily(ask: Ask, latencies: list[float], rate: int, seconds: int) -> None:
    """Ask at a steady rate, without the first second; a late answer delays no later question's clock."""
    started = time.monotonic()
    for number in range(rate * seconds):
        due = started + number / rate
        await asyncio.sleep(max(due - time.monotonic(), 0))
        began = time.perf_counter()
        await ask()
        if number >= rate:
            latencies.append((time.perf_counter() - began) * 1000)


async def cpu_ms(pid: int, ask: Ask, count: int) -> float:
    """Return the node's CPU time for one query, asked alone."""
    for _ in range(WARM_UP):
        await ask()
    before = cpu_ticks(pid)
    for _ in range(count):
        await ask()
    return round((cpu_ticks(pid) - before) / TICKS_PER_SECOND * 1000 / count, 3)


async def measure(home: NetworkHome, at: Endpoints, options: argparse.Namespace) -> dict[str, object]:
    """Run all phases and return the figures."""
    owner = address_of(sender(0))
    path = f"/cosmos/bank/v1beta1/balances/{format_address(owner)}/by_denom?denom={BASE_DENOM}"
    request = codec.encode(QueryBalanceRequest(address=owner, denom=BASE_DENOM))
    key = BALANCES.raw_key((owner, BASE_DENOM))
    rest = RestClient(at.rest, path)
    heavy_rest = RestClient(at.rest, f"/cosmos/tx/v1beta1/txs?query={quote(HEAVY)}&limit={HEAVY_PAGE}")
    async with (
        HttpTransport(at.rpc) as node,
        HttpTransport(at.rpc) as prover,
        grpc.aio.insecure_channel(at.grpc) as pipe,
    ):
        await fund(node, home)
        unary: Any = pipe.unary_unary("/cosmos.bank.v1beta1.Query/Balance")

        async def ask_grpc() -> object:
            return await unary(request)

        async def ask_proof() -> object:
            return await prover.send(abci_query(store_path(STORE), key, prove=True))

        search: Any = pipe.unary_unary("/cosmos.tx.v1beta1.Service/GetTxsEvent")
        wanted = codec.encode(GetTxsEventRequest(query=HEAVY, limit=HEAVY_PAGE))

        async def search_grpc() -> object:
            return await search(wanted)

        asks: dict[str, Ask] = {"grpc": ask_grpc, "rest": rest.ask, "rpc_proof": ask_proof}
        searches: dict[str, Ask] = {"heavy_grpc": search_grpc, "heavy_rest": heavy_rest.ask}
        before = cpu_ticks(at.pid)
        alone, _ = await phase(node, at, {}, options, rate=0)
        spent = (cpu_ticks(at.pid) - before) / TICKS_PER_SECOND * 1000 / (options.rate * options.seconds)
        beside, latencies = await phase(node, at, asks, options, rate=options.queries)
        burdened, heavy = await phase(node, at, searches, options, rate=options.heavy)
        costs = {name: await cpu_ms(at.pid, ask, options.alone) for name, ask in asks.items()}
    return (
        report(options, (alone, beside), latencies, costs)
        | heavy_report(options, (alone, burdened), heavy)
        | {"transfer_cpu_ms": round(spent, 3)}
    )


def report(
    options: argparse.Namespace,
    block_times: tuple[float, float],
    latencies: dict[str, list[float]],
    costs: dict[str, float],
) -> dict[str, object]:
    """Return the figures by name."""
    alone, beside = block_times
    figures: dict[str, object] = {
        "transfers_per_s": options.rate,
        "queries_per_s": options.queries * len(latencies),
        "block_ms_alone": alone,
        "block_ms_beside_queries": beside,
        "block_time_change_percent": round(100 * (beside / alone - 1), 1),
    }
    for name, found in latencies.items():
        figures |= {f"{name}_{key}": value for key, value in _spread(found).items()} | {f"{name}_cpu_ms": costs[name]}
    return figures


def heavy_report(
    options: argparse.Namespace, block_times: tuple[float, float], latencies: dict[str, list[float]]
) -> dict[str, object]:
    """Return the figures of searches over all transactions, which reader processes do."""
    alone, beside = block_times
    figures: dict[str, object] = {
        "heavy_reads_per_s": options.heavy * len(latencies),
        "block_ms_beside_heavy_reads": beside,
        "heavy_block_time_change_percent": round(100 * (beside / alone - 1), 1),
    }
    for name, found in latencies.items():
        spread = _spread(found)
        figures |= {f"{name}_p50_ms": spread["p50_ms"], f"{name}_slow_ms": spread["p95_ms"]}
    return figures


def _spread(latencies: Sequence[float]) -> dict[str, float]:
    ordered = sorted(latencies)
    return {
        "mean_ms": round(mean(ordered), 2),
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p95_ms": round(ordered[len(ordered) * 95 // 100], 2),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="length of each phase")
    parser.add_argument("--rate", type=int, default=500, help="transfers offered a second")
    parser.add_argument("--queries", type=int, default=20, help="queries a second through each edge")
    parser.add_argument("--heavy", type=int, default=1, help="searches over all transactions a second by gRPC and REST")
    parser.add_argument("--alone", type=int, default=500, help="queries through each edge for its CPU cost")
    parser.add_argument("--block-ms", type=int, default=1_000, help="least time between blocks with transactions")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--hand-in", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hand_in:
        txs = [bytes.fromhex(line) for line in options.hand_in.read_text().split()]
        asyncio.run(hand_in(options.url, txs, options.rate))
        options.hand_in.unlink()
        return
    with tempfile.TemporaryDirectory() as folder:
        home, at = start(Path(folder) / "net", options.block_ms)
        try:
            figures = asyncio.run(measure(home, at, options))
        finally:
            qos("down", "--home", str(home.folder))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        goal = next((f"  goal: under {most}" for end, most in GOALS.items() if name.endswith(end)), "")
        print(f"{name:>26} {value}{goal}")


if __name__ == "__main__":
    main()
