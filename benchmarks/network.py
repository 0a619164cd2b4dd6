"""What a whole network costs: time until `qos up` is ready, memory and CPU of its processes when nothing happens.

Ready means that a transfer was committed on every chain and a packet delivered. Memory is PSS, which shares pages
fairly between the processes that map them; CPU is per cent of one core.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

GOALS = {"ready_s": 8, "pss_mb": 600, "idle_cpu_percent": 10}
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def qos(*arguments: str) -> str:
    """Run one command and return what it printed."""
    command = [sys.executable, "-m", "qos.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=180).stdout


def process_tree(root: int) -> list[int]:
    """Return a process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        children.setdefault(int(text.rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def pss_kb(pid: int) -> int:
    """Return the proportional set size of a process."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def cpu_ticks(pid: int) -> int:
    """Return the CPU time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def measure(home: Path, idle_s: int) -> dict[str, Any]:
    """Bring a network up, let it idle, and return the figures."""
    began = time.monotonic()
    network = json.loads(qos("up", "--home", str(home), "--port-base", "0", "--detach", "--output", "json"))
    ready_s = time.monotonic() - began
    try:
        tree = process_tree(network["pid"])
        time.sleep(idle_s)
        before, at = [cpu_ticks(pid) for pid in tree], time.monotonic()
        time.sleep(idle_s)
        used = sum(cpu_ticks(pid) for pid in tree) - sum(before)
        elapsed = time.monotonic() - at
        return {
            "ready_s": round(ready_s, 2),
            "pss_mb": round(sum(pss_kb(pid) for pid in tree) / 1024, 1),
            "idle_cpu_percent": round(100 * used / TICKS_PER_SECOND / elapsed, 2),
            "processes": len(tree),
        }
    finally:
        qos("down", "--home", str(home))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle-seconds", type=int, default=30, help="how long to wait, and then to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="qos-benchmark-"))
    try:
        figures = measure(home, options.idle_seconds)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        goal = f"  goal: under {GOALS[name]}" if name in GOALS else ""
        print(f"{name:<18} {value}{goal}")


if __name__ == "__main__":
    main()
