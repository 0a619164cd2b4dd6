"""Messages of distribution."""

from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.machine.authority import require_governance
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.economics.distribution import compounding, rewards
from qos.modules.economics.distribution import params as parameters
from qos.modules.economics.distribution.errors import NoCommission, NoDelegation
from qos.modules.economics.distribution.state import PARAMS, WITHDRAW
from qos.modules.validators.staking import operations as staking
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_distribution_v1beta1 import (
    MsgCommunityPoolSpend,
    MsgCommunityPoolSpendResponse,
    MsgFundCommunityPool,
    MsgFundCommunityPoolResponse,
    MsgSetWithdrawAddress,
    MsgSetWithdrawAddressResponse,
    MsgWithdrawDelegatorReward,
    MsgWithdrawDelegatorRewardResponse,
    MsgWithdrawValidatorCommission,
    MsgWithdrawValidatorCommissionResponse,
)
from qos.proto.records.qos_distribution_v1 import (
    MsgCompound,
    MsgCompoundResponse,
    MsgUpdateParams,
    MsgUpdateParamsResponse,
)


def set_withdraw_address(ctx: Context, msg: MsgSetWithdrawAddress) -> MsgSetWithdrawAddressResponse:
    """Have rewards paid to another account. Raises: RecipientNotAllowed for an account of a module (L3)."""
    bank.receive_from_outside(ctx, msg.withdraw_address)
    if msg.withdraw_address != msg.delegator_address:
        WITHDRAW.set(ctx, msg.delegator_address, msg.withdraw_address)
    elif WITHDRAW.has(ctx, msg.delegator_address):
        WITHDRAW.delete(ctx, msg.delegator_address)
    ctx.emit("set_withdraw_address", (("withdraw_address", format_address(msg.withdraw_address)),))
    return MsgSetWithdrawAddressResponse()


def withdraw_delegator_reward(ctx: Context, msg: MsgWithdrawDelegatorReward) -> MsgWithdrawDelegatorRewardResponse:
    """Withdraw what a bond has earned, whether it compounds or not; nothing is an answer too.

    Raises: NoDelegation.
    """
    delegator, validator = msg.delegator_address, msg.validator_address
    bond = staking.get_bond(ctx, delegator, validator)
    if bond is None:
        raise NoDelegation("this account has no bond with this validator")
    rewards.settle(ctx, validator, delegator, bond.shares)
    paid = rewards.pay(ctx, validator, delegator, rewards.recipient_of(ctx, delegator))
    if not paid:
        rewards.tell_withdrawn(ctx, validator, delegator, 0)
    return MsgWithdrawDelegatorRewardResponse(amount=_coins(paid))


def withdraw_validator_commission(
    ctx: Context, msg: MsgWithdrawValidatorCommission
) -> MsgWithdrawValidatorCommissionResponse:
    """Withdraw commission and what was earned as proposer. Raises: NoRewardsOfValidator, NoCommission."""
    paid = _coins(rewards.pay_validator(ctx, msg.validator_address))
    if not paid:
        raise NoCommission("this validator has earned nothing for itself since it last withdrew")
    return MsgWithdrawValidatorCommissionResponse(amount=paid)


def fund_community_pool(ctx: Context, msg: MsgFundCommunityPool) -> MsgFundCommunityPoolResponse:
    """Give to the community pool. Raises: InvalidCoins, AssetPaused, InsufficientFunds."""
    bank.check_coins(msg.amount)
    _move(ctx, msg.depositor, COMMUNITY_POOL, msg.amount)
    return MsgFundCommunityPoolResponse()


def community_pool_spend(ctx: Context, msg: MsgCommunityPoolSpend) -> MsgCommunityPoolSpendResponse:
    """Pay from the community pool; governance alone.

    Raises: Unauthorized, InvalidCoins, RecipientNotAllowed, AssetPaused, InsufficientFunds.
    """
    require_governance(msg.authority)
    bank.check_coins(msg.amount)
    bank.receive_from_outside(ctx, msg.recipient)
    _move(ctx, COMMUNITY_POOL, msg.recipient, msg.amount)
    return MsgCommunityPoolSpendResponse()


def compound(ctx: Context, msg: MsgCompound, *, hooks: Hooks) -> MsgCompoundResponse:
    """Add what a bond has earned to it. Raises: as `compounding.compound_for`."""
    amount = compounding.compound_for(ctx, hooks, msg.sender, msg.validator_address, msg.delegator_address)
    return MsgCompoundResponse(amount=amount)


def update_params(ctx: Context, msg: MsgUpdateParams) -> MsgUpdateParamsResponse:
    """Change the parameters; governance alone. Raises: Unauthorized, InvalidDistributionParams."""
    require_governance(msg.authority)
    PARAMS.set(ctx, parameters.check(msg.params))
    return MsgUpdateParamsResponse()


def _move(ctx: Context, giver: Address, taker: Address, coins: tuple[Coin, ...]) -> None:
    for coin in coins:
        bank.move(ctx, giver, taker, coin)
    bank.emit_transfer(ctx, giver, taker, coins)


def _coins(amount: int) -> tuple[Coin, ...]:
    return (Coin(denom=BASE_DENOM, amount=amount),) if amount else ()
