"""The home of a node on CometBFT: made whole, secrets its owner's alone, the engine's own files made of it."""

import tomllib
from pathlib import Path

import pytest

from qos.base.errors import QosError
from qos.engine.cometbft.errors import BadKeyFile, BadSignState
from qos.node.chain_node import composed
from qos.node.comet.config import CometConfig, StateSyncConfig
from qos.node.comet.files import Addresses, make_engine_home
from qos.node.comet.making import NodePlan, describe, genesis_of, make_node
from qos.node.config import ChainConfig, load_config, parse_config, render_config
from qos.node.errors import BadConfig, NodeError
from qos.node.home import ChainHome
from qos.node.ports import Ports
from qos.node.validators import new_seeds, write_seeds
from qos.testing.node_homes import make_home

PORTS = Ports(rpc=1, grpc=2, rest=3, metrics=4, p2p=5)
PEER = "ab" * 20 + "@127.0.0.1:26656"
ADDRESSES = Addresses(application="tcp://127.0.0.1:9", rpc="tcp://127.0.0.1:8", metrics="127.0.0.1:7")


def node(folder: Path, kind: str = "public", genesis: bytes | None = None) -> ChainHome:
    home = ChainHome(folder)
    make_node(home, NodePlan(kind=kind, moniker="m", ports=PORTS, peers=(PEER,), genesis=genesis))
    return home


@pytest.mark.parametrize("kind", ["public", "business", "cassini"])
def test_a_new_node_has_keys_of_its_own_and_a_genesis_with_itself(tmp_path: Path, kind: str) -> None:
    home = node(tmp_path / "node", kind)
    made = describe(home)
    assert made.address == f"{made.node_id}@127.0.0.1:5"
    assert made.consensus_key.hex() not in home.config_file.read_text()
    for secret in (home.validator_keys_file, home.node_key_file, home.comet_sign_state_file):
        assert secret.stat().st_mode & 0o777 == 0o600
    assert load_config(ChainConfig, home.config_file).kind == kind


def test_a_node_joins_with_the_founders_genesis_byte_by_byte(tmp_path: Path) -> None:
    founder = node(tmp_path / "founder")
    document = genesis_of(founder.genesis_file)
    joined = node(tmp_path / "joined", genesis=document)
    assert joined.genesis_file.read_bytes() == document
    assert describe(joined).genesis_hash == describe(founder).genesis_hash
    assert describe(joined).consensus_key != describe(founder).consensus_key
    with pytest.raises(NodeError, match="holds a node already"):
        node(tmp_path / "joined")


def test_no_genesis_is_made_of_nonsense(tmp_path: Path) -> None:
    with pytest.raises(QosError):
        node(tmp_path / "node", genesis=b"{")
    assert not (tmp_path / "node").exists()
    with pytest.raises(NodeError, match="nowhere"):
        genesis_of(tmp_path / "nowhere")


def test_the_engines_home_is_made_anew_at_each_start(tmp_path: Path) -> None:
    home = node(tmp_path / "node")
    config = load_config(ChainConfig, home.config_file)
    made = home.comet_folder / "config" / "config.toml"
    make_engine_home(home, config, ADDRESSES)
    made.write_text("edited")
    make_engine_home(home, config, ADDRESSES)
    content = tomllib.loads(made.read_text())
    assert content["p2p"]["persistent_peers"] == PEER
    assert content["genesis_file"] == str(home.genesis_file)
    assert not content["priv_validator_state_file"].startswith(content["db_dir"])
    key = home.comet_folder / "config" / "priv_validator_key.json"
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_missing_or_damaged_sign_state_stops_the_start_and_is_not_made_anew(tmp_path: Path) -> None:
    home = node(tmp_path / "node")
    config = load_config(ChainConfig, home.config_file)
    home.comet_sign_state_file.write_text("{")
    with pytest.raises(BadSignState):
        make_engine_home(home, config, ADDRESSES)
    home.comet_sign_state_file.unlink()
    with pytest.raises(BadSignState, match="is missing"):
        make_engine_home(home, config, ADDRESSES)
    assert not home.comet_sign_state_file.exists()


def test_a_damaged_node_key_and_several_validator_keys_stop_the_start(tmp_path: Path) -> None:
    home = node(tmp_path / "node")
    config = load_config(ChainConfig, home.config_file)
    home.node_key_file.write_text("{}")
    with pytest.raises(BadKeyFile):
        make_engine_home(home, config, ADDRESSES)
    home.validator_keys_file.unlink()
    write_seeds(home.validator_keys_file, new_seeds(2))
    with pytest.raises(BadConfig, match="one validator key"):
        make_engine_home(home, config, ADDRESSES)


def test_each_engine_refuses_the_home_of_the_other(tmp_path: Path) -> None:
    home = node(tmp_path / "node")
    with pytest.raises(BadConfig, match="CometBFT") as refused, composed(home):
        pass
    assert refused.value.next_step == "qos node start"
    embedded = make_home(tmp_path / "embedded")
    config = load_config(ChainConfig, embedded.config_file)
    with pytest.raises(BadConfig, match="embedded engine"):
        make_engine_home(embedded, config, ADDRESSES)


def test_what_is_written_of_a_configuration_is_read_again(tmp_path: Path) -> None:
    config = load_config(ChainConfig, node(tmp_path / "node").config_file)
    sync = StateSyncConfig(rpc_servers=("127.0.0.1:1", "http://h:2"), trust_height=5, trust_hash="ab" * 32)
    config = config.model_copy(update={"state_sync": sync})
    assert isinstance(config.engine, CometConfig)
    again = parse_config(ChainConfig, render_config(config).encode(), tmp_path / "config.toml")
    assert again == config


REFUSED = {
    "another engine": '[engine]\nkind = "mine"',
    "a key of the other engine": '[engine]\nkind = "cometbft"\np2p_port = 1\nmin_interval_ms = 5',
    "a peer without an id": '[engine]\nkind = "cometbft"\np2p_port = 1\npeers = ["127.0.0.1:1"]',
    "two peers in one": f'[engine]\nkind = "cometbft"\np2p_port = 1\npeers = ["{PEER},{PEER}"]',
    "an address with a quote": '[engine]\nkind = "cometbft"\np2p_port = 1\nexternal_address = "a\\"b:1"',
    "one server only": '[state_sync]\nrpc_servers = ["h:1"]\ntrust_height = 1\ntrust_hash = "' + "ab" * 32 + '"',
    "servers without a hash": '[state_sync]\nrpc_servers = ["h:1", "h:2"]\ntrust_height = 1',
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_configuration_that_means_nothing_is_refused_by_its_key(text: str) -> None:
    content = f'kind = "public"\nmoniker = "m"\n[rpc]\nport = 1\n{text}\n'
    with pytest.raises(BadConfig, match=r"engine|state_sync"):
        parse_config(ChainConfig, content.encode(), Path("config.toml"))
