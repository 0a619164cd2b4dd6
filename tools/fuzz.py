"""Fuzz every decoder, guided by coverage: `python -m tools.fuzz [NAME ...] [--seconds 60] [--keep]`.

Each target runs in a process of its own, below 512 MiB and a second of CPU an input. What breaks one is left in
build/fuzz and printed. With --keep, inputs that reached something new become the corpus that `make test` tries too.
"""

import argparse
import subprocess
import sys
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from qos.testing import fuzz_targets
from qos.testing.fuzzing import Target

REPOSITORY = Path(__file__).resolve().parent.parent
CORPUS = REPOSITORY / "tests" / "fuzz" / "corpus"
BUILD = REPOSITORY / "build" / "fuzz"
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
    with ThreadPoolExecutor(wanted.jobs) as pool:
        stood = list(pool.map(partial(fuzz, seconds=wanted.seconds), [TARGETS[name] for name in names]))
    for name in names if wanted.keep else ():
        keep(name)
    broken = [name for name, stands in zip(names, stood, strict=True) if not stands]
    print(f"{len(names)} decoders, {len(broken)} broken: {', '.join(broken) or 'none'}")
    return len(broken)


def fuzz(target: Target, seconds: int) -> bool:
    """Fuzz one target in a process of its own; returns whether it stood up."""
    folder = BUILD / target.name
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate((*target.seeds(), *corpus_of(target.name))):
        (folder / f"seed-{number}").write_bytes(data)
    command = [
        sys.executable, "-m", "tools.fuzz_target", target.name, str(folder), f"-max_total_time={seconds}",
        f"-rss_limit_mb={MEMORY_MB}", f"-timeout={HANGS_S}", f"-artifact_prefix={folder}/broke-", "-max_len=65536",
        "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    counts = dict(
        line.removeprefix("stat::").split(":", 1) for line in done.stderr.splitlines() if line.startswith("stat::")
    )
    tried = counts.get("number_of_executed_units", "?").strip()
    print(f"{target.name:<18} {'stands' if done.returncode == 0 else 'BROKE'}  {tried:>10} inputs", flush=True)
    if done.returncode:
        print(done.stdout[-4_000:] + done.stderr[-2_000:], flush=True)
    return done.returncode == 0


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
