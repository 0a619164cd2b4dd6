"""Messages of QCP."""

from qos.base.blocktime import rfc3339
from qos.machine.context import Context
from qos.modules.crosschain.qcp import attestation, client, escrow, inbox, old_headers, operations, peers, retirement
from qos.modules.crosschain.qcp.delivery import proven_packets
from qos.modules.crosschain.qcp.equivocation import Statement, proven_equivocation
from qos.modules.crosschain.qcp.errors import NotAuthorized, NotEnoughRelays, PauseUsed, UnknownRelay
from qos.modules.crosschain.qcp.packet_errors import NothingToClaim
from qos.modules.crosschain.qcp.params import figures, require_authority
from qos.modules.crosschain.qcp.state import CLAIMS, INBOX_SEQUENCE, RELAY_PAUSES
from qos.modules.crosschain.qcp.types import Carriage, Held, Payloads
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    MsgClaim,
    MsgClaimResponse,
    MsgFreeze,
    MsgFreezeResponse,
    MsgReceive,
    MsgReceiveResponse,
    MsgRecoverClient,
    MsgRecoverClientResponse,
    MsgRegisterChain,
    MsgRegisterChainResponse,
    MsgReportEquivocation,
    MsgReportEquivocationResponse,
    MsgSendData,
    MsgSendDataResponse,
    MsgSendTransfer,
    MsgSendTransferResponse,
    MsgUpdateClient,
    MsgUpdateClientResponse,
    Peer,
    TrustMode,
)

STATEMENT_GAS = 5_000
"""Hashing one abstract with its packets and checking its signature."""


def send_transfer(ctx: Context, msg: MsgSendTransfer) -> MsgSendTransferResponse:
    """Send an asset to another chain. Raises: as `operations.send_transfer`."""
    sent = operations.send_transfer(ctx, msg)
    return MsgSendTransferResponse(sequence=sent.packet.sequence, packet_hash=sent.hash)


def send_data(ctx: Context, msg: MsgSendData) -> MsgSendDataResponse:
    """Send bytes to a module of another chain. Raises: as `operations.send_data`."""
    sent = operations.send_data(ctx, msg)
    return MsgSendDataResponse(sequence=sent.packet.sequence, packet_hash=sent.hash)


def receive(ctx: Context, msg: MsgReceive, payloads: Payloads) -> MsgReceiveResponse:
    """Take attested and proven packets in order; anybody may deliver them.

    Raises: Reentered, UnknownPeer, QueueFrozen, QueuePaused, and as `proven_packets` and `inbox.consume`.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require_receiving(ctx, msg.source)
    packets = proven_packets(ctx, peer, msg, figures(ctx))
    carriage = Carriage(submitter=msg.submitter, payloads=payloads)
    return MsgReceiveResponse(inbox=inbox.consume(ctx, peer, packets, carriage))


def update_client(ctx: Context, msg: MsgUpdateClient) -> MsgUpdateClientResponse:
    """Accept a later header of a peer, or freeze its queue when the header contradicts an accepted one (Q12).

    Raises: Reentered, UnknownPeer, QueueFrozen, and as `client.update`.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require_open(ctx, msg.chain_id)
    options = figures(ctx).client
    contradiction = client.update(ctx, peer.chain_id, msg.light_block, options)
    if contradiction:
        peers.freeze(ctx, peer, contradiction)
    else:
        old_headers.forget(ctx, peer, options.trusting_period_ns)
    return MsgUpdateClientResponse(frozen=bool(contradiction))


def register_chain(ctx: Context, msg: MsgRegisterChain, allowed: frozenset[TrustMode]) -> MsgRegisterChainResponse:
    """Register a peer; the authority alone may.

    Raises: Reentered, NotAuthorized, and as `peers.register`, `retirement.check_number`, `client.start`.
    """
    peers.refuse_while_running(ctx)
    found = require_authority(ctx, msg.authority)
    peer = peers.register(ctx, msg, found, allowed)
    retirement.check_number(ctx, peer.chain_id, peer.registration)
    client.start(ctx, peer.chain_id, msg.trust_root, found.client)
    return MsgRegisterChainResponse(outgoing=peer.outgoing, incoming=peer.incoming)


