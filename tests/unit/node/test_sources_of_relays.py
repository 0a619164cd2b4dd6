"""Through which nodes the relays of a development network look at its chains."""

from collections import Counter
from pathlib import Path

import pytest

from qos.cassini.io.home import ChainAccess, load_chains
from qos.node import layout
from qos.node.config import ChainConfig, NetworkNode, load_config, render_config
from qos.node.dev_network import tell_relays
from qos.node.home import NetworkHome
from qos.node.links import Link
from qos.node.network import load_network


def told(home: NetworkHome, folder: Path) -> dict[str, ChainAccess]:
    """Return by kind what a relay is told of the chains."""
    links = [
        Link(chain, rpc=f"http://127.0.0.1:{load_config(ChainConfig, home.chain(chain.folder).config_file).rpc.port}")
        for chain in load_network(home).chains
    ]
    tell_relays(home, tuple(links))
    return {chain.kind: chain for chain in load_chains(folder)}


@pytest.fixture
def home(tmp_path: Path) -> NetworkHome:
    made = NetworkHome(tmp_path)
    layout.lay_out(made, layout.NetworkPlan(port_base=30_000, engine="cometbft", validators=4))
    return made


def test_each_relay_has_a_validator_of_its_own_where_there_are_as_many(home: NetworkHome) -> None:
    relays = [told(home, home.relay(number)) for number in range(4)]
    assert [relay["public"].sources for relay in relays] == [
        ("http://127.0.0.1:30000",),
        ("http://127.0.0.1:30010",),
        ("http://127.0.0.1:30020",),
        ("http://127.0.0.1:30030",),
    ]
    assert {relay["cassini"].sources for relay in relays} == {("http://127.0.0.1:30200",)}


def test_with_one_node_down_more_than_two_thirds_of_the_relays_go_on_seeing_the_chain(home: NetworkHome) -> None:
    """Q10 takes more than two thirds of the relays, so no node may be the only sight of a third of them."""
    seen = Counter(told(home, home.relay(number))["public"].sources for number in range(4))
    assert all(3 * (4 - lost) > 2 * 4 for lost in seen.values())


def test_nodes_that_joined_later_are_no_relays_sight(home: NetworkHome) -> None:
    config = load_network(home)
    late = NetworkNode(name="late", chain="public", is_validator=False)
    home.config_file.write_text(render_config(config.model_copy(update={"nodes": (late, *config.nodes)})))
    assert told(home, home.relay(1))["public"].sources == ("http://127.0.0.1:30010",)


def test_relays_of_a_chain_with_one_node_share_it(tmp_path: Path) -> None:
    """R2 lets them on chains for development; what others look through is named."""
    home = NetworkHome(tmp_path)
    layout.lay_out(home, layout.NetworkPlan(port_base=30_000))
    assert {told(home, home.relay(number))["public"].sources for number in range(4)} == {("http://127.0.0.1:30000",)}


def test_the_watcher_is_told_of_the_first_node(home: NetworkHome) -> None:
    assert told(home, home.watcher_folder)["public"].sources == ("http://127.0.0.1:30000",)
