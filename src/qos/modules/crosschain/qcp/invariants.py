"""What must hold of QCP after every block."""

from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address
from qos.machine.context import ReadContext
from qos.modules.assets.bank.state import ASSETS, BALANCES
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.delivery_fees import DEPOSIT_ACCOUNT
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.packets import payload_hash
from qos.modules.crosschain.qcp.state import (
    CLAIMS,
    CLIENTS,
    DEPOSITS,
    HEADERS,
    OUTBOX,
    OUTSTANDING,
    PEERS,
    PENDING,
    PRUNED,
    QUEUE_ID,
    RECEIPTS,
    RELEASES,
    RUNNING,
    VOUCHERS,
    WAITING,
    WAITING_COINS,
    WAITING_OF,
)
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Packet, PacketKind, Peer
from qos.store.keys import LENGTH_ADDRESS


def escrow_is_accounted(ctx: ReadContext) -> None:
    """The escrow holds what is out at peers, waits for a result, a release or a claim: no more, no less."""
    owed: dict[str, int] = {}
    for (_, denom), amount in OUTSTANDING.items(ctx):
        owed[denom] = owed.get(denom, 0) + amount
    for _, pending in PENDING.items(ctx):
        if pending.coin is not None and not pending.burned:
            owed[pending.coin.denom] = owed.get(pending.coin.denom, 0) + pending.coin.amount
        if pending.delivery_fee is not None:
            fee = pending.delivery_fee
            owed[fee.denom] = owed.get(fee.denom, 0) + fee.amount
    for _, release in RELEASES.items(ctx):
        if not release.minted:
            owed[release.coin.denom] = owed.get(release.coin.denom, 0) + release.coin.amount
    for (_, burned, denom), amount in CLAIMS.items(ctx):
        if not burned:
            owed[denom] = owed.get(denom, 0) + amount
    held = {denom: amount for (_, denom), amount in BALANCES.items(ctx, LENGTH_ADDRESS.encode(ESCROW))}
    if held != owed:
        raise InvariantBroken(f"the escrow holds {held}, the records say {owed}")


def deposits_are_accounted(ctx: ReadContext) -> None:
    """The account of deposits holds what the records say: no more, no less."""
    owed: dict[str, int] = {}
    for (_, denom, _), amount in DEPOSITS.items(ctx):
        owed[denom] = owed.get(denom, 0) + amount
    held = {denom: amount for (_, denom), amount in BALANCES.items(ctx, LENGTH_ADDRESS.encode(DEPOSIT_ACCOUNT))}
    if held != owed:
        raise InvariantBroken(f"the deposits hold {held}, the records say {owed}")


def queues_have_no_gap(ctx: ReadContext) -> None:
    """Outbox rows and receipts run from the first kept to the counters; only unanswered requests are pending."""
    if RUNNING.get(ctx) is not None:
        raise InvariantBroken("a payload is marked as running between blocks")
    for _, peer in PEERS.items(ctx):
        _check_queue(ctx, peer)


def _check_queue(ctx: ReadContext, peer: Peer) -> None:
    state = peers.queue_state(ctx, peer)
    sent = list(OUTBOX.items(ctx, QUEUE_ID.encode(peer.outgoing)))
    received = [sequence for (_, sequence), _ in RECEIPTS.items(ctx, QUEUE_ID.encode(peer.incoming))]
    forgotten, receipts_forgotten = PRUNED.get(ctx, peer.outgoing) or 0, PRUNED.get(ctx, peer.incoming) or 0
    if [sequence for (_, sequence), _ in sent] != list(range(forgotten + 1, state.outbox + 1)):
        raise InvariantBroken(f"the outbox to {peer.chain_id} has a gap")
    if received != list(range(receipts_forgotten + 1, state.inbox + 1)) or state.acknowledged > state.outbox:
        raise InvariantBroken(f"the inbox from {peer.chain_id} has a gap, or acknowledges what was not sent")
    if any(sequence > state.inbox for (_, sequence), _ in RELEASES.items(ctx, QUEUE_ID.encode(peer.incoming))):
        raise InvariantBroken(f"a packet of {peer.chain_id} that has not come brought what is held back")
    packets = {key: codec.decode(Packet, encoded) for key, encoded in sent}
    for key, pending in PENDING.items(ctx, QUEUE_ID.encode(peer.outgoing)):
        found = packets.get(key)
        if found is None or found.kind != PacketKind.PACKET_KIND_REQUEST:
            raise InvariantBroken(f"a pending record of {peer.chain_id} has no request")
        if pending.payload_hash != payload_hash(found.payload_type, found.payload):
            raise InvariantBroken(f"a pending record of {peer.chain_id} names another payload")


def vouchers_are_named_by_their_path(ctx: ReadContext) -> None:
    """Every voucher is an asset of the ledger and its name is the hash of where it came from."""
    for denom, voucher in VOUCHERS.items(ctx):
        if voucher.denom != denom or voucher_denom(voucher.path, voucher.base_denom) != denom:
            raise InvariantBroken(f"voucher {denom} is not named by its path")
        if not ASSETS.has(ctx, denom):
            raise InvariantBroken(f"voucher {denom} is no asset")


def waiting_requests_are_counted(ctx: ReadContext) -> None:
    """The counts of waiting requests and sums of what they hold are those of the pending records."""
    total: dict[bytes, int] = {}
    held: dict[tuple[bytes, str], int] = {}
    own: dict[tuple[bytes, Address], int] = {}
    for (outgoing, _), pending in PENDING.items(ctx):
        total[outgoing] = total.get(outgoing, 0) + 1
        sender = (outgoing, pending.refund_address)
        own[sender] = own.get(sender, 0) + 1
        if pending.coin is not None and not pending.burned:
            asset = (outgoing, pending.coin.denom)
            held[asset] = held.get(asset, 0) + pending.coin.amount
    if {queue: count for queue, count in WAITING.items(ctx) if count} != total or dict(WAITING_OF.items(ctx)) != own:
        raise InvariantBroken("the counts of waiting requests are not those of the pending records")
    if dict(WAITING_COINS.items(ctx)) != held:
        raise InvariantBroken("what waiting requests hold is not what the pending records say")


def clients_stand_on_a_header(ctx: ReadContext) -> None:
    """The header where trust in a peer begins is there, and so is the newest one."""
    for chain_id, state in CLIENTS.items(ctx):
        newest = HEADERS.get(ctx, (chain_id, state.height))
        if newest is None or newest.time != state.time or not HEADERS.has(ctx, (chain_id, state.floor)):
            raise InvariantBroken(f"the light client of {chain_id} lacks header {state.floor} or {state.height}")


INVARIANTS = (
    escrow_is_accounted,
    deposits_are_accounted,
    queues_have_no_gap,
    vouchers_are_named_by_their_path,
    waiting_requests_are_counted,
    clients_stand_on_a_header,
)
