"""`qos status` tells in a line a pair what the watcher sees, and when it last saw it."""

from typing import Any

import pytest

from qos.cli.watched import watcher_lines

NOW_MS = 1_000_000


def told(**changes: Any) -> str:
    pair: dict[str, Any] = {
        "one": "qos-1",
        "other": "shop-1",
        "compared_ms": NOW_MS - 2_500,
        "gaps": [],
        "incomparable": "",
    }
    (line,) = watcher_lines({"pairs": [pair | changes]}, NOW_MS)
    return line.removeprefix("watcher      qos-1 and shop-1: ")


@pytest.mark.parametrize(
    ("pair", "line"),
    [
        ({}, "no gap, compared 2 s ago"),
        ({"compared_ms": NOW_MS + 9}, "no gap, compared 0 s ago"),
        ({"compared_ms": None}, "not compared yet"),
        ({"compared_ms": None, "incomparable": "they are strangers"}, "not compared yet: they are strangers"),
        ({"compared_ms": NOW_MS - 30_999}, "no gap, compared 30 s ago"),
        ({"compared_ms": NOW_MS - 31_000}, "no gap when last compared 31 s ago"),
        ({"incomparable": "ask again"}, "no gap when last compared 2 s ago: ask again"),
        ({"gaps": [{"gap": "5"}]}, "GAP in 1 asset, compared 2 s ago: qos qcp conservation shows it"),
        ({"gaps": [{}, {}]}, "GAP in 2 assets, compared 2 s ago: qos qcp conservation shows it"),
    ],
)
def test_a_pair_is_told_in_a_line(pair: dict[str, object], line: str) -> None:
    assert told(**pair) == line


def test_a_watcher_that_does_not_answer_is_told_of() -> None:
    (line,) = watcher_lines(None, NOW_MS)
    assert "does not answer" in line
