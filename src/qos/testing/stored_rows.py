"""What a node table must have: for tests that nothing is lost and nothing is left behind."""

from qos_native import row_key

from qos.store.multistore import MultiStore
from qos.store.node import REF_BYTES


def rows_in_use(store: MultiStore, name: str) -> set[bytes]:
    """Return the keys of the rows that have a node of any kept version of a store; each such node is read."""
    used: set[bytes] = set()
    for version in range(store.oldest_version, store.version + 1):
        with store.at(version) as reader:
            nodes, root = reader.tree(name)
            waiting = [root] if root else []
            while waiting:
                node = nodes.load(waiting.pop())
                used.add(row_key(node.link[:REF_BYTES]))
                waiting += [node.left_link, node.right_link] if node.height else []
    return used
