"""Answers with proofs at a named height are made once: four relays ask for the same ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qos.rpc.comet.state_queries import PROOFS_REMEMBERED, ProofMemo
from qos.testing.kvstore import KeyValueStore
from qos.testing.served_engine import Served, open_engine, serving


class Counting(KeyValueStore):
    """Counts the queries that reach the application."""

    asked = 0

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> Any:
        """Count and answer."""
        self.asked += 1
        return super().query(path, data, height, prove=prove)


@pytest.fixture
def application(tmp_path: Path) -> Counting:
    return Counting(tmp_path / "pairs.json")


@pytest.fixture
def node(tmp_path: Path, application: Counting) -> Iterator[Served]:
    with serving(open_engine(tmp_path, application)) as served:
        yield served


def asked(node: Served, application: Counting, **params: object) -> int:
    before = application.asked
    one, two = (node.call("abci_query", path="", data=b"k".hex(), **params)["result"] for _ in range(2))
    assert one == two
    return application.asked - before


def test_only_a_proof_at_a_named_height_is_remembered(node: Served, application: Counting) -> None:
    assert asked(node, application, height="1", prove=True) == 1
    assert asked(node, application, height="1") == 2
    assert asked(node, application, prove=True) == 2
    assert asked(node, application, height="2", prove=True) == 1


def test_the_oldest_answer_is_forgotten() -> None:
    memo = ProofMemo()
    for number in range(PROOFS_REMEMBERED + 1):
        memo.put(("/store/qcp/key", b"k", number), {"height": number})
    assert memo.get(("/store/qcp/key", b"k", 0)) is None
    assert memo.get(("/store/qcp/key", b"k", 1)) == {"height": 1}
