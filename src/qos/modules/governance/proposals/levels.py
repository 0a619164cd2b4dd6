"""How much a message can change, and whether it is tried before anybody votes."""

from collections.abc import Mapping
from dataclasses import dataclass

from qos.machine.authority import GOVERNANCE, execute, resolve
from qos.machine.context import Context
from qos.modules.governance.proposals.errors import MessageNotAllowed
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records import qos_gov_v1
from qos.proto.records.qos_gov_v1 import Level
from qos.store.overlay import Overlay

MODULE = "gov"
PARAMETERS = codec.type_url(qos_gov_v1.MsgUpdateParams)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a message: its level, and whether what it checks hangs on nothing but the state (`tried`)."""

    level: Level
    tried: bool = False


KnownMessages = Mapping[str, Known]
"""By type URL. What does not stand here is critical and is not tried (G2)."""

UNKNOWN = Known(level=Level.LEVEL_CRITICAL)


def level_of(ctx: Context, messages: tuple[AnyRecord, ...], known: KnownMessages) -> Level:
    """Return the highest level of messages that governance can run, of none the normal one.

    Raises: MessageNotAllowed, and as `authority.resolve`.
    """
    highest = Level.LEVEL_NORMAL
    for wrapped in messages:
        route, _ = resolve(ctx.routes, wrapped, GOVERNANCE)
        if route.module == MODULE and wrapped.type_url != PARAMETERS:
            raise MessageNotAllowed(wrapped.type_url)
        highest = max(highest, known.get(wrapped.type_url, UNKNOWN).level)
    return highest


def rehearse(ctx: Context, messages: tuple[AnyRecord, ...], known: KnownMessages, gas_limit: int) -> None:
    """Run those messages that can be judged now and keep nothing. Raises: what they refuse."""
    tried = tuple([each for each in messages if known.get(each.type_url, UNKNOWN).tried])
    if not tried:
        return
    apart = Context(Overlay(ctx.state), ctx.block, ctx.gas, [], ctx.signers, ctx.routes)
    outcome = execute(apart, tried, GOVERNANCE, min(gas_limit, ctx.gas.remaining))
    if outcome.violation is not None:
        raise outcome.violation