def freeze(ctx: Context, msg: MsgFreeze) -> MsgFreezeResponse:
    """Stop deliveries from a peer for a while; a listed pauser alone, or more than a third of the relays (Q12).

    Raises: Reentered, UnknownPeer, NotAuthorized, PauseUsed, NotEnoughRelays, and as `attestation.proven_signers`.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require(ctx, msg.chain_id)
    # Whoever stops deliveries can keep nobody from going on after the 72 hours.
    if peer.paused_until is not None and peers.is_paused(ctx, peer):
        raise PauseUsed(f"deliveries from {peer.chain_id} are paused until {rfc3339(peer.paused_until)} already")
    if msg.signatures:
        _check_relay_pause(ctx, peer, msg)
    elif msg.submitter not in peer.pausers:
        raise NotAuthorized(f"no listed pauser of {peer.chain_id}, and no relay signatures")
    peers.pause(ctx, peer, figures(ctx).pause_ns)
    return MsgFreezeResponse()


def _check_relay_pause(ctx: Context, peer: Peer, msg: MsgFreeze) -> None:
    ctx.gas.consume(STATEMENT_GAS * len(msg.signatures))
    reached = INBOX_SEQUENCE.get(ctx, peer.incoming) or 0
    # Without this a third of the relays could be quoted for ever while nothing moves.
    if (RELAY_PAUSES.get(ctx, peer.incoming) or 0) > reached:
        raise PauseUsed(f"relays paused at inbox sequence {reached} before")
    signed = attestation.pause_digest(peer.incoming, reached)
    signers = attestation.proven_signers(signed, msg.signatures, peers.group_of(peer))
    needed = attestation.pause_quorum(len(peer.relay_keys))
    if len(signers) < needed:
        raise NotEnoughRelays(len(signers), needed, len(peer.relay_keys))
    RELAY_PAUSES.set(ctx, peer.incoming, reached + 1)


def recover_client(ctx: Context, msg: MsgRecoverClient) -> MsgRecoverClientResponse:
    """Begin again with a later header and open the queue; the authority alone may.

    Raises: Reentered, NotAuthorized, UnknownPeer, and as `client.start`.
    """
    peers.refuse_while_running(ctx)
    found = require_authority(ctx, msg.authority)
    peer = peers.require(ctx, msg.chain_id)
    client.start(ctx, peer.chain_id, msg.light_block, found.client)
    peers.unfreeze(ctx, peer)
    return MsgRecoverClientResponse()


def report_equivocation(ctx: Context, msg: MsgReportEquivocation) -> MsgReportEquivocationResponse:
    """Strike a relay key that contradicted itself; anybody may report it (R3).

    Raises: Reentered, UnknownPeer, UnknownRelay, and as `proven_equivocation`.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require(ctx, msg.chain_id)
    if msg.key not in peer.relay_keys or msg.key in peer.struck_keys:
        raise UnknownRelay(f"key {msg.key.hex()} is no relay of {peer.chain_id}, or was struck")
    ctx.gas.consume(2 * STATEMENT_GAS)
    first = Statement(abstract=msg.first, hashes=msg.first_hashes, signature=msg.first_signature)
    second = Statement(abstract=msg.second, hashes=msg.second_hashes, signature=msg.second_signature)
    peers.strike(ctx, peer, proven_equivocation(msg.key, first, second))
    return MsgReportEquivocationResponse()


def claim(ctx: Context, msg: MsgClaim) -> MsgClaimResponse:
    """Pay refunds that could not be credited by themselves. Raises: NothingToClaim, AssetPaused, AmountTooLarge."""
    paid = False
    for burned in (False, True):
        key = (msg.owner, int(burned), msg.denom)
        amount = CLAIMS.get(ctx, key)
        if amount is not None:
            CLAIMS.delete(ctx, key)
            coin = Coin(denom=msg.denom, amount=amount)
            escrow.give(ctx, Held(refund_address=msg.owner, coin=coin, burned=burned))
            paid = True
    if not paid:
        raise NothingToClaim(f"no refund of {msg.denom} waits for this account")
    return MsgClaimResponse()
