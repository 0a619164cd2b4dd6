"""A committed version as a stream of items, and a store made of one: what snapshots carry.

The stream has every store in order of name, each as its nodes children first, so that shape and hashes follow; a
tree built anew from its pairs alone would have another root. An item is

| first byte | then |
|---|---|
| 255 | length-prefixed name: the nodes of a store follow |
| 0 | version (varint), length-prefixed key, length-prefixed value: a leaf |
| height | version (varint), length-prefixed separator key: an inner node over the last two that stand alone |

Who imports believes nothing: every height, balance, order of keys, separator and hash is computed or checked, and in
the end the app hash. Only the order of commits before the version is lost: the new store begins with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qos_native import Node, Nodes, inner_row, leaf_row

from qos.base.encoding import length_prefixed, read_uvarint, u64, uvarint
from qos.store import layout, notes
from qos.store.backend import Backend, Pair, Puts
from qos.store.errors import StoreError
from qos.store.layout import Root
from qos.store.node import REF_BYTES
from qos.store.overlay import MAX_KEY_BYTES, MAX_VALUE_BYTES
from qos.store.readers import VersionReader

STORE_MARK = 255
NODES_A_WRITE = 20_000


class BadStream(StoreError):
    """The items are not those of a committed version."""


class WrongAppHash(StoreError):
    """The imported state is not the one expected."""

    def __init__(self, found: bytes, expected: bytes) -> None:
        super().__init__(f"the imported state has app hash {found.hex()}, expected {expected.hex()}")
        self.found = found
        self.expected = expected


def exported(reader: VersionReader) -> Iterator[bytes]:
    """Yield the items of a version. Raises: StoreDamaged."""
    for name in sorted(reader.roots):
        yield bytes((STORE_MARK,)) + length_prefixed(name.encode())
        nodes, root = reader.tree(name)
        yield from _post_order(nodes, root)


def _post_order(nodes: Nodes, root: bytes) -> Iterator[bytes]:
    waiting: list[bytes | Node] = [root] if root else []
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, Node):
            yield bytes((entry.height,)) + uvarint(entry.version) + length_prefixed(entry.key)
            continue
        node = nodes.load(entry)
        if node.height:
            waiting += [node, node.right_link, node.left_link]
        else:
            head = b"\x00" + uvarint(node.version)
            yield head + length_prefixed(node.key) + length_prefixed(node.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subtree:
    """A finished subtree: its link, its shape, and its first and last key."""

    link: bytes
    height: int
    size: int
    version: int
    first: bytes
    last: bytes


class Importer:
    """Builds a version in an empty backend, from items in their order. Abandon the backend when it raised."""

    def __init__(
        self, backend: Backend, stores: Mapping[str, int], version: int, *, nodes_a_write: int = NODES_A_WRITE
    ) -> None:
        """`stores` are the chain's; `version` is the height of the snapshot."""
        self._nodes_a_write = nodes_a_write
        self._backend = backend
        self._ids = dict(stores)
        self._version = version
        self._roots: dict[str, Root] = {}
        self._store = ""
        self._stack: list[_Subtree] = []
        self._strands: dict[int, int] = {}
        self._nodes: list[Pair] = []

    def add(self, items: bytes) -> None:
        """Take whole items. Raises: BadStream; StoreError when writing fails."""
        at = 0
        try:
            while at < len(items):
                at = self._item(items, at)
        except (IndexError, ValueError) as error:
            raise BadStream(f"an item is malformed: {error}") from None

    def finish(self, app_hash: bytes, note: bytes) -> None:
        """Write the version. Raises: BadStream, WrongAppHash when it is not the one expected."""
        self._end_store()
        hashes = _proven_hashes(self._roots, app_hash)
        at = u64(self._version)
        roots = [(layout.store_prefix(self._ids[name]) + at, layout.root_row(self._roots[name])) for name in hashes]
        latest = layout.Latest(version=self._version, oldest=self._version, app_hash=app_hash)
        self._backend.write(
            [
                Puts(table=layout.ROOTS, pairs=sorted(roots)),
                Puts(table=layout.COMMIT, pairs=[(at, layout.commit_row(hashes))]),
                notes.put(self._version, note),
                Puts(table=layout.META, pairs=[(layout.LATEST, latest.row())]),
            ]
        )

    def _item(self, items: bytes, at: int) -> int:
        kind = items[at]
        if kind == STORE_MARK:
            name, at = _text(items, at + 1, MAX_KEY_BYTES)
            self._begin_store(name.decode())
            return at
        version, at = read_uvarint(items, at + 1)
        if not 0 < version <= self._version:
            raise BadStream(f"a node of version {version} in a state of version {self._version}")
        key, at = _text(items, at, MAX_KEY_BYTES)
        if not self._store or not key:
            raise BadStream("a node outside a store, or without key")
        if kind:
            self._inner(kind, version, key)
            return at
        value, at = _text(items, at, MAX_VALUE_BYTES)
        self._leaf(version, key, value)
        return at

    def _begin_store(self, name: str) -> None:
        self._end_store()
        if name not in self._ids or name <= self._store:
            raise BadStream(f"store {name[:40]!r} is not one of this chain, or out of order")
        self._store = name

    def _end_store(self) -> None:
        if not self._store:
            return
        if len(self._stack) > 1:
            raise BadStream(f"store {self._store!r} ends amid its tree")
        self._roots[self._store] = Root(link=self._stack[0].link if self._stack else b"")
        self._write()
        self._stack.clear()
        self._strands.clear()

    def _leaf(self, version: int, key: bytes, value: bytes) -> None:
        if self._stack and key <= self._stack[-1].last:
            raise BadStream(f"key {key.hex()} does not follow the one before")
        link, row = leaf_row(version, self._strand(version), key, value)
        self._nodes.append((link[:REF_BYTES], row))
        self._push(_Subtree(link=link, height=0, size=1, version=version, first=key, last=key))

    def _inner(self, height: int, version: int, key: bytes) -> None:
        if len(self._stack) < 2:
            raise BadStream("an inner node without two children")
        right, left = self._stack.pop(), self._stack.pop()
        wrong_shape = height != 1 + max(left.height, right.height) or abs(left.height - right.height) > 1
        if wrong_shape or key != right.first or version < max(left.version, right.version):
            raise BadStream(f"the inner node at key {key.hex()} does not fit its children")
        heights, size = (height, left.height, right.height), left.size + right.size
        link, row = inner_row(
            version, self._strand(version), heights=heights, size=size, left=left.link, right=right.link, key=key
        )
        self._nodes.append((link[:REF_BYTES], row))
        self._push(_Subtree(link=link, height=height, size=size, version=version, first=left.first, last=right.last))

    def _push(self, subtree: _Subtree) -> None:
        self._stack.append(subtree)
        if len(self._nodes) >= self._nodes_a_write:
            self._write()

    def _strand(self, version: int) -> int:
        number = self._strands[version] = self._strands.get(version, 0) + 1
        return number

    def _write(self) -> None:
        table = layout.nodes_table(self._ids[self._store])
        self._backend.write([Puts(table=table, pairs=sorted(self._nodes))])
        self._nodes = []


def _proven_hashes(roots: Mapping[str, Root], app_hash: bytes) -> dict[str, bytes]:
    """Return the root hashes of all stores once they make the app hash. Raises: WrongAppHash."""
    hashes = {name: root.hash for name, root in roots.items()}
    found = layout.app_hash_of(hashes)
    if found != app_hash:
        raise WrongAppHash(found, app_hash)
    return hashes


def _text(items: bytes, at: int, limit: int) -> tuple[bytes, int]:
    length, at = read_uvarint(items, at)
    end = at + length
    if length > limit or end > len(items):
        raise BadStream(f"a text of {length} bytes, {limit} are allowed and {len(items) - at} are there")
    return items[at:end], end
