"""All stores of a chain behind one app hash: prepare a version in memory, commit it in one write.

The app hash is the Cosmos multistore's: a simple Merkle tree over store name -> SHA-256 of the store's
root. One thread prepares and commits; other threads read with `at` and `prove`.
"""

from collections.abc import Mapping
from dataclasses import replace

from qos_native import Tree

from qos.base.encoding import u64
from qos.store import foundation, layout
from qos.store.backend import Backend, Step
from qos.store.commits import Change, Operation, Prepared, puts_of
from qos.store.errors import StoreDamaged, StoreError, StoreOfLaterVersion, UnknownStore
from qos.store.layout import Root
from qos.store.proofs import StoreProof, prove_pair
from qos.store.pruning import Window
from qos.store.ranges import Range, prove_range
from qos.store.readers import LatestReader, VersionReader

CACHE_LEVELS = 20
"""Tree levels kept in memory once they are read: 0.3 kB a node, 2^20 nodes a store at most."""

VERSIONS_A_COMMIT = 64
"""How many old versions go with a new one, at most, when fewer are to be kept than there are."""

KEEP_ALL = 1 << 62
"""A number of versions that is never reached: an archive."""

Writes = Mapping[str, Mapping[bytes, bytes | None]]
"""Final writes of a block by store name: value by key, None to remove."""


