"""The error tree.

`RuleViolation` is bad input: reported to whoever sent it, changes nothing.
`InvariantBroken` is our own bug: it stops the node and is never caught.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A stable (codespace, number) pair; numbers of a codespace are append-only and never 0."""

    codespace: str
    number: int


class QosError(Exception):
    """Root of every error QOS raises on purpose."""


class RuleViolation(QosError):
    """A request breaks a rule of the chain.

    Each rule has a class of its own with a `code`; the message is one sentence for people.
    """

    code: ClassVar[ErrorCode]

    @property
    def codespace(self) -> str:
        """Name of the list the number belongs to."""
        return self.code.codespace

    @property
    def number(self) -> int:
        """Stable number inside the codespace."""
        return self.code.number


class InvariantBroken(QosError):
    """The state contradicts itself: a bug of ours. Stops the node before the block is committed."""
