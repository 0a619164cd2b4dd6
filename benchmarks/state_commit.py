"""What committing a block of transfers costs in the store, beside cosmos/iavl v1.3.5.

A transfer writes three keys: the sender's account (sequence), the sender's and the recipient's balance.
Genesis puts one account and one balance for each account into two stores; the store is then opened
afresh, so that nodes are loaded lazily, and blocks are committed with fsync, twenty versions kept and
pruning on. Blocks before the measured ones fill the window, the pruning buckets and what is kept in memory.

Figures are CPU time of the process, user and system, over `apply` and `commit`.
"""

import argparse
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from qos.store.io.lmdb import open_store
from qos.store.multistore import MultiStore

STORES = {"acc": 1, "bank": 2}
KEEP = 20
GO_CACHE = 1_000_000
GO_WARM, GO_BLOCKS = 24, 12
"""Go's blocks take seconds when it prunes; its costs are level once the window is full."""

GO_DRIVER = Path(__file__).parent / "iavl_go"


def address(index: int) -> bytes:
    """Return the address of account `index`; addresses are spread as hashes are."""
    return sha256(b"account %d" % index).digest()[:20]


def account_pair(index: int, sequence: int) -> tuple[bytes, bytes]:
    """Return key and value of an account: number, sequence and a public key."""
    who = address(index)
    return b"\x01" + who, b"\x08%d\x10%d\x1a\x21%b" % (index, sequence, b"\x02" + who + who[:12])


def balance_pair(index: int, amount: int) -> tuple[bytes, bytes]:
    """Return key and value of a balance as the Cosmos SDK's bank stores it."""
    return b"\x02\x14" + address(index) + b"aqos", b"%d" % amount


def genesis(accounts: int) -> dict[str, dict[bytes, bytes | None]]:
    """Return the first version's writes."""
    acc: dict[bytes, bytes | None] = dict(account_pair(index, 0) for index in range(accounts))
    bank: dict[bytes, bytes | None] = dict(balance_pair(index, 10**21) for index in range(accounts))
    return {"acc": acc, "bank": bank}


def transfers_of(accounts: int, transfers: int, count: int) -> list[list[tuple[int, int]]]:
    """Return (sender, recipient) of each transfer of each block; the seed is fixed."""
    chance = random.Random(7)
    return [[(chance.randrange(accounts), chance.randrange(accounts)) for _ in range(transfers)] for _ in range(count)]


def block_writes(height: int, pairs: list[tuple[int, int]]) -> dict[str, dict[bytes, bytes | None]]:
    """Return the writes of a block."""
    acc: dict[bytes, bytes | None] = {}
    bank: dict[bytes, bytes | None] = {}
    for sender, recipient in pairs:
        acc.update([account_pair(sender, height)])
        bank.update([balance_pair(sender, 10**21 - height), balance_pair(recipient, 10**21 + height)])
    return {"acc": acc, "bank": bank}


def private_mb() -> float:
    """Return this process's proportional memory without file pages, in MB."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def cpu_s() -> float:
    """Return the CPU seconds of this process so far, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run_blocks(store: MultiStore, blocks: list[list[tuple[int, int]]]) -> dict[str, float]:
    """Commit the blocks and return what they cost."""
    updates = 0
    apply_s = commit_s = wall_s = 0.0
    costs = []
    for pairs in blocks:
        version = store.version + 1
        writes = block_writes(version, pairs)
        count = sum(len(table) for table in writes.values())
        begin, wall = cpu_s(), time.perf_counter()
        store.apply(version, writes)
        middle = cpu_s()
        store.commit()
        end = cpu_s()
        apply_s += middle - begin
        commit_s += end - middle
        wall_s += time.perf_counter() - wall
        updates += count
        costs.append((end - begin) / count * 1e6)
    return {
        "cpu_us_per_update": (apply_s + commit_s) / updates * 1e6,
        "median_cpu_us_per_update": statistics.median(costs),
        "apply_us_per_update": apply_s / updates * 1e6,
        "commit_us_per_update": commit_s / updates * 1e6,
        "wall_ms_per_block": wall_s / len(costs) * 1e3,
        "updates_per_block": updates / len(costs),
    }


def load_genesis(folder: Path, accounts: int) -> None:
    """Make the store that `measure` opens."""
    store = open_store(folder, STORES, keep_versions=KEEP)
    begin = cpu_s()
    store.apply(1, genesis(accounts))
    store.commit()
    print(json.dumps({"genesis_cpu_s": cpu_s() - begin}))
    store.close()


