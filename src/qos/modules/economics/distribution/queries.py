"""Reading rewards."""

from qos.base.amounts import E18, mul_div_floor
from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.context import ReadContext
from qos.machine.paging import page_of
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.assets.bank.state import BALANCES
from qos.modules.economics.distribution import formulas, rewards
from qos.modules.economics.distribution import params as parameters
from qos.modules.economics.distribution.errors import NoDelegation
from qos.modules.economics.distribution.state import CLAIMS, PAYOUT, SLASHES
from qos.modules.validators.staking import operations as staking
from qos.proto.records import cosmos_distribution_v1beta1 as cosmos
from qos.proto.records import qos_distribution_v1 as own
from qos.proto.records.cosmos_base_v1beta1 import DecCoin
from qos.proto.records.qos_distribution_v1 import Claim
from qos.proto.records.qos_staking_v1 import Bond
from qos.store.keys import LENGTH_ADDRESS


def params(ctx: ReadContext, request: own.QueryParamsRequest) -> own.QueryParamsResponse:
    """Return how rewards are shared."""
    del request
    return own.QueryParamsResponse(params=parameters.params(ctx))


def payout(ctx: ReadContext, request: own.QueryPayoutRequest) -> own.QueryPayoutResponse:
    """Return how the newest income was shared; none before the first."""
    del request
    return own.QueryPayoutResponse(payout=PAYOUT.get(ctx))


def claims(ctx: ReadContext, request: own.QueryClaimsRequest) -> own.QueryClaimsResponse:
    """Return all bonds of a delegator with all that their rewards are counted by."""
    found = tuple([_counted(ctx, bond) for bond in staking.bonds_of(ctx, request.delegator_address)])
    return own.QueryClaimsResponse(claims=found)


def _counted(ctx: ReadContext, bond: Bond) -> own.CountedClaim:
    validator = staking.get_validator(ctx, bond.validator)
    claim = CLAIMS.get(ctx, (bond.validator, bond.delegator))
    return own.CountedClaim(
        validator=rewards.of_validator(ctx, bond.validator),
        validator_shares=validator.shares if validator is not None else 0,
        shares=bond.shares,
        claim=claim,
        reward=formulas.payable(_owed(ctx, bond))[0],
    )


def _owed(ctx: ReadContext, bond: Bond) -> int:
    """Return what a bond has earned and not got, in 2^-128 aqos."""
    row = rewards.of_validator(ctx, bond.validator)
    claim = CLAIMS.get(ctx, (bond.validator, bond.delegator)) or Claim(index=row.index)
    return rewards.counted(row, claim, bond.shares).owed


def cosmos_params(ctx: ReadContext, request: cosmos.QueryParamsRequest) -> cosmos.QueryParamsResponse:
    """Return how rewards are shared."""
    del request
    rules = parameters.params(ctx)
    found = cosmos.Params(
        community_tax=rules.community_reward_rate,
        base_proposer_reward=rules.proposer_reward_rate,
        withdraw_addr_enabled=True,
    )
    return cosmos.QueryParamsResponse(params=found)


def validator_info(
    ctx: ReadContext, request: cosmos.QueryValidatorDistributionInfoRequest
) -> cosmos.QueryValidatorDistributionInfoResponse:
    """Return what a validator earned for itself, and by its own bond. Raises: NoRewardsOfValidator."""
    row = rewards.of_validator(ctx, request.validator_address)
    bond = staking.get_bond(ctx, request.validator_address, request.validator_address)
    return cosmos.QueryValidatorDistributionInfoResponse(
        operator_address=request.validator_address,
        self_bond_rewards=() if bond is None else _dec(_owed(ctx, bond)),
        commission=_whole(row.commission + row.proposer),
    )


def outstanding(
    ctx: ReadContext, request: cosmos.QueryValidatorOutstandingRewardsRequest
) -> cosmos.QueryValidatorOutstandingRewardsResponse:
    """Return all that a validator and its delegators have not withdrawn. Raises: NoRewardsOfValidator."""
    row = rewards.of_validator(ctx, request.validator_address)
    found = cosmos.ValidatorOutstandingRewards(rewards=_whole(row.bonds + row.commission + row.proposer))
    return cosmos.QueryValidatorOutstandingRewardsResponse(rewards=found)


