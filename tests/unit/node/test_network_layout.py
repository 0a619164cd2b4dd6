import hashlib
from dataclasses import astuple
from pathlib import Path

import pytest

from qos.base.identifiers import format_address
from qos.engine.embedded.chain_state import read_genesis
from qos.machine.machine import Machine
from qos.node import layout, relay_keys
from qos.node.chain_lists import chain_of
from qos.node.comet.files import comet_section
from qos.node.comet.making import describe
from qos.node.config import ChainConfig, load_config
from qos.node.dev_network import prepare
from qos.node.errors import BadConfig, NodeError
from qos.node.founding import VALIDATORS
from qos.node.home import ChainHome, NetworkHome
from qos.node.network import load_network
from qos.node.ports import FREE_PORTS, choose_ports, free_ports, node_ports
from qos.node.running import Wish
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.wallet.io import devkeys
from qos.wallet.io.keyring import Keyring
from qos.wallet.keystore import Cost

PLAN = layout.NetworkPlan(port_base=0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> NetworkHome:
    folder = NetworkHome(tmp_path_factory.mktemp("network"))
    layout.lay_out(folder, PLAN)
    return folder


def test_every_chain_starts_from_its_genesis(home: NetworkHome) -> None:
    for chain in load_network(home).chains:
        document = home.chain(chain.folder).genesis_file.read_bytes()
        genesis = read_genesis(document)
        assert genesis.document.chain_id == chain.chain_id
        assert len(genesis.document.validators) == VALIDATORS
        assert genesis.params.evidence_max_age_num_blocks == 1
        kind = chain_of(chain.kind)
        machine = Machine(kind, MultiStore(MemoryBackend(), kind.stores))
        machine.init_chain(document)
        assert machine.info().height == 0


def test_accounts_of_people_are_the_same_on_every_chain_and_funded(home: NetworkHome) -> None:
    people = devkeys.read(home.keys_folder)
    assert people is not None
    for chain in load_network(home).chains:
        text = home.chain(chain.folder).genesis_file.read_text()
        for name in (*devkeys.PEOPLE, *(devkeys.VALIDATORS[:4] if chain.kind == "public" else ())):
            assert text.count(format_address(people.address(name))) >= 2, (chain.folder, name)


def test_relays_have_keys_of_their_own(home: NetworkHome) -> None:
    keys = [relay_keys.load(home.relay(number)) for number in range(4)]
    secrets = {key.account for key in keys} | {key.attestation for key in keys}
    assert len(secrets) == 8


def test_ports_are_free_ones_or_a_hundred_apart() -> None:
    usual = choose_ports(26_657, 3)
    assert [ports.rpc for ports in usual] == [26_657, 26_757, 26_857]
    assert [ports.grpc for ports in usual] == [9_090, 9_190, 9_290]
    assert [ports.rest for ports in usual] == [1_317, 1_417, 1_517]
    other = choose_ports(30_000, 2)
    assert [(ports.rpc, ports.grpc, ports.rest) for ports in other] == [
        (30_000, 30_001, 30_002),
        (30_100, 30_101, 30_102),
    ]
    free = choose_ports(0, 3)
    assert len({port for ports in free for port in (ports.rpc, ports.grpc, ports.rest)}) == 9


def test_other_ports_change_nothing_else(home: NetworkHome) -> None:
    files = [home.chain(chain.folder).genesis_file for chain in load_network(home).chains]
    before = [hashlib.sha256(file.read_bytes()).digest() for file in files]
    layout.change_ports(home, 30_000)
    ports = [load_config(ChainConfig, file.parent / "config.toml").rpc.port for file in files]
    assert ports == [30_000, 30_100, 30_200]
    assert [hashlib.sha256(file.read_bytes()).digest() for file in files] == before


def test_a_home_with_a_network_is_not_laid_out_again(home: NetworkHome) -> None:
    with pytest.raises(NodeError, match="holds a network"):
        layout.lay_out(home, PLAN)


def test_a_half_laid_out_home_is_begun_anew_and_sealed_keys_stay(tmp_path: Path) -> None:
    home = NetworkHome(tmp_path)
    ring = Keyring(folder=home.keys_folder, cost=Cost(memory_kib=64, passes=1, lanes=1))
    ring.add("savings", bytes(32), "passphrase")
    first = layout.lay_out(home, PLAN)
    home.config_file.unlink()
    second = layout.lay_out(home, PLAN)
    assert first != second
    assert devkeys.read(home.keys_folder) == second
    layout.erase(home)
    assert ring.names() == ("savings",)
    assert devkeys.read(home.keys_folder) is None
    with pytest.raises(BadConfig):
        load_network(home)


def test_an_unknown_kind_of_chain_is_refused() -> None:
    with pytest.raises(BadConfig, match="no kind"):
        chain_of("private")


@pytest.fixture(scope="module")
def on_comet(tmp_path_factory: pytest.TempPathFactory) -> NetworkHome:
    folder = NetworkHome(tmp_path_factory.mktemp("comet"))
    layout.lay_out(folder, layout.NetworkPlan(port_base=30_000, engine="cometbft", validators=4))
    return folder


def homes_of(network: NetworkHome, chain: str) -> list[ChainHome]:
    further = [network.node(node.name) for node in load_network(network).nodes if node.chain == chain]
    return [network.chain(chain), *further]


def test_on_cometbft_each_validator_is_a_node_of_its_own(on_comet: NetworkHome) -> None:
    homes = homes_of(on_comet, "public")
    assert len({home.genesis_file.read_bytes() for home in homes}) == 1
    genesis = read_genesis(homes[0].genesis_file.read_bytes())
    keys = {each.public_key for each in genesis.document.validators}
    assert {describe(home).consensus_key for home in homes} == keys
    assert len(keys) == 4
    assert [len(homes_of(on_comet, chain)) for chain in ("shop-1", "cassini-1")] == [1, 1]


def test_nodes_of_a_chain_dial_each_other_and_not_themselves(on_comet: NetworkHome) -> None:
    homes = homes_of(on_comet, "public")
    addresses = {describe(home).address for home in homes}
    assert {address.split(":")[1] for address in addresses} == {"29999", "30009", "30019", "30029"}
    for home in homes:
        assert {*comet_section(load_config(ChainConfig, home.config_file)).peers} == addresses - {
            describe(home).address
        }


def test_other_ports_are_told_to_the_peers_too(tmp_path: Path) -> None:
    network = NetworkHome(tmp_path)
    layout.lay_out(network, layout.NetworkPlan(port_base=0, engine="cometbft", validators=2))
    layout.change_ports(network, 31_000)
    peers = [comet_section(load_config(ChainConfig, home.config_file)).peers[0] for home in homes_of(network, "public")]
    assert [peer.split(":")[1] for peer in peers] == ["31009", "30999"]


def test_a_network_is_not_resumed_as_another_one(on_comet: NetworkHome) -> None:
    for wish in (Wish(engine="embedded"), Wish(engine="cometbft", validators=3)):
        with pytest.raises(BadConfig, match="not") as refused:
            prepare(on_comet, wish)
        assert "--reset" in refused.value.next_step
    prepare(on_comet, Wish(engine="cometbft", validators=4))


def test_more_nodes_than_usual_get_free_ports() -> None:
    first = choose_ports(26_657, 1)[0]
    assert [node_ports(first, number, are_free=False).rpc for number in range(5)] == [
        26_657,
        26_667,
        26_677,
        26_687,
        26_697,
    ]
    assert node_ports(first, 5, are_free=False).rpc != 26_707


def test_free_ports_are_none_that_hosts_give_to_connections() -> None:
    """One of those would be taken now and then before a node listens on it, and at any later start."""
    found = [port for _ in range(200) for each in free_ports(1) for port in astuple(each)]
    assert len(set(found)) == len(found) == 1_000
    assert all(port in FREE_PORTS for port in found)
