"""Acting by authority: governance runs messages of any module as its own account, without a signature.

The one door upwards: whoever decides on proposals names no module, and a module asks only who is acting.
"""

from qos.base.identifiers import Address, format_address, module_address
from qos.machine.context import NO_ROUTES, Context, MessageRoute, Routes
from qos.machine.errors import Unauthorized, UnknownRequest
from qos.machine.scope import Outcome, attempt
from qos.machine.transaction import signers_of
from qos.proto import codec
from qos.proto.record import AnyRecord, Record

GOVERNANCE_NAME = "gov"
GOVERNANCE = module_address(GOVERNANCE_NAME)
"""The account proposals act as; no key leads to it."""


def require_governance(claimed: Address) -> None:
    """Return when a message comes from an accepted proposal. Raises: Unauthorized."""
    if claimed != GOVERNANCE:
        raise Unauthorized(
            f"only governance, {format_address(GOVERNANCE)}, may do this: submit it as a proposal: unauthorized"
        )


def resolve(routes: Routes, wrapped: AnyRecord, authority: Address) -> tuple[MessageRoute, Record]:
    """Read a message that is to be run by authority, the only signer it may name.

    Raises: UnknownRequest, MalformedBytes, MalformedField, MalformedAddress, Unauthorized.
    """
    route = routes.get(wrapped.type_url)
    if route is None:
        raise UnknownRequest(f"no message {wrapped.type_url[:100]!r} can be run from here: unknown request")
    message = codec.decode(route.kind, wrapped.value)
    if any(signer != authority for signer in signers_of(message)):
        raise Unauthorized(f"{wrapped.type_url} must be signed by {format_address(authority)} alone: unauthorized")
    return route, message


def execute(
    ctx: Context, messages: tuple[AnyRecord, ...], authority: Address, gas_limit: int
) -> Outcome[tuple[AnyRecord, ...]]:
    """Run messages in order, all or nothing, with a gas limit of their own; returns their answers or why not.

    Messages run so cannot run others. Raises: nothing of theirs; OutOfGas when the caller's own gas does not cover it.
    """

    def run(inner: Context) -> tuple[AnyRecord, ...]:
        inner.routes, inner.signers = NO_ROUTES, (authority,)
        answers = []
        for wrapped in messages:
            route, message = resolve(ctx.routes, wrapped, authority)
            answers.append(codec.pack(route.handle(inner, message)))
        return tuple(answers)

    return attempt(ctx, run, gas_limit=gas_limit)
