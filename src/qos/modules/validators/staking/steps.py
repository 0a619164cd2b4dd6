"""What stake does at the end of a block: queues, drained a bounded number of items at a time (V8)."""

from typing import Final

from qos.machine.context import Context
from qos.modules.validators.staking import history, leaving, outflows, standing
from qos.modules.validators.staking.hooks import Hooks

ITEMS_A_BLOCK: Final = 1_000
"""Of all queues together."""


def end_block(ctx: Context, *, hooks: Hooks) -> None:
    """Carry slashes on, close validators, return bonds and pay what completes; remember the block.

    Evidence of a block was handled in its begin step: nothing completes before it (V3).
    """
    rest = ITEMS_A_BLOCK
    rest -= outflows.settle_some(ctx, hooks, rest)
    rest -= standing.begin_survival(ctx, max(rest, 0))
    rest -= standing.close_due(ctx, hooks, max(rest, 0))
    rest -= leaving.return_all(ctx, hooks, max(rest, 0))
    leaving.complete_due(ctx, hooks, max(rest, 0))
    history.remember(ctx)
