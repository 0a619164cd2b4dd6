"""Declaration of distribution."""

from functools import partial

from qos.machine.module import Module
from qos.modules.economics.distribution import compounding, errors, genesis, handlers, payout, queries, state
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records import cosmos_distribution_v1beta1, qos_distribution_v1


def distribution_module(hooks: Hooks) -> Module:
    """Return distribution, with what the chain does when stake changes: compounding changes it."""
    return Module(
        name="distribution",
        store=state.STORE,
        store_id=12,
        msgs=(
            cosmos_distribution_v1beta1.MsgServer(
                set_withdraw_address=handlers.set_withdraw_address,
                withdraw_delegator_reward=handlers.withdraw_delegator_reward,
                withdraw_validator_commission=handlers.withdraw_validator_commission,
                fund_community_pool=handlers.fund_community_pool,
                community_pool_spend=handlers.community_pool_spend,
            ),
            qos_distribution_v1.MsgServer(
                compound=partial(handlers.compound, hooks=hooks),
                update_params=handlers.update_params,
            ),
        ),
        queries=(
            cosmos_distribution_v1beta1.QueryServer(
                params=queries.cosmos_params,
                validator_distribution_info=queries.validator_info,
                validator_outstanding_rewards=queries.outstanding,
                validator_commission=queries.commission,
                validator_slashes=queries.slashes,
                delegation_rewards=queries.delegation_rewards,
                delegation_total_rewards=queries.total_rewards,
                delegator_validators=queries.delegator_validators,
                delegator_withdraw_address=queries.withdraw_address,
                community_pool=queries.community_pool,
            ),
            qos_distribution_v1.QueryServer(params=queries.params, payout=queries.payout, claims=queries.claims),
        ),
        errors=errors.ALL,
        genesis=genesis.GENESIS,
        begin_block=payout.pay_block,
        end_block=partial(compounding.compound_waiting, hooks=hooks),
        invariants=genesis.INVARIANTS,
    )
