"""The keep-alive window: which of its last votes a validator missed (WP 3.3.1, V1)."""

from dataclasses import replace
from typing import Final

from qos.base.identifiers import Address
from qos.machine.context import Context, Vote
from qos.modules.validators.slashing.parameters import params
from qos.modules.validators.slashing.state import BITS, INFOS, LEFT_OUT, OFFENCES
from qos.modules.validators.staking import operations
from qos.modules.validators.staking.hooks import StakeHooks
from qos.proto.records.qos_slashing_v1 import LeftOut, Params, SigningInfo
from qos.proto.records.qos_staking_v1 import Member, Validator
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.store.keys import ADDRESS

PART_BITS: Final = 1_024
"""Votes whose bits one row holds."""


def is_missed(vote: Vote) -> bool:
    """Tell whether a vote counts as missed: a vote for no block does not."""
    return vote.flag == BlockIDFlag.BLOCK_ID_FLAG_ABSENT


def allowed(rules: Params) -> int:
    """Return how many misses in a window make a validator inactive."""
    return rules.voting_status_len - rules.voting_status_least


def position_of(info: SigningInfo, height: int) -> int:
    """Return the number of a height among all the validator was asked to sign."""
    return info.offset + height - info.joined


def counted(info: SigningInfo, height: int) -> int:
    """Return how many votes were asked of a validator before a height."""
    end = min(height, info.left + 1) if info.left else height
    return info.offset + max(end - info.joined, 0) if info.joined else info.offset


def count(ctx: Context, rules: Params, vote: Vote, height: int) -> bool:
    """Count a vote on a height; returns whether the validator has missed too many with it."""
    address = Address(vote.address)
    missed = is_missed(vote)
    info = INFOS.get(ctx, address)
    if info is None or height < info.joined:
        return False
    if info.window != rules.voting_status_len:
        info = clear(ctx, replace(info, window=rules.voting_status_len))
    if not missed and not info.missed:
        return False
    slot = position_of(info, height) % info.window
    key, bit = (address, slot // PART_BITS), 1 << slot % PART_BITS
    bits = int.from_bytes(BITS.get(ctx, key) or b"", "little")
    if bool(bits & bit) != missed:
        bits ^= bit
        if bits:
            BITS.set(ctx, key, bits.to_bytes(PART_BITS // 8, "little"))
        else:
            BITS.delete(ctx, key)
        info = replace(info, missed=info.missed + (1 if missed else -1))
        INFOS.set(ctx, address, info)
    return missed and info.missed >= allowed(rules)


def clear(ctx: Context, info: SigningInfo) -> SigningInfo:
    """Forget all misses of a validator; returns what is known of it then."""
    for key, _ in BITS.items(ctx, ADDRESS.encode(info.consensus_address)):
        BITS.delete(ctx, key)
    cleared = replace(info, missed=0)
    INFOS.set(ctx, info.consensus_address, cleared)
    return cleared


def count_left_out(ctx: Context) -> None:
    """Count the votes the proposer of this block left out."""
    votes = sum([1 for vote in ctx.block.votes if is_missed(vote)])
    if votes:
        proposer = Address(ctx.block.proposer_address)
        before = LEFT_OUT.get(ctx, proposer) or LeftOut(consensus_address=proposer)
        LEFT_OUT.set(ctx, proposer, replace(before, votes=before.votes + votes, blocks=before.blocks + 1))


def joined(ctx: Context, member: Member, height: int) -> None:
    """Go on with a validator's window where its last stay in the set ended."""
    address = operations.member_address(member)
    before = INFOS.get(ctx, address) or SigningInfo(consensus_address=address)
    # Genesis makes the first validators before the parameters are known: their window gets its length at a vote.
    INFOS.set(ctx, address, replace(before, joined=height, left=0, offset=counted(before, height)))


def left(ctx: Context, member: Member, height: int) -> None:
    """Remember the last height a validator signs."""
    address = operations.member_address(member)
    before = INFOS.get(ctx, address)
    if before is not None:
        INFOS.set(ctx, address, replace(before, left=height))


def activated(ctx: Context, validator: Validator) -> None:
    """Clear the window of a validator that comes back, at most once a window."""
    info = INFOS.get(ctx, operations.consensus_address(validator.consensus_key))
    if info is None:
        return
    now = counted(info, ctx.block.height)
    if not info.cleared or now + 1 - info.cleared >= params(ctx).voting_status_len:
        clear(ctx, replace(info, cleared=now + 1))


def removed(ctx: Context, validator: Validator) -> None:
    """Forget a validator that is gone; a key that signed twice is barred by stake."""
    address = operations.consensus_address(validator.consensus_key)
    for key, _ in OFFENCES.items(ctx, ADDRESS.encode(address)):
        OFFENCES.delete(ctx, key)
    info = INFOS.get(ctx, address)
    if info is not None:
        clear(ctx, info)
        INFOS.delete(ctx, address)


HOOKS = StakeHooks(set_joined=joined, set_left=left, activated=activated, removed=removed)
"""What penalties want to hear of stake."""
