"""Reads of the RPC that may be long: done here within a bound, else by a reader process (`rpc.workers`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from qos.base.errors import RuleViolation
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.search import MAX_MATCHES, Position, search_blocks, search_transactions
from qos.engine.query_language import parse_query
from qos.machine import queries
from qos.machine.abci import QueryResult
from qos.rpc.comet.paging import PageWish, page_of
from qos.rpc.reads import Reads

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T_co]):
    """One page of what a search found, and how much it found."""

    found: Sequence[T_co]
    total: int


class Search(Protocol[T_co]):
    """A search of this file."""

    def __call__(
        self, blocks: LmdbBlockStore, text: str, wish: PageWish, *, descending: bool, at_most: int
    ) -> Page[T_co]:
        """Return a page of what matches. Raises: BadQuery, TooManyMatches, RpcError."""
        ...


def page_of_transactions(
    blocks: LmdbBlockStore, text: str, wish: PageWish, *, descending: bool, at_most: int
) -> Page[Position]:
    """Search transactions. Raises: BadQuery, TooManyMatches, RpcError on a page that is not there."""
    found = search_transactions(blocks, parse_query(text), at_most)
    return _page(found, wish, descending=descending)


def page_of_blocks(blocks: LmdbBlockStore, text: str, wish: PageWish, *, descending: bool, at_most: int) -> Page[int]:
    """Search blocks. Raises: as `page_of_transactions`."""
    found = search_blocks(blocks, parse_query(text), blocks.base(), blocks.height(), at_most)
    return _page(found, wish, descending=descending)


def _page(found: list[T], wish: PageWish, *, descending: bool) -> Page[T]:
    return Page(found=page_of(wish, found[::-1] if descending else found), total=len(found))


def searched(reads: Reads, search: Search[T], text: str, wish: PageWish, *, descending: bool) -> Page[T]:
    """Do a search as far as any search goes. Raises: as the search."""
    return search(reads.blocks, text, wish, descending=descending, at_most=MAX_MATCHES)


def query(reads: Reads, path: str, data: bytes, height: int) -> QueryResult:
    """Answer a module query at a kept height without a bound on reads."""
    try:
        return queries.answer(reads.chain, reads.state, path, data, height)
    except RuleViolation as error:
        return queries.refused(error, height)
