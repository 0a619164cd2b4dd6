"""The record of each peer's assets (L4): supply and pause of every one, proved under headers our client accepted.

Asset ids count from zero in order of creation, so the proved counter says how many there are, and a checkpoint is
whole when so many of them are proved under one header. What is older stays until it is proved again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qos.base.amounts import MAX_AMOUNT
from qos.base.blocktime import DAY_NS
from qos.machine.context import Context, ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.genesis import BadGenesis
from qos.machine.paging import page_of
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank import state as ledger
from qos.modules.crosschain.qcp import client, peers
from qos.modules.crosschain.qcp.delivery import PROOF_BYTE_GAS, PROOF_GAS
from qos.modules.crosschain.qcp.errors import UnknownHeader
from qos.modules.crosschain.qcp.packet_errors import NotProven
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.service_errors import OldCheckpoint
from qos.modules.crosschain.qcp.state import CHECKPOINT_ASSETS, CHECKPOINTS, PEERS
from qos.modules.crosschain.qcp.transfer import VOUCHER_PREFIX, voucher_denom
from qos.proto import codec
from qos.proto.records.qos_bank_v1 import Asset
from qos.proto.records.qos_qcp_v1 import (
    Checkpoint,
    CheckpointAsset,
    CheckpointRow,
    MsgCheckpoint,
    MsgCheckpointResponse,
    Peer,
    ProvenAsset,
    QueryCheckpointRequest,
    QueryCheckpointResponse,
)
from qos.store.ics23 import BadProof
from qos.store.keys import TEXT
from qos.store.proofs import proven_absence, proven_value
from qos.store.values import COSMOS_INT, UINT

STALE_NS = DAY_NS
"""A record older than this is not what L4 promises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """What a message's proofs have to lead to."""

    app_hash: bytes
    chain_proof: bytes


def checkpoint(ctx: Context, msg: MsgCheckpoint) -> MsgCheckpointResponse:
    """Take over what a peer's ledger says of some or all of its assets; anybody may prove it.

    Raises: Reentered, UnknownPeer, QueueFrozen, ClientExpired, UnknownHeader, OldCheckpoint, NotProven, and
    MalformedBytes or MalformedField when the peer keeps something else than assets.
    """
    peers.refuse_while_running(ctx)
    # A frozen queue may be frozen because its headers contradict each other: then they prove nothing.
    peer = peers.require_open(ctx, msg.chain_id)
    _charge(ctx, msg)
    client.check_live(ctx, peer.chain_id, figures(ctx).client)
    header = client.find(ctx, peer.chain_id, msg.height)
    if header is None:
        raise UnknownHeader(peer.chain_id, msg.height)
    root = Root(app_hash=header.app_hash, chain_proof=msg.chain_proof)
    before = CHECKPOINTS.get(ctx, peer.chain_id)
    if before is not None and msg.height < before.height:
        raise OldCheckpoint(peer.chain_id, msg.height, before.height)
    if before is None or msg.height > before.height:
        whole = None if before is None else before.whole
        count = proven_count(root, msg.count_proof)
        before = Checkpoint(chain_id=peer.chain_id, height=msg.height, time=header.time, assets=count, whole=whole)
    return MsgCheckpointResponse(checkpoint=_note(ctx, before, [proven_asset(root, each) for each in msg.assets]))


def _charge(ctx: Context, msg: MsgCheckpoint) -> None:
    size = len(msg.count_proof) + sum([len(each.asset_proof) + len(each.supply_proof) for each in msg.assets])
    proofs = 1 + 2 * len(msg.assets)
    ctx.gas.consume(PROOF_GAS * proofs + PROOF_BYTE_GAS * (size + proofs * len(msg.chain_proof)))


def proven_count(root: Root, proof: bytes) -> int:
    """Return how many assets the peer has. Raises: NotProven."""
    try:
        return UINT.decode(proven_value((proof, root.chain_proof), root.app_hash, ledger.STORE, ledger.NEXT_ID.prefix))
    except BadProof as error:
        raise NotProven(f"number of assets: {error}") from None


