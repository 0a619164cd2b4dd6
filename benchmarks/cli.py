"""What `qos --help` costs: CPU time of the whole process, the median of several runs."""

import argparse
import json
import os
import statistics
import subprocess
import sys

GOAL_S = 0.4
COMMANDS = {
    "help_cpu_s": ("--help",),
    "tx_help_cpu_s": ("tx", "bank", "send", "--help"),
    "keys_list_cpu_s": ("keys", "list"),
}


def cpu_seconds(arguments: tuple[str, ...]) -> float:
    """Run one command and return its user and system time."""
    process = subprocess.Popen([sys.executable, "-m", "qos.cli.main", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"qos {' '.join(arguments)} exited with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = {
        name: round(statistics.median(cpu_seconds(arguments) for _ in range(options.runs)), 3)
        for name, arguments in COMMANDS.items()
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<18} {value:.3f} s")
    print(f"goal: help_cpu_s under {GOAL_S} s")


if __name__ == "__main__":
    main()
