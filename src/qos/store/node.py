"""What a node of an IAVL+ tree hashes to, as cosmos/iavl v1 has it, and how rows are sealed.

The trees themselves and the records of their nodes are in `qos_native`. A node's `ref` is its version (u64) and a nonce
(u32), big-endian, 12 bytes; its `link` is ref and hash, 44 bytes: where the node is and what it must hash to.
"""

from hashlib import sha256
from zlib import crc32

from qos.base.encoding import uvarint, varint

REF_BYTES = 12
LINK_BYTES = 44
CHECK_BYTES = 4
CHECKED = 0x2144DF1C
"""CRC-32 of anything followed by its own CRC-32 in little-endian order."""


def with_length(data: bytes) -> bytes:
    """Put the length before the bytes, as a varint."""
    return uvarint(len(data)) + data


def leaf_prefix(version: int) -> bytes:
    """Return what stands before key and value in a leaf's preimage: height 0, size 1, version."""
    return b"\x00\x02" + varint(version)


def leaf_hash(prefix: bytes, key: bytes, value: bytes) -> bytes:
    """Hash a leaf: SHA-256(prefix || length key || 0x20 SHA-256(value))."""
    return sha256(prefix + with_length(key) + b"\x20" + sha256(value).digest()).digest()


def inner_prefix(height: int, size: int, version: int) -> bytes:
    """Return what stands before the child hashes in an inner node's preimage."""
    return varint(height) + varint(size) + varint(version)


def sealed(body: bytes) -> bytes:
    """Append the check to a record."""
    return body + crc32(body).to_bytes(CHECK_BYTES, "little")
