"""Addresses, chain ids and denominations: what passes and what does not (T1, N3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base import bech32
from qos.base.amounts import E18, mul_div_ceil, mul_div_floor
from qos.base.identifiers import (
    VALIDATOR_PREFIX,
    Address,
    BadAddress,
    format_address,
    is_chain_id,
    is_denom,
    module_address,
    parse_address,
)

ADDRESS = Address(bytes(range(20)))


@given(st.binary(min_size=20, max_size=20))
def test_an_address_reads_back(raw: bytes) -> None:
    assert parse_address(format_address(Address(raw))) == raw


def test_an_address_that_was_read_is_written_as_ever() -> None:
    raw = Address(b"read before written!")
    texts = {prefix: bech32.encode(prefix, raw) for prefix in ("qos", VALIDATOR_PREFIX)}
    assert all(parse_address(text, prefix) == raw for prefix, text in texts.items())
    format_address.cache_clear()
    assert {prefix: format_address(raw, prefix) for prefix in texts} == texts
    format_address.cache_clear()
    assert {prefix: format_address(raw, prefix) for prefix in texts} == texts


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(BadAddress, match="prefix"):
        parse_address(format_address(ADDRESS, VALIDATOR_PREFIX))


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_an_address_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadAddress):
        parse_address(bech32.encode("qos", bytes(length)))


def test_an_address_in_capitals_or_with_a_changed_letter_is_refused() -> None:
    text = format_address(ADDRESS)
    for changed in (text.upper(), text[:-1], text + "q", text.replace("q", "p", 2), "0x" + ADDRESS.hex(), ""):
        with pytest.raises(BadAddress):
            parse_address(changed)


def test_module_addresses_differ() -> None:
    assert len({module_address(name) for name in ("fees", "qcp", "mint")}) == 3
    assert len(module_address("fees")) == 20


@pytest.mark.parametrize(("text", "verdict"), [
    ("qos-1", True), ("abc", True), ("a" * 32, True), ("a" * 33, False), ("ab", False), ("1ab", False), ("-ab", False),
    ("Qos", False), ("qos_1", False), ("qos-1\n", False), ("", False),
])  # fmt: skip
def test_chain_ids(text: str, verdict: bool) -> None:
    assert is_chain_id(text) is verdict


@pytest.mark.parametrize(("text", "verdict"), [
    ("aqos", True), ("qsc/SHOP", True), ("qcp/" + "a" * 64, True), ("aq", False), ("1qos", False), ("a qos", False),
    ("a" * 128, True), ("a" * 129, False), ("aqos\n", False), ("äqos", False),
])  # fmt: skip
def test_denominations(text: str, verdict: bool) -> None:
    assert is_denom(text) is verdict


@given(st.integers(0, 2**256), st.integers(0, 2**64), st.integers(1, 2**64))
def test_the_two_roundings_enclose_the_exact_value(amount: int, numerator: int, denominator: int) -> None:
    floor = mul_div_floor(amount, numerator, denominator)
    ceil = mul_div_ceil(amount, numerator, denominator)
    assert floor * denominator <= amount * numerator <= ceil * denominator
    assert ceil - floor == (amount * numerator % denominator != 0)


@pytest.mark.parametrize("denominator", [0, -1])
def test_only_a_positive_denominator_divides(denominator: int) -> None:
    for divide in (mul_div_floor, mul_div_ceil):
        with pytest.raises(ZeroDivisionError):
            divide(E18, 1, denominator)
