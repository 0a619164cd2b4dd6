"""The query language of searches and subscriptions: conditions joined by AND, as CometBFT writes them.

`key='text'`, and `=`, `<`, `<=`, `>`, `>=` with an integer. A key is an event type, a dot and an attribute; besides
`tm.event`, `tx.hash`, `tx.height` and `block.height`. Comparing with an integer looks at values that are integers.
EXISTS, CONTAINS, TIME, DATE and fractions are refused by name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import eq, ge, gt, le, lt
from typing import Final

from qos.base.errors import ErrorCode, RuleViolation

MAX_QUERY: Final = 512
MAX_CONDITIONS: Final = 16
_CONDITION: Final = re.compile(
    r"""\s*(?P<key>[^\s\\()"'=<>]+)\s*(?P<operator><=|>=|=|<|>)\s*(?:'(?P<text>[^']*)'|(?P<number>-?[0-9]{1,20})(?![^\s]))\s*""",
    re.ASCII,
)
_AND: Final = re.compile(r"AND(?=\s)")
_UNSUPPORTED: Final = re.compile(r"\b(EXISTS|CONTAINS|TIME|DATE|OR|NOT)\b")
_INTEGER: Final = re.compile(r"-?[0-9]{1,78}", re.ASCII)


class BadQuery(RuleViolation):
    """A query text does not follow the query language, or asks for more than is indexed."""

    code = ErrorCode("engine", 2)


class Comparison(Enum):
    """How a value is compared."""

    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


_HOLDS: Final[Mapping[Comparison, Callable[[int, int], bool]]] = {
    Comparison.EQUAL: eq,
    Comparison.LESS: lt,
    Comparison.AT_MOST: le,
    Comparison.MORE: gt,
    Comparison.AT_LEAST: ge,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison of a key's values; texts compare as equal only."""

    key: str
    comparison: Comparison
    operand: str | int

    def holds(self, value: str) -> bool:
        """Tell whether a value fulfils the condition."""
        if isinstance(self.operand, str):
            return value == self.operand
        return _INTEGER.fullmatch(value) is not None and _HOLDS[self.comparison](int(value), self.operand)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parsed query; `text` as it was written."""

    text: str
    conditions: tuple[Condition, ...]

    def matches(self, values: Mapping[str, Sequence[str]]) -> bool:
        """Tell whether each condition holds for some value of its key."""
        return all(any(map(each.holds, values.get(each.key, ()))) for each in self.conditions)


def parse_query(text: str) -> Query:
    """Read a query. Raises: BadQuery with the place where reading stopped."""
    if len(text) > MAX_QUERY:
        raise BadQuery(f"a query has at most {MAX_QUERY} characters, this one {len(text)}")
    conditions: list[Condition] = []
    position = 0
    while True:
        match = _CONDITION.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        conditions.append(_condition(match))
        position = match.end()
        if position == len(text):
            break
        joint = _AND.match(text, position)
        if joint is None or len(conditions) == MAX_CONDITIONS:
            raise _unreadable(text, position)
        position = joint.end()
    return Query(text=text, conditions=tuple(conditions))


def _condition(match: re.Match[str]) -> Condition:
    comparison = Comparison(match["operator"])
    if match["number"] is not None:
        return Condition(key=match["key"], comparison=comparison, operand=int(match["number"]))
    if comparison is not Comparison.EQUAL:
        raise BadQuery(f"{match['key']}: texts compare with = only")
    return Condition(key=match["key"], comparison=comparison, operand=match["text"])


def _unreadable(text: str, position: int) -> BadQuery:
    rest = text[position : position + 60]
    found = _UNSUPPORTED.search(rest)
    if found is not None:
        return BadQuery(f"{found[1]} is not supported in queries: use key='text' and integers joined by AND")
    return BadQuery(f"cannot read the query at {rest!r}: expected key='text' or key=5, joined by AND")
