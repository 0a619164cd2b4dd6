"""Putting off a proposal that would be empty, so that a chain on which nothing happens makes few blocks.

CometBFT puts its next block off by itself only while blocks leave the app hash as it was. A chain that writes something
with each of them (issuance, headers it remembers) would otherwise make blocks without a pause where none is set, and a
transaction would wait for the one under way. The engine asks for a proposal and waits for the answer, which may take a
while. Only a sole validator's does: an engine that waits takes in nothing its peers say, votes or transactions.

Times are ms of the caller's clock.
"""

from dataclasses import dataclass

from qos.engine.abci.backlog import Backlog, Turn
from qos.engine.abci.handler import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """How long behind the last block an empty one comes, and how long at most the engine waits for a proposal."""

    after_block_ms: int
    at_most_ms: int


AT_ONCE = Quiet(after_block_ms=0, at_most_ms=0)
"""Nothing is put off."""


class Patience:
    """Says whose turn it is, as the backlog does, but for a proposal of nothing whose time has not come."""

    __slots__ = ("_backlog", "_committed_ms", "_handler", "_put_off", "_quiet", "_until_ms")

    def __init__(self, backlog: Backlog, handler: Handler, quiet: Quiet) -> None:
        self._backlog = backlog
        self._handler = handler
        self._quiet = quiet
        self._committed_ms = 0
        self._until_ms = 0
        self._put_off = b""

    def committed(self, now_ms: int) -> None:
        """Note that a block is committed."""
        self._committed_ms = now_ms

    def take(self, now_ms: int) -> Turn | None:
        """Return what is to be done next, None when nothing is. The machine must be free."""
        if now_ms >= self._until_ms or self._handler.has_waiting:
            self._backlog.release()
        turn = self._backlog.take()
        if turn is None or not self._is_early(turn, now_ms):
            return turn
        self._put_off = turn.contents[0]
        self._backlog.hold(turn)
        return self._backlog.take()

    def _is_early(self, turn: Turn, now_ms: int) -> bool:
        """Tell whether a turn is put off, and note until when: each request once."""
        content = turn.contents[0]
        if content == self._put_off or not self._handler.may_wait(content):
            return False
        quiet = self._quiet
        self._until_ms = min(self._committed_ms + quiet.after_block_ms, now_ms + quiet.at_most_ms)
        return now_ms < self._until_ms

    def left_ms(self, now_ms: int) -> int | None:
        """Return how long to wait when nothing comes in, None for as long as it takes."""
        return max(self._until_ms - now_ms, 0) if self._backlog.is_holding else None
