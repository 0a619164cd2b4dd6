"""Joining a network: what is refused before anything is written."""

from pathlib import Path

import pytest

from qos.node import layout
from qos.node.errors import BadConfig, NodeError
from qos.node.home import NetworkHome
from qos.node.joining import join_network
from qos.node.network import load_network

NOWHERE = "http://127.0.0.1:1"


def network(folder: Path, plan: layout.NetworkPlan) -> NetworkHome:
    home = NetworkHome(folder)
    layout.lay_out(home, plan)
    return home


def test_a_name_is_given_once_and_is_a_name(tmp_path: Path) -> None:
    plan = layout.NetworkPlan(port_base=0, relays=0, chains=layout.CHAINS[:1], engine="cometbft", validators=2)
    home = network(tmp_path, plan)
    for name, words in (("public-1", "has a node public-1 already"), ("X y", "cannot name a node")):
        with pytest.raises(NodeError, match=words):
            join_network(home, name, rpc=NOWHERE, state_sync=False)
    assert [node.name for node in load_network(home).nodes] == ["public-1"]


def test_a_new_node_knows_the_genesis_and_all_peers_and_has_no_vote(tmp_path: Path) -> None:
    plan = layout.NetworkPlan(port_base=0, relays=0, chains=layout.CHAINS[:1], engine="cometbft", validators=2)
    home = network(tmp_path, plan)
    joined = join_network(home, "third", rpc=NOWHERE, state_sync=False)
    assert joined.genesis_file.read_bytes() == home.chain("public").genesis_file.read_bytes()
    assert joined.config_file.read_text().count("@127.0.0.1:") == 2
    assert [node.is_validator for node in load_network(home).nodes] == [True, False]


def test_a_network_on_the_embedded_engine_takes_no_nodes(tmp_path: Path) -> None:
    home = network(tmp_path, layout.NetworkPlan(port_base=0, relays=0, chains=layout.CHAINS[:1]))
    with pytest.raises(BadConfig, match="no public chain on CometBFT"):
        join_network(home, "third", rpc=NOWHERE, state_sync=False)
