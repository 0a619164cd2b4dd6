"""Key epochs of relays (R4): who installs the next keys, what changes at once and what waits for a day.

Removed keys sign no more from the moment of the message, and count in n until the epoch changes, as struck ones do
(R3): leaving them out of n as well would make the rest of the old keys easier to overrule. New keys wait for 24 h,
in which a pauser may hold them, or else stolen keys would install themselves. The epoch changes with the whole set.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from qos.base.blocktime import DAY_NS, rfc3339
from qos.base.encoding import length_prefixed, u64
from qos.crypto import secp256k1
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.modules.crosschain.qcp import attestation, peers
from qos.modules.crosschain.qcp.attestation import RelayGroup
from qos.modules.crosschain.qcp.errors import NotAuthorized, NotEnoughRelays, WrongEpoch
from qos.modules.crosschain.qcp.params import require_authority
from qos.modules.crosschain.qcp.service_errors import BadRotation, NothingPending, RotationLapsed, RotationPending
from qos.modules.crosschain.qcp.state import PEERS, PENDING_EPOCHS
from qos.proto.records.qos_qcp_v1 import (
    MsgHoldRotation,
    MsgHoldRotationResponse,
    MsgRotateRelays,
    MsgRotateRelaysResponse,
    Peer,
    PendingEpoch,
)

ADDITION_DELAY_NS = DAY_NS
SIGNATURE_GAS = 3_000
"""Checking one relay's signature."""
KEY_GAS = 1_000
"""Checking that one key is a point of the curve."""
_TAG = b"qos/qcp/rotation/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a group: both lists sorted."""

    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]


def rotation_digest(incoming: bytes, epoch: int, keys: Sequence[bytes], height: int) -> bytes:
    """Return what relays sign to install keys: SHA-256 over the length-prefixed tag, queue id, epoch, height, keys."""
    return sha256(length_prefixed(_TAG, incoming, u64(epoch), u64(height), *keys)).digest()


def rotate_relays(ctx: Context, msg: MsgRotateRelays) -> MsgRotateRelaysResponse:
    """Install the next keys of a peer's relays, or let them wait when some are new.

    Raises: Reentered, UnknownPeer, RotationLapsed, WrongEpoch, BadRotation; NotAuthorized without signatures, with
    them RotationPending and as `proven_rotation`.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require(ctx, msg.chain_id)
    ctx.gas.consume(SIGNATURE_GAS * len(msg.signatures) + KEY_GAS * len(msg.relay_keys))
    if ctx.block.height > msg.height:
        raise RotationLapsed(msg.height, ctx.block.height)
    if msg.epoch != peer.epoch + 1:
        raise WrongEpoch(f"epoch {msg.epoch} cannot follow {peer.epoch}")
    if msg.signatures:
        if PENDING_EPOCHS.has(ctx, peer.incoming):
            raise RotationPending(f"new keys of {peer.chain_id} wait already: the authority alone replaces them")
        keys = proven_rotation(msg, peers.group_of(peer), peer.incoming)
    else:
        require_authority(ctx, msg.submitter)
        peer, keys = _restored(ctx, peer), msg.relay_keys
    return _change(ctx, peer, keys, by_authority=not msg.signatures)


def proven_rotation(msg: MsgRotateRelays, group: RelayGroup, incoming: bytes) -> tuple[bytes, ...]:
    """Return the keys of the next epoch once more than two thirds of the current group signed them for this queue.

    Raises: as `attestation.proven_signers`, NotEnoughRelays.
    """
    signed = rotation_digest(incoming, msg.epoch, msg.relay_keys, msg.height)
    signers = attestation.proven_signers(signed, msg.signatures, group)
    needed = attestation.quorum(len(group.keys))
    if len(signers) < needed:
        raise NotEnoughRelays(len(signers), needed, len(group.keys))
    return msg.relay_keys


def checked_change(peer: Peer, keys: tuple[bytes, ...]) -> Change:
    """Return what a change of keys removes and adds: each fewer than a third of the group. Raises: BadRotation."""
    attestation.check_keys(keys, BadRotation)
    before, after = frozenset(peer.relay_keys), frozenset(keys)
    removed = tuple([key for key in peer.relay_keys if key not in after])
    added = tuple([key for key in keys if key not in before])
    if not removed and not added:
        raise BadRotation("the keys stay as they are")
    if 3 * max(len(removed), len(added)) >= len(peer.relay_keys):
        raise BadRotation(f"{len(removed)} keys go and {len(added)} come: fewer than a third of {len(before)} may")
    if any(secp256k1.address(key) in peer.pausers for key in added):
        raise BadRotation("a pauser is no relay (Q12)")
    return Change(removed=removed, added=added)


def _change(ctx: Context, peer: Peer, keys: tuple[bytes, ...], *, by_authority: bool) -> MsgRotateRelaysResponse:
    change = checked_change(peer, keys)
    if not change.added:
        _install(ctx, peer, keys)
        return MsgRotateRelaysResponse()
    silenced = tuple([key for key in change.removed if key not in peer.struck_keys])
    for key in silenced:
        peer = peers.strike(ctx, peer, key)
    ready = ctx.block.time_ns + ADDITION_DELAY_NS
    pending = PendingEpoch(
        chain_id=peer.chain_id,
        incoming=peer.incoming,
        epoch=peer.epoch + 1,
        relay_keys=keys,
        ready=ready,
        by_authority=by_authority,
        silenced=silenced,
    )
    PENDING_EPOCHS.set(ctx, peer.incoming, pending)
    ctx.emit("qcp_rotation", (("peer", peer.chain_id), ("epoch", str(pending.epoch)), ("ready", rfc3339(ready))))
    return MsgRotateRelaysResponse(ready=ready)


def _restored(ctx: Context, peer: Peer) -> Peer:
    """Let the keys sign again that a change silenced which the authority now replaces."""
    pending = PENDING_EPOCHS.get(ctx, peer.incoming)
    if pending is None:
        return peer
    return replace(peer, struck_keys=tuple([key for key in peer.struck_keys if key not in pending.silenced]))


def hold_rotation(ctx: Context, msg: MsgHoldRotation) -> MsgHoldRotationResponse:
    """Keep the new keys that relays chose from counting until the authority decides; a listed pauser alone may.

    Raises: Reentered, UnknownPeer, NotAuthorized, NothingPending.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require(ctx, msg.chain_id)
    if msg.pauser not in peer.pausers:
        raise NotAuthorized(f"no listed pauser of {peer.chain_id}")
    pending = PENDING_EPOCHS.get(ctx, peer.incoming)
    if pending is None or pending.held_by or pending.by_authority:
        raise NothingPending(f"no new relay keys of {peer.chain_id} wait that a pauser could hold")
    PENDING_EPOCHS.set(ctx, peer.incoming, replace(pending, held_by=msg.pauser))
    return MsgHoldRotationResponse()