def commission(
    ctx: ReadContext, request: cosmos.QueryValidatorCommissionRequest
) -> cosmos.QueryValidatorCommissionResponse:
    """Return what a validator may withdraw. Raises: NoRewardsOfValidator."""
    row = rewards.of_validator(ctx, request.validator_address)
    found = cosmos.ValidatorAccumulatedCommission(commission=_whole(row.commission + row.proposer))
    return cosmos.QueryValidatorCommissionResponse(commission=found)


def slashes(ctx: ReadContext, request: cosmos.QueryValidatorSlashesRequest) -> cosmos.QueryValidatorSlashesResponse:
    """Return slashes of a validator between two heights, oldest first."""
    page = page_of(ctx, SLASHES, request.pagination, LENGTH_ADDRESS.encode(request.validator_address))
    last = request.ending_height or 2**64
    found = tuple(
        [
            cosmos.ValidatorSlashEvent(fraction=slash.fraction)
            for (_, height), slash in page.entries
            if request.starting_height <= height <= last
        ]
    )
    return cosmos.QueryValidatorSlashesResponse(slashes=found, pagination=page.response)


def delegation_rewards(
    ctx: ReadContext, request: cosmos.QueryDelegationRewardsRequest
) -> cosmos.QueryDelegationRewardsResponse:
    """Return what a bond has earned. Raises: NoDelegation."""
    bond = staking.get_bond(ctx, request.delegator_address, request.validator_address)
    if bond is None:
        raise NoDelegation("this account has no bond with this validator")
    return cosmos.QueryDelegationRewardsResponse(rewards=_dec(_owed(ctx, bond)))


def total_rewards(
    ctx: ReadContext, request: cosmos.QueryDelegationTotalRewardsRequest
) -> cosmos.QueryDelegationTotalRewardsResponse:
    """Return what each bond of a delegator has earned."""
    owed = [(bond.validator, _owed(ctx, bond)) for bond in staking.bonds_of(ctx, request.delegator_address)]
    return cosmos.QueryDelegationTotalRewardsResponse(
        rewards=tuple(
            [cosmos.DelegationDelegatorReward(validator_address=who, reward=_dec(each)) for who, each in owed]
        ),
        total=_dec(sum([each for _, each in owed])),
    )


def delegator_validators(
    ctx: ReadContext, request: cosmos.QueryDelegatorValidatorsRequest
) -> cosmos.QueryDelegatorValidatorsResponse:
    """Return behind which validators a delegator stands."""
    found = tuple([bond.validator for bond in staking.bonds_of(ctx, request.delegator_address)])
    return cosmos.QueryDelegatorValidatorsResponse(validators=found)


def withdraw_address(
    ctx: ReadContext, request: cosmos.QueryDelegatorWithdrawAddressRequest
) -> cosmos.QueryDelegatorWithdrawAddressResponse:
    """Return which account a delegator's rewards are paid to."""
    who: Address = rewards.recipient_of(ctx, request.delegator_address)
    return cosmos.QueryDelegatorWithdrawAddressResponse(withdraw_address=who)


def community_pool(ctx: ReadContext, request: cosmos.QueryCommunityPoolRequest) -> cosmos.QueryCommunityPoolResponse:
    """Return what the community pool holds."""
    del request
    held = BALANCES.items(ctx, LENGTH_ADDRESS.encode(COMMUNITY_POOL), limit=1_000)
    return cosmos.QueryCommunityPoolResponse(
        pool=tuple([DecCoin(denom=denom, amount=amount * E18) for (_, denom), amount in held])
    )


def _dec(owed: int) -> tuple[DecCoin, ...]:
    """Return 2^-128 aqos as integers over 10^18 of an aqos, rounded down."""
    amount = mul_div_floor(owed, E18, formulas.SCALE)
    return (DecCoin(denom=BASE_DENOM, amount=amount),) if amount else ()


def _whole(amount: int) -> tuple[DecCoin, ...]:
    return (DecCoin(denom=BASE_DENOM, amount=amount * E18),) if amount else ()
