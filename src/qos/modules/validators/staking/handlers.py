"""Messages of stake."""

from dataclasses import replace

from qos.machine.authority import require_governance
from qos.machine.context import Context
from qos.machine.errors import InvalidRequest
from qos.modules.validators.staking import bonding, creating, events, leaving, operations, standing
from qos.modules.validators.staking.errors import BadConsensusKey, NoBond, SelfBondTooSmall
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.parameters import change, params
from qos.modules.validators.staking.state import BONDS, VALIDATORS
from qos.proto import codec
from qos.proto.codec import MalformedBytes
from qos.proto.record import AnyRecord
from qos.proto.records import cosmos_staking_v1beta1 as cosmos
from qos.proto.records import qos_staking_v1 as own
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_crypto_ed25519 import PubKey
from qos.proto.scalars import read_integer


def create_validator(
    ctx: Context, msg: cosmos.MsgCreateValidator, *, hooks: Hooks
) -> cosmos.MsgCreateValidatorResponse:
    """Become a validator. Raises: InvalidRequest, BadConsensusKey, WrongAsset, and as `creating.create`."""
    owner = msg.validator_address
    if msg.delegator_address not in (b"", owner):
        raise InvalidRequest("delegator_address is the validator's own account or empty: invalid request")
    amount = bonding.amount_of(params(ctx), msg.value)
    key = _consensus_key(msg.pubkey)
    creating.create(ctx, hooks, owner, key, msg.description, msg.commission, msg.min_self_delegation, amount)
    return cosmos.MsgCreateValidatorResponse()


def _consensus_key(wrapped: AnyRecord) -> bytes:
    try:
        return codec.unpack(PubKey, wrapped).key
    except MalformedBytes as error:
        raise BadConsensusKey(f"validators sign with ed25519 keys: {error}") from None


def edit_validator(ctx: Context, msg: cosmos.MsgEditValidator) -> cosmos.MsgEditValidatorResponse:
    """Change what a validator says of itself. Raises: UnknownValidator, BadDescription, BadCommission,
    SelfBondTooSmall, MalformedField.
    """
    validator = operations.require_validator(ctx, msg.validator_address)
    after = replace(validator, description=creating.new_description(validator.description, msg.description))
    if msg.commission_rate:
        after = replace(after, commission=creating.new_commission(ctx, validator, read_integer(msg.commission_rate)))
    if msg.min_self_delegation:
        promised = read_integer(msg.min_self_delegation)
        held = operations.self_bond(ctx, validator)
        if not validator.min_self_bond < promised <= held:
            raise SelfBondTooSmall(held, max(promised, validator.min_self_bond + 1))
        after = replace(after, min_self_bond=promised)
    VALIDATORS.set(ctx, validator.owner, after)
    events.edited(ctx, after)
    return cosmos.MsgEditValidatorResponse()


def delegate(ctx: Context, msg: cosmos.MsgDelegate, *, hooks: Hooks) -> cosmos.MsgDelegateResponse:
    """Bond behind an active validator. Raises: WrongAsset, and as `bonding.delegate`."""
    amount = bonding.amount_of(params(ctx), msg.amount)
    bonding.delegate(ctx, hooks, msg.delegator_address, msg.validator_address, amount)
    return cosmos.MsgDelegateResponse()


def undelegate(ctx: Context, msg: cosmos.MsgUndelegate, *, hooks: Hooks) -> cosmos.MsgUndelegateResponse:
    """Take a bond back. Raises: WrongAsset, and as `leaving.undelegate`."""
    rules = params(ctx)
    amount = bonding.amount_of(rules, msg.amount)
    completes, free = leaving.undelegate(ctx, hooks, msg.delegator_address, msg.validator_address, amount)
    return cosmos.MsgUndelegateResponse(completion_time=completes, amount=Coin(denom=rules.bond_denom, amount=free))


def begin_redelegate(
    ctx: Context, msg: cosmos.MsgBeginRedelegate, *, hooks: Hooks
) -> cosmos.MsgBeginRedelegateResponse:
    """Move a bond to another validator. Raises: WrongAsset, and as `leaving.redelegate`."""
    amount = bonding.amount_of(params(ctx), msg.amount)
    source, destination = msg.validator_src_address, msg.validator_dst_address
    completes = leaving.redelegate(ctx, hooks, msg.delegator_address, source, destination, amount)
    return cosmos.MsgBeginRedelegateResponse(completion_time=completes)


def cancel_unbonding_delegation(
    ctx: Context, msg: cosmos.MsgCancelUnbondingDelegation, *, hooks: Hooks
) -> cosmos.MsgCancelUnbondingDelegationResponse:
    """Bond again what is being taken back. Raises: WrongAsset, and as `leaving.cancel`."""
    amount = bonding.amount_of(params(ctx), msg.amount)
    leaving.cancel(ctx, hooks, msg.delegator_address, msg.validator_address, msg.creation_height, amount)
    return cosmos.MsgCancelUnbondingDelegationResponse()


def revoke_validator(ctx: Context, msg: own.MsgRevokeValidator, *, hooks: Hooks) -> own.MsgRevokeValidatorResponse:
    """Become inactive on purpose. Raises: UnknownValidator, and as `standing.revoke`."""
    standing.revoke(ctx, hooks, operations.require_validator(ctx, msg.validator_address))
    return own.MsgRevokeValidatorResponse()


def activate_validator(
    ctx: Context, msg: own.MsgActivateValidator, *, hooks: Hooks
) -> own.MsgActivateValidatorResponse:
    """Come back from inactivity. Raises: WrongAsset, UnknownValidator, and as `standing.activate`."""
    wanted = msg.top_up
    top_up = bonding.amount_of(params(ctx), wanted) if wanted is not None and wanted.amount else 0
    standing.activate(ctx, hooks, operations.require_validator(ctx, msg.validator_address), top_up)
    return own.MsgActivateValidatorResponse()


def set_compounding(ctx: Context, msg: own.MsgSetCompounding) -> own.MsgSetCompoundingResponse:
    """Choose whether rewards of a bond are bonded or paid out. Raises: UnknownValidator, NoBond."""
    operations.require_validator(ctx, msg.validator_address)
    bond = operations.get_bond(ctx, msg.delegator_address, msg.validator_address)
    if bond is None:
        raise NoBond(msg.validator_address)
    BONDS.set(ctx, (bond.validator, bond.delegator), replace(bond, compounding=msg.compounding))
    return own.MsgSetCompoundingResponse()


def return_bond(ctx: Context, msg: own.MsgReturnBond, *, hooks: Hooks) -> own.MsgReturnBondResponse:
    """Pay what is due to an account from a validator. Raises: NothingDue."""
    paid = leaving.return_due(ctx, hooks, msg.delegator_address, msg.validator_address)
    return own.MsgReturnBondResponse(amount=Coin(denom=params(ctx).bond_denom, amount=paid))


def update_params(ctx: Context, msg: own.MsgUpdateParams) -> own.MsgUpdateParamsResponse:
    """Change the parameters, all of them. Raises: Unauthorized, InvalidParams."""
    require_governance(msg.authority)
    change(ctx, msg.params)
    return own.MsgUpdateParamsResponse()
