"""Pages of lists that are no collections of the state: validators, transactions of a block."""

from collections.abc import Sequence
from typing import Final, TypeVar

from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest, PageResponse
from qos.rpc.services.status import CallRefused, Status

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000
T = TypeVar("T")


def page(items: Sequence[T], request: PageRequest | None) -> tuple[tuple[T, ...], PageResponse]:
    """Return the items of a page and where the next begins; keys are offsets in decimal. Raises: CallRefused."""
    asked = request or PageRequest()
    start = asked.offset
    if asked.key:
        if asked.offset or not asked.key.isdigit() or len(asked.key) > 18:
            raise CallRefused(Status.INVALID_ARGUMENT, "give the page's key as it was given out, or an offset")
        start = int(asked.key)
    ordered = items[::-1] if asked.reverse else items
    end = start + min(asked.limit or DEFAULT_LIMIT, MAX_LIMIT)
    next_key = str(end).encode() if end < len(items) else b""
    return tuple(ordered[start:end]), PageResponse(next_key=next_key, total=len(items))
