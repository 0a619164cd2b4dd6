"""What was read and not answered yet, of all connections; and whose turn it is.

Transactions to check come in thousands, everything else one at a time and while a block waits for it. So a connection
that brings transactions is served when no other one has anything, a few at a time. The thread that reads puts in,
the thread that runs the machine takes out.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from qos.engine.abci import wire

SLICE: Final = 64
"""Transactions checked in a row, 2 to 4 ms: how long a block may have to wait for them."""

MAX_CHECKS: Final = 20_000
"""Transactions that may wait to be checked; those above are answered without a look and not kept."""

UNREAD: Final = b""
"""Stands for a transaction that was not kept."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Contents of frames of one connection, in order; `UNREAD` where a transaction was not kept."""

    connection: int
    contents: tuple[bytes, ...]


class Backlog:
    """Waiting frames by connection number."""

    def __init__(self) -> None:
        self._waiting: dict[int, deque[bytes]] = {}
        self._bulk: dict[int, None] = {}
        self._checks = 0
        self._held: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not any(self._waiting.values())

    @property
    def is_holding(self) -> bool:
        """Whether a connection is held."""
        return self._held is not None

    def hold(self, turn: Turn) -> None:
        """Put a turn back in front of its connection's line, which then waits until it is released."""
        self._waiting[turn.connection].extendleft(reversed(turn.contents))
        self._held = turn.connection

    def release(self) -> None:
        """Let all connections have their turns again."""
        self._held = None

    def put(self, connection: int, contents: list[bytes]) -> None:
        """Add what a connection brought."""
        line = self._waiting.setdefault(connection, deque())
        for content in contents:
            if content[:1] == wire.CHECK_TX_HEAD:
                self._bulk[connection] = None
                self._checks += 1
                line.append(content if self._checks <= MAX_CHECKS else UNREAD)
            else:
                line.append(content)

    def take(self) -> Turn | None:
        """Return what is to be done next, None when nothing waits."""
        urgent = [
            each for each, line in self._waiting.items() if line and each not in self._bulk and each != self._held
        ]
        if urgent:
            line = self._waiting[urgent[0]]
            return Turn(urgent[0], (line.popleft(),))
        for connection in self._bulk:
            if line := self._waiting.get(connection, deque()):
                taken = tuple(line.popleft() for _ in range(min(SLICE, len(line))))
                self._checks -= sum(each == UNREAD or each[:1] == wire.CHECK_TX_HEAD for each in taken)
                return Turn(connection, taken)
        return None

    def drop(self, connection: int) -> None:
        """Forget a connection that closed, and what it still waits for."""
        line = self._waiting.pop(connection, deque())
        self._checks -= sum(each == UNREAD or each[:1] == wire.CHECK_TX_HEAD for each in line)
        self._bulk.pop(connection, None)
        if self._held == connection:
            self._held = None