def measure(folder: Path, accounts: int, transfers: int, warm: int, measured: int) -> None:
    """Open the store and commit the blocks."""
    begin = time.perf_counter()
    store = open_store(folder, STORES, keep_versions=KEEP)
    figures: dict[str, float | list[str]] = {"reopen_ms": (time.perf_counter() - begin) * 1e3}
    blocks = transfers_of(accounts, transfers, warm + measured)
    compared = min(warm, GO_WARM)
    run_blocks(store, blocks[:compared])
    with store.at(store.version) as reader:
        figures["roots"] = [reader.roots[name].hex() for name in sorted(STORES)]
    if compared < warm:
        run_blocks(store, blocks[compared:warm])
    figures |= run_blocks(store, blocks[warm:])
    figures |= {"pss_mb": private_mb(), "disk_mb": (folder / "data.mdb").stat().st_blocks * 512 / 2**20}
    store.close()
    print(json.dumps(figures))


def ours(options: argparse.Namespace, accounts: int, folder: Path) -> dict[str, float | list[str]]:
    """Run genesis and blocks, each in a process of its own, so that memory figures are honest."""
    figures: dict[str, float | list[str]] = {}
    for phase in ("genesis", "measure"):
        command = [sys.executable, __file__, "--phase", phase, "--folder", str(folder / str(accounts))]
        for name in ("transfers", "warm", "blocks"):
            command += [f"--{name}", str(getattr(options, name))]
        figures |= json.loads(subprocess.check_output([*command, "--accounts", str(accounts)]))
    return figures


def go_iavl(options: argparse.Namespace, accounts: int, folder: Path, *, on_disk: bool) -> dict[str, float | list[str]]:
    """Run the same blocks through cosmos/iavl."""
    program = folder / "iavl"
    if not program.exists():
        subprocess.run(["go", "build", "-o", str(program), "."], cwd=GO_DRIVER, check=True)
    blocks = folder / "blocks.json"
    warm = min(options.warm, GO_WARM)
    blocks.write_text(json.dumps(transfers_of(accounts, options.transfers, warm + min(options.blocks, GO_BLOCKS))))
    data = folder / "go"
    data.mkdir(exist_ok=True)
    settings = {
        "accounts": accounts,
        "keep": KEEP,
        "cache": GO_CACHE,
        "folder": str(data) if on_disk else "",
        "blocks": str(blocks),
        "warm": warm,
    }
    answer: dict[str, float | list[str]] = json.loads(subprocess.check_output([str(program), json.dumps(settings)]))
    shutil.rmtree(data)
    return answer


def compare(options: argparse.Namespace) -> dict[str, object]:
    """Run everything and return the figures."""
    with tempfile.TemporaryDirectory(prefix="qos-state-", dir=options.folder) as name:
        folder = Path(name)
        large = ours(options, options.accounts, folder)
        small = ours(options, options.accounts // 10, folder)
        figures: dict[str, object] = {key: value for key, value in large.items() if key != "roots"}
        figures |= {
            "accounts": options.accounts,
            "transfers_per_block": options.transfers,
            "smaller_cpu_us_per_update": small["cpu_us_per_update"],
            "ratio_to_smaller": _ratio(large, small),
        }
        if options.go:
            disk = go_iavl(options, options.accounts, folder, on_disk=True)
            memory = go_iavl(options, options.accounts, folder, on_disk=False)
            small_disk = go_iavl(options, options.accounts // 10, folder, on_disk=True)
            figures |= {
                "go_goleveldb_cpu_us_per_update": disk["cpu_us_per_update"],
                "go_memory_cpu_us_per_update": memory["cpu_us_per_update"],
                "go_settings": f"iavl v1.3.5, cache {GO_CACHE} nodes a tree, no fast nodes, sync, {KEEP} versions",
                "go_smaller_goleveldb_cpu_us_per_update": small_disk["cpu_us_per_update"],
                "go_ratio_to_smaller": _ratio(disk, small_disk),
                "ratio_to_go": _ratio(large, disk),
                "roots_equal": large["roots"] == disk["roots"] == memory["roots"],
            }
    return figures


def _ratio(above: dict[str, float | list[str]], below: dict[str, float | list[str]]) -> float:
    one, other = above["cpu_us_per_update"], below["cpu_us_per_update"]
    if isinstance(one, list) or isinstance(other, list):
        raise TypeError("a cost is one number")
    return one / other


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--transfers", type=int, default=1_000, help="transfers a block")
    parser.add_argument("--blocks", type=int, default=40, help="blocks measured")
    parser.add_argument("--warm", type=int, default=300, help="blocks before, which fill window, buckets and memory")
    parser.add_argument("--folder", type=Path, default=None, help="where to put the data")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-go", dest="go", action="store_false", help="leave out cosmos/iavl")
    parser.add_argument("--phase", choices=["genesis", "measure"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phase == "genesis":
        load_genesis(options.folder, options.accounts)
    elif options.phase == "measure":
        measure(options.folder, options.accounts, options.transfers, options.warm, options.blocks)
    else:
        figures = compare(options)
        print(json.dumps(figures) if options.json else "\n".join(f"{key}: {figures[key]}" for key in figures))


if __name__ == "__main__":
    main()
