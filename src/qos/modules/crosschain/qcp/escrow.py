"""Where what waits or is out elsewhere is held (Q13, L3): an account of the module, accounted by records alone."""

from qos.base.identifiers import module_address
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.types import Held

ESCROW_NAME = "qcp_escrow"
ESCROW = module_address(ESCROW_NAME)


def give(ctx: Context, held: Held) -> None:
    """Pay what is held, from escrow or newly minted. Raises: AssetPaused, AmountTooLarge; then nothing is given."""
    if held.coin is None:
        return
    if held.burned:
        bank.mint(ctx, held.refund_address, held.coin)
    else:
        bank.move(ctx, ESCROW, held.refund_address, held.coin)
    bank.emit_transfer(ctx, ESCROW, held.refund_address, (held.coin,))
