"""Declaration of stake."""

from functools import partial

from qos.machine.module import Module, ValidatorRules
from qos.modules.validators.staking import (
    errors,
    genesis,
    handlers,
    invariants,
    own_queries,
    queries,
    sets,
    state,
    steps,
)
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records import cosmos_staking_v1beta1, qos_staking_v1


def staking_module(hooks: Hooks) -> Module:
    """Return stake, with whom it tells of changes."""
    return Module(
        name="staking",
        store=state.STORE,
        store_id=9,
        msgs=(
            cosmos_staking_v1beta1.MsgServer(
                create_validator=partial(handlers.create_validator, hooks=hooks),
                edit_validator=handlers.edit_validator,
                delegate=partial(handlers.delegate, hooks=hooks),
                begin_redelegate=partial(handlers.begin_redelegate, hooks=hooks),
                undelegate=partial(handlers.undelegate, hooks=hooks),
                cancel_unbonding_delegation=partial(handlers.cancel_unbonding_delegation, hooks=hooks),
            ),
            qos_staking_v1.MsgServer(
                revoke_validator=partial(handlers.revoke_validator, hooks=hooks),
                activate_validator=partial(handlers.activate_validator, hooks=hooks),
                set_compounding=handlers.set_compounding,
                return_bond=partial(handlers.return_bond, hooks=hooks),
                update_params=handlers.update_params,
            ),
        ),
        queries=(
            cosmos_staking_v1beta1.QueryServer(
                validators=queries.validators,
                validator=queries.validator,
                validator_delegations=queries.validator_delegations,
                validator_unbonding_delegations=queries.validator_unbonding_delegations,
                delegation=queries.delegation,
                unbonding_delegation=queries.unbonding_delegation,
                delegator_delegations=queries.delegator_delegations,
                delegator_unbonding_delegations=queries.delegator_unbonding_delegations,
                redelegations=queries.redelegations,
                delegator_validators=queries.delegator_validators,
                delegator_validator=queries.delegator_validator,
                historical_info=queries.historical_info,
                pool=queries.pool,
                params=queries.params,
            ),
            qos_staking_v1.QueryServer(
                rules=own_queries.rules,
                standings=own_queries.standings,
                standing=own_queries.standing,
                bonds=own_queries.bonds,
                signed_set=own_queries.signed_set,
            ),
        ),
        errors=errors.ALL,
        genesis=genesis.genesis(hooks),
        end_block=partial(steps.end_block, hooks=hooks),
        validators=ValidatorRules(check=sets.check, updates=partial(sets.updates, hooks=hooks)),
        invariants=invariants.INVARIANTS,
    )