def install_due(ctx: Context) -> None:
    """Let the new keys count whose day is over; at most one set a peer waits."""
    for incoming, pending in tuple(PENDING_EPOCHS.items(ctx)):
        peer = PEERS.get(ctx, pending.chain_id)
        if peer is None or peer.incoming != incoming:
            PENDING_EPOCHS.delete(ctx, incoming)
        elif pending.ready <= ctx.block.time_ns and not pending.held_by:
            _install(ctx, peer, pending.relay_keys)


def _install(ctx: Context, peer: Peer, keys: tuple[bytes, ...]) -> None:
    struck = tuple([key for key in peer.struck_keys if key in keys])
    PEERS.set(ctx, peer.chain_id, replace(peer, epoch=peer.epoch + 1, relay_keys=keys, struck_keys=struck))
    if PENDING_EPOCHS.has(ctx, peer.incoming):
        PENDING_EPOCHS.delete(ctx, peer.incoming)
    ctx.emit("qcp_epoch", (("peer", peer.chain_id), ("epoch", str(peer.epoch + 1))))


def waiting_keys(ctx: ReadContext) -> Iterator[PendingEpoch]:
    """Yield the keys that wait for peers that are still registered."""
    for incoming, pending in PENDING_EPOCHS.items(ctx):
        peer = PEERS.get(ctx, pending.chain_id)
        if peer is not None and peer.incoming == incoming:
            yield pending


def load_pending(ctx: Context, waiting: Sequence[PendingEpoch]) -> None:
    """Import keys that wait. Raises: BadGenesis."""
    for pending in waiting:
        peer = PEERS.get(ctx, pending.chain_id)
        if peer is None or (peer.incoming, peer.epoch + 1) != (pending.incoming, pending.epoch):
            raise BadGenesis(f"qcp: the keys that wait for {pending.chain_id[:40]!r} are for another queue or epoch")
        attestation.check_keys(pending.relay_keys, BadGenesis)
        PENDING_EPOCHS.set(ctx, pending.incoming, pending)
