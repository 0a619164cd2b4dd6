"""Looking at a stopped node's state: every invariant runs, and what it says is that state."""

from dataclasses import replace
from pathlib import Path

import pytest

from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM
from qos.chains.public import PUBLIC
from qos.machine.context import BlockInfo, ReadContext
from qos.modules.assets.bank import operations as bank
from qos.node.home import ChainHome
from qos.store.io.lmdb import open_store
from qos.testing import audit
from qos.testing.node_homes import make_home, running


@pytest.fixture
def home(tmp_path: Path) -> ChainHome:
    made = make_home(tmp_path / "node")
    with running(made) as node:
        node.make(4)
    return made


def test_it_says_what_the_newest_state_holds(home: ChainHome) -> None:
    found = audit.audit(home)
    store = open_store(home.state_folder, PUBLIC.stores)
    ctx = ReadContext(store.reader(), BlockInfo(chain_id="", height=store.version, time_ns=0))
    assert (found.height, found.app_hash) == (store.version, store.app_hash.hex())
    assert found.supply == bank.supply(ctx, BASE_DENOM) > 0
    assert found.invariants == sum(len(module.invariants) for module in PUBLIC.modules) > 20
    store.close()


def test_a_broken_invariant_is_no_audit(home: ChainHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(ctx: ReadContext) -> None:
        raise InvariantBroken("there is more than there is")

    first, *others = PUBLIC.modules
    chain = replace(PUBLIC, modules=(replace(first, invariants=(broken,)), *others))
    monkeypatch.setattr(audit, "chain_of", lambda kind: chain)
    with pytest.raises(InvariantBroken, match="more than there is"):
        audit.audit(home)
