"""Refunds without relays (Q7): a header of the destination later than the timeout, and its inbox below the request.

A header shows the state before its own block. Whatever that block or a later one receives is received at the
header's time or later; so when the header is later than the timeout and the inbox it shows is below the request,
the request can only ever be consumed as expired. Its late result then finds no pending record and has no effect.
"""

from dataclasses import dataclass

from qos.base.blocktime import rfc3339
from qos.base.errors import InvariantBroken
from qos.machine.context import Context
from qos.modules.crosschain.qcp import client, peers, settlement, waiting
from qos.modules.crosschain.qcp.delivery import PROOF_BYTE_GAS, PROOF_GAS
from qos.modules.crosschain.qcp.errors import UnknownHeader
from qos.modules.crosschain.qcp.packet_errors import (
    AlreadySettled,
    NotExpired,
    NotProven,
    UnexpectedResult,
    WasReceived,
)
from qos.modules.crosschain.qcp.state import (
    INBOX_SEQUENCE,
    OUTBOX,
    OUTBOX_SEQUENCE,
    PENDING,
    PROVED_INBOX,
    REFUNDED,
    STORE,
)
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    InboxProof,
    MsgProveInbox,
    MsgProveInboxResponse,
    MsgRefundExpired,
    MsgRefundExpiredResponse,
    Packet,
    Peer,
    Pending,
)
from qos.store.ics23 import BadProof
from qos.store.proofs import proven_value
from qos.store.values import UINT


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenInbox:
    """The last of our packets a peer had received before the block of `time_ns`."""

    sequence: int
    time_ns: int


def refund_expired(ctx: Context, msg: MsgRefundExpired) -> MsgRefundExpiredResponse:
    """Give back what a request carried that missed its timeout; anybody may ask, a pause does not matter.

    Raises: Reentered, UnknownPeer, QueueFrozen, AlreadySettled, NotExpired, WasReceived, and as
    `proven_inbox`.
    """
    peers.refuse_while_running(ctx)
    # A frozen queue may be frozen because its headers contradict each other: then they prove nothing.
    peer = peers.require_open(ctx, msg.chain_id)
    key = (peer.outgoing, msg.sequence)
    pending = PENDING.require(ctx, key, lambda _: AlreadySettled(msg.sequence))
    seen = proven_inbox(ctx, peer, msg.proof)
    _check_too_late(seen, _timeout_of(ctx, peer, msg.sequence), msg.sequence)
    _note_proved(ctx, peer, seen)
    waiting.remove(ctx, *key, pending)
    REFUNDED.set(ctx, key, pending.payload_hash)
    settlement.refund(ctx, pending)
    _report(ctx, peer, msg.sequence, pending)
    return MsgRefundExpiredResponse()


def prove_inbox(ctx: Context, msg: MsgProveInbox) -> MsgProveInboxResponse:
    """Note how far a peer has received, also while its queue is frozen: retirement refunds only what lies above (Q8).

    Raises: Reentered, UnknownPeer, and as `proven_inbox`.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require(ctx, msg.chain_id)
    _note_proved(ctx, peer, proven_inbox(ctx, peer, msg.proof))
    return MsgProveInboxResponse(received=peers.proved_inbox(ctx, peer))


def proven_inbox(ctx: Context, peer: Peer, proof: InboxProof) -> SeenInbox:
    """Return what a peer's state says of our queue, under a header our light client accepted.

    Raises: UnknownHeader, NotProven, UnexpectedResult when more was received than was sent.
    """
    ctx.gas.consume(PROOF_GAS + PROOF_BYTE_GAS * (len(proof.store_proof) + len(proof.chain_proof)))
    trusted = client.find(ctx, peer.chain_id, proof.height)
    if trusted is None:
        raise UnknownHeader(peer.chain_id, proof.height)
    key = INBOX_SEQUENCE.raw_key(peer.outgoing)
    try:
        value = proven_value((proof.store_proof, proof.chain_proof), trusted.app_hash, STORE, key)
    except BadProof as error:
        raise NotProven(f"inbox of {peer.chain_id}: {error}") from None
    received = UINT.decode(value)
    if received > (OUTBOX_SEQUENCE.get(ctx, peer.outgoing) or 0):
        raise UnexpectedResult(f"{peer.chain_id} says it received packet {received}, which was never sent")
    return SeenInbox(sequence=received, time_ns=trusted.time)


def _check_too_late(seen: SeenInbox, timeout_ns: int, sequence: int) -> None:
    if seen.time_ns <= timeout_ns:
        raise NotExpired(
            f"packet {sequence} may be received until {rfc3339(timeout_ns)}, the header is of {rfc3339(seen.time_ns)}: "
            "bring a later one"
        )
    if seen.sequence >= sequence:
        raise WasReceived(sequence, seen.sequence)


def _timeout_of(ctx: Context, peer: Peer, sequence: int) -> int:
    encoded = OUTBOX.require(
        ctx, (peer.outgoing, sequence), lambda _: InvariantBroken(f"pending request {sequence} has no packet")
    )
    return codec.decode(Packet, encoded).timeout


def _note_proved(ctx: Context, peer: Peer, seen: SeenInbox) -> None:
    if seen.sequence > (PROVED_INBOX.get(ctx, peer.outgoing) or 0):
        PROVED_INBOX.set(ctx, peer.outgoing, seen.sequence)


def _report(ctx: Context, peer: Peer, sequence: int, pending: Pending) -> None:
    amount = "" if pending.coin is None else f"{pending.coin.amount}{pending.coin.denom}"
    attributes = (("to", peer.chain_id), ("request", str(sequence)), ("amount", amount))
    ctx.emit("qcp_refund", attributes, unindexed=("amount",))
