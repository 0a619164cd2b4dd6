"""Planning upgrades: governance alone, a name once, a height to come."""

from typing import Any

import pytest

from qos.base.blocktime import ZERO_TIME_NS
from qos.base.errors import RuleViolation
from qos.machine.authority import GOVERNANCE
from qos.machine.context import Context
from qos.machine.errors import Unauthorized
from qos.machine.genesis import BadGenesis
from qos.modules.governance.upgrade.errors import AlreadyApplied, BadPlan, NoPlan
from qos.modules.governance.upgrade.state import PLAN
from qos.proto.record import AnyRecord, Record
from qos.proto.records.cosmos_upgrade_v1beta1 import (
    MsgCancelUpgrade,
    MsgSoftwareUpgrade,
    Plan,
    QueryAuthorityRequest,
    QueryAuthorityResponse,
    QueryModuleVersionsRequest,
    QueryModuleVersionsResponse,
)
from qos.testing.chain import ALICE, VirtualChain, by_governance, genesis_document

APPLIED = {"applied": [{"name": "first", "height": "1"}]}
CANCEL = MsgCancelUpgrade(authority=GOVERNANCE)


@pytest.fixture(name="ctx")
def _ctx() -> Context:
    return VirtualChain().scratch()


def plan(name: str = "second", height: int = 100, **others: Any) -> MsgSoftwareUpgrade:
    return MsgSoftwareUpgrade(authority=GOVERNANCE, plan=Plan(name=name, height=height, **others))


@pytest.mark.parametrize("time", [None, 0, ZERO_TIME_NS])
def test_a_plan_is_kept_and_replaces_the_one_before(ctx: Context, time: int | None) -> None:
    assert by_governance(ctx, plan("other", 50)) is None
    assert by_governance(ctx, plan(info="https://example.org", time=time)) is None
    assert PLAN.get(ctx) == Plan(name="second", height=100, info="https://example.org")
    assert by_governance(ctx, CANCEL) is None
    assert PLAN.get(ctx) is None


def test_the_next_block_is_the_earliest(ctx: Context) -> None:
    assert isinstance(by_governance(ctx, plan(height=ctx.block.height)), BadPlan)
    assert by_governance(ctx, plan(height=ctx.block.height + 1)) is None


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (plan(height=0), BadPlan),
        (plan(height=-5), BadPlan),
        (plan(time=1), BadPlan),
        (plan(upgraded_client_state=AnyRecord(type_url="/x")), BadPlan),
        (CANCEL, NoPlan),
    ],
)
def test_other_plans_are_refused(ctx: Context, message: Record, error: type[RuleViolation]) -> None:
    assert isinstance(by_governance(ctx, message), error)
    assert PLAN.get(ctx) is None


@pytest.mark.parametrize("field", [{"name": ""}, {"name": "n" * 65}, {"info": "i" * 2049}])
def test_a_plan_has_a_name_and_is_short(ctx: Context, field: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": "second", "height": 9}
    assert by_governance(ctx, plan(**good | field)) is not None


def test_nobody_else_plans() -> None:
    chain = VirtualChain()
    for message in (
        MsgSoftwareUpgrade(authority=ALICE.address, plan=Plan(name="mine", height=99)),
        MsgCancelUpgrade(authority=ALICE.address),
    ):
        result = chain.run_block(chain.tx(ALICE, message)).tx_results[0]
        assert (result.codespace, result.code) == (Unauthorized.code.codespace, Unauthorized.code.number)


def test_a_name_is_used_once() -> None:
    chain = VirtualChain(genesis_document(upgrade=APPLIED))
    assert isinstance(by_governance(chain.scratch(), plan("first")), AlreadyApplied)


def test_genesis_comes_back_as_it_went_in() -> None:
    state = APPLIED | {"plan": {"name": "second", "height": "77", "info": "here"}}
    exported: Any = VirtualChain(genesis_document(upgrade=state)).machine.export_genesis()["upgrade"]
    again: Any = VirtualChain(genesis_document(upgrade=exported)).machine.export_genesis()["upgrade"]
    assert again == exported
    assert (exported["plan"]["name"], exported["applied"]) == ("second", APPLIED["applied"])
    assert {"name": "bank", "version": "1"} in exported["versions"]


@pytest.mark.parametrize(
    "state",
    [
        {"applied": [{"name": "a", "height": "1"}] * 2},
        {"applied": [{"name": "a"}]},
        {"plan": {"name": "a", "height": "1"}},
        APPLIED | {"plan": {"name": "first", "height": "9"}},
        {"versions": [{"name": "bank"}]},
        {"versions": [{"name": "bank", "version": "1"}] * 2},
        {"versions": [{"name": "bank", "version": "1"}]},
    ],
)
def test_a_genesis_that_contradicts_itself_is_refused(state: dict[str, object]) -> None:
    with pytest.raises(BadGenesis):
        VirtualChain(genesis_document(upgrade=state))


def test_versions_and_authority_can_be_asked() -> None:
    chain = VirtualChain()
    path = "/cosmos.upgrade.v1beta1.Query/"
    found = chain.query(path + "ModuleVersions", QueryModuleVersionsRequest(), QueryModuleVersionsResponse)
    assert {each.name for each in found.module_versions} == {module.name for module in chain.machine.chain.modules}
    assert chain.ask(path + "ModuleVersions", QueryModuleVersionsRequest(module_name="none")).code
    assert chain.query(path + "Authority", QueryAuthorityRequest(), QueryAuthorityResponse).address == GOVERNANCE
