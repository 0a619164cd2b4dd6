"""What QCP does at the end of every block, each step a bounded number of items (V8)."""

from qos.machine.context import Context
from qos.modules.crosschain.qcp import pruning, releases, retirement


def end_block(ctx: Context) -> None:
    """Pay what was held back long enough; clear retired queues and what queues may forget."""
    releases.pay_due(ctx)
    retirement.sweep(ctx)
    pruning.prune(ctx)
