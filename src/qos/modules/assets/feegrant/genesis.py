"""Fee grants in genesis, and what must hold after every block."""

from qos.base.errors import InvariantBroken
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.feegrant import allowances, operations
from qos.modules.assets.feegrant.state import BY_GRANTER, EXPIRING, GRANTS
from qos.proto.records.cosmos_feegrant_v1beta1 import GenesisState


def load(ctx: Context, state: GenesisState) -> None:
    """Import grants, expired ones too: the queue removes them. Raises: BadGenesis, and as `allowances.check`."""
    for grant in state.allowances:
        if grant.granter == grant.grantee or GRANTS.has(ctx, (grant.grantee, grant.granter)):
            raise BadGenesis("a fee grant is to its granter or stands twice")
        allowances.check(allowances.read(grant.allowance), -1)
        accounts.ensure(ctx, grant.grantee)
        operations.record(ctx, grant)


def dump(ctx: ReadContext) -> GenesisState:
    """Export grants."""
    return GenesisState(allowances=tuple(grant for _, grant in GRANTS.items(ctx)))


def indexes_agree(ctx: ReadContext) -> None:
    """Every grant stands once in each index, and nothing else does."""
    grants = dict(GRANTS.items(ctx))
    by_granter = [(grantee, granter) for (granter, grantee), _ in BY_GRANTER.items(ctx)]
    if sorted(by_granter) != sorted(grants):
        raise InvariantBroken("fee grants by granter differ from those by grantee")
    ends = []
    for (grantee, granter), grant in grants.items():
        end = allowances.expiration(allowances.read(grant.allowance))
        if end is not None:
            ends.append((end, grantee, granter))
    if sorted(ends) != list(EXPIRING.keys(ctx)):
        raise InvariantBroken("the queue of expiring fee grants is wrong")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