def proven_asset(root: Root, claimed: ProvenAsset) -> tuple[Asset, int]:
    """Return an asset of the peer with its supply. Raises: NotProven, MalformedBytes, MalformedField."""
    key = ledger.ASSETS.raw_key(claimed.denom)
    try:
        value = proven_value((claimed.asset_proof, root.chain_proof), root.app_hash, ledger.STORE, key)
        supply = _proven_supply(root, claimed)
    except BadProof as error:
        raise NotProven(f"asset {claimed.denom}: {error}") from None
    asset = codec.decode(Asset, value)
    if asset.denom != claimed.denom or not 0 <= supply <= MAX_AMOUNT:
        raise NotProven(f"asset {claimed.denom}: the peer keeps something else under its name")
    return asset, supply


def _proven_supply(root: Root, claimed: ProvenAsset) -> int:
    """Return the supply, 0 when the peer is shown to have none. Raises: BadProof, NotProven."""
    key = ledger.SUPPLY.raw_key(claimed.denom)
    proof = (claimed.supply_proof, root.chain_proof)
    try:
        value = proven_value(proof, root.app_hash, ledger.STORE, key)
    except BadProof:
        proven_absence(proof, root.app_hash, ledger.STORE, key)
        return 0
    try:
        return COSMOS_INT.decode(value)
    except ValueError:
        raise NotProven(f"asset {claimed.denom}: its supply is no number") from None


def _note(ctx: Context, head: Checkpoint, proved: Sequence[tuple[Asset, int]]) -> Checkpoint:
    for asset, supply in proved:
        key = (head.chain_id, asset.denom)
        before = CHECKPOINT_ASSETS.get(ctx, key)
        if before is None or before.height != head.height:
            head = replace(head, proved=head.proved + 1)
        record = CheckpointAsset(
            chain_id=head.chain_id,
            denom=asset.denom,
            id=asset.id,
            issuer=asset.issuer,
            paused=asset.paused,
            supply=supply,
            height=head.height,
        )
        CHECKPOINT_ASSETS.set(ctx, key, record)
    if head.proved == head.assets:
        head = replace(head, whole=head.time)
    CHECKPOINTS.set(ctx, head.chain_id, head)
    return head


def show(ctx: ReadContext, request: QueryCheckpointRequest) -> QueryCheckpointResponse:
    """Return the record of a peer's assets and whether it is too old. Raises: UnknownPeer, KeyNotFound."""
    peer = peers.require(ctx, request.chain_id)
    head = CHECKPOINTS.get(ctx, peer.chain_id)
    if head is None:
        raise KeyNotFound(f"nothing of the assets of {peer.chain_id} was proved here yet")
    page = page_of(ctx, CHECKPOINT_ASSETS, request.pagination, within=TEXT.encode(peer.chain_id))
    return QueryCheckpointResponse(
        checkpoint=head,
        stale=head.whole is None or ctx.block.time_ns - head.whole > STALE_NS,
        assets=tuple(_row(ctx, peer, asset) for _, asset in page.entries),
        pagination=page.response,
    )


def _row(ctx: ReadContext, peer: Peer, asset: CheckpointAsset) -> CheckpointRow:
    if asset.denom.startswith(VOUCHER_PREFIX):
        return CheckpointRow(asset=asset)
    voucher = voucher_denom((peer.incoming,), asset.denom)
    return CheckpointRow(asset=asset, voucher=voucher, voucher_supply=bank.supply(ctx, voucher))


def heads(ctx: ReadContext) -> Iterator[Checkpoint]:
    """Yield how far the records of peers have come; those of retired ones only wait to be cleared."""
    return (head for _, head in CHECKPOINTS.items(ctx) if PEERS.has(ctx, head.chain_id))


def assets(ctx: ReadContext) -> Iterator[CheckpointAsset]:
    """Yield what is recorded of all peers' assets."""
    return (asset for _, asset in CHECKPOINT_ASSETS.items(ctx) if PEERS.has(ctx, asset.chain_id))


def load(ctx: Context, recorded: Sequence[Checkpoint], proved: Sequence[CheckpointAsset]) -> None:
    """Import the records. Raises: BadGenesis."""
    for head in recorded:
        if not PEERS.has(ctx, head.chain_id):
            raise BadGenesis(f"qcp: the checkpoint of {head.chain_id[:40]!r} is of no peer")
        CHECKPOINTS.set(ctx, head.chain_id, head)
    for asset in proved:
        if not CHECKPOINTS.has(ctx, asset.chain_id) or asset.supply < 0:
            raise BadGenesis(f"qcp: asset {asset.denom[:128]!r} belongs to no checkpoint")
        CHECKPOINT_ASSETS.set(ctx, (asset.chain_id, asset.denom), asset)
