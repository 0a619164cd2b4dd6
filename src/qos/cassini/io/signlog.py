"""The sign log on disk: one line a statement, durable before the statement is signed (R3).

A line is the first 16 hex digits of its SHA-256, a space, and base64. A last line cut by a crash was never signed and
is dropped; any other damage is refused, since forgetting what was signed is the one thing a relay must not do.
"""

import errno
import os
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

from qos.base.errors import QosError
from qos.cassini.signing import Signed
from qos.proto import codec
from qos.proto.records.qos_relay_v1 import Vote

COMPACT_ABOVE = 20_000
KEPT_STATEMENTS = 10_000
"""Statements kept at a start; each covers up to 64 packets."""


class SignLogDamaged(QosError):
    """The sign log cannot be read: this relay must not sign until somebody knows what it signed."""


class FileSignLog:
    """Appends to a file. `history` is what it held at the start."""

    def __init__(self, path: Path) -> None:
        """Read the file, or begin an empty one. Raises: SignLogDamaged."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = _whole_lines(path)
        if len(lines) > COMPACT_ABOVE:
            lines = lines[-KEPT_STATEMENTS:]
        self.history = tuple([_parse(path, number, line) for number, line in enumerate(lines, start=1)])
        _replace(path, b"".join([line + b"\n" for line in lines]))
        self._file = path.open("ab", buffering=0)

    def append(self, statement: Signed) -> None:
        """Write a statement and wait until the disk has it. Raises: OSError; then this log must not be used again."""
        line = _render(statement)
        if self._file.write(line) != len(line):
            raise OSError(errno.ENOSPC, "the sign log took only a part of a statement")
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _whole_lines(path: Path) -> list[bytes]:
    if not path.exists():
        return []
    *whole, _cut = path.read_bytes().split(b"\n")
    return whole


def _render(statement: Signed) -> bytes:
    data = codec.encode(Vote(abstract=statement.abstract, packet_hashes=statement.hashes))
    return _checksum(data) + b" " + b64encode(data) + b"\n"


def _checksum(data: bytes) -> bytes:
    return sha256(data).hexdigest()[:16].encode()


def _parse(path: Path, number: int, line: bytes) -> Signed:
    checksum, _, text = line.partition(b" ")
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or _checksum(data) != checksum:
        raise SignLogDamaged(
            f"{path} line {number} is damaged: this key must not sign until it is known what it signed"
        )
    vote = codec.decode(Vote, data)
    return Signed(abstract=vote.abstract, hashes=vote.packet_hashes)


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
