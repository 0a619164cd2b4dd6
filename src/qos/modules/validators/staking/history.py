"""The newest blocks as their headers tell of them: what Cosmos clients and peers ask as historical infos."""

from qos.base.identifiers import Address
from qos.lightclient.hashes import validators_hash
from qos.machine.context import Context, ReadContext
from qos.modules.validators.staking import operations
from qos.modules.validators.staking.state import HISTORICAL_ENTRIES, PAST
from qos.proto.records.qos_staking_v1 import BondedSet, PastBlock
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import BlockID, Header, PartSetHeader, Validator
from qos.proto.records.tendermint_version import Consensus

BLOCK_VERSION = 11
"""Of CometBFT v0.38."""


def remember(ctx: Context) -> None:
    """Remember the block that is made, over the one that is too old."""
    block = ctx.block
    found = PastBlock(height=block.height, time=block.time_ns, proposer=block.proposer_address, app_hash=block.app_hash)
    PAST.set(ctx, block.height % HISTORICAL_ENTRIES, found)


def past_block(ctx: ReadContext, height: int) -> PastBlock | None:
    """Return what is remembered of a block; None when it is too old or not made yet."""
    found = PAST.get(ctx, height % HISTORICAL_ENTRIES) if height > 0 else None
    return found if found is not None and found.height == height else None


def header_of(ctx: ReadContext, past: PastBlock) -> Header:
    """Return a block's header with all that the rules know of it.

    The engine's own parts are empty, as in Cosmos SDK v0.50: hashes of votes, transactions, results, evidence and
    consensus parameters, and the id of the block before.
    """
    return Header(
        version=Consensus(block=BLOCK_VERSION),
        chain_id=ctx.block.chain_id,
        height=past.height,
        time=past.time,
        last_block_id=BlockID(part_set_header=PartSetHeader()),
        validators_hash=_set_hash(operations.signed_set(ctx, past.height)),
        next_validators_hash=_set_hash(operations.signed_set(ctx, past.height + 1)),
        app_hash=past.app_hash,
        proposer_address=past.proposer,
    )


def _set_hash(found: BondedSet | None) -> bytes:
    members = () if found is None else found.members
    return validators_hash(
        [
            Validator(
                address=bytes(Address(operations.member_address(member))),
                pub_key=PublicKey(ed25519=member.consensus_key),
                voting_power=member.power,
            )
            for member in members
        ]
    )
