"""The last height the local validator keys signed, in a file outside the data folder.

It survives a reset or an old copy of the data. Written in place with one write call, so kill -9 leaves the old or
the new text; not synced, because after a loss of power the block store, which is, brings it up to date at start.
"""

import json
import os
from pathlib import Path
from typing import Final

from qos.base.strictjson import BadJson, parse_json
from qos.engine.errors import DoubleSignRefused, EngineError

_WIDTH: Final = 128


class SignStateDamaged(EngineError):
    """The sign state file is not readable; guessing would risk signing twice."""


class FileSignState:
    """Implements `ports.SignState` in one small file."""

    def __init__(self, file: Path) -> None:
        """Read or create the file. Raises: SignStateDamaged, OSError."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._height, self._hash = self._load()

    @property
    def height(self) -> int:
        """The last height that was signed, 0 for none."""
        return self._height

    def close(self) -> None:
        """Release the file."""
        os.close(self._descriptor)

    def check(self, height: int, block_hash: bytes) -> None:
        """Return when signing is safe. Raises: DoubleSignRefused."""
        if height < self._height or (height == self._height and block_hash != self._hash):
            raise DoubleSignRefused(height, block_hash, self._height, self._hash)

    def record(self, height: int, block_hash: bytes) -> None:
        """Write what was signed."""
        if (height, block_hash) == (self._height, self._hash):
            return
        text = json.dumps({"height": height, "block_hash": block_hash.hex()}).ljust(_WIDTH - 1) + "\n"
        os.pwrite(self._descriptor, text.encode(), 0)
        self._height, self._hash = height, block_hash

    def _load(self) -> tuple[int, bytes]:
        text = os.pread(self._descriptor, _WIDTH, 0)
        if not text:
            return 0, b""
        try:
            return read_signed(text)
        except ValueError:
            raise SignStateDamaged(
                f"{self._file} is damaged: find the last signed height in another copy, or give the node new keys"
            ) from None


def read_signed(text: bytes) -> tuple[int, bytes]:
    """Read height and block hash of what was signed last. Raises: ValueError."""
    try:
        match parse_json(text):
            case {"height": int(height), "block_hash": str(block_hash)} if height > 0:
                return height, bytes.fromhex(block_hash)
    except BadJson as error:
        raise ValueError(str(error)) from None
    raise ValueError("no height and block hash")
