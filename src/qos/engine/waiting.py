"""What waits: by transaction, by signer in order of sequence, by payer, by timeout, and from the cheapest end."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from qos.machine.abci import NOTHING_AHEAD, Ahead, Terms


class Waiting(NamedTuple):
    """A transaction in the mempool under its SHA-256. `arrival` counts up; a replacement keeps that of the replaced."""

    key: bytes
    tx: bytes
    terms: Terms
    arrival: int


class WaitingLines:
    """Holds waiting transactions. Each signer's stand in a line, in order of sequence and without gap.

    The worth of a transaction is the least price among it and those it follows: what a block that takes it is paid
    for each unit of gas at least. Along a line it never rises, so the cheapest stands at an end.
    """

    def __init__(self) -> None:
        self.entries: dict[bytes, Waiting] = {}
        self.size_bytes = 0
        self._lines: dict[bytes, dict[int, bytes]] = {}
        self._paid_by: dict[bytes, dict[bytes, None]] = {}
        self._promised: dict[bytes, int] = {}
        self._timeouts: dict[int, dict[bytes, None]] = {}
        self._worth: dict[bytes, int] = {}
        self._ends: list[tuple[int, int, bytes]] = []
        self._new_ends: list[tuple[int, int, bytes]] = []

    def __len__(self) -> int:
        return len(self.entries)

    def length(self, signer: bytes) -> int:
        """Return how many of a signer wait."""
        return len(self._lines.get(signer, ()))

    def taken(self, signer: bytes, sequence: int) -> int | None:
        """Return the sequence behind a signer's line when one that waits has this sequence."""
        line = self._lines.get(signer)
        return next(reversed(line)) + 1 if line is not None and sequence in line else None

    def in_place_of(self, terms: Terms) -> Waiting | None:
        """Return what waits with the same signers at the same sequences."""
        if not terms.signers:
            return None
        signer, sequence = terms.signers[0]
        key = self._lines.get(signer, {}).get(sequence)
        found = self.entries[key] if key is not None else None
        return found if found is not None and found.terms.signers == terms.signers else None

    def ahead(self, terms: Terms) -> Ahead:
        """Return what waits before a transaction; what waits in its place does not count."""
        before, promised = self.counts_before(terms), self._promised.get(terms.payer, 0)
        if not promised:
            return Ahead(before) if before else NOTHING_AHEAD
        same = self.in_place_of(terms)
        if same is not None and same.terms.payer == terms.payer:
            promised -= same.terms.fee
        return Ahead(before, promised) if before or promised else NOTHING_AHEAD

    def counts_before(self, terms: Terms) -> tuple[tuple[bytes, int], ...]:
        """Return how many of each signer wait before a transaction, of those with any."""
        found = []
        for signer, sequence in terms.signers:
            if signer in self._lines and (place := self._place(signer, sequence)):
                found.append((signer, place))
        return tuple(found)

    def _place(self, signer: bytes, sequence: int) -> int:
        line = self._lines.get(signer, {})
        return [*line].index(sequence) if sequence in line else len(line)

    def worth(self, terms: Terms) -> int:
        """Return what a transaction is or would be worth at its place."""
        return min([terms.price, *(self._worth[key] for key in self._before(terms))])

    def _before(self, terms: Terms) -> Iterator[bytes]:
        for signer, sequence in terms.signers:
            place = self._place(signer, sequence)
            if place:
                yield [*self._lines[signer].values()][place - 1]

    def add(self, entry: Waiting) -> None:
        """Put a transaction at the end of its signers' lines."""
        self._list(entry)
        worth = entry.terms.price
        for signer, sequence in entry.terms.signers:
            line = self._lines.get(signer)
            if line is None:
                self._lines[signer] = {sequence: entry.key}
            else:
                worth = min(worth, self._worth[next(reversed(line.values()))])
                line[sequence] = entry.key
        self._worth[entry.key] = worth
        self._offer_as_end(entry)

    def replace(self, old: Waiting, entry: Waiting) -> None:
        """Put a transaction into the place of another with the same signers and sequences."""
        self._unlist(old)
        self._list(entry)
        for signer, sequence in entry.terms.signers:
            self._lines[signer][sequence] = entry.key
        for key in self.followers(entry.key):
            self._assess(self.entries[key])

    def drop(self, key: bytes) -> None:
        """Take out a transaction and all that follow it; nothing happens when it does not wait."""
        for each in self.followers(key) if key in self.entries else ():
            self._take_out(self.entries[each])

    def settle(self, key: bytes) -> None:
        """Take out a transaction that is in a block: those behind it move up."""
        entry = self.entries[key]
        behind = self._behind(entry)
        self._take_out(entry)
        for each in behind:
            # What is worth its own price stays so, and with it all that follows.
            if self._worth[each] < self.entries[each].terms.price:
                for follower in self.followers(each):
                    self._assess(self.entries[follower])

    def _behind(self, entry: Waiting) -> list[bytes]:
        """Return what stands directly behind a transaction in its signers' lines."""
        found: list[bytes] = []
        for signer, sequence in entry.terms.signers:
            line = self._lines[signer]
            if next(reversed(line)) != sequence:
                found += islice((key for place, key in line.items() if place > sequence), 1)
        return found

    def followers(self, key: bytes) -> list[bytes]:
        """Return a transaction and all that can only be valid after it, by arrival."""
        if self._is_end(self.entries[key]):
            return [key]
        found: dict[bytes, None] = {key: None}
        todo = [key]
        while todo:
            for signer, sequence in self.entries[todo.pop()].terms.signers:
                later = [other for place, other in self._lines[signer].items() if place > sequence]
                todo.extend([other for other in later if other not in found])
                found.update(dict.fromkeys(later))
        return sorted(found, key=lambda each: self.entries[each].arrival)

    def _take_out(self, entry: Waiting) -> None:
        self._unlist(entry)
        for signer, sequence in entry.terms.signers:
            line = self._lines[signer]
            was_end = next(reversed(line)) == sequence
            del line[sequence]
            if not line:
                del self._lines[signer]
            elif was_end and (last := next(reversed(line.values()))) in self.entries:
                self._offer_as_end(self.entries[last])

    def _list(self, entry: Waiting) -> None:
        terms = entry.terms
        self.entries[entry.key] = entry
        self.size_bytes += len(entry.tx)
        self._paid_by.setdefault(terms.payer, {})[entry.key] = None
        self._promised[terms.payer] = self._promised.get(terms.payer, 0) + terms.fee
        if terms.timeout_height:
            self._timeouts.setdefault(terms.timeout_height, {})[entry.key] = None

    def _unlist(self, entry: Waiting) -> None:
        terms = entry.terms
        del self.entries[entry.key], self._worth[entry.key], self._paid_by[terms.payer][entry.key]
        self.size_bytes -= len(entry.tx)
        self._promised[terms.payer] -= terms.fee
        if not self._paid_by[terms.payer]:
            del self._paid_by[terms.payer], self._promised[terms.payer]
        if terms.timeout_height:
            del self._timeouts[terms.timeout_height][entry.key]
            if not self._timeouts[terms.timeout_height]:
                del self._timeouts[terms.timeout_height]

    def _assess(self, entry: Waiting) -> None:
        self._worth[entry.key] = self.worth(entry.terms)
        self._offer_as_end(entry)

    def _offer_as_end(self, entry: Waiting) -> None:
        """Note that a transaction may be an end: ends are put in order only when there is no room."""
        self._new_ends.append((self._worth[entry.key], -entry.arrival, entry.key))
        if len(self._ends) + len(self._new_ends) > 4 * len(self.entries) + 64:  # most are out of date
            self._ends = []
            self._new_ends = [(self._worth[key], -each.arrival, key) for key, each in self.entries.items()]

    def cheapest_ends(self) -> Iterator[tuple[int, Waiting]]:
        """Yield transactions nobody follows with their worth, the cheapest first, of equals the latest first."""
        first = self._cheapest_end()
        if first is None:
            return
        yield self._worth[first.key], first
        for worth, _, key in sorted(set(self._ends)):
            entry = self.entries.get(key)
            if entry is not None and entry is not first and self._worth[key] == worth and self._is_end(entry):
                yield worth, entry

    def _cheapest_end(self) -> Waiting | None:
        for each in self._new_ends:
            heappush(self._ends, each)
        self._new_ends.clear()
        while self._ends:
            worth, _, key = self._ends[0]
            entry = self.entries.get(key)
            if entry is not None and self._worth[key] == worth and self._is_end(entry):
                return entry
            heappop(self._ends)
        return None

    def _is_end(self, entry: Waiting) -> bool:
        return all([next(reversed(self._lines[signer])) == sequence for signer, sequence in entry.terms.signers])

    def expired(self, height: int) -> list[bytes]:
        """Return what may not be in a block after a height."""
        return [key for timeout, keys in self._timeouts.items() if timeout <= height for key in keys]

    def touching(self, people: Iterable[bytes]) -> list[Waiting]:
        """Return what these people signed or pay, by arrival."""
        found: dict[bytes, None] = {}
        for each in people:
            if each in self._lines:
                found.update(dict.fromkeys(self._lines[each].values()))
            if each in self._paid_by:
                found.update(self._paid_by[each])
        return sorted([self.entries[key] for key in found], key=lambda entry: entry.arrival)
