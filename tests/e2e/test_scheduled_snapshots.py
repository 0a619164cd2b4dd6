"""A node that exports snapshots by itself: in a child process, at its heights, and only the newest stay."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from qos.node.config import ChainConfig, EngineConfig, RpcConfig, SnapshotConfig, render_config
from qos.node.home import ChainHome
from qos.node.snapshots.files import snapshots_of
from qos.node.snapshots.importing import import_snapshot
from qos.testing.node_homes import make_home, running
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def until_snapshots(home: ChainHome, count: int) -> None:
    seen: set[int] = set()

    def enough() -> bool:
        seen.update(int(each.name) for each in home.snapshots_folder.glob("[0-9]*"))
        return len(seen) >= count

    until(enough, f"{count} snapshots")


def children_of(pid: int) -> list[str]:
    """Return the words of the commands of a process's children."""
    words: list[str] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # threads and children end meanwhile
            for child in (thread / "children").read_text().split():
                words += Path(f"/proc/{child}/cmdline").read_text().split("\0")
    return words


def test_a_node_exports_by_itself_and_keeps_the_newest(tmp_path: Path) -> None:
    home = make_home(tmp_path / "node")
    config = ChainConfig(
        kind="public",
        moniker="test",
        rpc=RpcConfig(port=0),
        engine=EngineConfig(heartbeat_ms=50),
        snapshots=SnapshotConfig(every_blocks=10, keep=1),
    )
    home.config_file.write_text(render_config(config))
    with (tmp_path / "errors").open("wb") as errors:
        node = subprocess.Popen([sys.executable, "-m", "qos.node.run_chain", "--home", str(home.folder)], stderr=errors)
        try:
            until_snapshots(home, 3)
            until(lambda: "qos.node.run_snapshot" in children_of(node.pid), "a child that exports")
        finally:
            node.send_signal(signal.SIGTERM)
            assert node.wait(60) == 0, (tmp_path / "errors").read_text()
    logged = [json.loads(line) for line in home.log_file.read_text().splitlines()]
    heights = [line["height"] for line in logged if line["event"] == "snapshot"]
    assert heights == sorted(set(heights))
    assert len(snapshots_of(home)) <= 2
    fresh = make_home(tmp_path / "fresh")
    newest = snapshots_of(home)[0]
    import_snapshot(newest.folder, fresh, newest.trusted_hash)
    with running(fresh) as restored:
        assert restored.machine.info().height == newest.height
