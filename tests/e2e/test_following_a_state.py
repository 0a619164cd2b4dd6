"""Reading the state another program writes: always the newest, holding nothing back, also when the file is replaced."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from qos.chains.public import PUBLIC
from qos.node import following
from qos.node.errors import NodeError
from qos.node.following import FollowedState, followed
from qos.node.home import ChainHome
from qos.store.io.lmdb import DATA_FILE

pytestmark = pytest.mark.e2e
READS = 500
SUPPLY = "/cosmos.bank.v1beta1.Query/TotalSupply"
PROGRAM = (sys.executable, "-m", "qos.testing.state_writer")


class Writer:
    """The program that writes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def blocks(self, home: ChainHome, count: int) -> tuple[int, bytes]:
        """Commit blocks in a home; returns height and app hash."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{home.folder} {count}\n")
        self._process.stdin.flush()
        height, app_hash = self._process.stdout.readline().split()
        return int(height), b"" if app_hash == "-" else bytes.fromhex(app_hash)

    def close(self, home: ChainHome) -> None:
        """Close the state of a home."""
        self.blocks(home, 0)


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    with subprocess.Popen(PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Writer(process)


@pytest.fixture
def home(tmp_path: Path) -> ChainHome:
    return ChainHome(tmp_path / "one")


def test_every_answer_is_of_the_newest_commit(writer: Writer, home: ChainHome) -> None:
    writer.close(home)  # makes an empty one
    state = FollowedState(home, PUBLIC, READS)
    assert state.info().height == 0
    assert "no block is committed yet" in state.query(SUPPLY, b"", 0, prove=False).log
    for _ in range(3):
        written = writer.blocks(home, 1)
        assert (state.info().height, state.info().app_hash) == written
        found = state.query(SUPPLY, b"", 0, prove=False)
        assert (found.code, found.height) == (0, written[0])
    state.close()


def test_a_state_that_took_the_place_of_another_is_read_from_then_on(
    writer: Writer, home: ChainHome, tmp_path: Path
) -> None:
    other = ChainHome(tmp_path / "other")
    for each, count in ((home, 1), (other, 5)):
        writer.blocks(each, count)
        writer.close(each)
    state = FollowedState(home, PUBLIC, READS)
    assert state.info().height == 1
    home.state_folder.rename(tmp_path / "aside")
    assert state.info().height == 1  # while there is none the old one is answered from
    other.state_folder.rename(home.state_folder)
    assert state.info().height == 5
    assert writer.blocks(home, 1)[0] == state.info().height == 6
    state.close()


def test_who_follows_holds_no_pages_back(writer: Writer, tmp_path: Path) -> None:
    sizes = []
    for follows in (False, True):
        home = ChainHome(tmp_path / str(follows))
        writer.blocks(home, 1)
        state = FollowedState(home, PUBLIC, READS) if follows else None
        for _ in range(60):
            writer.blocks(home, 1)
            if state is not None:
                state.follow()
        sizes.append((home.state_folder / DATA_FILE).stat().st_blocks)
        if state is not None:
            state.close()
    assert sizes[1] < 1.2 * sizes[0]


def test_edges_wait_for_the_application_to_make_its_state(writer: Writer, home: ChainHome) -> None:
    async def write_later() -> None:
        await anyio.sleep(2 * following.PAUSE_S)
        await anyio.to_thread.run_sync(writer.blocks, home, 1)

    async def both() -> int:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write_later)
            state = await followed(home, PUBLIC, READS)
        height = state.info().height
        state.close()
        return height

    assert anyio.run(both) == 1


def test_without_an_application_the_edges_end_with_words(home: ChainHome) -> None:
    async def waited() -> None:
        await followed(home, PUBLIC, READS, wait_s=0.1)

    with pytest.raises(NodeError, match="no state appeared"):
        anyio.run(waited)
