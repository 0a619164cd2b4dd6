"""Pages of a collection, as Cosmos clients ask for them."""

from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from qos.machine.context import ReadContext
from qos.machine.errors import InvalidRequest
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest, PageResponse
from qos.store.collections import Map

K = TypeVar("K")
V = TypeVar("V")
MAX_PAGE = 10_000
"""Most entries a query returns, skips or counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[K, V]):
    """Entries of one page and where the next begins."""

    entries: tuple[tuple[K, V], ...]
    response: PageResponse


def page_of(ctx: ReadContext, entries: Map[K, V], request: PageRequest | None, within: bytes = b"") -> Page[K, V]:
    """Return one page of a map; `within` is an encoded leading key part that all its keys share.

    Without a limit all entries come, up to MAX_PAGE. The total is told when the page reaches the end of the list,
    or when it is asked for. Raises: InvalidRequest when key and offset are both given, the key is no place in the
    map, the offset or the list to be counted exceeds MAX_PAGE.
    """
    asked = request or PageRequest()
    if asked.key and asked.offset:
        raise InvalidRequest("give the page's key or its offset, not both: invalid request")
    if asked.offset > MAX_PAGE:
        raise InvalidRequest(f"offset above {MAX_PAGE}: page by key: invalid request")
    start = _place(entries, asked.key) if asked.key else None
    found = entries.items(ctx, within, start_after=start, reverse=asked.reverse)
    skipped = sum(1 for _ in islice(found, asked.offset))
    limit = min(asked.limit or MAX_PAGE, MAX_PAGE)
    kept = tuple(islice(found, limit))
    beyond = sum(1 for _ in islice(found, MAX_PAGE if asked.count_total and not asked.key else 1))
    seen = skipped + len(kept) + beyond
    if asked.count_total and not asked.key and beyond and seen > MAX_PAGE:
        raise InvalidRequest(f"more than {MAX_PAGE} entries are not counted: page by key: invalid request")
    told = not asked.key and (asked.count_total or not beyond)
    # The page key is the last key given out: the next page begins behind it.
    next_key = entries.key.encode(kept[-1][0]) if beyond else b""
    return Page(entries=kept, response=PageResponse(next_key=next_key, total=seen if told else 0))


def _place(entries: Map[K, V], page_key: bytes) -> K:
    refusal = InvalidRequest("the page key is no key of this list: invalid request")
    try:
        key, end = entries.key.decode(page_key, 0)
    except ValueError:
        raise refusal from None
    if end != len(page_key):
        raise refusal
    return key
