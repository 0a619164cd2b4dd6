"""What processes take: processor time, memory, disk."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Processor seconds by process, and of the machine as a whole the busy seconds."""

    cpu_s: dict[str, float]
    machine_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident MiB of a process: its own, and pages of files it maps, which the host takes back when it needs them."""

    own: int
    of_files: int


def read(processes: dict[str, int]) -> Reading:
    """Read the figures of processes by name."""
    return Reading(
        cpu_s={name: cpu_of(pid) for name, pid in processes.items()},
        machine_s=_busy(),
    )


def cpu_of(pid: int) -> float:
    """Return the processor seconds of a process."""
    return _cpu_s(Path(f"/proc/{pid}/stat"))


def busiest_thread_of(pid: int) -> float:
    """Return the processor seconds of the thread of a process that took most."""
    return max(_cpu_s(thread / "stat") for thread in Path(f"/proc/{pid}/task").iterdir())


def _cpu_s(stat: Path) -> float:
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def memory_of(pid: int) -> Memory:
    """Return the resident memory of a process."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    own, files, shared = (int(lines[name].split()[0]) for name in ("RssAnon", "RssFile", "RssShmem"))
    return Memory(own=own // 1_024, of_files=(files + shared) // 1_024)


def peak_of(pid: int) -> int:
    """Return the most memory a process ever had resident, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1_024 for line in lines if line.startswith("VmHWM:"))


def _busy() -> float:
    fields = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_PER_SECOND


def occupied(folder: Path) -> int:
    """Return the bytes a folder takes on the disk; files that go away meanwhile take none."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_blocks * BLOCK_BYTES
            except FileNotFoundError:
                continue
    return total
