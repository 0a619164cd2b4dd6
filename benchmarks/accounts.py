"""What a chain of many accounts costs: genesis from a file of holdings, start-up, blocks, disk, beside a small chain.

The list is sorted and laid as `qos genesis add-holdings` and `qos node init` do it, each step in a process of its own,
whose memory is its own pages at their most (mapped pages of the file belong to the kernel, which takes them back).
A start is timed with what a node reads ahead at its start; before blocks are timed, all kept levels are read, as a node
does it behind its first blocks. Blocks hold transfers of distinct senders spread over all accounts, to anybody; block
time is FinalizeBlock and Commit with fsync. Sums and app hashes are checked.
"""

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.transfers import CHAIN_ID, address_of, block_info, signed
from qos.base.identifiers import BASE_DENOM
from qos.chains.public import PUBLIC
from qos.crypto import secp256k1
from qos.machine.abci import BlockRequest
from qos.machine.context import ReadContext
from qos.machine.machine import Machine
from qos.modules.assets.accounts.state import ACCOUNTS
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.holdings import line_of
from qos.node import memory
from qos.node.holdings import lines_of, write_holdings
from qos.node.preloading import AT_START_MS, preload
from qos.proto.json import to_json
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount
from qos.store.io.lmdb import open_store
from qos.store.multistore import CACHE_LEVELS
from qos.testing.chain import genesis_document

SMALL = 100_000
SENDERS = 4_000
FUNDS = 10**20
KEEP = 20
HOLDINGS = "genesis.holdings"
DOCUMENT = "genesis.json"


def keys_of(count: int) -> list[tuple[bytes, bytes]]:
    """Return the key pairs of the accounts that send."""
    privates = [sha256(b"sender%d" % index).digest() for index in range(count)]
    return [(private, secp256k1.public_key(private)) for private in privates]


def lines(accounts: int) -> Iterator[bytes]:
    """Yield the list of holders in no order."""
    for _, public in keys_of(SENDERS):
        yield line_of(secp256k1.address(public), BASE_DENOM, FUNDS)
    for index in range(accounts - SENDERS):
        yield line_of(address_of(index), BASE_DENOM, FUNDS)


def write_genesis(folder: Path, accounts: int) -> dict[str, Any]:
    """Write file and document."""
    began = time.monotonic()
    named = write_holdings(lines(accounts), folder / HOLDINGS)
    spent = time.monotonic() - began
    document = genesis_document(PUBLIC, chain_id=CHAIN_ID, funds={}, gas_price=10**10)
    document["app_state"]["bank"]["holdings"] = to_json(named)
    (folder / DOCUMENT).write_text(json.dumps(document), "utf-8")
    return {"sort_s": round(spent, 1), "file_mb": round((folder / HOLDINGS).stat().st_size / 1e6, 1)}


def opened(folder: Path, levels: int = CACHE_LEVELS) -> Machine:
    """Open the chain of a folder."""
    store = open_store(folder / "state", PUBLIC.stores, keep_versions=KEEP, cache_levels=levels)
    return Machine(PUBLIC, store, beside=lines_of(folder / HOLDINGS))


def lay(folder: Path, accounts: int) -> dict[str, Any]:
    """Lay the file in the state, and load genesis again, as the first start does."""
    machine = opened(folder)
    began, cpu = time.monotonic(), time.process_time()
    machine.init_chain((folder / DOCUMENT).read_bytes())
    figures = {
        "genesis_s": round(time.monotonic() - began, 1),
        "genesis_cpu_us_an_account": round((time.process_time() - cpu) / accounts * 1e6, 1),
    }
    machine.store.close()
    return figures


def first_block(folder: Path, accounts: int) -> dict[str, Any]:
    """Load genesis over what was laid, and make block 1."""
    del accounts
    began = time.monotonic()
    machine = opened(folder)
    machine.init_chain((folder / DOCUMENT).read_bytes())
    loaded = time.monotonic()
    machine.finalize_block(BlockRequest(block=block_info(1), txs=()))
    machine.commit()
    made = time.monotonic()
    machine.store.close()
    return {"init_chain_again_s": round(loaded - began, 2), "block_1_ms": round((made - loaded) * 1e3, 1)}


def reopen(folder: Path, accounts: int) -> dict[str, Any]:
    """Open a chain that has blocks."""
    del accounts
    began = time.monotonic()
    machine = opened(folder)
    preload(machine.store, AT_START_MS)
    machine.query("/store/bank/key", b"\x02", 0, prove=False)
    spent = time.monotonic() - began
    machine.store.close()
    return {"start_up_s": round(spent, 3)}


