"""Fuzz every decoder, guided by coverage: `python -m tools.fuzz [NAME ...] [--seconds 60] [--keep]`.

What is fuzzed is read in once, instrumented, and each target runs in a fork of its own, below 512 MiB and a second of
CPU an input. What breaks one is left in build/fuzz and printed. With --keep, inputs that reached something new become
the corpus that `make test` tries too.
"""

import argparse
import os
import sys
import time
from base64 import b64decode, b64encode
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["qos"], enable_loader_override=False):
    from qos.testing import fuzz_targets
    from qos.testing.fuzzing import SLOWEST_S, Target

REPOSITORY = Path(__file__).resolve().parent.parent
CORPUS = REPOSITORY / "tests" / "fuzz" / "corpus"
BUILD = REPOSITORY / "build" / "fuzz"
LOG = "log"
MEMORY_MB = 512
HANGS_S = 60
"""An input that is not done by then is taken to be never done, however busy the host."""

KEPT_INPUTS = 16
KEPT_BYTES = 300
TARGETS = {target.name: target for target in fuzz_targets.TARGETS}


def main() -> int:
    """Fuzz the targets named, all when none is; returns how many broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"targets; all when none is given: {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=int, default=60, help="how long each")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--keep", action="store_true", help="make new inputs part of the corpus")
    wanted = parser.parse_args()
    unknown = sorted(set(wanted.names) - set(TARGETS))
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}")
    names = wanted.names or list(TARGETS)
    broken = run(names, wanted.jobs, wanted.seconds)
    for name in names if wanted.keep else ():
        keep(name)
    print(f"{len(names)} decoders, {len(broken)} broken: {', '.join(broken) or 'none'}")
    return len(broken)


def run(names: list[str], jobs: int, seconds: int) -> list[str]:
    """Fuzz targets, so many at a time; returns the names of those that broke."""
    waiting, running, broken = list(names), dict[int, str](), []
    while waiting or running:
        while waiting and len(running) < jobs:
            name = waiting.pop(0)
            running[begin(TARGETS[name], seconds)] = name
        pid, status = os.wait()
        name = running.pop(pid)
        if not tell(name, status):
            broken.append(name)
    return broken


def begin(target: Target, seconds: int) -> int:
    """Fuzz a target in a fork; returns its process id."""
    folder = BUILD / target.name
    folder.mkdir(parents=True, exist_ok=True)
    pid = os.fork()
    if pid:
        return pid
    with (BUILD / f"{target.name}.{LOG}").open("wb") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    for number, data in enumerate((*target.seeds(), *corpus_of(target.name))):
        (folder / f"seed-{number}").write_bytes(data)
    options = [
        str(folder), f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_MB}", f"-timeout={HANGS_S}",
        f"-artifact_prefix={folder}/broke-", "-max_len=65536", "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], lambda data: attempt(target, data))
    atheris.Fuzz()
    os._exit(0)


def attempt(target: Target, data: bytes) -> None:
    """Try one input. Raises: AssertionError when it takes too long, and what the target does not declare."""
    # Processor time: on a busy host whoever waits for a processor is not slow.
    began = time.process_time()
    target.attempt(data)
    spent_s = time.process_time() - began
    assert spent_s <= SLOWEST_S, f"{spent_s:.1f} s of CPU for one input"


def tell(name: str, status: int) -> bool:
    """Print what became of a target, with its words when it broke; returns whether it stood up."""
    said = (BUILD / f"{name}.{LOG}").read_text("utf-8", "replace")
    counts = dict(line.removeprefix("stat::").split(":", 1) for line in said.splitlines() if line.startswith("stat::"))
    tried = counts.get("number_of_executed_units", "?").strip()
    print(f"{name:<18} {'BROKE' if status else 'stands'}  {tried:>10} inputs", flush=True)
    if status:
        print(said[-6_000:], flush=True)
    return not status


def corpus_of(name: str) -> list[bytes]:
    """Return the committed inputs of a target."""
    file = CORPUS / f"{name}.txt"
    return [b64decode(line) for line in file.read_text().split()] if file.is_file() else []


def keep(name: str) -> None:
    """Write the shortest inputs that reached something new, one base64 line each."""
    known = set(corpus_of(name)) | set(TARGETS[name].seeds())
    found = {file.read_bytes() for file in (BUILD / name).iterdir() if not file.name.startswith("seed-")}
    short = sorted((data for data in found - known if len(data) <= KEPT_BYTES), key=lambda data: (len(data), data))
    chosen = [*corpus_of(name), *short[:: max(1, len(short) // KEPT_INPUTS)][:KEPT_INPUTS]]
    if chosen:
        CORPUS.mkdir(parents=True, exist_ok=True)
        (CORPUS / f"{name}.txt").write_text("".join(b64encode(data).decode() + "\n" for data in chosen))


if __name__ == "__main__":
    sys.exit(main())
