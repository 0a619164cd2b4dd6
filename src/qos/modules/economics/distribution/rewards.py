"""What validators and bonds have earned: counted, and paid.

Every aqos on the account of this module belongs to a validator's row: to its bonds, as commission, or as proposer.
"""

from dataclasses import replace

from qos.base.identifiers import BASE_DENOM, VALIDATOR_PREFIX, Address, format_address, module_address
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.economics.distribution import formulas
from qos.modules.economics.distribution.errors import NoRewardsOfValidator
from qos.modules.economics.distribution.state import CLAIMS, REWARDS, WITHDRAW
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_distribution_v1 import Claim, ValidatorRewards
from qos.store.access import Reads

HOLDINGS_NAME = "distribution"
HOLDINGS = module_address(HOLDINGS_NAME)
"""Holds what is earned and not withdrawn."""


def of_validator(ctx: Reads, validator: Address) -> ValidatorRewards:
    """Return what a validator and its bonds have earned. Raises: NoRewardsOfValidator."""
    return REWARDS.require(ctx, validator, lambda _: NoRewardsOfValidator("there is no such validator"))


def begin_validator(ctx: Context, validator: Address) -> None:
    """Open the row of a new validator."""
    REWARDS.set(ctx, validator, ValidatorRewards(validator_address=validator))


def credit_bonds(row: ValidatorRewards, reward: int, commission: int, shares: int) -> ValidatorRewards:
    """Return the row after a reward, of which the commission is the validator's own; there must be shares."""
    step, carry = formulas.index_step(reward - commission, row.carry, shares)
    return replace(
        row,
        index=row.index + step,
        carry=carry,
        bonds=row.bonds + reward - commission,
        commission=row.commission + commission,
    )


def counted(row: ValidatorRewards, claim: Claim, shares: int) -> Claim:
    """Return a claim counted up to now."""
    owed = claim.owed + formulas.earned(shares, row.index, claim.index)
    return replace(claim, index=row.index, owed=owed)


def begin_claim(ctx: Context, validator: Address, delegator: Address) -> None:
    """Begin to count for a new bond; a bond that is counted already goes on."""
    if not CLAIMS.has(ctx, (validator, delegator)):
        CLAIMS.set(ctx, (validator, delegator), Claim(index=of_validator(ctx, validator).index))


def settle(ctx: Context, validator: Address, delegator: Address, shares: int) -> Claim:
    """Count what a bond has earned with these shares, and remember it as owed. Raises: NoRewardsOfValidator."""
    claim = counted(of_validator(ctx, validator), CLAIMS.require(ctx, (validator, delegator), _no_claim), shares)
    CLAIMS.set(ctx, (validator, delegator), claim)
    return claim


def _no_claim(key: tuple[Address, Address]) -> NoRewardsOfValidator:
    del key
    return NoRewardsOfValidator("this bond has no rewards")


def pay(ctx: Context, validator: Address, delegator: Address, recipient: Address) -> int:
    """Pay the whole aqos a settled bond is owed; the part below one stays owed. Returns what was paid."""
    claim = CLAIMS.require(ctx, (validator, delegator), _no_claim)
    amount, rest = formulas.payable(claim.owed)
    if amount:
        CLAIMS.set(ctx, (validator, delegator), replace(claim, owed=rest))
        row = of_validator(ctx, validator)
        REWARDS.set(ctx, validator, replace(row, bonds=row.bonds - amount))
        _move(ctx, recipient, amount)
        tell_withdrawn(ctx, validator, delegator, amount)
    return amount


def tell_withdrawn(ctx: Context, validator: Address, delegator: Address, amount: int) -> None:
    """Tell that rewards of a bond were paid, as clients of Cosmos chains read it."""
    told = (
        ("validator", format_address(validator, VALIDATOR_PREFIX)),
        ("delegator", format_address(delegator)),
        ("amount", f"{amount}{BASE_DENOM}"),
    )
    ctx.emit("withdraw_rewards", told, unindexed=("amount",))


def end_claim(ctx: Context, validator: Address, delegator: Address) -> int:
    """Pay what a bond that is gone was owed; the part below one aqos stays with the validator's other bonds."""
    paid = pay(ctx, validator, delegator, recipient_of(ctx, delegator))
    rest = CLAIMS.require(ctx, (validator, delegator), _no_claim).owed
    CLAIMS.delete(ctx, (validator, delegator))
    if rest:
        row = of_validator(ctx, validator)
        REWARDS.set(ctx, validator, replace(row, carry=row.carry + rest))
    return paid


def pay_validator(ctx: Context, validator: Address) -> int:
    """Pay a validator's owner commission and what it earned as proposer. Returns what was paid."""
    row = of_validator(ctx, validator)
    amount = row.commission + row.proposer
    if amount:
        REWARDS.set(ctx, validator, replace(row, commission=0, proposer=0))
        _move(ctx, recipient_of(ctx, validator), amount)
        told = ("validator", format_address(validator, VALIDATOR_PREFIX)), ("amount", f"{amount}{BASE_DENOM}")
        ctx.emit("withdraw_commission", told, unindexed=("amount",))
    return amount


def end_validator(ctx: Context, validator: Address) -> None:
    """Close the row of a validator without bonds; what nobody has a claim on goes to the community pool."""
    pay_validator(ctx, validator)
    rest = of_validator(ctx, validator).bonds
    REWARDS.delete(ctx, validator)
    if rest:
        _move(ctx, COMMUNITY_POOL, rest)


def recipient_of(ctx: Reads, delegator: Address) -> Address:
    """Return who is paid what a delegator, or the owner of a validator, has earned."""
    chosen = WITHDRAW.get(ctx, delegator)
    return delegator if chosen is None else Address(chosen)


def _move(ctx: Context, recipient: Address, amount: int) -> None:
    bank.move(ctx, HOLDINGS, recipient, Coin(denom=BASE_DENOM, amount=amount))
