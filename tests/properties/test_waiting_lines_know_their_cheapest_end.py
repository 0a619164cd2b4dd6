"""[F2] Whatever came and went, each that waits is worth the least price up to it, and the cheapest end is found."""

from hypothesis import given
from hypothesis import strategies as st

from qos.engine.waiting import Waiting, WaitingLines
from qos.machine.abci import Terms

SIGNERS = [b"a", b"b", b"c"]
PRICES = st.integers(1, 4)
STEP = st.tuples(
    st.sampled_from(["add", "add", "add", "replace", "drop", "settle"]),
    st.lists(st.sampled_from(SIGNERS), min_size=1, max_size=3, unique=True),
    PRICES,
    st.integers(0, 30),
)


def lines_of(lines: WaitingLines) -> dict[bytes, list[Waiting]]:
    """Return every signer's line, from the entries alone."""
    found: dict[bytes, list[tuple[int, Waiting]]] = {signer: [] for signer in SIGNERS}
    for entry in lines.entries.values():
        for signer, sequence in entry.terms.signers:
            found[signer].append((sequence, entry))
    return {signer: [entry for _, entry in sorted(line)] for signer, line in found.items()}


def worths_of(lines: WaitingLines) -> dict[bytes, int]:
    """Return what each is worth: the least of its price and what those directly before it are worth."""
    by_signer = lines_of(lines)
    worths: dict[bytes, int] = {}
    for entry in sorted(lines.entries.values(), key=lambda each: each.arrival):
        before = [line[line.index(entry) - 1] for line in by_signer.values() if entry in line[1:]]
        worths[entry.key] = min([entry.terms.price, *(worths[each.key] for each in before)])
    return worths


def cheapest_ends(lines: WaitingLines) -> list[tuple[int, Waiting]]:
    """Return the ends of all lines, the cheapest first, of equals the latest first."""
    last = {line[-1].key for line in lines_of(lines).values() if line}
    inner = {each.key for line in lines_of(lines).values() for each in line[:-1]}
    worths = worths_of(lines)
    ends = [(worths[key], lines.entries[key]) for key in last - inner]
    return sorted(ends, key=lambda each: (each[0], -each[1].arrival))


@given(st.lists(STEP, max_size=60))
def test_worth_and_ends_follow_from_what_waits(steps: list[tuple[str, list[bytes], int, int]]) -> None:
    lines, following = WaitingLines(), dict.fromkeys(SIGNERS, 0)
    for arrival, (what, signers, price, chosen) in enumerate(steps, 1):
        known = list(lines.entries.values())
        old = known[chosen % len(known)] if known else None
        if what == "add" or old is None:
            terms = Terms(tuple((each, following[each]) for each in signers), signers[0], 7, 1, price, 0)
            following.update({each: following[each] + 1 for each in signers})
            lines.add(Waiting(key=b"%d" % arrival, tx=b"tx", terms=terms, arrival=arrival))
        elif what == "replace":
            lines.replace(old, Waiting(b"%d" % arrival, b"tx", old.terms._replace(price=price), old.arrival))
        elif what == "drop":
            lines.drop(old.key)
            for signer, line in lines_of(lines).items():
                following[signer] = dict(line[-1].terms.signers)[signer] + 1 if line else following[signer]
        else:
            lines.settle(old.key)
        if chosen % 3 == 0:
            assert list(lines.cheapest_ends()) == cheapest_ends(lines)
        assert {key: lines.worth(entry.terms) for key, entry in lines.entries.items()} == worths_of(lines)
    assert list(lines.cheapest_ends()) == cheapest_ends(lines)
