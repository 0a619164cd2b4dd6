"""A folder of private files, one a name: how keys are listed, read, added and deleted, whatever they hold."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from qos.wallet.errors import BadKeystore, KeyExists, NoSuchKey, WalletError

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFiles:
    """The files of one folder that end in `suffix`; longer ones than `max_bytes` are not read."""

    folder: Path
    suffix: str
    max_bytes: int

    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(sorted(path.name.removesuffix(self.suffix) for path in self.folder.glob("*" + self.suffix)))

    def path(self, name: str) -> Path:
        """Return where a name is kept. Raises: WalletError on a bad name."""
        return self.folder / (check_name(name) + self.suffix)

    def read(self, name: str) -> bytes:
        """Return what is kept under a name. Raises: NoSuchKey, BadKeystore, WalletError."""
        path = self.path(name)
        if not path.is_file():
            raise NoSuchKey(name, str(self.folder))
        if path.stat().st_size > self.max_bytes:
            raise BadKeystore(f"{path} is too large for a key")
        return path.read_bytes()

    def add(self, name: str, text: str) -> None:
        """Keep a text under a new name. Raises: KeyExists, WalletError."""
        target = self.path(name)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_private(target, text)
        except FileExistsError:
            raise KeyExists(name) from None

    def delete(self, name: str) -> None:
        """Remove a name. Raises: NoSuchKey, WalletError."""
        try:
            self.path(name).unlink()
        except FileNotFoundError:
            raise NoSuchKey(name, str(self.folder)) from None


def check_name(name: str) -> str:
    """Return a name that may name a key. Raises: WalletError."""
    if _NAME.fullmatch(name) is None:
        raise WalletError(f"{name[:40]!r} is no key name: lower-case letters, digits, - and _, a letter first")
    return name


def write_private(path: Path, text: str) -> None:
    """Write a new file only its owner may read, durably. Raises: FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
