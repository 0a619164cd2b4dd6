"""What must hold after every fault, asked of the nodes as any client could ask."""

from base64 import b64decode
from collections import Counter
from hashlib import sha256
from typing import Any

import httpx

from qos.base.identifiers import BASE_DENOM, format_address
from tools.chaos.load import SINK
from tools.chaos.nets import ChaosFailed, Net, Node, until

PAGE = 20
AT_TIP_S = 10
"""How long a node may take to be at the tip again, once it was started."""


class Ledger:
    """What was compared so far: block and app hash of each height, and how often each transaction was in a block."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._compared = 0
        self.seen: Counter[bytes] = Counter()

    def compare(self) -> int:
        """Compare all new heights that every node has, and count their transactions; returns how many heights.

        Raises: ChaosFailed when two nodes differ.
        """
        tip = min(node.height() for node in self._net.nodes)
        for first in range(self._compared + 1, tip + 1, PAGE):
            last = min(first + PAGE - 1, tip)
            found = {node.number: hashes(node, first, last) for node in self._net.nodes}
            if len(set(found.values())) != 1:
                raise ChaosFailed(f"nodes differ between heights {first} and {last}: {found}")
            for height in range(first, last + 1):
                self._count(self._net.nodes[0].ask(f"block?height={height}"))
        compared, self._compared = max(tip, self._compared) - self._compared, max(tip, self._compared)
        return compared

    @property
    def heights(self) -> int:
        """How many heights were compared."""
        return self._compared

    def _count(self, answer: Any) -> None:
        for tx in answer["block"]["data"]["txs"] or ():
            self.seen[sha256(b64decode(tx)).digest()] += 1

    def settle(self, sent: list[bytes]) -> int:
        """Return how many transactions there were, each in exactly one block. Raises: ChaosFailed."""
        height = self._net.tip()
        until(lambda: min(node.height() for node in self._net.nodes) >= height, f"height {height} everywhere")
        self.compare()
        lost = [each.hex() for each in sent if self.seen[each] == 0]
        doubled = [each.hex() for each in sent if self.seen[each] > 1]
        if lost or doubled:
            raise ChaosFailed(f"{len(lost)} transactions are lost, {len(doubled)} stand twice: {(lost + doubled)[:3]}")
        for node in self._net.nodes:
            if _sunk(node) != len(sent):
                raise ChaosFailed(f"node {node.number} holds {_sunk(node)} of {len(sent)} transfers")
        return len(sent)


def hashes(node: Node, first: int, last: int) -> tuple[tuple[str, str], ...]:
    """Return block and app hash of a node's heights, the newest first."""
    metas = node.ask(f"blockchain?minHeight={first}&maxHeight={last}")["block_metas"]
    return tuple((meta["block_id"]["hash"], meta["header"]["app_hash"]) for meta in metas)


def _sunk(node: Node) -> int:
    """Return what the sink holds by this node's state, by its REST edge."""
    route = f"/cosmos/bank/v1beta1/balances/{format_address(SINK)}/by_denom?denom={BASE_DENOM}"
    answer = httpx.get(f"http://127.0.0.1:{node.config.rest.port}{route}", timeout=10).json()
    return int(answer["balance"]["amount"])
