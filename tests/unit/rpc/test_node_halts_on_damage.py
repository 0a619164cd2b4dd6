"""A read that finds damaged data stops the node before anything is answered from it."""

from pathlib import Path

import pytest

from qos.machine.abci import QueryResult
from qos.store.errors import StoreDamaged
from qos.testing.kvstore import KeyValueStore
from qos.testing.served_engine import open_engine, serving


class Damaged(KeyValueStore):
    """An application whose store turns out to be damaged."""

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        raise StoreDamaged("row 7 was changed")


def test_a_query_that_finds_damage_stops_the_node(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup) as stopped, serving(open_engine(tmp_path, Damaged())) as node:
        answer = node.call("abci_query", path="", data="00")
    assert "row 7" in str(answer["error"])
    assert stopped.group_contains(StoreDamaged, match="row 7")


def test_a_block_that_was_changed_on_disk_stops_the_node(tmp_path: Path) -> None:
    with serving(open_engine(tmp_path)) as node:
        height = node.get('/broadcast_tx_commit?tx="mark=original"')["result"]["height"]
    file = tmp_path / "blocks" / "data.mdb"
    file.write_bytes(file.read_bytes().replace(b"mark=original", b"mark=0riginal"))
    with pytest.raises(ExceptionGroup) as stopped, serving(open_engine(tmp_path)) as node:
        answer = node.get(f"/block?height={height}")
    assert "the node stops" in str(answer["error"])
    assert stopped.group_contains(StoreDamaged)
