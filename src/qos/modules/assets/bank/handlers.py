"""Messages of the ledger."""

from qos.machine.context import Context
from qos.machine.errors import InvalidRequest
from qos.modules.assets.bank import operations
from qos.modules.assets.bank.errors import UnbalancedMultiSend
from qos.modules.assets.bank.operations import ValueFee
from qos.proto.records.cosmos_bank_v1beta1 import MsgMultiSend, MsgMultiSendResponse, MsgSend, MsgSendResponse
from qos.proto.records.cosmos_base_v1beta1 import Coin


def send(ctx: Context, msg: MsgSend, *, value_fee: ValueFee) -> MsgSendResponse:
    """Send assets to one account. Raises: as `operations.send`."""
    operations.send(ctx, msg.from_address, msg.to_address, msg.amount, value_fee)
    return MsgSendResponse()


def multi_send(ctx: Context, msg: MsgMultiSend, *, value_fee: ValueFee) -> MsgMultiSendResponse:
    """Send assets from one account to many; what goes in must come out to the unit. The input pays one value fee.

    Raises: InvalidRequest, InvalidCoins, UnbalancedMultiSend, and as `operations.send`.
    """
    if len(msg.inputs) != 1 or not msg.outputs:
        raise InvalidRequest("a multi-send has one input and at least one output: invalid request")
    giver = msg.inputs[0]
    operations.check_coins(giver.coins)
    totals: dict[str, int] = {}
    for output in msg.outputs:
        operations.check_coins(output.coins)
        for coin in output.coins:
            totals[coin.denom] = totals.get(coin.denom, 0) + coin.amount
    given = tuple(Coin(denom=denom, amount=totals[denom]) for denom in sorted(totals))
    if given != giver.coins:
        raise UnbalancedMultiSend("outputs do not add up to the input")
    due = operations.debit_with_fee(ctx, giver.address, giver.coins, value_fee)
    for output in msg.outputs:
        operations.receive_from_outside(ctx, output.address)
        for coin in output.coins:
            operations.credit(ctx, output.address, coin)
        operations.emit_transfer(ctx, giver.address, output.address, output.coins, due)
        due = None  # reported once, with the first output
    return MsgMultiSendResponse()
