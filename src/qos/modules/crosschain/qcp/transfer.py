"""The payload `transfer`: assets are escrowed at home and are vouchers abroad (Q13).

A voucher's path lists the queues the asset came in by, first the one nearest to its home. An asset whose last
hop is the queue it leaves by goes home: the voucher is burned there and the escrow released here. What a peer
may return is what it confirmed to hold: results come before anything their receivers send, so an escrow that
waits for its result cannot be drawn on.
"""

import re
from hashlib import sha256

from qos.base.encoding import length_prefixed
from qos.base.identifiers import Address, is_denom
from qos.machine.context import Context
from qos.machine.errors import InvalidCoins
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.state import METADATA
from qos.modules.crosschain.qcp import outstanding, releases
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.packet_errors import BadPayload, PathTooLong
from qos.modules.crosschain.qcp.packets import QUEUE_ID_BYTES
from qos.modules.crosschain.qcp.state import VOUCHERS
from qos.modules.crosschain.qcp.types import Delivered, Held, Request
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import DenomUnit, Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import AssetTransfer, MsgSendTransfer, Peer, Voucher
from qos.store.access import Reads

PAYLOAD_TYPE = "transfer"
PAYLOAD_GAS = 60_000
"""Enough for the first arrival of an asset for a new account, the dearest case."""
MAX_HOPS = 8
MAX_SYMBOL_BYTES = 32
VOUCHER_PREFIX = "qcp/"
_SYMBOL = re.compile(r"[A-Za-z0-9@._-]{0,32}", re.ASCII)


def voucher_denom(path: tuple[bytes, ...], base_denom: str) -> str:
    """Return what an asset is called abroad: `qcp/` and the SHA-256 of its length-prefixed path and denomination."""
    return VOUCHER_PREFIX + sha256(length_prefixed(*path, base_denom.encode())).hexdigest()


def take(ctx: Context, peer: Peer, msg: MsgSendTransfer) -> tuple[AssetTransfer, Held]:
    """Escrow or burn what leaves, and return the payload that carries it.

    Raises: InvalidCoins, PathTooLong, AssetPaused, InsufficientFunds.
    """
    coin = msg.amount
    if coin.amount <= 0 or not is_denom(coin.denom):
        raise InvalidCoins(f"{coin.amount}{coin.denom[:128]} is no positive amount of an asset: invalid coins")
    voucher = VOUCHERS.get(ctx, coin.denom) or Voucher(denom=coin.denom, base_denom=coin.denom)
    goes_home = voucher.path[-1:] == (peer.incoming,)
    if goes_home:
        bank.burn(ctx, msg.sender, coin)
    elif len(voucher.path) >= MAX_HOPS:
        raise PathTooLong(f"{coin.denom} has come over {len(voucher.path)} hops and goes no further")
    else:
        bank.move(ctx, msg.sender, ESCROW, coin)
        bank.emit_transfer(ctx, msg.sender, ESCROW, (coin,))
    transfer = AssetTransfer(
        path=voucher.path,
        denom=voucher.base_denom,
        amount=coin.amount,
        sender=msg.sender,
        recipient=msg.recipient,
        symbol=_symbol_of(ctx, coin.denom),
        memo=msg.memo,
    )
    return transfer, Held(refund_address=msg.sender, coin=coin, burned=goes_home)


def request_of(transfer: AssetTransfer, timeout_ns: int) -> Request:
    """Return the request that carries a transfer."""
    return Request(payload_type=PAYLOAD_TYPE, payload=codec.encode(transfer), gas=PAYLOAD_GAS, timeout_ns=timeout_ns)


def _symbol_of(ctx: Reads, denom: str) -> str:
    found = METADATA.get(ctx, denom)
    symbol = found.symbol if found is not None else ""
    return symbol if _SYMBOL.fullmatch(symbol) else ""


def receive(ctx: Context, delivered: Delivered) -> bytes:
    """Credit an asset that arrived: from escrow when it came home, else as a voucher; later when above its limit.

    Raises: MalformedBytes, MalformedField, BadPayload, RecipientNotAllowed, NotOutstanding, PathTooLong, AssetPaused,
    AmountTooLarge.
    """
    peer = delivered.peer
    transfer = _checked(codec.decode(AssetTransfer, delivered.packet.payload))
    bank.receive_from_outside(ctx, transfer.recipient)
    goes_home = transfer.path[-1:] == (peer.outgoing,)
    if goes_home:
        coin = _home_coin(transfer)
        outstanding.returned(ctx, peer, coin)
    else:
        coin = _voucher_coin(ctx, peer, transfer)
    releases.pay(ctx, delivered, transfer.recipient, coin, minted=not goes_home)
    return b""


def _checked(transfer: AssetTransfer) -> AssetTransfer:
    if transfer.amount <= 0 or not is_denom(transfer.denom) or transfer.denom.startswith(VOUCHER_PREFIX):
        raise BadPayload("a transfer carries a positive amount of an asset under the name it has at home")
    if any(len(hop) != QUEUE_ID_BYTES for hop in transfer.path):
        raise BadPayload(f"a hop is a queue id of {QUEUE_ID_BYTES} bytes")
    if not _SYMBOL.fullmatch(transfer.symbol):
        raise BadPayload("a symbol has letters, digits and @ . _ - only")
    return transfer


def _home_coin(transfer: AssetTransfer) -> Coin:
    rest = transfer.path[:-1]
    return Coin(denom=voucher_denom(rest, transfer.denom) if rest else transfer.denom, amount=transfer.amount)


def _voucher_coin(ctx: Context, peer: Peer, transfer: AssetTransfer) -> Coin:
    path = (*transfer.path, peer.incoming)
    if len(path) > MAX_HOPS:
        raise PathTooLong(f"the asset has come over {len(path)} hops, at most {MAX_HOPS} are kept")
    denom = voucher_denom(path, transfer.denom)
    if not VOUCHERS.has(ctx, denom):
        # Always with the chain we know it from: what stands before is that chain's word alone.
        shown = f"{transfer.symbol or transfer.denom[:MAX_SYMBOL_BYTES]}@{peer.chain_id}"
        VOUCHERS.set(ctx, denom, Voucher(denom=denom, path=path, base_denom=transfer.denom, symbol=shown))
        bank.create_asset(ctx, _metadata(denom, shown), Address(b""))
    return Coin(denom=denom, amount=transfer.amount)


def _metadata(denom: str, shown: str) -> Metadata:
    return Metadata(
        description=f"Voucher for {shown}, redeemable on the chain it came from",
        denom_units=(DenomUnit(denom=denom),),
        base=denom,
        display=denom,
        name=shown,
        symbol=shown,
    )
