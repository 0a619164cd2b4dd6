"""What a node takes of the disk."""

from pathlib import Path

BLOCK_BYTES = 512
"""Unit of the blocks a file occupies (POSIX)."""


def occupied(folder: Path) -> int:
    """Return the space all files below a folder take on the disk; LMDB's are longer than that."""
    return sum(file.stat().st_blocks * BLOCK_BYTES for file in folder.rglob("*") if file.is_file())
