"""Reading stake: what higher modules ask."""

from collections.abc import Iterator

from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address, module_address
from qos.crypto import ed25519
from qos.modules.validators.staking import formulas
from qos.modules.validators.staking.errors import UnknownValidator
from qos.modules.validators.staking.state import BONDS, BONDS_OF, BY_CONSENSUS, NEWEST_SET, ORDER, SETS, VALIDATORS
from qos.proto.records.qos_staking_v1 import Bond, BondedSet, Member, Status, Validator
from qos.store.access import Reads
from qos.store.keys import ADDRESS

POOL_NAME = "bonded_tokens_pool"
POOL = module_address(POOL_NAME)
"""Holds all bonds and undelegations."""


def get_validator(ctx: Reads, owner: Address) -> Validator | None:
    """Return an account's validator."""
    return VALIDATORS.get(ctx, owner) if owner else None


def require_validator(ctx: Reads, owner: Address) -> Validator:
    """Return an account's validator. Raises: UnknownValidator."""
    validator = get_validator(ctx, owner)
    if validator is None:
        raise UnknownValidator(owner)
    return validator


def consensus_address(key: bytes) -> Address:
    """Return the address by which the engine names a validator."""
    return Address(bytes(ed25519.address(key)))


def validator_by_consensus(ctx: Reads, address: bytes) -> Validator | None:
    """Return the validator that signs with a consensus key."""
    owner = BY_CONSENSUS.get(ctx, Address(address))
    return None if owner is None else VALIDATORS.get(ctx, owner)


def get_bond(ctx: Reads, delegator: Address, owner: Address) -> Bond | None:
    """Return an account's bond behind a validator."""
    return BONDS.get(ctx, (owner, delegator))


def bonds_to(ctx: Reads, owner: Address) -> Iterator[Bond]:
    """Yield the bonds behind a validator, in order of delegator."""
    for _, bond in BONDS.items(ctx, ADDRESS.encode(owner)):
        yield bond


def bonds_of(ctx: Reads, delegator: Address) -> Iterator[Bond]:
    """Yield an account's bonds, in order of validator."""
    for (_, owner), _ in BONDS_OF.items(ctx, ADDRESS.encode(delegator)):
        bond = BONDS.get(ctx, (owner, delegator))
        if bond is not None:
            yield bond


def bond_value(validator: Validator, shares: int) -> int:
    """Return what shares of a validator are worth in aqos, rounded down."""
    return formulas.worth(shares, validator.tokens, validator.shares)


def self_bond(ctx: Reads, validator: Validator) -> int:
    """Return what the validator's owner has bonded itself, in aqos (WP 3.5)."""
    bond = get_bond(ctx, validator.owner, validator.owner)
    return 0 if bond is None else bond_value(validator, bond.shares)


def is_active(validator: Validator) -> bool:
    """Tell whether a validator takes bonds, votes and earns: bonded or candidate."""
    return validator.status is Status.STATUS_ACTIVE


def active_validators(ctx: Reads) -> Iterator[Validator]:
    """Yield those that take bonds, vote and earn, in order of tokens."""
    for _, owner in ORDER.items(ctx):
        yield require_validator(ctx, owner)


def bonded_set(ctx: Reads) -> BondedSet:
    """Return whom the engine was told last, with what is bonded to them; it signs from its height on."""
    newest = NEWEST_SET.get(ctx)
    return BondedSet() if newest is None else SETS.require(ctx, newest, _no_set)


def _no_set(height: int) -> InvariantBroken:
    return InvariantBroken(f"the set that signs from height {height} on is missing")


def signed_set(ctx: Reads, height: int) -> BondedSet | None:
    """Return who signs or signed a height, with what was bonded when they were told; None when it is forgotten."""
    newest = bonded_set(ctx)
    if newest.height <= height:
        return newest if newest.height else None
    for _, found in SETS.items(ctx, start_after=height + 1, limit=1, reverse=True):
        return found
    return None


def member_address(member: Member) -> Address:
    """Return the consensus address of a member."""
    return consensus_address(member.consensus_key)


def bonded_total(ctx: Reads) -> int:
    """Return what is bonded behind the members of the set, in aqos."""
    return sum([member.tokens for member in bonded_set(ctx).members])
