"""The catalogue of errors is complete and says one thing a code."""

import re
from collections.abc import Iterator

from qos.base.errors import RuleViolation
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.machine.errors import ALL as FRAME
from tools.errors import FILE, Row, programs, rules

ROWS = tuple(rules())
SHARED = "sdk"
"""Its numbers are those of Cosmos, some of which mean several things there too."""


def own_rules() -> Iterator[type[RuleViolation]]:
    for chain in (PUBLIC, BUSINESS, CASSINI):
        yield from chain.errors.values()
    yield from FRAME


def test_every_error_of_every_chain_is_listed() -> None:
    listed = {(row.codespace, row.code, row.name) for row in ROWS}
    assert {(rule.code.codespace, rule.code.number, rule.__name__) for rule in own_rules()} <= listed


def test_a_code_is_one_error() -> None:
    found: dict[tuple[str, int], Row] = {}
    for row in (*ROWS, *programs()):
        if row.codespace != SHARED:
            assert found.setdefault((row.codespace, row.code), row) == row


def test_each_error_says_what_it_means_and_maps_to_a_status() -> None:
    for row in ROWS:
        assert row.code > 0
        assert row.meaning.endswith("."), row
        assert re.fullmatch(r"[A-Z_]+ [1-5]\d\d", row.status), row


def test_the_committed_catalogue_names_every_code() -> None:
    text = FILE.read_text("utf-8")
    for row in (*ROWS, *programs()):
        assert f"| {row.code} | {row.name} |" in text, "run `make errors`"
