"""What it takes to throw bytes at a decoder: the decoder, the errors it declares, inputs to begin with, and damage."""

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SLOWEST_S = 1
"""A decoder that takes longer for one input lets one sender hold up a node."""

TOKENS = (
    b"\x00", b"\xff", b"\xff" * 9 + b"\x01", b"\x80" * 10, b"\x12\x00", b"\x0a\x7f", b"\x01" * 33, b"null", b"true",
    b"-1", b"0", b"1e400", b"NaN", b"9" * 20, b"9" * 80, b"9" * 5_000, b'""', b"\\ud800", b"\xed\xa0\x80", b"\xc2\x85",
    b"[]", b"{}", b'"', b"'", b"\\", b"\n", b"%00", b"%2F", b"..", b" AND ", b"=", b",", b"qos1", b"0x", b"aqos",
)  # fmt: skip
DEEP = (b"[", b'{"a":', b"a.", b"(", b"\x12\x80\x01", b"[[", b"1,", b"a=", b"\x30\x80")
"""What nests or repeats when it is written many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A decoder under attack. `decode` may end in nothing but an answer or one of the `declared` errors."""

    name: str
    decode: Callable[[bytes], object]
    declared: tuple[type[Exception], ...]
    seeds: Callable[[], tuple[bytes, ...]]

    def attempt(self, data: bytes) -> bool:
        """Decode bytes; returns whether they were accepted. Raises: what the decoder does not declare."""
        try:
            self.decode(data)
        except self.declared:
            return False
        return True


def in_a_folder(name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    """Return a decoder of a file's bytes that gives the folder which holds them under a name."""

    def decode(data: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="qos-fuzz-") as folder:
            (Path(folder) / name).write_bytes(data)
            read(Path(folder))

    return decode


def damaged(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Return bytes with one to four places flipped, cut, repeated, replaced or taken from another input."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = chance.choice(_DAMAGES)(chance, data, other)
    return data


def _flip(chance: random.Random, data: bytes, _: bytes) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _replace(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice((1, 1, 2, 8))) + data[at + chance.choice((0, 1, 2, 8)) :]


def _cut(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 1, 4, 32, len(data))) :]


def _repeat(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at, length = chance.randrange(len(data) + 1), chance.choice((1, 4, 32, 200))
    return data[: at + length] + data[at : at + length] * chance.choice((1, 2, 20)) + data[at + length :]


def _splice(chance: random.Random, data: bytes, other: bytes) -> bytes:
    at, start = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    length = chance.choice((1, 8, 33, 200))
    return data[:at] + other[start : start + length] + data[at + chance.choice((0, length)) :]


def _token(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(TOKENS) + data[at + chance.choice((0, 0, 1, 4, 20)) :]


def _deepen(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(DEEP) * chance.choice((3, 40, 1_500, 20_000)) + data[at:]


_DAMAGES: tuple[Callable[[random.Random, bytes, bytes], bytes], ...] = (
    _flip,
    _flip,
    _replace,
    _cut,
    _repeat,
    _splice,
    _token,
    _token,
    _deepen,
)
