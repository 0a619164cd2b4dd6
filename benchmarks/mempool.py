"""What a flood of bad transactions does to a chain under good load.

One node with RPC in a process of its own makes a block a second of signed transfers; then 100 000 bad transactions of
five kinds come over two connections as fast as it answers them. Printed for both spells: intervals between blocks,
good transfers, memory and CPU of the node. It ends by checking that all of the flood was refused and every good
transfer is in a block.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from qos.base.blocktime import NANOSECONDS, parse_rfc3339
from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.engine.embedded.io.engine import EngineConfig
from qos.engine.embedded.schedule import ScheduleConfig
from qos.machine.machine import Machine
from qos.node import memory
from qos.proto import codec
from qos.store.io.lmdb import open_store
from qos.testing.chain import CHAIN_ID, PUBLIC_FEES, genesis_document
from qos.testing.engine_worlds import genesis_json, seed_of
from qos.testing.served_engine import open_engine, serving
from qos.testing.stake import with_validators
from qos.testing.transactions import GAS_PRICE, Key, Signer, auth_of, body_of, key_of, send, signed

GAS, BATCH, SENDERS, CONNECTIONS = 40_000, 20, 500, 2
KINDS = ("bad signature", "wrong sequence", "underpaid", "malformed", "unknown sender")
GOAL_PERCENT = 20
IDLE = 100
PEOPLE = [key_of(f"sender {number}") for number in range(SENDERS + IDLE)]
"""Those who send, and behind them those in whose name bad transactions come that are nearly good."""

MEMORY_EVERY_S = 0.5


def genesis() -> bytes:
    """Return a public chain on which every sender has coins."""
    funds = {key.address: 10**24 for key in PEOPLE}
    document = genesis_document(PUBLIC, funds=funds, fee_params=PUBLIC_FEES)
    document = with_validators(document, (ed25519.public_key(seed_of(0)),))
    return genesis_json(chain_id=CHAIN_ID, app_state=document["app_state"])


def transfer(key: Key, number: int, sequence: int, *, memo: str, price: int = GAS_PRICE) -> bytes:
    """Return a signed transfer to oneself."""
    signers = (Signer(key=key, number=number, sequence=sequence),)
    body = body_of(send(key.address, key.address, 1), memo=memo)
    return codec.encode(signed(CHAIN_ID, body, auth_of(signers, gas=GAS, price=price), signers))


def bad(kind: str, number: int) -> bytes:
    """Return one bad transaction, different from all others."""
    sender = SENDERS + number % IDLE
    good = transfer(PEOPLE[sender], sender, 0, memo=f"{kind} {number}")
    match kind:
        case "bad signature":
            return good[:-1] + bytes((good[-1] ^ 1,))
        case "wrong sequence":
            return transfer(PEOPLE[sender], sender, 10**9 + number, memo="")
        case "underpaid":
            return transfer(PEOPLE[sender], sender, 0, memo=str(number), price=GAS_PRICE - 1)
        case "malformed":
            return good[: len(good) // 2] + number.to_bytes(4, "big")
        case _:
            return transfer(key_of(f"nobody {number % 97}"), 0, 0, memo=str(number))


def serve(folder: Path) -> None:
    """Run the node until standard input ends; prints its port."""
    application = Machine(PUBLIC, open_store(folder / "state", PUBLIC.stores, keep_versions=20))
    config = EngineConfig(schedule=ScheduleConfig(min_interval_ms=1_000, heartbeat_ms=1_000))
    with serving(open_engine(folder, application, config, genesis())) as served:
        memory.settle()
        print(served.http.base_url.port, flush=True)
        sys.stdin.read()
    application.store.close()


@dataclass(slots=True)
class Client:
    """One connection to the node."""

    port: int
    codes: Counter[int] = field(default_factory=Counter)

    def send(self, txs: Sequence[bytes]) -> None:
        """Hand in transactions in batches and count the codes of the answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for start in range(0, len(txs), BATCH):
            answers = _post(connection, [_broadcast(tx) for tx in txs[start : start + BATCH]])
            self.codes.update([int(answer["result"]["code"]) for answer in answers])
        connection.close()


def _broadcast(tx: bytes) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "broadcast_tx_sync", "params": {"tx": b64encode(tx).decode()}}


