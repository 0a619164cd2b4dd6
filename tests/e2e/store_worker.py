"""Programs the store's process tests run: `commit`, killed while it writes, and `flips`, which reads damage.

The writes of each version follow from its number alone, so that the tests can replay them.
"""

import os
import random
import shutil
import signal
import sys
from pathlib import Path

from qos.store.errors import StoreError
from qos.store.io.lmdb import DATA_FILE, open_store
from qos.store.multistore import MultiStore, Writes

STORES = {"acc": 1, "bank": 2}
KEYS = 800
KEEP = 4


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def writes(version: int) -> Writes:
    """Return the writes of a version: all keys, then updates, new keys and removals."""
    if version == 1:
        return {name: {b"%05d" % key: b"first" for key in range(KEYS)} for name in STORES}
    chance = random.Random(version)
    tables: dict[str, dict[bytes, bytes | None]] = {"acc": {}, "bank": {}}
    for name in ("acc", "bank"):
        for _ in range(chance.choice((0, 40, 200))):
            key = b"%05d" % chance.randrange(KEYS)
            tables[name][key] = None if chance.random() < 0.2 else b"%d of %d" % (chance.getrandbits(60), version)
    return tables


def commit(path: Path, point: int, nth: int, last: int) -> None:
    """Commit versions up to `last`, printing each; die at the `nth` passing of a crash point, 0 = never."""
    passings = 0

    def crash(number: int) -> None:
        nonlocal passings
        if number == point:
            passings += 1
            if passings == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    store = open_store(path, STORES, keep_versions=KEEP, crash_point=crash)
    say(f"open {store.version}")
    while store.version < last:
        version = store.version + 1
        store.apply(version, writes(version))
        store.commit()
        say(str(version))
    store.close()


def answers(store: MultiStore) -> list[str]:
    """Return all a store says: app hash, every value and absence of the latest version, every kept version."""
    said = [store.app_hash.hex()]
    for name in STORES:
        said += [f"{name} {key}: {store.reader().get(name, b'%05d' % key)!r}" for key in range(KEYS)]
    for version in range(store.oldest_version, store.version + 1):
        with store.at(version) as reader:
            said += [repr(pair) for name in STORES for pair in reader.scan(name, b"", None)]
    proof = store.prove(store.version, "bank", b"00001")
    return [*said, repr(proof)]


def after_more_blocks(store: MultiStore) -> str:
    """Commit some blocks and return the app hash."""
    for version in range(store.version + 1, store.version + 4):
        store.apply(version, writes(version))
        store.commit()
    return store.app_hash.hex()


def flip(path: Path, seed: int) -> int:
    """Flip one used byte of the file and return where."""
    chance = random.Random(seed)
    file = path / DATA_FILE
    with file.open("r+b") as stream:
        at = chance.randrange(min(file.stat().st_blocks * 512, file.stat().st_size))
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes((byte ^ chance.randrange(1, 256),)))
    return at


def verdict(path: Path, expected: Path) -> str:
    """Say `right` when a store answers and commits as expected, `damaged` when it refuses, else `wrong`."""
    said = expected.read_text().split("\n")
    try:
        store = open_store(path, STORES, keep_versions=KEEP)
        right = answers(store) == said[:-1] and after_more_blocks(store) == said[-1]
        store.close()
    except StoreError as error:
        return f"damaged {error}"
    return "right" if right else "wrong"


def flips(original: Path, expected: Path, first: int, last: int) -> None:
    """Say the verdict on a copy with a flipped byte, for each seed, each in a process of its own."""
    copy = original.parent / "copy"
    for seed in range(first, last):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(original, copy)
        at = flip(copy, seed)
        child = os.fork()
        if child == 0:
            say(f"{seed} {at} {verdict(copy, expected)}")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            say(f"{seed} {at} ended with status {status}")


if __name__ == "__main__":
    if sys.argv[1] == "commit":
        commit(Path(sys.argv[2]), *(int(number) for number in sys.argv[3:6]))
    else:
        flips(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
