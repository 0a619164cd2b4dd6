"""Verifying the signatures of a block beside its execution.

A node that catches up executes transactions it has never checked. libsecp256k1 leaves the interpreter to others while
it computes; so a second thread verifies from the last transaction backwards, until it meets the machine. How far it
comes changes nothing but the time: what it found good is remembered as a check would have, what it did not come to or
did not find good is verified, and refused, in its turn.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from qos.base.errors import RuleViolation
from qos.machine.admission import Admission, Claim
from qos.machine.context import Context

Spare = Callable[[Callable[[], None]], Callable[[], None]]
"""Begins some work on another thread; what it returns waits for its end and raises what ended it."""

FEWEST = 16
"""Fewer unverified transactions are not worth waking a thread up."""


class _Work:
    """Claims not yet looked at, the next one last."""

    __slots__ = ("_admission", "_claims", "_is_over")

    def __init__(self, admission: Admission, claims: list[Claim]) -> None:
        self._admission = admission
        self._claims = claims
        self._is_over = False

    def run(self) -> None:
        while self._claims and not self._is_over:
            with suppress(RuleViolation):  # the machine refuses it in its turn
                self._admission.verify(self._claims.pop())

    def end(self) -> None:
        self._is_over = True


@contextmanager
def verified_ahead(spare: Spare | None, admission: Admission, ctx: Context, txs: Sequence[bytes]) -> Iterator[None]:
    """Verify on a spare thread, while the body executes a block's transactions, those nobody has checked before."""
    claims = [] if spare is None else admission.claims(ctx, txs)
    if spare is None or len(claims) < FEWEST:
        yield
        return
    work = _Work(admission, claims)
    wait = spare(work.run)
    try:
        yield
    finally:
        work.end()
        wait()
