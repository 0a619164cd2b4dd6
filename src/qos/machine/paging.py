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
MAX_OFFSET = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[K, V]):
    """Entries of one page and where the next begins."""

    entries: tuple[tuple[K, V], ...]
    response: PageResponse


def page_of(ctx: ReadContext, entries: Map[K, V], request: PageRequest | None, within: bytes = b"") -> Page[K, V]:
    """Return one page of a map; `within` is an encoded leading key part that all its keys share.

    Without a limit all entries come, up to MAX_PAGE. Raises: InvalidRequest when key and offset are both given,
    the key is no place in the map, or counting is asked for with a limit.
    """
    asked = request or PageRequest()
    if asked.key and asked.offset:
        raise InvalidRequest("give the page's key or its offset, not both: invalid request")
    if asked.offset > MAX_OFFSET:
        raise InvalidRequest(f"offset above {MAX_OFFSET}: page by key: invalid request")
    limit = min(asked.limit or MAX_PAGE, MAX_PAGE)
    try:
        start = entries.key.decode(asked.key, 0)[0] if asked.key else None
    except (ValueError, IndexError):
        raise InvalidRequest("the page key is no key of this list: invalid request") from None
    found = entries.items(ctx, within, start_after=start, reverse=asked.reverse)
    taken = tuple(islice(found, asked.offset, asked.offset + limit + 1))
    more = len(taken) > limit
    kept = taken[:limit]
    # The page key is the last key given out: the next page begins behind it.
    next_key = entries.key.encode(kept[-1][0]) if more else b""
    total = len(kept) if not asked.key and not asked.offset and not more else 0
    return Page(entries=kept, response=PageResponse(next_key=next_key, total=total))
