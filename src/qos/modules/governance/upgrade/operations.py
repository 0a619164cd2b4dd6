"""What the frame needs of this module: what is planned, and what became of it."""

from collections.abc import Mapping

from qos.machine.context import Context
from qos.machine.upgrades import Planned, UpgradeRules
from qos.modules.governance.upgrade.state import APPLIED, LAST_APPLIED, PLAN, VERSIONS
from qos.store.access import Reads


def planned(ctx: Reads) -> Planned | None:
    """Return the upgrade that is planned."""
    plan = PLAN.get(ctx)
    return None if plan is None else Planned(name=plan.name, height=plan.height)


def versions(ctx: Reads) -> Mapping[str, int]:
    """Return the versions of the modules' states, empty before genesis."""
    return dict(VERSIONS.items(ctx))


def applied_at(ctx: Reads) -> int:
    """Return when the last upgrade was made, 0 for never."""
    return LAST_APPLIED.get(ctx) or 0


def record_versions(ctx: Context, found: Mapping[str, int]) -> None:
    """Remember which versions the state has."""
    for name in sorted(found):
        VERSIONS.set(ctx, name, found[name])


def apply(ctx: Context, made: Planned, found: Mapping[str, int]) -> None:
    """Remember that an upgrade was made."""
    record_versions(ctx, found)
    APPLIED.set(ctx, made.name, made.height)
    LAST_APPLIED.set(ctx, made.height)
    PLAN.delete(ctx)


RULES = UpgradeRules(plan=planned, versions=versions, applied_at=applied_at, start=record_versions, apply=apply)
"""What the frame needs of this module."""
