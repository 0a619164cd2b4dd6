"""What a chain was before a fault: it may go on, and never become another one."""

from tools.chaos.checks import hashes
from tools.chaos.nets import ChaosFailed, Node

PAGE = 20


class History:
    """Block and app hash of every height seen so far."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, str]] = {}

    @property
    def height(self) -> int:
        """How many heights are known."""
        return len(self._known)

    def only_up_to(self, height: int) -> "History":
        """Return what is known of the first heights."""
        result = History()
        result._known = {each: pair for each, pair in self._known.items() if each <= height}
        return result

    def compare(self, node: Node) -> None:
        """Read the whole chain of a node. Raises: ChaosFailed when a known height has changed."""
        tip = node.height()
        for first in range(1, tip + 1, PAGE):
            found = hashes(node, first, min(first + PAGE - 1, tip))
            for height, pair in enumerate(reversed(found), first):
                if self._known.setdefault(height, pair) != pair:
                    raise ChaosFailed(f"height {height} was {self._known[height]} and is {pair}")