class MultiStore:
    """The stores named at the start, over a backend."""

    def __init__(
        self,
        backend: Backend,
        stores: Mapping[str, int],
        *,
        keep_versions: int = 100,
        cache_levels: int = CACHE_LEVELS,
        readonly: bool = False,
    ) -> None:
        """Open at the latest committed version.

        `stores` maps names to one-byte ids; `keep_versions` (at least 2) counts the latest. Who opens `readonly`
        commits nothing, and is spared reading what only a commit needs.
        Raises: ValueError, StoreDamaged, StoreError for another format.
        """
        if keep_versions < 2:
            raise ValueError("at least two versions are kept")
        self._backend = backend
        self._names = layout.ordered_names(stores)
        self._ids = dict(stores)
        self._prefixes = {name: layout.store_prefix(stores[name]) for name in self._names}
        self._keep = keep_versions
        self._cache_levels = cache_levels
        self._prepared: Prepared | None = None
        self._has_failed = False
        self._snapshot = backend.snapshot()
        self._open()
        self._window = None if readonly else self._read_window()

    def _read_window(self) -> Window:
        """Load the dead nodes that wait for deletion."""
        return Window(self._ids, self._snapshot, self._latest)

    def _open(self) -> None:
        """Load the latest roots."""
        snapshot = self._snapshot
        latest = layout.read_latest(snapshot.getter(layout.META)(layout.LATEST))
        self._latest = latest
        committed: dict[str, bytes] = {}
        self._laid = foundation.read(snapshot) if latest is None else None
        if latest is not None:
            committed = layout.read_commit(snapshot.getter(layout.COMMIT)(u64(latest.version)))
            # A damaged pointer may lead to what a table was some blocks ago; below a root, hashes tell.
            newer = snapshot.getter(layout.COMMIT)(u64(latest.version + 1))
            if layout.app_hash_of(committed) != latest.app_hash or newer is not None:
                raise StoreDamaged("the tables are not of one version")
            for name in sorted(committed):
                if name not in self._ids:
                    raise StoreOfLaterVersion(name)
        self._trees = {name: self._open_tree(name, committed.get(name)) for name in self._names}
        self._reader = LatestReader(self._trees, self._prefixes)

    def _open_tree(self, name: str, committed: bytes | None) -> Tree:
        root = Root()
        if committed is not None:
            row = self._snapshot.getter(layout.ROOTS)(self._prefixes[name] + u64(self.version))
            root = layout.read_root(row)
            if root.hash != committed:
                raise StoreDamaged(f"the root row of store {name!r} is not the committed root")
        laid = self._laid.trees.get(self._ids[name]) if self._laid is not None else None
        if laid is not None:
            root = laid.root
        get = self._snapshot.getter(layout.nodes_table(self._ids[name]))
        return Tree(get, root.link, self._cache_levels, 0 if laid is None else laid.strands)

    @property
    def version(self) -> int:
        """The latest committed version; 0 before the first commit."""
        return 0 if self._latest is None else self._latest.version

    @property
    def oldest_version(self) -> int:
        """The oldest version kept; 0 before the first commit."""
        return 0 if self._latest is None else self._latest.oldest

    @property
    def app_hash(self) -> bytes:
        """The app hash of the latest committed version; empty before the first commit."""
        return b"" if self._latest is None else self._latest.app_hash

    def reader(self) -> LatestReader:
        """Return the reader of the latest committed state, for the thread that commits."""
        return self._reader

    def lay(self, plan: foundation.Plan | None) -> None:
        """Begin with what a plan says, unless that lies here already; None to begin with nothing.

        What was laid is read like committed state and becomes part of the first version. Raises: ValueError when
        the plan's pairs are out of order, what reading them raises, StoreError, also when a version is committed.
        """
        if self._latest is not None:
            raise StoreError(f"a foundation is laid before the first version, this store is at {self.version}")
        laid = self._laid
        if (plan is None and laid is None) or (
            plan is not None and laid is not None and (laid.mark, laid.version) == (plan.mark, plan.version)
        ):
            return
        self._prepared = None
        if plan is None:
            self._backend.write(foundation.cleared(self._ids))
        else:
            foundation.lay(self._backend, self._ids, plan)
        self._snapshot.renew()
        self._open()

    @property
    def has_foundation(self) -> bool:
        """Whether something was laid that is not yet part of a version."""
        return self._laid is not None

    def is_vouched(self, voucher: bytes) -> bool:
        """Tell whether this was found good over what was laid, also before a restart."""
        return self._laid is not None and self._laid.voucher == voucher

    def vouch(self, voucher: bytes) -> None:
        """Remember what was found good over what was laid; nothing happens when nothing was. Raises: StoreError."""
        if self._laid is not None:
            self._laid = replace(self._laid, voucher=voucher)
            self._backend.write([foundation.put(self._laid)])
            self._snapshot.renew()

    def apply(self, version: int, writes: Writes, note: bytes = b"") -> bytes:
        """Prepare a version in memory and return its app hash; `note` is kept with it and is not part of the hash.

        Nothing is stored before `commit`; what an earlier call prepared is dropped.
        Raises: ValueError unless `version` follows the latest; UnknownStore; StoreDamaged; StoreError after a failed
        commit.
        """
        if self._has_failed:
            raise StoreError("a commit failed: the store goes on only after a restart")
        if self._latest is not None and version != self._latest.version + 1:
            raise ValueError(f"version {version} does not follow {self._latest.version}")
        if self._laid is not None and version != self._laid.version:
            raise ValueError(f"version {version} on a foundation of version {self._laid.version}")
        for name in writes:
            if name not in self._ids:
                raise UnknownStore(name)
        self._prepared = None
        operations = {name: sorted(writes[name].items()) for name in self._names if writes.get(name)}
        changes = {name: self._change(name, version, operations[name]) for name in operations}
        roots = {
            name: changes[name].root if name in changes else Root(link=self._trees[name].root) for name in self._names
        }
        app_hash = layout.app_hash_of({name: roots[name].hash for name in self._names})
        self._prepared = Prepared(
            version=version, operations=operations, changes=changes, roots=roots, app_hash=app_hash, note=note
        )
        return app_hash

    def _change(self, name: str, version: int, operations: list[Operation]) -> Change:
        link, rows, orphans = self._trees[name].apply(version, operations)
        return Change(root=Root(link=link), rows=rows, orphans=orphans)

    def commit(self) -> None:
        """Store what `apply` prepared, in one atomic and durable write.

        Raises: StoreError when nothing is prepared or the write fails; the process must then stop, and this store
        refuses to go on.
        """
        prepared = self._prepared
        if prepared is None:
            raise StoreError("there is no prepared version to commit")
        self._prepared = None
        oldest = prepared.version
        if self._latest is not None:
            wanted = max(self._latest.oldest, prepared.version - self._keep + 1)
            oldest = min(wanted, self._latest.oldest + VERSIONS_A_COMMIT)
        latest = layout.Latest(version=prepared.version, oldest=oldest, app_hash=prepared.app_hash)
        gone: list[Step] = []
        if self._laid is not None:
            prepared, gone = foundation.settled(prepared, self._ids)
        puts = puts_of(prepared, latest, self._ids)
        window = self._window = self._window or self._read_window()
        deletes = window.steps(self._latest, latest, self._snapshot.getter(layout.ORPHANS))
        self._has_failed = True
        self._backend.write([*puts, *gone, *deletes])
        self._has_failed = False
        self._adopt(prepared, latest)

    def _adopt(self, prepared: Prepared, latest: layout.Latest) -> None:
        self._snapshot.renew()
        self._latest, self._laid = latest, None
        for name in prepared.changes:
            self._trees[name].adopt()
        for name, operations in prepared.operations.items():
            prefix = self._prefixes[name]
            for key, value in operations:
                self._reader.written(prefix + key, value)
            self._reader.filled(name, operations)

    def preload(self) -> bool:
        """Take some more nodes of the kept levels into memory; tell whether there are more. Raises: StoreDamaged."""
        return any(tree.preload() for tree in self._trees.values())

    def at(self, version: int) -> VersionReader:
        """Open a kept version, for one thread; close it after use. Raises: UnknownVersion."""
        snapshot = self._backend.snapshot()
        try:
            return VersionReader(snapshot, self._ids, version)
        except StoreError:
            snapshot.close()
            raise

    def prove(self, version: int, store: str, key: bytes) -> StoreProof:
        """Prove the value or the absence of a key at a kept version.

        Raises: UnknownVersion, UnknownStore, StoreDamaged; ValueError when the store was empty.
        """
        with self.at(version) as reader:
            nodes, root = reader.tree(store)
            if not root:
                raise ValueError(f"store {store!r} is empty at {version}: it proves nothing")
            return prove_pair(nodes, root, reader.roots, version=version, store=store, key=key)

    def prove_range(self, version: int, store: str, wanted: Range) -> tuple[bytes, bytes] | None:
        """Prove the first pairs of a range at a kept version; None when it is empty.

        Raises: UnknownVersion, UnknownStore, StoreDamaged.
        """
        with self.at(version) as reader:
            nodes, root = reader.tree(store)
            return prove_range(nodes, root, reader.roots, store=store, wanted=wanted)

    def is_behind(self) -> bool:
        """Return whether another process has committed a newer version."""
        snapshot = self._backend.snapshot()
        try:
            latest = layout.read_latest(snapshot.getter(layout.META)(layout.LATEST))
        finally:
            snapshot.close()
        return latest is not None and latest.version != self.version

    def refresh(self) -> None:
        """Follow the commits of another process; drops what is prepared."""
        self._prepared = None
        self._snapshot.renew()
        self._open()
        # Who follows another process commits nothing, and reading it takes long on a busy chain.
        self._window = None

    def close(self) -> None:
        """Release the snapshot and the backend."""
        self._snapshot.close()
        self._backend.close()
