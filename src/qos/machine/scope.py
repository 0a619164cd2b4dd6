"""All or nothing: the one place that catches a rule violation and rolls back."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from qos.base.errors import RuleViolation
from qos.machine.context import Context
from qos.machine.gas import GasMeter
from qos.proto.records.tendermint_abci import Event
from qos.store.overlay import Overlay

T = TypeVar("T")


class Outcome(NamedTuple, Generic[T]):
    """What became of an attempt: a value, or the violation that undid it."""

    value: T | None
    violation: RuleViolation | None
    gas_used: int

    @property
    def ok(self) -> bool:
        """Whether the changes were kept."""
        return self.violation is None


def attempt(ctx: Context, run: Callable[[Context], T], *, gas_limit: int | None = None) -> Outcome[T]:
    """Run rules in a scope of their own: changes, events and dues are kept on success, forgotten on a violation.

    Gas stays spent either way. With `gas_limit` the scope has a meter of its own with exactly that limit,
    whose use is then charged to the outer one. Any other exception passes through and stops the node.
    """
    meter = ctx.gas if gas_limit is None else GasMeter(gas_limit)
    before = meter.used
    events: list[Event] = []
    state = Overlay(ctx.state)
    inner = Context(state, ctx.block, meter, events, ctx.signers, ctx.routes)
    try:
        value: T | None = run(inner)
        violation: RuleViolation | None = None
    except RuleViolation as error:
        value, violation = None, error
    used = meter.used - before
    if gas_limit is not None:
        used = min(used, gas_limit)
        ctx.gas.consume(used)
    if violation is None:
        state.flush()
        ctx.events.extend(events)
        ctx.dues.extend(inner.dues)
    return Outcome(value=value, violation=violation, gas_used=used)
