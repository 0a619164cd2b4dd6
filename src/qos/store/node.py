"""Nodes of an IAVL+ tree: their hash as cosmos/iavl v1 has it, and their record in the node table.

A node's `ref` is its version (u64 big-endian) and a nonce (u32 big-endian), 12 bytes, see `strands`; its `link` is ref
and hash, 44 bytes: where the node is and what it must hash to.

Leaf record: 0x00, key length (varint), key, value. Inner record: height, left height, right height
(a byte each), size (u64), left link, right link, separator key (the smallest key on the right). Both end
with the CRC-32 of what stands before, because an IAVL hash covers neither separator nor refs.
"""

from hashlib import sha256
from zlib import crc32

from qos.base.encoding import read_uvarint, uvarint, varint

REF_BYTES = 12
LINK_BYTES = 44
CHECK_BYTES = 4
CHECKED = 0x2144DF1C
"""CRC-32 of anything followed by its own CRC-32 in little-endian order."""

LEAST_BYTES = 8
LEFT_HEIGHT = 1
RIGHT_HEIGHT = 2
LEFT = 11
LEFT_HASH = LEFT + REF_BYTES
RIGHT = LEFT + LINK_BYTES
RIGHT_HASH = RIGHT + REF_BYTES
KEY = RIGHT + LINK_BYTES
"""Where the parts of an inner record stand; heights and size come before `LEFT`."""

_SMALL = tuple(varint(number) for number in range(4096))
_SHORT = tuple(uvarint(number) for number in range(512))


class Node:
    """A leaf (height 0) or an inner node.

    `link` is empty while the node is new; `left` and `right` are children that are new, else None, and then
    the links name them. A node with a link never changes.
    """

    __slots__ = (
        "height",
        "key",
        "left",
        "left_height",
        "left_link",
        "link",
        "right",
        "right_height",
        "right_link",
        "size",
        "value",
    )

    def __init__(self, key: bytes, value: bytes, link: bytes) -> None:
        """Make a leaf; an inner node gets its other fields from `parse` or `shape`."""
        self.key = key
        self.value = value
        self.link = link
        self.height = self.left_height = self.right_height = 0
        self.size = 1
        self.left_link = self.right_link = b""
        self.left: Node | None = None
        self.right: Node | None = None


def small_varint(number: int) -> bytes:
    """Encode a signed varint, from a table where the number is small."""
    return _SMALL[number] if number < 4096 else varint(number)


def with_length(data: bytes) -> bytes:
    """Put the length before the bytes, as a varint."""
    size = len(data)
    return (_SHORT[size] if size < 512 else uvarint(size)) + data


def leaf_prefix(version: int) -> bytes:
    """Return what stands before key and value in a leaf's preimage: height 0, size 1, version."""
    return b"\x00\x02" + varint(version)


def leaf_hash(prefix: bytes, key: bytes, value: bytes) -> bytes:
    """Hash a leaf: SHA-256(prefix || length key || 0x20 SHA-256(value))."""
    return sha256(prefix + with_length(key) + b"\x20" + sha256(value).digest()).digest()


def inner_prefix(height: int, size: int, version: int) -> bytes:
    """Return what stands before the child hashes in an inner node's preimage."""
    return small_varint(height) + small_varint(size) + varint(version)


def version_of(link: bytes) -> int:
    """Return the version in which the node was made."""
    return int.from_bytes(link[:8], "big")


def sealed(body: bytes) -> bytes:
    """Append the check to a record."""
    return body + crc32(body).to_bytes(CHECK_BYTES, "little")


def pair_of(record: bytes) -> tuple[bytes, bytes]:
    """Return key and value of a leaf's record."""
    length, start = read_uvarint(record, 1)
    return record[start : start + length], record[start + length : -CHECK_BYTES]


def parse(link: bytes, record: bytes) -> Node:
    """Read a checked record."""
    if record[0] == 0:
        return Node(*pair_of(record), link)
    node = Node(record[KEY:-CHECK_BYTES], b"", link)
    node.height, node.left_height, node.right_height = record[:3]
    node.size = int.from_bytes(record[3:LEFT], "big")
    node.left_link, node.right_link = record[LEFT:RIGHT], record[RIGHT:KEY]
    return node
