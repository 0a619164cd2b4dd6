"""Stake in the forms Cosmos clients know."""

from qos.base.amounts import E18
from qos.base.blocktime import check_time
from qos.base.identifiers import Address
from qos.modules.validators.staking import operations
from qos.modules.validators.staking.state import BONDS
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records import cosmos_staking_v1beta1 as cosmos
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_crypto_ed25519 import PubKey
from qos.proto.records.qos_staking_v1 import Bond, Member, Redelegation, Status, Undelegation, Validator
from qos.store.access import Reads

_EPOCH_NS = 0


def public_key(consensus_key: bytes) -> AnyRecord:
    """Return a consensus key as clients read it."""
    return codec.pack(PubKey(key=consensus_key))


def bond_status(validator: Validator, bonded: frozenset[Address]) -> cosmos.BondStatus:
    """Return what clients call a validator's status; an inactive one that still signs is bonded to them too."""
    if validator.owner in bonded:
        return cosmos.BondStatus.BOND_STATUS_BONDED
    if validator.status is Status.STATUS_INACTIVE:
        return cosmos.BondStatus.BOND_STATUS_UNBONDING
    return cosmos.BondStatus.BOND_STATUS_UNBONDED


def bonded_owners(ctx: Reads) -> frozenset[Address]:
    """Return whose validators are in the set."""
    return frozenset(member.validator for member in operations.bonded_set(ctx).members)


def validator(found: Validator, bonded: frozenset[Address]) -> cosmos.Validator:
    """Return a validator; shares are counted in 10^-18 of ours."""
    return cosmos.Validator(
        operator_address=found.owner,
        consensus_pubkey=public_key(found.consensus_key),
        jailed=not operations.is_active(found),
        status=bond_status(found, bonded),
        tokens=found.tokens,
        delegator_shares=found.shares * E18,
        description=found.description,
        unbonding_height=found.deactivated_height,
        unbonding_time=_EPOCH_NS if found.closes is None else check_time(found.closes),
        commission=found.commission,
        min_self_delegation=found.min_self_bond,
    )


def past_validator(member: Member) -> cosmos.Validator:
    """Return a member of an earlier set: what was recorded of it then."""
    return cosmos.Validator(
        operator_address=member.validator,
        consensus_pubkey=public_key(member.consensus_key),
        status=cosmos.BondStatus.BOND_STATUS_BONDED,
        tokens=member.tokens,
        delegator_shares=member.tokens * E18,
    )


def delegation(found: Validator, bond: Bond, denom: str) -> cosmos.DelegationResponse:
    """Return a bond with what it is worth."""
    return cosmos.DelegationResponse(
        delegation=cosmos.Delegation(
            delegator_address=bond.delegator, validator_address=bond.validator, shares=bond.shares * E18
        ),
        balance=Coin(denom=denom, amount=operations.bond_value(found, bond.shares)),
    )


def unbonding(delegator: Address, owner: Address, entries: tuple[Undelegation, ...]) -> cosmos.UnbondingDelegation:
    """Return what an account is taking back from a validator; balances are settled (`outflows`)."""
    return cosmos.UnbondingDelegation(
        delegator_address=delegator,
        validator_address=owner,
        entries=tuple(
            [
                cosmos.UnbondingDelegationEntry(
                    creation_height=entry.height,
                    completion_time=entry.completes,
                    initial_balance=entry.amount,
                    balance=entry.balance,
                    unbonding_id=entry.id,
                )
                for entry in entries
            ]
        ),
    )


def redelegation(ctx: Reads, found: Redelegation) -> cosmos.RedelegationResponse:
    """Return a moved bond with what its shares are worth now."""
    entry = cosmos.RedelegationEntry(
        creation_height=found.height,
        completion_time=found.completes,
        initial_balance=found.amount,
        shares_dst=found.shares * E18,
        unbonding_id=found.id,
    )
    destination = operations.get_validator(ctx, found.destination)
    bond = BONDS.get(ctx, (found.destination, found.delegator))
    shares = min(found.shares, bond.shares) if bond is not None else 0
    worth = operations.bond_value(destination, shares) if destination is not None else 0
    return cosmos.RedelegationResponse(
        redelegation=cosmos.Redelegation(
            delegator_address=found.delegator,
            validator_src_address=found.source,
            validator_dst_address=found.destination,
            entries=(entry,),
        ),
        entries=(cosmos.RedelegationEntryResponse(redelegation_entry=entry, balance=worth),),
    )
