"""Issuance run ahead without a chain: the same rules over plain integers, a block at a time or many at once.

Blocks that are evenly apart need not be made one by one. While the window holds that one interval d, the next block
mints floor(R x d / L), R the rest of the phase and L the time left. With R x d = q x L + m it is q, and after k blocks
of q the rest is R - k x q, the time L - k x d, and the remainder still m: so blocks mint exactly q as long as
m < L - k x d, which is ceil((L - m) / d) blocks. `steady` makes them in one step; there are few such steps in a phase.
The last block before the end of a phase may have less than d left: it mints what is left, which may be less than q.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qos.base.amounts import mul_div_ceil
from qos.modules.economics.mint.formulas import block_cap, block_reward, counted_interval
from qos.modules.economics.mint.params import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One phase: when it begins and ends in ms, and how much it mints in aqos."""

    begin_ms: int
    end_ms: int
    total: int


class Issuance:
    """Where issuance stands. `executed` counts the blocks that were made one by one."""

    __slots__ = (
        "_caps",
        "applied",
        "executed",
        "height",
        "phase",
        "position",
        "rules",
        "slots",
        "sum_ms",
        "terms",
        "time_ms",
    )

    def __init__(self, terms: Sequence[Terms], rules: Figures, *, time_ms: int = 0) -> None:
        """Begin with the window filled; `time_ms` is that of a block already made, 0 for none (I2)."""
        self.terms, self.rules = tuple(terms), rules
        self.applied = [0] * len(self.terms)
        self.phase, self.time_ms = 0, time_ms
        self.slots, self.sum_ms, self.position = [rules.block_ms] * rules.window, rules.window * rules.block_ms, 0
        self.height = self.executed = 0
        self._caps = [
            block_cap(each.total, each.end_ms - each.begin_ms, rules.block_ms, rules.cap_factor) for each in self.terms
        ]

    @property
    def minted(self) -> int:
        """What all phases have minted, in aqos."""
        return sum(self.applied)

    @property
    def done(self) -> bool:
        """Whether the last phase has minted all."""
        return self.applied[-1] == self.terms[-1].total

    def block(self, time_ms: int) -> int:
        """Make one block and return what it minted, as `operations.mint_block` does."""
        self.height += 1
        self.executed += 1
        phase, terms = self.phase, self.terms
        if phase < len(terms) and self.applied[phase] == terms[phase].total and time_ms >= terms[phase].end_ms:
            self.phase = phase = phase + 1
        if phase == len(terms):
            return 0
        if self.time_ms:
            entering, at = counted_interval(time_ms - self.time_ms, self.rules.longest_ms), self.position
            self.sum_ms += entering - self.slots[at]
            self.slots[at] = entering
            self.position = at + 1 if at + 1 < self.rules.window else 0
        self.time_ms = time_ms
        rest = terms[phase].total - self.applied[phase]
        reward = block_reward(rest, self.sum_ms, self.rules.window, terms[phase].end_ms - time_ms, self._caps[phase])
        self.applied[phase] += reward
        return reward

    def each(self, interval_ms: int, count: int) -> None:
        """Make blocks evenly apart, one by one."""
        for _ in range(count):
            self.block(self.time_ms + interval_ms)

    def steady(self, interval_ms: int, count: int) -> None:
        """Make blocks evenly apart, many at once where that is exact; the same state as by `each`."""
        filled = self.slots == [interval_ms] * self.rules.window
        single = 0 if filled else min(self.rules.window, count)
        self.each(interval_ms, single)
        left = count - single
        while left:
            made = self._evenly(interval_ms, left)
            if not made:
                self.each(interval_ms, 1)
            left -= made or 1

    def _evenly(self, interval_ms: int, most: int) -> int:
        """Make as many blocks as mint exactly alike, the window being full of their interval; returns how many."""
        if not 0 < interval_ms <= self.rules.longest_ms or self.phase == len(self.terms):
            return 0
        terms, cap = self.terms[self.phase], self._caps[self.phase]
        rest, left_ms = terms.total - self.applied[self.phase], terms.end_ms - self.time_ms - interval_ms
        if left_ms < interval_ms:
            return 0
        reward, remainder = divmod(rest * interval_ms, left_ms)
        if reward > cap:
            return 0
        count = min(mul_div_ceil(left_ms - remainder, 1, interval_ms), left_ms // interval_ms, most)
        self.applied[self.phase] += reward * count
        self.time_ms += interval_ms * count
        self.position = (self.position + count) % self.rules.window
        self.height += count
        return count