def transfers(machine: Machine, accounts: int, turn: int, count: int) -> list[bytes]:
    """Return the transfers of one block, signed by as many senders."""
    keys = keys_of(SENDERS)
    ctx = _reading(machine)
    made = []
    for place in range(count):
        private, public = keys[(turn * count + place) % SENDERS]
        account = ACCOUNTS.get(ctx, secp256k1.address(public))
        assert isinstance(account, BaseAccount)
        to = address_of((place * 7919 + turn * 104_729) % (accounts - SENDERS))
        made.append(signed(private, public, account.account_number, account.sequence, to))
    return made


def _reading(machine: Machine) -> ReadContext:
    return ReadContext(machine.store.reader(), block_info(0))


def blocks(folder: Path, accounts: int, options: argparse.Namespace) -> dict[str, Any]:
    """Make blocks; returns what those after the first few took."""
    machine = opened(folder, options.levels)
    count, warm, size = options.blocks, options.warm, options.size
    cpu = time.process_time()
    while machine.store.preload():
        pass
    preload_s = time.process_time() - cpu
    memory.settle()
    walls, cpus = [], []
    first = machine.store.version
    for turn in range(first, first + warm + count):
        txs = transfers(machine, accounts, turn, size)
        for tx in txs:
            check = machine.check_tx(tx)
            if check.code:
                sys.exit(f"a transfer was refused: {check.log}")
        wall, cpu = time.monotonic(), time.process_time()
        result = machine.finalize_block(BlockRequest(block=block_info(turn + 1), txs=tuple(txs)))
        machine.commit()
        walls.append(time.monotonic() - wall)
        cpus.append(time.process_time() - cpu)
        if any(executed.code for executed in result.tx_results):
            sys.exit("a transfer failed in its block")
    held = bank.supply(_reading(machine), BASE_DENOM)
    machine.store.close()
    if held < FUNDS * accounts:
        sys.exit("the supply does not add up")
    return {
        "preload_cpu_s": round(preload_s, 1),
        "block_ms": round(statistics.median(walls[warm:]) * 1e3, 1),
        "block_cpu_ms": round(statistics.median(cpus[warm:]) * 1e3, 1),
    }


def own_mb() -> float:
    """Return the memory of this process that no file stands behind."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _worker(pipe: Any, step: Callable[..., dict[str, Any]], arguments: tuple[Any, ...]) -> None:
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            peak[0] = max(peak[0], own_mb())

    watching = threading.Thread(target=watch)
    watching.start()
    figures = step(*arguments)
    done.set()
    watching.join()
    pipe.send((figures, max(peak[0], own_mb())))


def alone(step: Callable[..., dict[str, Any]], *arguments: Any) -> tuple[dict[str, Any], float]:
    """Do a step in a process of its own; returns its figures and its memory at its most, in MB."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_worker, args=(there, step, arguments))
    process.start()
    there.close()
    try:
        figures, peak = here.recv()
    except EOFError:
        sys.exit(f"{step.__name__} failed")
    process.join()
    return figures, peak


def measure(folder: Path, accounts: int, options: argparse.Namespace) -> dict[str, Any]:
    """Return all figures of a chain of so many accounts."""
    folder.mkdir()
    figures: dict[str, Any] = {"accounts": accounts}
    for step in (write_genesis, lay, first_block, reopen):
        found, peak = alone(step, folder, accounts)
        figures |= found | {f"{step.__name__}_mb": round(peak)}
        print(json.dumps(figures), file=sys.stderr, flush=True)
    figures["disk_mb"] = round((folder / "state" / "data.mdb").stat().st_blocks * 512 / 1e6)
    found, peak = alone(blocks, folder, accounts, options)
    figures |= found | {"blocks_mb": round(peak)}
    figures |= {f"{name}_later": value for name, value in alone(reopen, folder, accounts)[0].items()}
    return figures


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--blocks", type=int, default=8, help="measured blocks")
    parser.add_argument("--warm", type=int, default=4, help="blocks before the measured ones")
    parser.add_argument("--size", type=int, default=1_000, help="transfers in a block")
    parser.add_argument("--levels", type=int, default=CACHE_LEVELS, help="tree levels kept in memory")
    parser.add_argument("--folder", type=Path, help="where the chains are made; deleted afterwards")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        small = measure(Path(folder) / "small", SMALL, options)
        large = measure(Path(folder) / "large", options.accounts, options)
    figures = {
        "block_time_ratio": round(large["block_ms"] / small["block_ms"], 2),
        "block_cpu_ratio": round(large["block_cpu_ms"] / small["block_cpu_ms"], 2),
        "large": large,
        "small": small,
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name in large:
        print(f"{name:>28} {small[name]:>14} {large[name]:>14}")
    print(f"block time {figures['block_time_ratio']} times that of {SMALL} accounts, CPU {figures['block_cpu_ratio']}")


if __name__ == "__main__":
    main()
