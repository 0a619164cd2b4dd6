"""Rewards in genesis, and what must hold after every block."""

from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL_NAME
from qos.modules.economics.distribution import formulas, rewards
from qos.modules.economics.distribution import params as parameters
from qos.modules.economics.distribution.state import CLAIMS, COMPOUNDING, PARAMS, PAYOUT, REWARDS, SLASHES, WITHDRAW
from qos.modules.validators.staking import operations as staking
from qos.modules.validators.staking.state import VALIDATORS
from qos.proto.records.qos_distribution_v1 import BondClaim, GenesisState, WaitingBond, WithdrawAddress


def load(ctx: Context, state: GenesisState) -> None:
    """Import parameters and what has been earned; validators and bonds that are not listed begin at nothing.

    Raises: InvalidDistributionParams, BadGenesis.
    """
    PARAMS.set(ctx, parameters.check(state.params or parameters.DEFAULT))
    accounts.ensure_module_account(ctx, COMMUNITY_POOL_NAME)
    accounts.ensure_module_account(ctx, rewards.HOLDINGS_NAME)
    for row in state.validators:
        if min(row.index, row.carry, row.bonds, row.commission, row.proposer) < 0:
            raise BadGenesis("distribution: an amount of a validator is negative")
        REWARDS.set(ctx, row.validator_address, row)
    for each in state.claims:
        if each.claim.index < 0 or each.claim.owed < 0:
            raise BadGenesis("distribution: an amount of a claim is negative")
        CLAIMS.set(ctx, (each.validator_address, each.delegator_address), each.claim)
    _begin_unlisted(ctx)
    for waiting in state.compounding:
        key = waiting.validator_address, waiting.delegator_address
        if COMPOUNDING.has(ctx, key) or not CLAIMS.has(ctx, key):
            raise BadGenesis("distribution: a bond that waits to be compounded stands twice or is none")
        COMPOUNDING.add(ctx, key)
    for chosen in state.withdraw_addresses:
        if WITHDRAW.has(ctx, chosen.delegator_address) or chosen.delegator_address == chosen.withdraw_address:
            raise BadGenesis("distribution: a withdraw address stands twice or is the delegator's own")
        bank.receive_from_outside(ctx, chosen.withdraw_address)
        WITHDRAW.set(ctx, chosen.delegator_address, chosen.withdraw_address)
    for slash in state.slashes:
        SLASHES.set(ctx, (slash.validator_address, slash.height), slash)
    if state.payout is not None:
        PAYOUT.set(ctx, state.payout)


def _begin_unlisted(ctx: Context) -> None:
    for validator in [each for _, each in VALIDATORS.items(ctx)]:
        if not REWARDS.has(ctx, validator.owner):
            rewards.begin_validator(ctx, validator.owner)
        for bond in list(staking.bonds_to(ctx, validator.owner)):
            rewards.begin_claim(ctx, validator.owner, bond.delegator)


def dump(ctx: ReadContext) -> GenesisState:
    """Export parameters and what has been earned. Who proposed the newest block is not of the next chain."""
    return GenesisState(
        params=parameters.params(ctx),
        validators=tuple([row for _, row in REWARDS.items(ctx)]),
        claims=tuple(
            [
                BondClaim(validator_address=validator, delegator_address=delegator, claim=claim)
                for (validator, delegator), claim in CLAIMS.items(ctx)
            ]
        ),
        withdraw_addresses=tuple(
            [
                WithdrawAddress(delegator_address=who, withdraw_address=Address(chosen))
                for who, chosen in WITHDRAW.items(ctx)
            ]
        ),
        slashes=tuple([slash for _, slash in SLASHES.items(ctx)]),
        payout=PAYOUT.get(ctx),
        compounding=tuple(
            [
                WaitingBond(validator_address=validator, delegator_address=delegator)
                for validator, delegator in COMPOUNDING.keys(ctx)
            ]
        ),
    )


def rewards_add_up(ctx: ReadContext) -> None:
    """What each validator's bonds are credited with is the sum of their claims and the carry, to the last part."""
    held = 0
    for owner, row in REWARDS.items(ctx):
        owed = row.carry
        for bond in staking.bonds_to(ctx, owner):
            claim = CLAIMS.require(ctx, (owner, bond.delegator), lambda _: InvariantBroken("a bond has no claim"))
            owed += rewards.counted(row, claim, bond.shares).owed
        if owed != row.bonds * formulas.SCALE:
            raise InvariantBroken("claims on a validator's rewards differ from what its bonds were credited with")
        held += row.bonds + row.commission + row.proposer
    if bank.balance(ctx, rewards.HOLDINGS, BASE_DENOM) != held:
        raise InvariantBroken("the account of distribution does not hold what is not withdrawn")


def rows_follow_stake(ctx: ReadContext) -> None:
    """Every validator has a row, every bond a claim, and nothing else does."""
    owners = [validator.owner for _, validator in VALIDATORS.items(ctx)]
    if sorted(owners) != [owner for owner, _ in REWARDS.items(ctx)]:
        raise InvariantBroken("validators differ from those with rewards")
    bonds = sum([len(list(staking.bonds_to(ctx, owner))) for owner in owners])
    if bonds != len(list(CLAIMS.items(ctx))):
        raise InvariantBroken("bonds differ from claims")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
INVARIANTS = (rewards_add_up, rows_follow_stake)
