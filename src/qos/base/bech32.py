"""Bech32 and Bech32m text (BIP 173, BIP 350), two words a step from tables: an address costs about 5 us."""

from base64 import b32encode
from functools import lru_cache
from typing import Final

_CHARSET: Final = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_RFC4648: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS: Final = b"0123456789abcdefghijklmnopqrstuv"
_WORDS: Final = bytes(range(32))
_NO_WORD: Final = b"\xff"
_TO_TEXT: Final = bytes.maketrans(_WORDS, _CHARSET)
_TO_DIGITS: Final = bytes.maketrans(_WORDS, _DIGITS)
_FROM_RFC4648: Final = bytes.maketrans(_RFC4648, _WORDS)
_FROM_TEXT: Final = bytes(_CHARSET.find(code) % 256 for code in range(256))
"""The word of each character; what is no character of the alphabet becomes `_NO_WORD`."""
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
BECH32: Final = 1
BECH32M: Final = 0x2BC830A3
MAX_LENGTH: Final = 90
CHECKSUM_LENGTH: Final = 6


class BadBech32(ValueError):
    """The text is not what it claims to be."""


def _step(checksum: int, word: int) -> int:
    top, checksum = checksum >> 25, (checksum & 0x1FFFFFF) << 5 ^ word
    for bit, generator in enumerate(_GENERATOR):
        if top >> bit & 1:
            checksum ^= generator
    return checksum


# The checksum is linear: what two steps feed back depends on its top ten bits alone.
_FEEDBACK: Final = tuple(_step(_step(top << 20, 0), 0) for top in range(1024))


def _polymod(checksum: int, words: bytes) -> int:
    if len(words) % 2:
        checksum, words = _step(checksum, words[0]), words[1:]
    for first, second in zip(words[::2], words[1::2], strict=True):
        checksum = (checksum & 0xFFFFF) << 10 ^ first << 5 ^ second ^ _FEEDBACK[checksum >> 20]
    return checksum


@lru_cache(maxsize=256)
def _after_prefix(prefix: str) -> int:
    """Return the checksum behind a prefix. Raises: BadBech32 when that is no prefix."""
    codes = prefix.encode()
    if not codes or any(not 33 <= code <= 126 for code in codes):
        raise BadBech32("no prefix")
    return _polymod(1, bytes(code >> 5 for code in codes) + b"\0" + bytes(code & 31 for code in codes))


def encode_words(prefix: str, words: bytes, variant: int = BECH32) -> str:
    """Write five-bit words (one a byte) with their checksum."""
    remainder = _polymod(_after_prefix(prefix), words + bytes(CHECKSUM_LENGTH)) ^ variant
    checksum = bytes([remainder >> shift & 31 for shift in (25, 20, 15, 10, 5, 0)])
    return f"{prefix}1{(words + checksum).translate(_TO_TEXT).decode()}"


def decode_words(text: str, variant: int = BECH32) -> tuple[str, bytes]:
    """Return (prefix, five-bit words). Raises: BadBech32 on mixed case, bad characters, checksum, length."""
    lower = text.lower()
    if len(text) > MAX_LENGTH or not text.isascii() or (lower != text and text.upper() != text):
        raise BadBech32("too long, not ASCII or of mixed case")
    prefix, _, data = lower.rpartition("1")
    checksum = _after_prefix(prefix)
    words = data.encode().translate(_FROM_TEXT)
    if _NO_WORD in words or len(words) < CHECKSUM_LENGTH:
        raise BadBech32("character outside the alphabet, or no checksum")
    if _polymod(checksum, words) != variant:
        raise BadBech32("wrong checksum")
    return prefix, words[:-CHECKSUM_LENGTH]


def to_words(data: bytes) -> bytes:
    """Split bytes into five-bit words, zero padded."""
    return b32encode(data).rstrip(b"=").translate(_FROM_RFC4648)


def from_words(words: bytes) -> bytes:
    """Join five-bit words to bytes. Raises: BadBech32 when padding is not zero or five bits or longer."""
    padding = len(words) * 5 % 8
    number = int(words.translate(_TO_DIGITS), 32) if words else 0
    if padding >= 5 or number & ((1 << padding) - 1):
        raise BadBech32("bad padding")
    return (number >> padding).to_bytes(len(words) * 5 // 8, "big")


def encode(prefix: str, data: bytes) -> str:
    """Write bytes as Bech32."""
    return encode_words(prefix, to_words(data))


def decode(text: str) -> tuple[str, bytes]:
    """Return (prefix, bytes) of a Bech32 text. Raises: BadBech32."""
    prefix, words = decode_words(text)
    return prefix, from_words(words)
