"""In which order waiting transactions should be in a block: who pays more is first, each sender's own in sequence."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from qos.machine.abci import Terms


def by_price(offers: Sequence[Terms]) -> Iterator[int]:
    """Yield positions of offers, the best price first, the earlier of equals; a follower after who it follows (F2).

    An offer is ready when it is next in the line of each of its signers. Of two with one sequence the dearer is
    first. Offers that wait for each other are left out: no order could make them valid.
    """
    lines = _lines(offers)
    held = [len(terms.signers) for terms in offers]
    for line in lines.values():
        held[line[-1]] -= 1
    ready = [(-terms.price, position) for position, terms in enumerate(offers) if not held[position]]
    heapify(ready)
    while ready:
        _, position = heappop(ready)
        yield position
        for address, _ in offers[position].signers:
            line = lines[address]
            line.pop()
            if not line:
                continue
            held[line[-1]] -= 1
            if not held[line[-1]]:
                heappush(ready, (-offers[line[-1]].price, line[-1]))


def _lines(offers: Sequence[Terms]) -> dict[bytes, list[int]]:
    """Return the positions of each signer's offers, the next one last."""
    lines: dict[bytes, list[tuple[int, int, int]]] = {}
    for position, terms in enumerate(offers):
        for address, sequence in terms.signers:
            lines.setdefault(address, []).append((sequence, -terms.price, position))
    return {address: [position for _, _, position in sorted(line, reverse=True)] for address, line in lines.items()}
