from collections.abc import Iterable, Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base.identifiers import Address
from qos.machine.context import BlockInfo, ReadContext
from qos.machine.errors import InvalidRequest
from qos.machine.paging import MAX_PAGE, page_of
from qos.modules.assets.bank.state import BALANCES, METADATA
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.store.collections import Map
from qos.store.keys import LENGTH_ADDRESS, TAIL_TEXT
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.values import UINT

BLOCK = BlockInfo(chain_id="qos-1", height=1, time_ns=0)
NAMES: Map[str, int] = Map("bank", b"\x30", TAIL_TEXT, UINT)
OWNERS = [Address(bytes([letter]) * 20) for letter in b"abc"]


class Pairs:
    """A context over a dict."""

    def __init__(self) -> None:
        self.pairs: dict[bytes, bytes] = {}

    def write(self, store: str, key: bytes, value: bytes) -> None:
        self.pairs[key] = value

    def erase(self, store: str, key: bytes) -> None:
        del self.pairs[key]

    def read(self, store: str, key: bytes) -> bytes | None:
        return self.pairs.get(key)

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        keys = sorted(key for key in self.pairs if start <= key and (end is None or key < end))
        return iter([(key, self.pairs[key]) for key in (reversed(keys) if reverse else keys)])


def world(*names: str) -> ReadContext:
    """Return a state with names, and with three owners who each hold all of them."""
    pairs = Pairs()
    for number, name in enumerate(names):
        NAMES.set(pairs, name, number)
        for owner in OWNERS:
            BALANCES.set(pairs, (owner, name), number + 1)
    return committed(pairs)


def world_of_names(names: Iterable[str]) -> ReadContext:
    pairs = Pairs()
    for name in names:
        NAMES.set(pairs, name, 1)
    return committed(pairs)


def committed(pairs: Pairs) -> ReadContext:
    store = MultiStore(MemoryBackend(), {"bank": 1})
    store.apply(1, {"bank": dict(pairs.pairs)})
    store.commit()
    return ReadContext(store.reader(), BLOCK)


def walk(ctx: ReadContext, limit: int, *, reverse: bool) -> list[list[str]]:
    """Return all pages of the names, asked for by key."""
    pages: list[list[str]] = []
    key = b""
    for _ in count():
        page = page_of(ctx, NAMES, PageRequest(key=key, limit=limit, reverse=reverse))
        pages.append([name for name, _ in page.entries])
        key = page.response.next_key
        if not key:
            return pages
    raise AssertionError


@given(st.sets(st.text("abc/", min_size=1, max_size=4), max_size=12), st.integers(1, 5), st.booleans())
def test_paging_by_key_shows_each_entry_once_in_order(names: set[str], limit: int, reverse: bool) -> None:
    pages = walk(world(*sorted(names), "zz"), limit, reverse=reverse)
    assert [name for page in pages for name in page] == sorted({*names, "zz"}, reverse=reverse)
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("owner", OWNERS)
def test_paging_within_one_owner_never_shows_another(owner: Address, limit: int, reverse: bool) -> None:
    ctx, seen, key = world("one", "three", "two"), [], b""
    while True:
        request = PageRequest(key=key, limit=limit, reverse=reverse)
        page = page_of(ctx, BALANCES, request, LENGTH_ADDRESS.encode(owner))
        seen += [entry for entry, _ in page.entries]
        key = page.response.next_key
        if not key:
            break
    assert seen == sorted([(owner, name) for name in ("one", "three", "two")], reverse=reverse)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("foreign", OWNERS)
@pytest.mark.parametrize("owner", OWNERS)
def test_the_page_key_of_another_owner_shows_nothing_of_that_owner(
    owner: Address, foreign: Address, reverse: bool
) -> None:
    key = BALANCES.key.encode((foreign, "three"))
    page = page_of(world("one", "three", "two"), BALANCES, PageRequest(key=key, reverse=reverse), b"\x14" + owner)
    assert {found for (found, _), _ in page.entries} <= {owner}


@pytest.mark.parametrize(
    ("request_", "shown", "more", "total"),
    [
        (None, "abcde", False, 5),
        (PageRequest(limit=5), "abcde", False, 5),
        (PageRequest(limit=4), "abcd", True, 0),
        (PageRequest(limit=4, count_total=True), "abcd", True, 5),
        (PageRequest(offset=3, count_total=True), "de", False, 5),
        (PageRequest(offset=3), "de", False, 5),
        (PageRequest(offset=5, count_total=True), "", False, 5),
        (PageRequest(offset=9, count_total=True), "", False, 5),
        (PageRequest(offset=1, limit=2, reverse=True), "dc", True, 0),
        (PageRequest(limit=2**64 - 1), "abcde", False, 5),
        (PageRequest(key=b"b", limit=2), "cd", True, 0),
        (PageRequest(key=b"b", reverse=True), "a", False, 0),
        (PageRequest(key=b"e"), "", False, 0),
        (PageRequest(key=b"bb"), "cde", False, 0),
    ],
)
def test_a_page_has_what_was_asked_for(request_: PageRequest | None, shown: str, more: bool, total: int) -> None:
    page = page_of(world(*"abcde"), NAMES, request_)
    assert "".join(name for name, _ in page.entries) == shown
    assert (bool(page.response.next_key), page.response.total) == (more, total)


@pytest.mark.parametrize(
    "request_",
    [PageRequest(key=b"a", offset=1), PageRequest(offset=MAX_PAGE + 1), PageRequest(key=b"\xff")],
)
def test_a_page_that_cannot_be_is_refused(request_: PageRequest) -> None:
    with pytest.raises(InvalidRequest):
        page_of(world("a"), METADATA, request_)


@pytest.mark.parametrize("key", [b"\x14", b"\x14" + b"a" * 19, b"\x13" + b"a" * 20, b"\x14" + b"a" * 20 + b"\xff"])
def test_a_page_key_that_is_no_key_of_the_list_is_refused(key: bytes) -> None:
    with pytest.raises(InvalidRequest):
        page_of(world("a"), BALANCES, PageRequest(key=key))


@pytest.mark.parametrize(("length", "counted"), [(MAX_PAGE, True), (MAX_PAGE + 1, False)])
def test_a_list_is_counted_up_to_the_length_of_the_longest_page(length: int, counted: bool) -> None:
    ctx = world_of_names(f"{number:05}" for number in range(length))
    assert len(page_of(ctx, NAMES, None).entries) == MAX_PAGE
    request = PageRequest(offset=1, limit=1, count_total=True)
    if counted:
        assert page_of(ctx, NAMES, request).response.total == length
    else:
        with pytest.raises(InvalidRequest):
            page_of(ctx, NAMES, request)
