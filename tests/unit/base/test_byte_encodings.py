"""Varints are minimal and read back; length prefixes keep fields apart; big-endian keeps their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base.encoding import length_prefixed, read_uvarint, u32, u64, uvarint, varint

UINT64 = st.integers(0, 2**64 - 1)


@given(UINT64, st.binary(max_size=4), st.binary(max_size=4))
def test_a_varint_reads_back_wherever_it_stands(value: int, before: bytes, after: bytes) -> None:
    data = before + uvarint(value) + after
    assert read_uvarint(data, len(before)) == (value, len(data) - len(after))


@pytest.mark.parametrize(("value", "encoded"), [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02")])
def test_known_varints(value: int, encoded: str) -> None:
    assert uvarint(value).hex() == encoded


@pytest.mark.parametrize(("value", "encoded"), [(0, "00"), (-1, "01"), (1, "02"), (-2, "03"), (64, "8001")])
def test_known_signed_varints(value: int, encoded: str) -> None:
    assert varint(value).hex() == encoded


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x80\x00", b"\xff" * 9 + b"\x02", b"\xff" * 10 + b"\x01"],
    ids=["empty", "cut", "not minimal", "65 bits", "eleven bytes"],
)  # fmt: skip
def test_a_malformed_varint_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_uvarint(data)


@given(st.lists(st.binary(max_size=3), max_size=4), st.lists(st.binary(max_size=3), max_size=4))
def test_different_fields_give_different_bytes(left: list[bytes], right: list[bytes]) -> None:
    assert (length_prefixed(*left) == length_prefixed(*right)) == (left == right)


@given(UINT64, UINT64)
def test_byte_order_is_number_order(left: int, right: int) -> None:
    assert (u64(left) < u64(right)) == (left < right)


@pytest.mark.parametrize(("encode", "value"), [(u64, 2**64), (u32, 2**32), (u64, -1), (uvarint, -1)])
def test_a_number_that_does_not_fit_is_an_error(encode: object, value: int) -> None:
    assert callable(encode)
    with pytest.raises(OverflowError):
        encode(value)