def _post(connection: http.client.HTTPConnection, document: object) -> Any:
    connection.request("POST", "/", json.dumps(document), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def ask(port: int, method: str, **params: object) -> Any:
    """Ask the node one thing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    answer = _post(connection, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    connection.close()
    return answer["result"]


def height(port: int) -> int:
    """Return the newest height."""
    return int(ask(port, "status")["sync_info"]["latest_block_height"])


def headers(port: int, first: int, last: int) -> list[tuple[int, int]]:
    """Return (time in ns, number of transactions) of blocks."""
    found = []
    for start in range(first, last + 1, 20):
        end = min(start + 19, last)
        metas = ask(port, "blockchain", minHeight=str(start), maxHeight=str(end))["block_metas"]
        found += [(parse_rfc3339(meta["header"]["time"]), int(meta["num_txs"])) for meta in reversed(metas)]
    return found


class GoodLoad(threading.Thread):
    """Hands in good transfers at a steady rate until told to stop."""

    def __init__(self, port: int, txs: Sequence[bytes], rate: int) -> None:
        super().__init__()
        self.sent = 0
        self.codes: Counter[int] = Counter()
        self._client, self._txs, self._rate = Client(port), txs, rate
        self._over = threading.Event()

    def run(self) -> None:
        """Send a batch whenever its time has come."""
        began = time.monotonic()
        while not self._over.is_set() and self.sent < len(self._txs):
            due = min(int((time.monotonic() - began) * self._rate), len(self._txs))
            self._client.send(self._txs[self.sent : due])
            self.sent = due
            self._over.wait(0.1)
        self.codes = self._client.codes

    def stop(self) -> None:
        """End and wait."""
        self._over.set()
        self.join()


class MemoryWatch(threading.Thread):
    """Notes the resident memory of a process."""

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.readings: list[float] = []
        self._pid, self._over = pid, threading.Event()

    def run(self) -> None:
        """Read every now and then."""
        while not self._over.wait(MEMORY_EVERY_S):
            self.readings.append(resident_mb(self._pid))

    def stop(self) -> None:
        """End and wait."""
        self._over.set()
        self.join()


def resident_mb(pid: int) -> float:
    """Return a process's memory that is not a mapped file."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def cpu_s(pid: int) -> float:
    """Return the CPU time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spell(port: int, pid: int, work: Sequence[threading.Thread], at_least_s: float) -> dict[str, Any]:
    """Let work be done for a time and return what the chain did meanwhile."""
    first, began, used = height(port), time.monotonic(), cpu_s(pid)
    watch = MemoryWatch(pid)
    watch.start()
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    time.sleep(max(0.0, at_least_s - (time.monotonic() - began)))
    watch.stop()
    lasted = time.monotonic() - began
    used = cpu_s(pid) - used
    blocks = headers(port, first, height(port))
    # A block with transactions is followed at once by an empty one: the pace is that of the full ones.
    full = [at for at, count in blocks if count]
    gaps = sorted((after - before) / NANOSECONDS for before, after in pairwise(full))
    return {
        "seconds": round(lasted, 1),
        "blocks": len(full),
        "block_s_mean": round(sum(gaps) / len(gaps), 3),
        "block_s_p95": round(gaps[len(gaps) * 95 // 100], 3),
        "block_s_max": round(gaps[-1], 3),
        "good_per_s": round(sum(count for _, count in blocks) / lasted, 1),
        "node_cpu_percent": round(100 * used / lasted),
        "memory_mb_first": watch.readings[0],
        "memory_mb_max": max(watch.readings),
        "memory_mb_last": watch.readings[-1],
    }


def flood(port: int, txs: Sequence[bytes]) -> tuple[list[threading.Thread], list[Client]]:
    """Return threads that send bad transactions and their clients."""
    clients = [Client(port) for _ in range(CONNECTIONS)]
    parts = [txs[place::CONNECTIONS] for place in range(CONNECTIONS)]
    return [
        threading.Thread(target=each.send, args=(part,)) for each, part in zip(clients, parts, strict=True)
    ], clients


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Start the node, run both spells, check what became of every transaction."""
    evil = [bad(KINDS[number % len(KINDS)], number) for number in range(options.bad)]
    good = [
        transfer(PEOPLE[number % SENDERS], number % SENDERS, number // SENDERS, memo=f"good {number}")
        for number in range(options.rate * options.longest)
    ]
    command = [sys.executable, __file__, "--serve", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        assert node.stdin is not None
        port = int(node.stdout.readline())
        load = GoodLoad(port, good, options.rate)
        load.start()
        time.sleep(options.warm_up)
        quiet = spell(port, node.pid, (), options.seconds)
        threads, clients = flood(port, evil)
        flooded = spell(port, node.pid, threads, options.seconds)
        load.stop()
        settled = _settled(port, load.sent)
        node.stdin.close()
    codes = sum((client.codes for client in clients), Counter[int]())
    if codes[0] or codes.total() != options.bad:
        sys.exit(f"the flood was not refused: {dict(codes)}")
    if load.codes != Counter({0: load.sent}) or settled != load.sent:
        sys.exit(f"of {load.sent} good transfers {settled} are in blocks; answers {dict(load.codes)}")
    return {"quiet": quiet, "flooded": flooded, "refused": dict(sorted(codes.items())), "good": settled}


def _settled(port: int, wanted: int) -> int:
    """Return how many transactions are in blocks, once they are as many as wanted or ten seconds have passed."""
    ends, found = time.monotonic() + 10, 0
    while found < wanted and time.monotonic() < ends:
        time.sleep(0.5)
        found = sum(count for _, count in headers(port, 1, height(port)))
    return found


def main() -> None:
    """Run the benchmark, or the node of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bad", type=int, default=100_000, help="bad transactions of the flood")
    parser.add_argument("--rate", type=int, default=100, help="good transfers a second")
    parser.add_argument("--seconds", type=int, default=20, help="length of a spell, at least")
    parser.add_argument("--warm-up", type=int, default=5, help="seconds before the first spell")
    parser.add_argument("--longest", type=int, default=300, help="seconds the good transfers last")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--serve", type=Path, help="run the node on this folder")
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options, Path(folder))
    change = round(100 * (found["flooded"]["block_s_mean"] / found["quiet"]["block_s_mean"] - 1), 1)
    found |= {"block_time_change_percent": change, "goal_percent": GOAL_PERCENT}
    if options.json:
        print(json.dumps(found))
        return
    print(f"{'':>18} {'quiet':>10} {'flooded':>10}")
    for name, value in found["quiet"].items():
        print(f"{name:>18} {value:>10} {found['flooded'][name]:>10}")
    print(f"block time changes by {change} %, goal under {GOAL_PERCENT} %; refused by code: {found['refused']}")


if __name__ == "__main__":
    main()
