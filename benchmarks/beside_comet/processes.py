"""What processes take: processor time, memory, disk."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
BLOCK_BYTES = 512
MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Processor seconds and resident MiB by process, and of the machine as a whole the busy seconds."""

    cpu_s: dict[str, float]
    resident_mib: dict[str, int]
    machine_s: float


def read(processes: dict[str, int]) -> Reading:
    """Read the figures of processes by name."""
    return Reading(
        cpu_s={name: cpu_of(pid) for name, pid in processes.items()},
        resident_mib={name: resident_of(pid) for name, pid in processes.items()},
        machine_s=_busy(),
    )


def cpu_of(pid: int) -> float:
    """Return the processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_of(pid: int) -> int:
    """Return the resident memory of a process in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES // MIB


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
