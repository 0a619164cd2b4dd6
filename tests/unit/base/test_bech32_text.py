import bech32 as reference
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base import bech32
from qos.base.bech32 import BECH32, BECH32M, BadBech32

PREFIXES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).map(str.lower)
GOOD = bech32.encode("qos", bytes(range(20)))


@given(PREFIXES, st.binary(max_size=40))
def test_bytes_read_back(prefix: str, data: bytes) -> None:
    text = bech32.encode(prefix, data)
    if len(text) <= bech32.MAX_LENGTH:
        assert bech32.decode(text) == (prefix, data)
        assert bech32.decode(text.upper()) == (prefix, data)


@given(PREFIXES, st.binary(max_size=35))
def test_text_is_that_of_the_reference_implementation(prefix: str, data: bytes) -> None:
    words = reference.convertbits(data, 8, 5)
    assert words is not None
    assert bech32.to_words(data) == bytes(words)
    assert bech32.encode(prefix, data) == reference.bech32_encode(prefix, words)


@given(st.binary(max_size=60).map(lambda data: bytes(byte & 31 for byte in data)), st.sampled_from([BECH32, BECH32M]))
def test_words_of_either_variant_read_back_and_not_as_the_other(words: bytes, variant: int) -> None:
    text = bech32.encode_words("qos", words, variant)
    assert bech32.decode_words(text, variant) == ("qos", words)
    with pytest.raises(BadBech32):
        bech32.decode_words(text, BECH32 + BECH32M - variant)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l1bioQ \u212a\ud800"))
def test_one_changed_character_is_noticed(position: int, other: str) -> None:
    changed = GOOD[:position] + other + GOOD[position + 1 :]
    if changed != GOOD:
        with pytest.raises(BadBech32):
            bech32.decode(changed)


@pytest.mark.parametrize(
    "text",
    ["", "1", "q", "qos1", "1" + "q" * 6, "qos1qqqqq", "\x20" + GOOD, "é" + GOOD, GOOD * 3, "QOS\u212a1" + "Q" * 6],
)
def test_what_is_no_text_of_ours_is_refused(text: str) -> None:
    with pytest.raises(BadBech32):
        bech32.decode(text)


@pytest.mark.parametrize("words", [b"\x01", b"\x00", b"\x00\x01", b"\x1f" * 3, b"\x00" * 6])
def test_words_that_are_no_whole_bytes_are_refused(words: bytes) -> None:
    with pytest.raises(BadBech32):
        bech32.from_words(words)
