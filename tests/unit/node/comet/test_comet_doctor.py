"""`qos doctor` on nodes with CometBFT: each fault is named, and one command or deed told for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qos.chains.public import PUBLIC
from qos.machine.machine import Machine
from qos.node.comet.config import CometConfig
from qos.node.comet.making import NodePlan, make_node
from qos.node.comet.report import Condition, NodeReport
from qos.node.config import ChainConfig, load_config, render_config
from qos.node.doctor.comet import look_at_number_of_peers, look_at_report, look_for_twins
from qos.node.doctor.findings import Level
from qos.node.doctor.network import examine
from qos.node.home import ChainHome, NetworkHome
from qos.node.ports import free_ports
from qos.node.sockets import listen
from qos.store.io.lmdb import open_store


@pytest.fixture
def home(tmp_path: Path) -> ChainHome:
    result = ChainHome(tmp_path / "node")
    make_node(result, NodePlan(kind="public", moniker="m", ports=free_ports(1)[0]))
    program = tmp_path / "cometbft"
    program.write_text("#!/bin/sh\necho 0.38.26\n")
    program.chmod(0o755)
    change(result, program=str(program))
    result.state_folder.mkdir(parents=True)
    store = open_store(result.state_folder, PUBLIC.stores)
    Machine(PUBLIC, store)
    store.close()
    return result


def change(home: ChainHome, **values: object) -> None:
    config = load_config(ChainConfig, home.config_file)
    engine = CometConfig.model_validate({**config.engine.model_dump(), **values})
    home.config_file.write_text(render_config(config.model_copy(update={"engine": engine})))


def levels(home: ChainHome) -> dict[str, Level]:
    worst: dict[str, Level] = {}
    for each in examine(NetworkHome(home.folder), deep=False):
        assert each.level is Level.OK or each.next_step
        if worst.get(each.name) is not Level.PROBLEM:
            worst[each.name] = each.level
    return worst


def test_a_new_node_has_no_problem(home: ChainHome) -> None:
    found = levels(home)
    assert set(found.values()) == {Level.OK}
    assert {"engine", "ports", "stores", "sign state", "secrets", "genesis"} <= set(found)


def no_engine(home: ChainHome) -> None:
    change(home, program=str(home.folder / "nowhere"))


def old_engine(home: ChainHome) -> None:
    (home.folder.parent / "cometbft").write_text("#!/bin/sh\necho 0.38.25\n")


def open_key(home: ChainHome) -> None:
    home.node_key_file.chmod(0o644)


def damaged_sign_state(home: ChainHome) -> None:
    home.comet_sign_state_file.write_text("{")


def damaged_state(home: ChainHome) -> None:
    (home.state_folder / "data.mdb").write_bytes(b"x" * 9_000)


FAULTS: dict[str, tuple[str, Callable[[ChainHome], None]]] = {
    "no engine": ("engine", no_engine),
    "an engine below the floor": ("engine", old_engine),
    "a node key others may read": ("secrets", open_key),
    "a damaged sign state": ("sign state", damaged_sign_state),
    "a damaged state": ("stores", damaged_state),
}


@pytest.mark.parametrize(("name", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_a_problem_by_its_name(home: ChainHome, name: str, fault: Callable[[ChainHome], None]) -> None:
    fault(home)
    assert levels(home)[name] is Level.PROBLEM


def test_a_key_that_signed_above_the_state_is_a_warning(home: ChainHome) -> None:
    home.comet_sign_state_file.write_text('{"height": "9", "round": 0, "step": 3}')
    assert levels(home)["sign state"] is Level.WARNING


def test_a_key_that_signed_long_before_the_state_is_a_warning(home: ChainHome) -> None:
    """Right for who lost its vote, else an old copy of the file: it might sign again what it signed."""
    store = open_store(home.state_folder, PUBLIC.stores)
    for version in range(1, 6):
        store.apply(version, {}, b"0 qos-1")
        store.commit()
    store.close()
    home.comet_sign_state_file.write_text('{"height": "2", "round": 0, "step": 3}')
    assert levels(home)["sign state"] is Level.WARNING


def test_a_node_without_any_of_its_peers_is_a_problem() -> None:
    alone, among = CometConfig(p2p_port=1), CometConfig(p2p_port=1, peers=("ab" * 20 + "@127.0.0.1:1",))
    found = [look_at_number_of_peers(count, each, "n").level for count, each in ((0, alone), (0, among), (1, among))]
    assert found == [Level.OK, Level.PROBLEM, Level.OK]


@pytest.mark.parametrize("condition", Condition)
def test_a_node_that_says_it_makes_no_blocks_is_a_problem(home: ChainHome, condition: Condition) -> None:
    report = NodeReport(
        pid=1, condition=condition, said="no block for 40 s", height=3, app=1, engine=1, edges=1, engine_version=""
    )
    found = [each.level for each in look_at_report(home, report)]
    assert found == ([Level.PROBLEM] if condition is Condition.STALLED else [])


def test_a_taken_port_of_peers_is_a_problem(home: ChainHome) -> None:
    with listen("127.0.0.1", 0) as taken:
        change(home, p2p_port=taken.getsockname()[1])
        assert levels(home)["ports"] is Level.PROBLEM


def test_one_validator_key_in_two_homes_is_a_problem(home: ChainHome, tmp_path: Path) -> None:
    other = ChainHome(tmp_path / "other")
    make_node(other, NodePlan(kind="public", moniker="m", ports=free_ports(1)[0]))
    assert [each.level for each in look_for_twins((home, other))] == [Level.OK]
    other.validator_keys_file.write_bytes(home.validator_keys_file.read_bytes())
    found = list(look_for_twins((home, other)))
    assert [each.level for each in found] == [Level.PROBLEM]
    assert "node and other" in found[0].message
