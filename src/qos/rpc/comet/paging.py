"""Heights and pages as CometBFT resolves them, with its sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from qos.rpc.comet.arguments import Arguments
from qos.rpc.comet.envelope import RpcError

DEFAULT_PER_PAGE: Final = 30
MAX_PER_PAGE: Final = 100
T = TypeVar("T")


def height_at_most(arguments: Arguments, newest: int, base: int) -> int:
    """Return the height asked for; without one the newest. Raises: RpcError, InvalidParams."""
    height = arguments.integer("height")
    if height is None:
        return newest
    if height <= 0:
        raise RpcError(f"height must be greater than 0, but got {height}")
    if height > newest:
        raise RpcError(f"height {height} must be less than or equal to the current blockchain height {newest}")
    if height < base:
        raise RpcError(f"height {height} is not available, lowest height is {base}")
    return height


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWish:
    """Which part of a list a call asks for."""

    number: int
    per_page: int


def page_wish(arguments: Arguments) -> PageWish:
    """Read which page is asked for: the first of 30 unless said, 100 at most. Raises: InvalidParams."""
    wanted = arguments.integer("per_page")
    per_page = DEFAULT_PER_PAGE if wanted is None or wanted < 1 else min(wanted, MAX_PER_PAGE)
    page = arguments.integer("page")
    return PageWish(number=1 if page is None else page, per_page=per_page)


def page_of(wish: PageWish, found: Sequence[T]) -> Sequence[T]:
    """Return the page asked for. Raises: RpcError."""
    pages = max(-(-len(found) // wish.per_page), 1)
    if not 1 <= wish.number <= pages:
        raise RpcError(f"page should be within [1, {pages}] range, given {wish.number}")
    return found[(wish.number - 1) * wish.per_page : wish.number * wish.per_page]


def is_descending(arguments: Arguments, default: str) -> bool:
    """Tell which order is asked for. Raises: RpcError, InvalidParams."""
    order = arguments.text("order_by") or default
    if order not in ("asc", "desc"):
        raise RpcError("expected order_by to be either `asc` or `desc` or empty")
    return order == "desc"
