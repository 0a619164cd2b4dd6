"""Declaration of proposals and votes."""

from functools import partial

from qos.machine.module import Module
from qos.modules.governance.proposals import (
    errors,
    genesis,
    handlers,
    levels,
    lifecycle,
    older_queries,
    own_queries,
    queries,
    state,
)
from qos.modules.governance.proposals.levels import KnownMessages
from qos.proto.records import cosmos_gov_v1, cosmos_gov_v1beta1, qos_gov_v1


def governance_module(known: KnownMessages) -> Module:
    """Return governance with what is known of the messages of a chain."""
    return Module(
        name=levels.MODULE,
        store=state.STORE,
        store_id=13,
        msgs=(
            cosmos_gov_v1.MsgServer(
                submit_proposal=partial(handlers.submit, known=known),
                vote=handlers.vote,
                vote_weighted=handlers.vote_weighted,
                deposit=handlers.deposit,
            ),
            cosmos_gov_v1beta1.MsgServer(
                submit_proposal=handlers.submit_text,
                vote=handlers.vote_older,
                vote_weighted=handlers.vote_weighted_older,
                deposit=handlers.deposit_older,
            ),
            qos_gov_v1.MsgServer(update_params=handlers.update_params),
        ),
        queries=(
            cosmos_gov_v1.QueryServer(
                proposal=queries.proposal,
                proposals=queries.proposals,
                vote=queries.vote,
                votes=queries.list_votes,
                params=queries.show_params,
                deposit=queries.deposit,
                deposits=queries.list_deposits,
                tally_result=queries.tally_result,
            ),
            cosmos_gov_v1beta1.QueryServer(
                proposal=older_queries.proposal,
                proposals=older_queries.proposals,
                vote=older_queries.vote,
                votes=older_queries.list_votes,
                params=older_queries.show_params,
                deposit=older_queries.deposit,
                deposits=older_queries.list_deposits,
                tally_result=older_queries.tally_result,
            ),
            qos_gov_v1.QueryServer(
                levels=partial(own_queries.levels, known=known),
                standing=own_queries.standing,
                standings=own_queries.standings,
            ),
        ),
        errors=errors.ALL,
        genesis=genesis.GENESIS,
        end_block=lifecycle.end_block,
        invariants=genesis.INVARIANTS,
    )
