"""The write cache over a reader."""

from collections.abc import Iterator

import pytest

from qos.store.overlay import MAX_KEY_BYTES, MAX_VALUE_BYTES, Overlay


class Below:
    """A reader over a dict."""

    def __init__(self, pairs: dict[bytes, bytes]) -> None:
        self.pairs = pairs

    def get(self, store: str, key: bytes) -> bytes | None:
        return self.pairs.get(key) if store == "bank" else None

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        pairs = self.pairs if store == "bank" else {}
        keys = [key for key in sorted(pairs, reverse=reverse) if start <= key and (end is None or key < end)]
        return iter([(key, pairs[key]) for key in keys])


def overlay(**pairs: str) -> Overlay:
    return Overlay(Below({key.encode(): value.encode() for key, value in pairs.items()}))


def test_a_pending_write_hides_the_parent() -> None:
    over = overlay(a="1", b="2")
    over.set("bank", b"a", b"3")
    over.delete("bank", b"b")
    assert over.get("bank", b"a") == b"3"
    assert over.get("bank", b"b") is None
    assert over.get("acc", b"a") is None


def test_a_scan_merges_pending_writes_in_key_order() -> None:
    over = overlay(a="1", c="3", e="5")
    over.set("bank", b"b", b"2")
    over.set("bank", b"c", b"x")
    over.delete("bank", b"e")
    over.set("bank", b"f", b"6")
    pairs = [(b"a", b"1"), (b"b", b"2"), (b"c", b"x"), (b"f", b"6")]
    assert list(over.scan("bank", b"", None)) == pairs
    assert list(over.scan("bank", b"", None, reverse=True)) == pairs[::-1]
    assert list(over.scan("bank", b"b", b"f")) == pairs[1:3]


def test_a_scan_may_delete_what_it_walks() -> None:
    over = overlay(a="1", b="2", c="3")
    over.set("bank", b"bb", b"2")
    for key, _ in over.scan("bank", b"", None):
        over.delete("bank", key)
    assert not list(over.scan("bank", b"", None))


def test_a_scan_yields_the_value_as_it_is_when_reached() -> None:
    over = overlay(a="1", b="2", c="3")
    scan = over.scan("bank", b"", None)
    assert next(scan) == (b"a", b"1")
    over.set("bank", b"c", b"new")
    over.delete("bank", b"b")
    over.set("bank", b"d", b"unseen")
    assert list(scan) == [(b"c", b"new")]


def test_keys_written_after_a_first_scan_are_in_the_next() -> None:
    over = overlay(m="1")
    over.set("bank", b"z", b"1")
    assert len(list(over.scan("bank", b"", None))) == 2
    over.set("bank", b"a", b"1")
    over.set("bank", b"a", b"2")
    assert [key for key, _ in over.scan("bank", b"", None)] == [b"a", b"m", b"z"]


def test_flush_moves_writes_down_and_dropping_loses_them() -> None:
    lower = overlay(a="1")
    upper = Overlay(lower)
    upper.set("bank", b"a", b"2")
    upper.delete("bank", b"b")
    assert lower.get("bank", b"a") == b"1"
    upper.flush()
    assert lower.writes == {"bank": {b"a": b"2", b"b": None}}
    assert upper.writes == {}
    Overlay(lower).set("bank", b"a", b"9")
    assert lower.get("bank", b"a") == b"2"


def test_only_an_overlay_over_an_overlay_is_flushed() -> None:
    with pytest.raises(TypeError):
        overlay().flush()


@pytest.mark.parametrize(
    ("key", "value"),
    [(b"", b"1"), (b"a", b""), (b"k" * (MAX_KEY_BYTES + 1), b"1"), (b"a", b"v" * (MAX_VALUE_BYTES + 1))],
)
def test_what_no_proof_can_show_is_refused(key: bytes, value: bytes) -> None:
    over = overlay()
    with pytest.raises(ValueError):
        over.set("bank", key, value)
    assert over.writes == {}


def test_an_empty_key_is_not_deleted() -> None:
    with pytest.raises(ValueError):
        overlay().delete("bank", b"")
