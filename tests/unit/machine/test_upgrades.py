"""Two versions of one chain: the first stops at the planned height, the second migrates and goes on (section 7)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qos.base.errors import InvariantBroken
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.beginning import SENTINEL_KEY
from qos.machine.chain import Chain
from qos.machine.context import Context, ReadContext
from qos.machine.errors import InvalidHeight
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis, Module
from qos.machine.upgrades import Migration, Upgrade, UpgradeUnderWay, WrongVersion
from qos.proto.records.cosmos_upgrade_v1beta1 import (
    QueryAppliedPlanRequest,
    QueryAppliedPlanResponse,
    QueryCurrentPlanRequest,
    QueryCurrentPlanResponse,
    QueryModuleVersionsRequest,
    QueryModuleVersionsResponse,
)
from qos.proto.records.qos_fees_v1 import Recent
from qos.store.collections import Index, Item
from qos.store.keys import U64
from qos.store.memory import MemoryBackend
from qos.store.values import UINT
from qos.testing.chain import ALICE, BOB, VirtualChain, genesis_document
from qos.testing.transactions import send

SEEN: Index[int] = Index("notes", b"\x01", U64)
COUNT: Item[int] = Item("notes", b"\x02", UINT)
HEIGHT = 4
QUERY = "/cosmos.upgrade.v1beta1.Query/"


def _note(ctx: Context) -> None:
    SEEN.add(ctx, ctx.block.height)


def _count(ctx: Context) -> None:
    COUNT.set(ctx, (COUNT.get(ctx) or 0) + 1)


def _migrate(ctx: Context) -> None:
    seen = tuple(SEEN.keys(ctx))
    for height in seen:
        SEEN.delete(ctx, height)
    COUNT.set(ctx, len(seen))


def notes(version: int, begin: Callable[[Context], None], name: str = "notes", store_id: int = 200) -> Module:
    state = Genesis(kind=Recent, load=lambda ctx, state: None, dump=lambda ctx: Recent())
    return Module(name=name, version=version, store=name, store_id=store_id, genesis=state, begin_block=begin)


SECOND = Upgrade(name="second", migrations=(Migration(module="notes", version=2, run=_migrate),))
WITH_NEW_MODULE = Upgrade(
    name="second", migrations=(*SECOND.migrations, Migration(module="extra", version=1, run=lambda ctx: None))
)
V1 = replace(PUBLIC, modules=(*PUBLIC.modules, notes(1, _note)))
V2 = replace(PUBLIC, modules=(*PUBLIC.modules, notes(2, _count)), upgrades=(SECOND,))


def started(height: int = HEIGHT, backend: MemoryBackend | None = None) -> VirtualChain:
    """The first version of the chain at the block before the upgrade is due."""
    document: dict[str, Any] = genesis_document(V1, upgrade={"plan": {"name": "second", "height": str(height)}})
    chain = VirtualChain(document, chain=V1, backend=backend)
    while chain.height < height - 1:
        chain.run_block()
    return chain


def restarted(chain: VirtualChain, version: Chain) -> VirtualChain:
    return VirtualChain({"chain_id": chain.chain_id}, chain=version, backend=chain.backend)


def test_the_first_version_refuses_the_planned_block_and_stays_where_it_is() -> None:
    chain = started()
    before = chain.app_hash
    for _ in range(2):
        with pytest.raises(WrongVersion, match="the version of qos that knows upgrade 'second'"):
            chain.run_block()
    again = restarted(chain, V1)
    with pytest.raises(WrongVersion, match="install it"):
        again.run_block()
    assert (again.height, again.app_hash) == (HEIGHT - 1, before)


def test_the_second_version_migrates_and_goes_on() -> None:
    chain = restarted(started(), V2)
    result = chain.run_block()
    assert result.events[0].type == "upgrade"
    assert COUNT.get(chain.state()) == HEIGHT  # those migrated, and this block's own
    assert list(SEEN.keys(chain.state())) == []
    chain.run_block(chain.tx(ALICE, send(ALICE.address, BOB.address, 1)))
    assert COUNT.get(chain.state()) == HEIGHT + 1
    applied = chain.query(QUERY + "AppliedPlan", QueryAppliedPlanRequest(name="second"), QueryAppliedPlanResponse)
    assert applied.height == HEIGHT
    current = chain.query(QUERY + "CurrentPlan", QueryCurrentPlanRequest(), QueryCurrentPlanResponse)
    assert current.plan is None
    asked = QueryModuleVersionsRequest(module_name="notes")
    found = chain.query(QUERY + "ModuleVersions", asked, QueryModuleVersionsResponse)
    assert [each.version for each in found.module_versions] == [2]


def test_two_nodes_agree_and_a_crash_before_the_commit_changes_nothing() -> None:
    one = restarted(started(), V2)
    crashed = restarted(started(), V2)
    # What a killed process leaves: a block that was executed and not committed.
    crashed.machine.finalize_block(BlockRequest(block=crashed.next_block(), txs=()))
    other = restarted(crashed, V2)
    assert other.height == HEIGHT - 1
    assert one.run_block().app_hash == other.run_block().app_hash
    assert restarted(other, V2).run_block().app_hash == one.run_block().app_hash


@pytest.mark.parametrize("early", [1, 2])
def test_the_second_version_refuses_to_start_before(early: int) -> None:
    document = genesis_document(V1, upgrade={"plan": {"name": "second", "height": str(HEIGHT)}})
    chain = VirtualChain(document, chain=V1)
    while chain.height < early:
        chain.run_block()
    with pytest.raises(WrongVersion, match=f"takes over at height {HEIGHT}, the chain is at {early}"):
        restarted(chain, V2)


def test_the_second_version_refuses_a_chain_that_planned_nothing_or_something_else() -> None:
    bare = VirtualChain(genesis_document(V1), chain=V1)
    other = VirtualChain(genesis_document(V1, upgrade={"plan": {"name": "third", "height": "2000"}}), chain=V1)
    for chain in (bare, other):
        with pytest.raises(WrongVersion, match="has not planned"):
            restarted(chain, V2)


def test_the_first_version_refuses_to_start_after() -> None:
    chain = restarted(started(), V2)
    chain.run_block()
    with pytest.raises(WrongVersion, match=f"upgraded at height {HEIGHT} and this version of qos is older"):
        restarted(chain, V1)


def test_genesis_of_one_version_is_refused_by_the_other() -> None:
    exported = started().machine.export_genesis()["upgrade"]
    assert isinstance(exported, dict)
    document = genesis_document(V2, upgrade={"versions": exported["versions"]})
    with pytest.raises(BadGenesis, match="notes 1 there, 2 here"):
        VirtualChain(document, chain=V2)


def test_a_genesis_may_not_plan_its_first_block() -> None:
    document = genesis_document(V1, upgrade={"plan": {"name": "second", "height": "1"}})
    with pytest.raises(BadGenesis, match="has passed"):
        VirtualChain(document, chain=V1)


def test_the_block_of_an_upgrade_holds_no_transactions() -> None:
    """Judged before the migration they would meet a state of the other version (T5)."""
    for chain in (started(), restarted(started(), V2)):
        tx = chain.tx(ALICE, send(ALICE.address, BOB.address, 1))
        assert chain.machine.prepare_proposal([tx], chain.next_block(), 10**6) == []
        assert "holds no transactions" in chain.machine.process_proposal((tx,), chain.next_block())
        assert chain.machine.process_proposal((), chain.next_block()) == ""
        checked = chain.machine.check_tx(tx)
        assert (checked.codespace, checked.code) == (UpgradeUnderWay.code.codespace, UpgradeUnderWay.code.number)


def test_states_of_the_first_version_are_not_read_by_the_second() -> None:
    chain = restarted(started(), V2)
    asked = (QUERY + "CurrentPlan", QueryCurrentPlanRequest())
    assert chain.ask(*asked).code == InvalidHeight.code.number
    chain.run_block()
    assert chain.ask(*asked).code == 0
    assert f"before height {HEIGHT}" in chain.ask(*asked, height=HEIGHT - 1).log


def test_a_new_module_begins_with_the_upgrade() -> None:
    extra = notes(1, lambda ctx: None, name="extra", store_id=201)
    with_extra = replace(V2, modules=(*V2.modules, extra), upgrades=(WITH_NEW_MODULE,))
    chain = restarted(started(), with_extra)
    chain.run_block()
    state: ReadContext = chain.state()
    assert state.read("extra", SENTINEL_KEY) == chain.chain_id.encode()
    assert restarted(chain, with_extra).height == HEIGHT


def test_a_missing_migration_stops_the_node() -> None:
    incomplete = replace(V2, upgrades=(Upgrade(name="second"),))
    with pytest.raises(InvariantBroken, match="does not bring notes to version 2"):
        restarted(started(), incomplete).run_block()


def test_several_versions_are_migrated_in_order() -> None:
    steps: list[int] = []
    third = Upgrade(
        name="second",
        migrations=(
            Migration(module="notes", version=3, run=lambda ctx: steps.append(3)),
            Migration(module="notes", version=2, run=lambda ctx: steps.append(2)),
        ),
    )
    chain = restarted(started(), replace(V2, modules=(*PUBLIC.modules, notes(3, _count)), upgrades=(third,)))
    chain.run_block()
    assert steps == [2, 3]
