"""How soon a transaction should be in a block."""

from enum import StrEnum


class Speed(StrEnum):
    """The offers a chain quotes, dearer the sooner."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"
