"""The file of holdings beside a genesis document: written from a list in any order, read line by line, copied, laid."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from qos.machine import genesis
from qos.machine.genesis import BadGenesis
from qos.machine.machine import Machine
from qos.machine.module import Lines
from qos.modules.assets.bank.holdings import MAX_LINE_BYTES, Reading, verified
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.node.open_state import opened_store
from qos.proto.json import from_json
from qos.proto.records.qos_bank_v1 import GenesisState, Holdings

LINES_A_PART = 500_000
"""Sorted in memory at a time: about 80 MB."""

TELL_EVERY = 100_000
Told = Callable[[int], None]
"""Hears how many lines were read."""


def say_nothing(lines: int) -> None:
    """Hear of progress and keep it."""
    del lines


def beside(document: Path) -> Path:
    """Return where the file of a document lies: genesis.json has genesis.holdings."""
    return document.with_suffix(".holdings")


def lines_of(file: Path, told: Told = say_nothing) -> Lines:
    """Return what reads a file of holdings; reading raises BadGenesis when there is none."""

    def read() -> Iterator[bytes]:
        try:
            with file.open("rb", buffering=1 << 20) as stream:
                for number, line in enumerate(iter(partial(stream.readline, MAX_LINE_BYTES + 1), b""), 1):
                    if not number % TELL_EVERY:
                        told(number)
                    yield line
        except OSError as error:
            raise BadGenesis(
                f"{file}: {error.strerror}: put the file of holdings there that was published with the document"
            ) from None

    return read


def named_by(document: bytes) -> Holdings | None:
    """Return the file a document names. Raises: BadGenesis."""
    state = genesis.parse(document).app_state.get("bank")
    if not isinstance(state, dict) or "holdings" not in state:
        return None
    found: GenesisState = from_json(GenesisState, {"holdings": state["holdings"]})
    return found.holdings


def write_holdings(lines: Iterator[bytes], file: Path, told: Told = say_nothing) -> Holdings:
    """Write a file of holdings from lines in any order, in bounded memory; returns how a document names it.

    Raises: BadGenesis when two lines name one account and asset, OSError.
    """
    reading = Reading()
    with TemporaryDirectory(dir=file.parent) as folder, ExitStack() as opened:
        parts: list[Path] = []
        while part := sorted(islice(lines, LINES_A_PART)):
            parts.append(Path(folder) / str(len(parts)))
            parts[-1].write_bytes(b"".join(part))
            told(LINES_A_PART * len(parts))
        whole = Path(folder) / "whole"
        streams = [opened.enter_context(each.open("rb")) for each in parts]
        with whole.open("wb") as target:
            deque(reading.holdings(_copied(heapq.merge(*streams), target)), maxlen=0)
        whole.replace(file)
    return reading.found()


def copy_holdings(source: Path, target: Path, named: Holdings, told: Told = say_nothing) -> None:
    """Copy a file of holdings after every line of it was checked. Raises: BadGenesis, OSError."""
    part = target.with_suffix(".part")
    try:
        with part.open("wb") as stream:
            deque(verified(named, lambda: _copied(lines_of(source, told)(), stream)), maxlen=0)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _copied(lines: Iterator[bytes], target: BinaryIO) -> Iterator[bytes]:
    for line in lines:
        target.write(line)
        yield line


def lay(home: ChainHome, told: Told = say_nothing) -> None:
    """Lay in the state of a new home what its file of holdings says, so that its first start finds it there.

    Raises: BadGenesis and what a module's genesis refuses, NodeError when there are blocks, StoreError.
    """
    config = load_config(ChainConfig, home.config_file)
    chain = chain_of(config.kind)
    store = opened_store(home, config, chain)
    try:
        if store.version:
            raise NodeError(f"{home.folder} has blocks already", "qos node start goes on with them")
        machine = Machine(chain, store, beside=lines_of(home.holdings_file, told))
        machine.init_chain(home.genesis_file.read_bytes())
    finally:
        store.close()
