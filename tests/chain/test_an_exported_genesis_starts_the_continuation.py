"""`qos export` at a height: the document starts nodes that agree with each other and do what the old chain does."""

import json
from pathlib import Path

import pytest

from qos.engine.errors import HandshakeRefused
from qos.node.errors import NodeError
from qos.node.genesis_export import export_genesis
from qos.node.home import ChainHome
from qos.testing.command_line import qos
from qos.testing.node_homes import make_home, running

BLOCKS, EXPORTED, LATER = 14, 10, 6


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ChainHome:
    result = make_home(tmp_path_factory.mktemp("old") / "node")
    with running(result) as node:
        node.make(BLOCKS)
    return result


def continued(folder: Path, document: str) -> ChainHome:
    result = make_home(folder)
    result.genesis_file.write_text(document)
    return result


def test_two_nodes_from_one_export_agree_and_repeat_what_the_old_chain_did(home: ChainHome, tmp_path: Path) -> None:
    document = export_genesis(home, EXPORTED)
    one, two = (continued(tmp_path / name, document) for name in ("one", "two"))
    with running(one) as first, running(two) as second, running(home) as old:
        for made, same in zip(first.make(LATER), second.make(LATER), strict=True):
            assert made.block_id == same.block_id
            assert made.result == same.result
            if made.height <= BLOCKS:
                known = old.blocks.block(made.height)
                assert made.block.data.txs == known.data.txs
                assert made.result.tx_results == old.blocks.result(made.height).tx_results
        assert first.producer.state.height == EXPORTED + LATER
        assert first.machine.store.app_hash == second.machine.store.app_hash
        first.machine.check_invariants()


def test_exporting_what_was_just_imported_returns_the_same_state(home: ChainHome, tmp_path: Path) -> None:
    document = json.loads(export_genesis(home, EXPORTED))
    new = continued(tmp_path / "node", json.dumps(document))
    with running(new) as node:
        node.producer.produce(node.producer.state.time_ns, ())
    again = json.loads(export_genesis(new))
    # The block itself is remembered, and it is the only thing that came.
    assert again["app_state"]["staking"]["past"].pop()["height"] == str(EXPORTED + 1)
    assert again["app_state"] == document["app_state"]
    assert (again["initial_height"], document["initial_height"]) == (str(EXPORTED + 2), str(EXPORTED + 1))
    assert again["chain_id"] == document["chain_id"]


def test_the_command_prints_the_newest_state(home: ChainHome) -> None:
    code, out, _ = qos("export", "--home", home.folder)
    assert (code, json.loads(out)["initial_height"]) == (0, str(BLOCKS + 1))


def test_a_height_that_is_not_there_is_told(home: ChainHome) -> None:
    with pytest.raises(NodeError, match=f"1 to {BLOCKS} can"):
        export_genesis(home, BLOCKS + 1)


def test_the_old_blocks_are_not_those_of_the_continuation(home: ChainHome, tmp_path: Path) -> None:
    document = export_genesis(home, EXPORTED)
    mixed = make_home(tmp_path / "node")
    with running(mixed) as node:
        node.make(1)
    mixed.genesis_file.write_text(document)
    with pytest.raises(HandshakeRefused), running(mixed):
        pass
