"""The begin step: the inflation and fees of the block before, shared (I4)."""

from dataclasses import dataclass, replace

from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.economics.distribution import formulas, rewards
from qos.modules.economics.distribution.params import params
from qos.modules.economics.distribution.rewards import HOLDINGS
from qos.modules.economics.distribution.state import PAYOUT, PROPOSER, REWARDS
from qos.modules.economics.fees.operations import COLLECTOR
from qos.modules.economics.mint import operations as mint
from qos.modules.validators.staking import operations as staking
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_distribution_v1 import Payout, SignerReward
from qos.proto.records.qos_staking_v1 import Member, Status, Validator
from qos.proto.records.tendermint_types import BlockIDFlag


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What the block before brought, in aqos."""

    minted: int
    fees: int


def pay_block(ctx: Context) -> None:
    """Pay what the block before minted and collected, and remember who proposes this one."""
    income = Income(minted=mint.last_minted(ctx), fees=bank.balance(ctx, COLLECTOR, BASE_DENOM))
    if income.minted or income.fees:
        PAYOUT.set(ctx, _share(ctx, income, PROPOSER.get(ctx) or b""))
    proposer = ctx.block.proposer_address
    if proposer and proposer != PROPOSER.get(ctx):
        PROPOSER.set(ctx, proposer)


def _share(ctx: Context, income: Income, proposer_address: bytes) -> Payout:
    rules = params(ctx)
    own = formulas.proposer_reward(income.minted, rules.proposer_reward_rate)
    community = formulas.proposer_reward(income.minted, rules.community_reward_rate)
    shared = income.minted + income.fees - own - community
    proposer = _credit_proposer(ctx, proposer_address, own)
    members = _signers(ctx)
    parts, _ = formulas.validator_rewards(shared, [member.tokens for member in members])
    signers = tuple([_credit_signer(ctx, member, part) for member, part in zip(members, parts, strict=True)])
    credited = (own if proposer else 0) + sum([each.reward for each in signers])
    _move_all(ctx, income, credited)
    return Payout(
        height=ctx.block.height - 1,
        minted=income.minted,
        fees=income.fees,
        proposer=proposer,
        proposer_reward=own if proposer else 0,
        shared=shared,
        signers=signers,
        community=income.minted + income.fees - credited,
    )


def _credit_proposer(ctx: Context, consensus_address: bytes, amount: int) -> Address:
    """Credit the proposer's own reward; returns the empty address when there is nobody to get it."""
    found = staking.validator_by_consensus(ctx, Address(consensus_address)) if consensus_address else None
    if found is None or found.status is Status.STATUS_CLOSED:
        return Address(b"")
    row = rewards.of_validator(ctx, found.owner)
    REWARDS.set(ctx, found.owner, replace(row, proposer=row.proposer + amount))
    return found.owner


def _signers(ctx: Context) -> tuple[Member, ...]:
    """Return who signed the block before with bonded tokens, as recorded for its set."""
    recorded = staking.signed_set(ctx, ctx.block.height - 1)
    if recorded is None:
        return ()
    voted = {vote.address for vote in ctx.block.votes if vote.flag == BlockIDFlag.BLOCK_ID_FLAG_COMMIT}
    return tuple([each for each in recorded.members if each.tokens and staking.member_address(each) in voted])


def _credit_signer(ctx: Context, member: Member, part: int) -> SignerReward:
    """Credit a validator and its bonds with a part; the reward told is 0 when nobody is left to get it."""
    validator = staking.get_validator(ctx, member.validator)
    if validator is None or not _has_bonds(validator):
        return SignerReward(validator_address=member.validator, tokens=member.tokens)
    kept = formulas.commission(part, validator.commission.commission_rates.rate)
    row = rewards.of_validator(ctx, member.validator)
    REWARDS.set(ctx, member.validator, rewards.credit_bonds(row, part, kept, validator.shares))
    return SignerReward(validator_address=member.validator, tokens=member.tokens, reward=part, commission=kept)


def _has_bonds(validator: Validator) -> bool:
    return validator.shares > 0 and validator.status is not Status.STATUS_CLOSED


def _move_all(ctx: Context, income: Income, credited: int) -> None:
    """Empty both accounts: what was credited to HOLDINGS, what remains to the community pool."""
    rest = income.minted + income.fees - credited
    if income.minted:
        bank.debit(ctx, mint.MINTED, _aqos(income.minted))
    if income.fees:
        bank.debit(ctx, COLLECTOR, _aqos(income.fees))
    if credited:
        bank.credit(ctx, HOLDINGS, _aqos(credited))
    if rest:
        bank.credit(ctx, COMMUNITY_POOL, _aqos(rest))


def _aqos(amount: int) -> Coin:
    return Coin(denom=BASE_DENOM, amount=amount)
