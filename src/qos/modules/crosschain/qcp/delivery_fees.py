"""Delivery is paid (Q15): a request's sender escrows a fee for whoever delivers it, named by the result.

A chain may pay for its own users instead: from a deposit here, which whoever delivers its requests here draws on at
once. Nobody is ever owed anything from a deposit, so what is left of one can be taken back at any time.
"""

from collections.abc import Iterator, Sequence

from qos.base.amounts import mul_div_floor
from qos.base.identifiers import Address, is_denom, module_address
from qos.machine.context import Context
from qos.machine.genesis import BadGenesis
from qos.machine.scope import attempt
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.service_errors import BadDeposit, NoDeposit
from qos.modules.crosschain.qcp.state import CLAIMS, DEPOSITS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    Deposit,
    MsgDeposit,
    MsgDepositResponse,
    MsgWithdrawDeposit,
    MsgWithdrawDepositResponse,
    Peer,
    Pending,
)
from qos.store.access import Reads
from qos.store.keys import TEXT

FULL_QUEUE = 10_000
"""So many undelivered packets double the fee."""
PAY_GAS = 60_000
"""Crediting a fee."""
DEPOSIT_NAME = "qcp_deposits"
DEPOSIT_ACCOUNT = module_address(DEPOSIT_NAME)


def undelivered(ctx: Reads, peer: Peer) -> int:
    """Return how many packets were sent to a peer and not acknowledged."""
    state = peers.queue_state(ctx, peer)
    return state.outbox - state.acknowledged


def due(ctx: Reads, peer: Peer) -> Coin | None:
    """Return what a request to a peer escrows now: quote x (1 + undelivered / 10 000), the second part rounded down."""
    quote = figures(ctx).delivery_quote
    if quote is None:
        return None
    more = mul_div_floor(quote.amount, undelivered(ctx, peer), FULL_QUEUE)
    return Coin(denom=quote.denom, amount=quote.amount + more)


def escrow(ctx: Context, peer: Peer, payer: Address) -> Coin | None:
    """Take the fee for a request that is about to be sent. Raises: AssetPaused, InsufficientFunds."""
    fee = due(ctx, peer)
    if fee is not None:
        bank.move(ctx, payer, ESCROW, fee)
        bank.emit_transfer(ctx, payer, ESCROW, (fee,))
    return fee


def pay(ctx: Context, pending: Pending, deliverer: Address) -> None:
    """Pay a request's fee to who delivered it, or back to who paid it when nobody did or can be paid; never fails."""
    fee = pending.delivery_fee
    if fee is None or (deliverer and _credited(ctx, ESCROW, deliverer, fee)):
        return
    if not _credited(ctx, ESCROW, pending.refund_address, fee):
        key = (pending.refund_address, 0, fee.denom)
        CLAIMS.set(ctx, key, (CLAIMS.get(ctx, key) or 0) + fee.amount)


def draw(ctx: Context, peer: Peer, deliverer: Address, requests: int) -> None:
    """Pay for requests of a peer that were delivered here, as far as the first of its deposits reaches."""
    quote = figures(ctx).delivery_quote
    if quote is None or not requests:
        return
    within = TEXT.encode(peer.chain_id) + TEXT.encode(quote.denom)
    for key, left in tuple(DEPOSITS.items(ctx, within, limit=1)):
        amount = min(left, quote.amount * requests)
        if _credited(ctx, DEPOSIT_ACCOUNT, deliverer, Coin(denom=quote.denom, amount=amount)):
            _set_left(ctx, key, left - amount)


def _credited(ctx: Context, giver: Address, taker: Address, coin: Coin) -> bool:
    def give(inner: Context) -> None:
        bank.receive_from_outside(inner, taker)
        bank.move(inner, giver, taker, coin)
        bank.emit_transfer(inner, giver, taker, (coin,))

    return attempt(ctx, give, gas_limit=PAY_GAS).ok


def deposit(ctx: Context, msg: MsgDeposit) -> MsgDepositResponse:
    """Put something down for the deliveries of a peer's requests to this chain.

    Raises: UnknownPeer, BadDeposit, InvalidCoins, AssetPaused, InsufficientFunds.
    """
    peer = peers.require(ctx, msg.chain_id)
    quote = figures(ctx).delivery_quote
    if quote is None or msg.amount.denom != quote.denom:
        wanted = "not paid on this chain" if quote is None else f"paid in {quote.denom}"
        raise BadDeposit(f"deliveries are {wanted}")
    bank.check_coins((msg.amount,))
    bank.move(ctx, msg.owner, DEPOSIT_ACCOUNT, msg.amount)
    bank.emit_transfer(ctx, msg.owner, DEPOSIT_ACCOUNT, (msg.amount,))
    key = (peer.chain_id, msg.amount.denom, msg.owner)
    _set_left(ctx, key, (DEPOSITS.get(ctx, key) or 0) + msg.amount.amount)
    return MsgDepositResponse()


def withdraw_deposit(ctx: Context, msg: MsgWithdrawDeposit) -> MsgWithdrawDepositResponse:
    """Take back what is left of one's own deposit. Raises: InvalidCoins, NoDeposit, AssetPaused."""
    bank.check_coins((msg.amount,))
    key = (msg.chain_id, msg.amount.denom, msg.owner)
    left = DEPOSITS.get(ctx, key) or 0
    if left < msg.amount.amount:
        raise NoDeposit(f"{left}{msg.amount.denom} is left of this deposit: ask for no more")
    _set_left(ctx, key, left - msg.amount.amount)
    bank.move(ctx, DEPOSIT_ACCOUNT, msg.owner, msg.amount)
    bank.emit_transfer(ctx, DEPOSIT_ACCOUNT, msg.owner, (msg.amount,))
    return MsgWithdrawDepositResponse()


def _set_left(ctx: Context, key: tuple[str, str, Address], amount: int) -> None:
    if amount:
        DEPOSITS.set(ctx, key, amount)
    else:
        DEPOSITS.delete(ctx, key)


def listed(ctx: Reads, chain_id: str = "") -> Iterator[Deposit]:
    """Yield the deposits for a chain, or all, in order of chain, asset and owner."""
    within = TEXT.encode(chain_id) if chain_id else b""
    for (chain, denom, owner), amount in DEPOSITS.items(ctx, within):
        yield Deposit(chain_id=chain, owner=owner, amount=Coin(denom=denom, amount=amount))


def load(ctx: Context, deposits: Sequence[Deposit]) -> None:
    """Import deposits. Raises: BadGenesis."""
    accounts.ensure_module_account(ctx, DEPOSIT_NAME)
    for each in deposits:
        if each.amount.amount <= 0 or not is_denom(each.amount.denom):
            raise BadGenesis(f"qcp: a deposit for {each.chain_id[:40]!r} is no positive amount of an asset")
        DEPOSITS.set(ctx, (each.chain_id, each.amount.denom, each.owner), each.amount.amount)
