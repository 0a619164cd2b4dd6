"""Whose turn it is to deliver (R1)."""

from collections.abc import Sequence

from qos.base.blocktime import MILLISECOND_NS, SECOND_NS

ATTEMPT_NS = 10 * SECOND_NS


def attempt_at(fixed_at_ms: int, now_ns: int) -> int:
    """Return which attempt it is: attempt k begins k x 10 s after round one ended."""
    return max(now_ns - fixed_at_ms * MILLISECOND_NS, 0) // ATTEMPT_NS


def leader(keys: Sequence[bytes], batch: int, attempt: int) -> bytes:
    """Return the key of the member whose turn an attempt is: sorted keys [(batch + attempt) mod n]."""
    return sorted(keys)[(batch + attempt) % len(keys)]
