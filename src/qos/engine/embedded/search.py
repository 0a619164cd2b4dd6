"""Answering searches from the index: positions first, transactions only for what the page shows."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, Protocol, TypeVar

from qos.base.errors import ErrorCode
from qos.engine.event_values import BLOCK_HEIGHT, EVENT_TYPE, TX_HASH, TX_HEIGHT
from qos.engine.query_language import BadQuery, Comparison, Condition, Query

MAX_MATCHES: Final = 100_000
_HIGHEST: Final = 2**63 - 1
Position = tuple[int, int]
T = TypeVar("T")


class Index(Protocol):
    """What a search reads. Positions are (height, index in the block), ascending."""

    def find_tx(self, tx_hash: bytes) -> Position | None:
        """Return the position of a transaction."""
        ...

    def with_value(self, table: str, key: str, value: str, low: int, high: int) -> Iterator[Position]:
        """Yield positions that have a value in `tx_events` or `block_events`."""
        ...

    def transactions_between(self, low: int, high: int) -> Iterator[Position]:
        """Yield positions of all transactions of some heights."""
        ...


class TooManyMatches(BadQuery):
    """A condition matches more than may be looked at."""

    code = ErrorCode("engine", 3)


def search_transactions(index: Index, query: Query, at_most: int = MAX_MATCHES) -> list[Position]:
    """Return where matching transactions stand, ascending.

    Raises: BadQuery when the index cannot tell, TooManyMatches when one condition has more than `at_most`.
    """
    low, high, rest = _bounds(query, TX_HEIGHT)
    conditions = [each for each in rest if (each.key, each.operand) != (EVENT_TYPE, "Tx")]
    lookups = [_tx_lookup(index, each, low, high) for each in conditions]
    if lookups:
        return _common(lookups, at_most)
    return _bounded(index.transactions_between(low, high), at_most)


def search_blocks(index: Index, query: Query, base: int, newest: int, at_most: int = MAX_MATCHES) -> list[int]:
    """Return the heights of matching blocks, ascending. Raises: as `search_transactions`."""
    low, high, rest = _bounds(query, BLOCK_HEIGHT)
    low, high = max(low, base), min(high, newest)
    conditions = [each for each in rest if (each.key, each.operand) != (EVENT_TYPE, "NewBlock")]
    if conditions:
        lookups = [_lookup(index, "block_events", each, low, high) for each in conditions]
        return [height for height, _ in _common(lookups, at_most)]
    return _bounded(iter(range(low, high + 1)), at_most)


def _bounds(query: Query, height_key: str) -> tuple[int, int, list[Condition]]:
    low, high = 0, _HIGHEST
    rest: list[Condition] = []
    for each in query.conditions:
        if each.key != height_key:
            rest.append(each)
            continue
        value = _height(each)
        match each.comparison:
            case Comparison.EQUAL:
                low, high = max(low, value), min(high, value)
            case Comparison.LESS | Comparison.AT_MOST:
                high = min(high, value - (each.comparison is Comparison.LESS))
            case Comparison.MORE | Comparison.AT_LEAST:
                low = max(low, value + (each.comparison is Comparison.MORE))
    return low, high, rest


def _height(condition: Condition) -> int:
    text = str(condition.operand)
    if not text.isdecimal() or not text.isascii() or len(text) > 18:
        raise BadQuery(f"{condition.key} compares with a height, not {text[:40]!r}")
    return int(text)


def _tx_lookup(index: Index, condition: Condition, low: int, high: int) -> Iterator[Position]:
    if condition.key != TX_HASH:
        return _lookup(index, "tx_events", condition, low, high)
    try:
        found = index.find_tx(bytes.fromhex(str(condition.operand)))
    except ValueError:
        raise BadQuery("tx.hash compares with 64 hexadecimal digits") from None
    return iter([found] if found is not None and low <= found[0] <= high else [])


def _lookup(index: Index, table: str, condition: Condition, low: int, high: int) -> Iterator[Position]:
    if condition.comparison is not Comparison.EQUAL:
        raise BadQuery(f"searches compare {condition.key} with = only; ranges are for heights")
    return index.with_value(table, condition.key, str(condition.operand), low, high)


def _common(lookups: list[Iterator[Position]], at_most: int) -> list[Position]:
    """Return what all have; each comes sorted and may repeat a position."""
    common = dict.fromkeys(_bounded(lookups[0], at_most))
    for lookup in lookups[1:]:
        other = frozenset(_bounded(lookup, at_most))
        common = {position: None for position in common if position in other}
    return sorted(common)


def _bounded(found: Iterator[T], at_most: int) -> list[T]:
    matches = list(islice(found, at_most + 1))
    if len(matches) > at_most:
        raise TooManyMatches(f"more than {at_most} matches: narrow the search with a range of heights")
    return matches
