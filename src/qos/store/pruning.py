"""Which nodes die when a version leaves the window, spread over 32 blocks.

A random delete dirties a page of its own; so dead nodes are sorted into buckets by the chunk of the
node table they lie in, and each block deletes one bucket: a page is rewritten once in 32 blocks. The
orphan lists stay until their nodes are gone, so that a restart can fill the buckets again (deleting
twice does no harm).
"""

from collections.abc import Iterable

from qos.store.backend import Deletes

BUCKETS = 32


class Pruning:
    """The dead nodes of one store that are still stored."""

    __slots__ = ("_buckets", "_lists", "_table")

    def __init__(self, table: str) -> None:
        self._table = table
        self._buckets: list[list[bytes]] = [[] for _ in range(BUCKETS)]
        self._lists: list[tuple[int, bytes]] = []

    def expire(self, version: int, row_key: bytes, refs: Iterable[bytes]) -> None:
        """Take the refs of one orphan list, from the commit of `version` on; its row goes last."""
        buckets = self._buckets
        for ref in refs:
            # Low byte of the version plus bits 16-23 of the nonce: 65 536 neighbours share a bucket.
            buckets[(ref[7] + ref[9]) % BUCKETS].append(ref)
        self._lists.append((version + BUCKETS, row_key))

    def take(self, version: int) -> tuple[Deletes, list[bytes]]:
        """Return the deletes of this commit and the orphan rows that are done with."""
        bucket = self._buckets[version % BUCKETS]
        self._buckets[version % BUCKETS] = []
        bucket.sort()
        done = [row_key for due, row_key in self._lists if due <= version]
        self._lists = [(due, row_key) for due, row_key in self._lists if due > version]
        return Deletes(table=self._table, keys=bucket), done
