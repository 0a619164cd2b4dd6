"""A provider's chain laid out in the home of a network."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from qos.base.identifiers import format_address
from qos.machine.machine import Machine
from qos.node import layout, provider
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.errors import BadConfig, NodeError
from qos.node.founding import VALIDATORS
from qos.node.home import NetworkHome
from qos.node.network import load_network
from qos.node.provider import ProviderPlan
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.wallet.io import devkeys
from qos.wallet.io.ca_folder import CaFolder

PLAN = ProviderPlan(name="shop-2", symbol="SHOP2", organisation="Acme Ltd", members_only=True)


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("network")
    layout.lay_out(NetworkHome(folder), layout.NetworkPlan(port_base=0))
    return folder


@pytest.fixture
def home(laid_out: Path, tmp_path: Path) -> NetworkHome:
    shutil.copytree(laid_out, tmp_path / "home")
    return NetworkHome(tmp_path / "home")


def test_the_chain_starts_from_its_genesis_with_people_and_relays_as_members(home: NetworkHome) -> None:
    certificates = provider.lay_out(home, PLAN)
    assert load_network(home).chains[-1].chain_id == "shop-2"
    document = home.chain("shop-2").genesis_file.read_bytes()
    kind = chain_of("business")
    Machine(kind, MultiStore(MemoryBackend(), kind.stores)).init_chain(document)
    state = json.loads(document)["app_state"]
    assert state["consortium"]["params"]["members_only"] is True
    assert len(state["consortium"]["registrations"]) == len(devkeys.ACCOUNTS) + 4
    assert len(state["consortium"]["seats"]) == VALIDATORS
    assert state["fees"]["params"].get("gas_price", "0") == "0"
    assert [asset["denom"] for asset in state["bank"]["assets"]] == ["qsc/SHOP2"]
    people = devkeys.read(home.keys_folder)
    assert people is not None
    assert state["consortium"]["params"]["authority"] == format_address(people.address("authority"))
    assert certificates.entry("gateway").role == "node"


def test_an_open_chain_knows_its_members_but_lets_others_send(home: NetworkHome) -> None:
    provider.lay_out(home, replace(PLAN, members_only=False))
    state = json.loads(home.chain("shop-2").genesis_file.read_bytes())["app_state"]["consortium"]
    assert "members_only" not in state["params"] or state["params"]["members_only"] is False


def test_ports_follow_those_of_the_other_chains_or_are_free_ones(home: NetworkHome) -> None:
    layout.change_ports(home, 31_000)
    provider.lay_out(home, PLAN)
    assert load_config(ChainConfig, home.chain("shop-2").config_file).rpc.port == 31_300
    config = home.chain("public").config_file
    config.write_text(config.read_text().replace("31000", "32000"))
    provider.lay_out(home, replace(PLAN, name="shop-3", symbol="SHOP3"))
    assert load_config(ChainConfig, home.chain("shop-3").config_file).rpc.port not in (0, 31_400, 32_400)


def test_what_a_cut_command_left_is_written_anew_and_certificates_are_kept(home: NetworkHome) -> None:
    certificates = CaFolder(home.certificates_folder / "shop-2")
    root = certificates.init("Acme Ltd", days=10)
    home.chain("shop-2").folder.mkdir()
    home.chain("shop-2").genesis_file.write_text("half")
    provider.lay_out(home, PLAN)
    assert certificates.entry("root") == root
    assert json.loads(home.chain("shop-2").genesis_file.read_bytes())["chain_id"] == "shop-2"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PLAN, name="shop-1"),
        replace(PLAN, name="Shop"),
        replace(PLAN, name="public"),
        replace(PLAN, name="relays"),
        replace(PLAN, symbol=""),
        replace(PLAN, symbol="A B"),
        replace(PLAN, symbol="X" * 17),
    ],
)
def test_what_cannot_be_a_chain_is_refused_and_changes_nothing(home: NetworkHome, wrong: ProviderPlan) -> None:
    before = home.config_file.read_bytes()
    kept = sorted(path.name for path in home.folder.iterdir() if path.name != "ca")
    with pytest.raises(NodeError) as refused:
        provider.lay_out(home, wrong)
    assert refused.value.next_step
    assert home.config_file.read_bytes() == before
    assert sorted(path.name for path in home.folder.iterdir() if path.name != "ca") == kept


def test_a_home_without_development_keys_is_refused(home: NetworkHome) -> None:
    (home.keys_folder / devkeys.FILE_NAME).unlink()
    with pytest.raises(BadConfig, match="development keys"):
        provider.lay_out(home, PLAN)


def test_a_reset_removes_provider_chains_and_keeps_their_certificates(home: NetworkHome) -> None:
    provider.lay_out(home, PLAN)
    layout.erase(home)
    assert not home.chain("shop-2").folder.exists()
    kept = CaFolder(home.certificates_folder / "shop-2").entry("root")
    layout.lay_out(home, layout.NetworkPlan(port_base=0))
    assert provider.lay_out(home, PLAN).entry("root") == kept
    kind = chain_of("business")
    document = home.chain("shop-2").genesis_file.read_bytes()
    Machine(kind, MultiStore(MemoryBackend(), kind.stores)).init_chain(document)
