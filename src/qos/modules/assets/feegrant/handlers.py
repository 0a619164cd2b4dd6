"""Messages of fee grants. Events are the Cosmos SDK's."""

from qos.base.identifiers import Address, format_address
from qos.machine.context import Context
from qos.modules.assets.feegrant import operations
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    Grant,
    MsgGrantAllowance,
    MsgGrantAllowanceResponse,
    MsgPruneAllowances,
    MsgPruneAllowancesResponse,
    MsgRevokeAllowance,
    MsgRevokeAllowanceResponse,
)

PRUNED_PER_MESSAGE = 75


def grant_allowance(ctx: Context, msg: MsgGrantAllowance) -> MsgGrantAllowanceResponse:
    """Let an address spend. Raises: as `operations.grant`."""
    operations.grant(ctx, Grant(granter=msg.granter, grantee=msg.grantee, allowance=msg.allowance))
    _report(ctx, "set_feegrant", msg.granter, msg.grantee)
    return MsgGrantAllowanceResponse()


def revoke_allowance(ctx: Context, msg: MsgRevokeAllowance) -> MsgRevokeAllowanceResponse:
    """End a grant. Raises: NoAllowance."""
    operations.revoke(ctx, msg.granter, msg.grantee)
    _report(ctx, "revoke_feegrant", msg.granter, msg.grantee)
    return MsgRevokeAllowanceResponse()


def prune_allowances(ctx: Context, msg: MsgPruneAllowances) -> MsgPruneAllowancesResponse:
    """Remove expired grants."""
    operations.prune(ctx, PRUNED_PER_MESSAGE)
    ctx.emit("prune_feegrant", (("pruner", format_address(msg.pruner)),))
    return MsgPruneAllowancesResponse()


def _report(ctx: Context, kind: str, granter: Address, grantee: Address) -> None:
    ctx.emit(kind, (("granter", format_address(granter)), ("grantee", format_address(grantee))))
