"""Examining an LMDB file before it is mapped: a cut file would kill the process by SIGBUS.

Reads the two meta pages (page header 16 bytes; magic, format, address, map size, two table records of
48 bytes, last page, transaction; 64-bit little-endian), knows nothing of what the tables hold.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from struct import Struct, error

from qos.store.errors import StoreDamaged

_MAGIC = 0xBEEFC0DE
_FORMAT = 1
_META = Struct("<QHHHHIIQQIHHQQQQQIHHQQQQQQQ")
_META_PAGE = 0x08


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a meta page says: the page size, the number of pages in use and the transaction that wrote it."""

    page_bytes: int
    pages: int
    transaction: int


def check_file(path: Path) -> None:
    """Examine the file's meta pages and length. Raises: StoreDamaged naming the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = _meta(path, file.read(_META.size), 0)
        file.seek(first.page_bytes)
        second = _meta(path, file.read(_META.size), 1)
    written = {first.transaction % 2, second.transaction % 2}
    fresh = first.transaction == second.transaction == 0
    if not fresh and (abs(first.transaction - second.transaction) != 1 or first.transaction % 2 or len(written) != 2):
        raise StoreDamaged(f"{path}: the meta pages do not follow each other")
    latest = max(first, second, key=lambda meta: meta.transaction)
    if size < latest.pages * latest.page_bytes:
        raise StoreDamaged(f"{path} is cut: {size} bytes of {latest.pages * latest.page_bytes}")


def _meta(path: Path, data: bytes, number: int) -> Meta:
    try:
        fields = _META.unpack(data)
    except error:
        raise StoreDamaged(f"{path} is cut before its meta page {number}") from None
    page, _, flags, _, _, magic, file_format = fields[:7]
    if (page, magic, file_format) != (number, _MAGIC, _FORMAT) or not flags & _META_PAGE:
        raise StoreDamaged(f"{path}: meta page {number} is not one")
    page_bytes, last_page, transaction = fields[9], fields[25], fields[26]
    if page_bytes != os.sysconf("SC_PAGE_SIZE") and page_bytes not in (4096, 8192, 16384, 32768, 65536):
        raise StoreDamaged(f"{path}: page size {page_bytes}")
    return Meta(page_bytes=page_bytes, pages=last_page + 1, transaction=transaction)


def map_bytes(path: Path, least: int) -> int:
    """Return how much address space to reserve for a file: at least four times what it has, in whole pages."""
    size = path.stat().st_size if path.exists() else 0
    return max(least, 4 * size // least * least)
