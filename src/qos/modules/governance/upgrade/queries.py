"""Reading upgrades."""

from qos.machine.authority import GOVERNANCE
from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.modules.governance.upgrade import operations
from qos.modules.governance.upgrade.state import APPLIED, PLAN
from qos.proto.records.cosmos_upgrade_v1beta1 import (
    ModuleVersion,
    QueryAppliedPlanRequest,
    QueryAppliedPlanResponse,
    QueryAuthorityRequest,
    QueryAuthorityResponse,
    QueryCurrentPlanRequest,
    QueryCurrentPlanResponse,
    QueryModuleVersionsRequest,
    QueryModuleVersionsResponse,
)


def current_plan(ctx: ReadContext, request: QueryCurrentPlanRequest) -> QueryCurrentPlanResponse:
    """Return what is planned."""
    del request
    return QueryCurrentPlanResponse(plan=PLAN.get(ctx))


def applied_plan(ctx: ReadContext, request: QueryAppliedPlanRequest) -> QueryAppliedPlanResponse:
    """Return when an upgrade was made."""
    return QueryAppliedPlanResponse(height=APPLIED.get(ctx, request.name) or 0)


def module_versions(ctx: ReadContext, request: QueryModuleVersionsRequest) -> QueryModuleVersionsResponse:
    """Return the versions of the modules' states. Raises: KeyNotFound."""
    wanted, found = request.module_name, operations.versions(ctx)
    if wanted and wanted not in found:
        raise KeyNotFound(f"this chain has no module {wanted[:100]!r}")
    return QueryModuleVersionsResponse(
        module_versions=tuple(
            [ModuleVersion(name=name, version=found[name]) for name in sorted(found) if wanted in ("", name)]
        )
    )


def authority(ctx: ReadContext, request: QueryAuthorityRequest) -> QueryAuthorityResponse:
    """Return who plans upgrades."""
    del ctx, request
    return QueryAuthorityResponse(address=GOVERNANCE)
