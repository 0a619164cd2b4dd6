"""Nodes of an IAVL+ tree: their hash as cosmos/iavl v1 has it, and their record in the node table.

A node is named by `ref` = version (u64 big-endian) || nonce (u32 big-endian), 12 bytes; a child in a
record is its ref and its hash, so that a loaded node is checked against what its parent says.

Leaf record: 0x00, key length (varint), key, value. Inner record: height (1 byte), size (u64),
left ref, right ref, left hash, right hash, separator key (the smallest key on the right).
"""

from hashlib import sha256
from struct import Struct

from qos.base.encoding import read_uvarint, uvarint, varint
from qos.store.errors import StoreDamaged

REF_BYTES = 12
_INNER = Struct(">BQ12s12s32s32s")
_SMALL = tuple(varint(number) for number in range(4096))
_SHORT = tuple(uvarint(number) for number in range(512))


class Node:
    """A leaf (height 0) or an inner node.

    `ref` is empty while the node is new; `left` and `right` are None while they are not loaded, and
    then `left_ref`, `left_hash` and their twins name them. A node with a ref never changes but for
    loading and forgetting its children.
    """

    __slots__ = (
        "hash",
        "height",
        "key",
        "left",
        "left_hash",
        "left_ref",
        "ref",
        "right",
        "right_hash",
        "right_ref",
        "size",
        "value",
    )

    left: "Node | None"
    right: "Node | None"

    def __init__(self, key: bytes, value: bytes, height: int, size: int, ref: bytes) -> None:
        self.key = key
        self.value = value
        self.height = height
        self.size = size
        self.ref = ref
        self.hash = b""
        self.left = self.right = None
        self.left_ref = self.right_ref = b""
        self.left_hash = self.right_hash = b""


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
    """Hash a leaf: SHA-256(prefix || len key || 0x20 SHA-256(value))."""
    return sha256(prefix + with_length(key) + b"\x20" + sha256(value).digest()).digest()


def inner_prefix(height: int, size: int, version: int) -> bytes:
    """Return what stands before the child hashes in an inner node's preimage."""
    return small_varint(height) + small_varint(size) + varint(version)


def inner_hash(prefix: bytes, left: bytes, right: bytes) -> bytes:
    """Hash an inner node: SHA-256(prefix || 0x20 left || 0x20 right)."""
    return sha256(b"%b\x20%b\x20%b" % (prefix, left, right)).digest()


def version_of(ref: bytes) -> int:
    """Return the version in which the node was made."""
    return int.from_bytes(ref[:8], "big")


def leaf_record(key: bytes, value: bytes) -> bytes:
    """Serialise a leaf."""
    return b"\x00" + with_length(key) + value


def inner_record(node: Node) -> bytes:
    """Serialise an inner node whose children have refs and hashes."""
    return (
        _INNER.pack(node.height, node.size, node.left_ref, node.right_ref, node.left_hash, node.right_hash) + node.key
    )


def parse(ref: bytes, expected_hash: bytes, record: bytes) -> Node:
    """Read a record and hash it.

    Raises: StoreDamaged when it is malformed or does not hash to what its parent says.
    """
    try:
        node = _leaf(ref, record) if record[0] == 0 else _inner(ref, record)
    except (ValueError, IndexError):
        raise StoreDamaged(f"node {ref.hex()} is malformed") from None
    if node.hash != expected_hash:
        raise StoreDamaged(f"node {ref.hex()} does not have the hash its parent names")
    return node


def _leaf(ref: bytes, record: bytes) -> Node:
    length, start = read_uvarint(record, 1)
    end = start + length
    node = Node(record[start:end], record[end:], 0, 1, ref)
    node.hash = leaf_hash(leaf_prefix(version_of(ref)), node.key, node.value)
    return node


def _inner(ref: bytes, record: bytes) -> Node:
    if len(record) <= _INNER.size:
        raise ValueError("short inner node")
    height, size, left_ref, right_ref, left_hash, right_hash = _INNER.unpack_from(record)
    node = Node(record[_INNER.size :], b"", height, size, ref)
    node.left_ref, node.right_ref = left_ref, right_ref
    node.left_hash, node.right_hash = left_hash, right_hash
    node.hash = inner_hash(inner_prefix(height, size, version_of(ref)), left_hash, right_hash)
    return node
