from collections.abc import Callable
from enum import IntEnum
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from qos.base.blocktime import SECOND_NS, ZERO_TIME_NS
from qos.base.identifiers import Address
from qos.proto import scalars
from qos.proto.scalars import MalformedAddress, MalformedField

LAST_NS = 253_402_300_800 * SECOND_NS - 1


class Colour(IntEnum):
    RED = 0
    BLUE = 2


@given(st.integers(-(2**256 - 1), 2**256 - 1))
def test_an_integer_reads_back(value: int) -> None:
    assert scalars.read_integer(scalars.write_integer(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+1",
        "-0",
        "00",
        "01",
        "1 ",
        " 1",
        "1_0",
        "1.0",
        "1e2",
        "0x1",
        "\u0661",
        "\uff11",
        "-",
        "9" * 79,
        "1\n",
        "9" * 10**6,
    ],
    ids=repr,
)
def test_an_integer_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedField):
        scalars.read_integer(text)


def test_a_million_digits_are_refused_before_they_are_converted() -> None:
    with pytest.raises(MalformedField):
        scalars.read_integer("9" * 10**6)


@pytest.mark.parametrize("value", [2**256, -(2**256), 10**78 - 1])
def test_an_integer_beyond_256_bits_is_refused(value: int) -> None:
    with pytest.raises(MalformedField):
        scalars.read_integer(str(value))


@given(st.binary(min_size=20, max_size=20).map(Address))
def test_each_kind_of_address_reads_back_and_as_no_other(address: Address) -> None:
    forms: list[tuple[Callable[[str], Address], Callable[[Address], str]]] = [
        (scalars.read_address, scalars.write_address),
        (scalars.read_validator_address, scalars.write_validator_address),
        (scalars.read_consensus_address, scalars.write_consensus_address),
    ]
    for reads, writes in forms:
        assert reads(writes(address)) == address
        for other in (each for each, _ in forms if each is not reads):
            with pytest.raises(MalformedAddress):
                other(writes(address))


def test_an_empty_text_is_the_empty_address_and_back() -> None:
    assert scalars.read_address("") == b""
    assert scalars.write_address(Address(b"")) == ""


@given(st.integers(ZERO_TIME_NS, LAST_NS))
def test_a_time_reads_back(time_ns: int) -> None:
    seconds, nanos = scalars.write_timestamp(time_ns)
    assert scalars.read_timestamp(Timestamp(seconds=seconds, nanos=nanos)) == time_ns


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [(0, -1), (0, 10**9), (253_402_300_800, 0), (ZERO_TIME_NS // SECOND_NS - 1, 999_999_999), (2**63 - 1, 0)],
)
def test_a_time_outside_its_range_is_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(MalformedField):
        scalars.read_timestamp(Timestamp(seconds=seconds, nanos=nanos))


@given(st.integers(-315_576_000_000 * SECOND_NS, 315_576_000_000 * SECOND_NS))
def test_a_duration_reads_back_and_has_one_sign(duration_ns: int) -> None:
    seconds, nanos = scalars.write_duration(duration_ns)
    assert seconds * nanos >= 0
    assert scalars.read_duration(Duration(seconds=seconds, nanos=nanos)) == duration_ns


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(1, -1), (-1, 1), (0, 10**9), (0, -(10**9)), (315_576_000_001, 0), (-(2**63), 0)]
)
def test_a_duration_outside_its_range_is_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(MalformedField):
        scalars.read_duration(Duration(seconds=seconds, nanos=nanos))


def test_an_enum_has_its_members_only() -> None:
    assert scalars.member(Colour, 2) is Colour.BLUE
    for number in (1, 3, -1, 2**31 - 1):
        with pytest.raises(MalformedField):
            scalars.member(Colour, number)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (lambda value: scalars.at_most(value, 2, "x"), [1, 2], [1, 2, 3]),
        (lambda value: scalars.exactly(value, 2, "x"), b"ab", b"abc"),
        (lambda value: scalars.exactly(value, 2, "x"), b"ab", b"a"),
        (lambda value: scalars.bytes_at_most(value, 2, "x"), b"ab", b"abc"),
        (lambda value: scalars.text_at_most(value, 2, "x"), "ab", "abc"),
        (lambda value: scalars.text_at_most(value, 2, "x"), "ü", "üa"),
        (lambda value: scalars.filled(value, "x"), "a", ""),
        (lambda value: scalars.filled(value, "x"), b"a", b""),
    ],
)
def test_a_limit_holds_on_its_bound_and_names_the_field_beyond(
    check: Callable[[Any], object], good: object, bad: object
) -> None:
    assert check(good) == good
    with pytest.raises(MalformedField, match=r"^x "):
        check(bad)
