"""What the frame and other modules may do with fee grants."""

from qos.base.identifiers import Address, format_address
from qos.machine.context import Context
from qos.machine.errors import InvalidRequest
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.feegrant import allowances
from qos.modules.assets.feegrant.errors import NoAllowance
from qos.modules.assets.feegrant.state import BY_GRANTER, EXPIRING, GRANTS
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_auth_v1beta1 import ModuleAccount
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_feegrant_v1beta1 import Grant

PRUNED_PER_BLOCK = 100
"""Expired grants removed at the beginning of a block, at most."""


def grant(ctx: Context, given: Grant) -> None:
    """Let an address spend, giving it an account. Raises: InvalidRequest, and as `allowances.read` and `check`."""
    if given.granter == given.grantee:
        raise InvalidRequest("nobody grants fees to himself: invalid request")
    if GRANTS.has(ctx, (given.grantee, given.granter)):
        raise InvalidRequest("there is such a grant: revoke it first: fee allowance already exists: invalid request")
    allowance = allowances.read(given.allowance)
    allowances.check(allowance, ctx.block.time_ns)
    if accounts.ensure(ctx, given.grantee) is ModuleAccount:
        raise InvalidRequest(f"{format_address(given.grantee)} belongs to a module and sends nothing: invalid request")
    record(ctx, given)


def record(ctx: Context, given: Grant) -> None:
    """Store a grant and where to find it."""
    GRANTS.set(ctx, (given.grantee, given.granter), given)
    BY_GRANTER.set(ctx, (given.granter, given.grantee), b"\x01")
    end = allowances.expiration(allowances.read(given.allowance))
    if end is not None:
        EXPIRING.add(ctx, (end, given.grantee, given.granter))


def revoke(ctx: Context, granter: Address, grantee: Address) -> None:
    """End a grant. Raises: NoAllowance."""
    found = GRANTS.require(ctx, (grantee, granter), _no_allowance)
    GRANTS.delete(ctx, (grantee, granter))
    BY_GRANTER.delete(ctx, (granter, grantee))
    end = allowances.expiration(allowances.read(found.allowance))
    if end is not None:
        EXPIRING.delete(ctx, (end, grantee, granter))


def spend(
    ctx: Context, granter: Address, grantee: Address, fee: tuple[Coin, ...], messages: tuple[AnyRecord, ...]
) -> None:
    """Use an allowance for a fee; one that is used up ends.

    Raises: NoAllowance, FeeLimitExpired, FeeLimitExceeded, MessageNotAllowed.
    """
    found = GRANTS.require(ctx, (grantee, granter), _no_allowance)
    before = allowances.read(found.allowance)
    after = allowances.spend(before, fee, messages, ctx.block.time_ns)
    if after is None:
        revoke(ctx, granter, grantee)
    elif after is not before:  # without a limit nothing shrinks
        GRANTS.set(ctx, (grantee, granter), Grant(granter=granter, grantee=grantee, allowance=codec.pack(after)))


def _no_allowance(key: tuple[Address, Address]) -> NoAllowance:
    grantee, granter = key
    return NoAllowance(f"{format_address(granter)} lets {format_address(grantee)} spend nothing: no allowance")


def prune(ctx: Context, limit: int) -> int:
    """Remove expired grants, the oldest first, at most `limit`; returns how many."""
    due = []
    for end, grantee, granter in EXPIRING.keys(ctx, limit=limit):
        if end >= ctx.block.time_ns:
            break
        due.append((granter, grantee))
    for granter, grantee in due:
        revoke(ctx, granter, grantee)
    return len(due)


def begin_block(ctx: Context) -> None:
    """Remove some of what has expired."""
    prune(ctx, PRUNED_PER_BLOCK)
