"""Roots of cosmos/iavl v1 over many versions, and our own cases made with it (data/iavl_*.json)."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from qos_native import Tree

from qos.base.merkle import EMPTY_ROOT
from qos.store.node import REF_BYTES

KINDS = {"iavl": ("iavl/*.json",)}
OWN = sorted((Path(__file__).parent / "data").glob("iavl_*.json"))

Versions = Sequence[tuple[list[tuple[bytes, bytes | None]], str]]


def roots(first: int, versions: Versions, levels: int = 3) -> list[str]:
    """Return the root after each version; nodes are read back from rows, only the top is kept."""
    rows: dict[bytes, bytes] = {}
    tree = Tree(rows.get, b"", levels)
    found = []
    for number, (operations, _) in enumerate(versions):
        link, made, orphans = tree.apply(first + number, sorted(operations))
        rows.update(made)
        assert all(key in rows for key in orphans)
        for key in orphans:
            del rows[key]
        tree.adopt()
        assert tree.root == link
        found.append((link[REF_BYTES:] or EMPTY_ROOT).hex())
    return found


@pytest.mark.vectors("iavl")
def test_roots_are_those_of_the_go_tree(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    vectors = json.loads(vector_file.read_text())
    versions: Versions = [
        ([(key.encode(), None if value is None else value.encode()) for key, value in version["ops"]], version["root"])
        for version in vectors["versions"]
    ]
    first = vectors["initial_version"]
    # Made with Go's InitialVersionOption(0), a file that says 1 has its first version hashed as 0.
    if roots(first, versions[:1]) != [versions[0][1]]:
        assert first == 1
        first = 0
    assert roots(first, versions) == [root for _, root in versions]
    vector_cases(vector_file, len(versions))


@pytest.mark.parametrize("file", OWN, ids=[file.stem for file in OWN])
@pytest.mark.parametrize("levels", [0, 30])
def test_edge_cases_have_the_roots_of_the_go_tree(file: Path, levels: int) -> None:
    for case in json.loads(file.read_text())["cases"]:
        versions: Versions = [
            (
                [
                    (bytes.fromhex(key), None if value is None else bytes.fromhex(value))
                    for key, value in version["ops"]
                ],
                version["root"],
            )
            for version in case["versions"]
        ]
        assert roots(case["first_version"], versions, levels) == [root for _, root in versions], case["name"]


def test_there_are_own_edge_cases() -> None:
    assert OWN
