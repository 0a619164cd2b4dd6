"""What typed state asks of a context: reading and writing by store name and key; the machine's charge gas there."""

from collections.abc import Iterator
from typing import Protocol


class Reads(Protocol):
    """A context that can read."""

    def read(self, store: str, key: bytes) -> bytes | None:
        """Return the stored bytes, or None."""
        ...

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs with start <= key < end in key order."""
        ...


class Writes(Reads, Protocol):
    """A context that can read and write."""

    def write(self, store: str, key: bytes, value: bytes) -> None:
        """Store the bytes under the key."""
        ...

    def erase(self, store: str, key: bytes) -> None:
        """Remove the key."""
        ...
