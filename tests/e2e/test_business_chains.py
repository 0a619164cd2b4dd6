"""Two provider chains in one network: made by one command, known by certificates, exchanging over the public chain."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from qos.testing import running_network
from qos.testing.running_network import QOS, Network
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
SHOP = "qsc/SHOP"
REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "guides" / "provider.md"
MAKE, GATEWAY, BACKEND = 0, 1, 2
"""Blocks of commands in the guide."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    home = tmp_path_factory.mktemp("network")
    try:
        yield running_network.start(home)
    finally:
        running_network.stop(home)


def guide(network: Network, **replaced: str) -> Callable[[int], subprocess.Popen[str]]:
    """Return what starts a block of commands of the guide, as it stands there but for what is replaced."""
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    environment = {**os.environ, "QOS_HOME": str(network.home), "PATH": f"{QOS.parent}:{os.environ['PATH']}"}

    def start(number: int) -> subprocess.Popen[str]:
        script = blocks[number]
        for old, new in replaced.items():
            script = script.replace(old, new)
        command = ["bash", "-eu", "-o", "pipefail", "-c", script]
        return subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    return start


def end(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> None:
    """End the commands of a block."""
    os.killpg(process.pid, number)
    process.communicate(timeout=30)


@pytest.fixture(scope="module")
def shop_2(network: Network) -> Any:
    done = guide(network)(MAKE)
    said, _ = done.communicate(timeout=120)
    assert done.returncode == 0, said
    return said


def balances(network: Network, who: str, chain: str) -> dict[str, int]:
    """Ask over REST: a command line for every look would keep a machine busy."""
    chains = json.loads((network.home / "running.json").read_text())["chains"]
    rest = next(each["rest"] for each in chains if each["folder"] == chain)
    found = httpx.get(f"{rest}/cosmos/bank/v1beta1/balances/{network.accounts[who]}", timeout=10).json()
    return {coin["denom"]: int(coin["amount"]) for coin in found["balances"]}


def cross(network: Network, here: str, there: str, denom: str, amount: int) -> str:
    """Send from alice to alice on another chain; returns the denomination it has there."""
    destination = "qos-1" if there == "public" else there
    before = balances(network, "alice", there)
    sent = ("--destination", destination, "--recipient", "alice", "--amount", f"{amount}{denom}", "--wait")
    network.qos("tx", "qcp", "send-transfer", "--from", "alice", *sent, "--chain", here)

    def arrived() -> str | None:
        now = balances(network, "alice", there)
        return next((name for name in now if now[name] == before.get(name, 0) + amount), None)

    return until(arrived, f"{amount} {denom} from {here} on {there}")


def test_one_command_makes_starts_and_registers_a_provider_chain(network: Network, shop_2: Any) -> None:
    status = network.qos("status")
    assert status["phase"] == "ready"
    for said in ("qsc/SHOP2, without fees", "holders of its certificates", status["chains"]["shop-2"]["rpc"]):
        assert said in shop_2
    assert network.qos("query", "consortium", "params", "--chain", "shop-2")["params"]["members_only"] is True
    peers = network.qos("query", "qcp", "peers", "--chain", "public")["peers"]
    assert sorted(peer["chain_id"] for peer in peers) == ["shop-1", "shop-2"]
    for number in range(4):
        told = json.loads((network.home / "relays" / str(number) / "chains.json").read_text())
        assert [chain["chain_id"] for chain in told["chains"]] == ["qos-1", "shop-1", "cassini-1", "shop-2"]
    watched = 'qos_watcher_compared_seconds{one="qos-1",other="shop-2"}'
    until(lambda: watched in network.figures("watcher"), "the watcher's comparison of the new chain")


@pytest.mark.usefixtures("shop_2")
def test_an_asset_of_one_business_chain_goes_to_the_other_over_the_public_chain_and_home_again(
    network: Network,
) -> None:
    before = balances(network, "alice", "shop-1")[SHOP]
    on_public = cross(network, "shop-1", "public", SHOP, 5_000)
    on_shop_2 = cross(network, "public", "shop-2", on_public, 3_000)
    assert on_shop_2 != on_public
    assert cross(network, "shop-2", "public", on_shop_2, 3_000) == on_public
    assert cross(network, "public", "shop-1", on_public, 5_000) == SHOP
    assert balances(network, "alice", "shop-1")[SHOP] == before
    assert on_public not in balances(network, "alice", "public")


@pytest.mark.usefixtures("shop_2")
def test_a_newcomer_sends_once_a_member_registered_its_certificate_until_it_is_revoked(
    network: Network, tmp_path: Path
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    network.qos("keys", "new", "eve", "--passphrase-file", str(secret))
    give = ("tx", "bank", "send", "--amount", "1qsc/SHOP2", "--chain", "shop-2", "--wait")
    back = (*give, "--from", "eve", "--to-address", "carol", "--passphrase-file", str(secret))
    network.qos(*give, "--from", "carol", "--to-address", "eve")
    network.qos(*give, "--from", "carol", "--to-address", "eve")
    assert network.qos(*back, code=1)["codespace"] == "consortium"
    network.qos("ca", "issue", "node", "eve", "--member", "provider", "--ca", "shop-2")
    network.qos("ca", "register", "eve", "--account", "eve", "--from", "carol", "--chain", "shop-2", "--ca", "shop-2")
    network.qos(*back)
    network.qos("ca", "revoke", "eve", "--from", "carol", "--chain", "shop-2", "--ca", "shop-2")
    refused = network.qos(*back, code=1)
    assert (refused["codespace"], refused["code"]) == ("consortium", 3)


@pytest.mark.usefixtures("shop_2")
def test_a_validator_whose_certificate_is_revoked_leaves_the_set_and_packets_still_arrive(network: Network) -> None:
    rpc = network.qos("status")["chains"]["shop-2"]["rpc"]
    key = b64decode(httpx.get(f"{rpc}/validators").json()["result"]["validators"][0]["pub_key"]["value"]).hex()
    seats = network.qos("query", "consortium", "seats", "--chain", "shop-2")["seats"]
    held = next(each["member"]["name"] for each in seats if b64decode(each["seat"]["consensus_key"]).hex() == key)
    publish = ("--from", "authority", "--chain", "shop-2", "--ca", "shop-2")
    network.qos("ca", "revoke", held, *publish)

    def validators(count: int) -> bool:
        return int(httpx.get(f"{rpc}/validators").json()["result"]["total"]) == count

    until(lambda: validators(3), "a set of three")
    cross(network, "public", "shop-2", "aqos", 75)
    network.qos("ca", "issue", "node", "newer", "--member", "provider", "--ca", "shop-2")
    network.qos("ca", "seat", "newer", "--key", key, "--power", "50000", *publish)
    until(lambda: validators(4), "a set of four")


@pytest.mark.usefixtures("shop_2")
def test_the_order_backend_of_the_guide_is_paid_and_thanks_once_though_both_programs_are_killed(
    network: Network, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    start = guide(network, **{"127.0.0.1:9443": address, "orders.db": str(tmp_path / "orders.db")})
    running = [start(GATEWAY), start(BACKEND)]
    pay = ("tx", "qcp", "send-transfer", "--from", "alice", "--destination", "shop-2", "--recipient", "carol", "--wait")
    try:
        network.qos(*pay, "--amount", "5qos", "--memo", "order-17")
        token = thanked(network, 5_000_000)
        network.qos(*pay, "--amount", "2qos", "--memo", "order-18")
        for process in running:
            end(process, signal.SIGKILL)
        running = [start(GATEWAY), start(BACKEND)]
        network.qos(*pay, "--amount", "1qos", "--memo", "no order")
        network.qos(*pay, "--amount", "3qos", "--memo", "order-19")
        assert thanked(network, 10_000_000) == token
        until(lambda: settled(tmp_path / "orders.db") == {"order-17": 1, "order-18": 1, "order-19": 1}, "results")
        assert thanked(network, 10_000_000) == token
    finally:
        for process in running:
            end(process)


def thanked(network: Network, amount: int) -> str:
    """Wait until alice has so many tokens of the shop on the public chain; returns what they are called there."""

    def found() -> str | None:
        held = balances(network, "alice", "public")
        return next((denom for denom in held if denom.startswith("qcp/") and held[denom] == amount), None)

    return until(found, f"{amount} tokens")


def settled(database: Path) -> dict[str, int]:
    """Return the orders the back-end noted, and whether their customers have their tokens."""
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT number, settled FROM orders"))


@pytest.mark.usefixtures("shop_2")
def test_the_same_name_twice_is_refused_with_what_to_do(network: Network) -> None:
    refused = network.qos("business", "new", "shop-2", code=1)
    assert "already" in refused["message"]
    assert refused["next"]


@pytest.mark.usefixtures("shop_2")
def test_a_chain_that_does_not_start_is_left_out_and_the_others_go_on(network: Network) -> None:
    broken = network.home / "shop-9"
    broken.mkdir()
    for name in ("config.toml", "validators.json"):
        shutil.copy(network.home / "shop-2" / name, broken / name)
    (broken / "genesis.json").write_text("{}")
    listed = network.home / "network.toml"
    before = listed.read_text()
    entry = '\n[[chains]]\nfolder = "shop-9"\nchain_id = "shop-9"\nkind = "business"\n'
    part = network.home / "network.toml.new"
    part.write_text(before.rstrip() + "\n" + entry)
    part.replace(listed)
    until(lambda: listed.read_text() == before, "the configuration without the broken chain")
    assert network.qos("status")["phase"] == "ready"
    assert set(network.qos("status")["chains"]) == {"public", "shop-1", "cassini-1", "shop-2"}
    cross(network, "public", "shop-2", "aqos", 77)


@pytest.mark.usefixtures("shop_2")
def test_after_down_and_up_the_chain_is_there_again_and_so_is_one_laid_out_meanwhile(network: Network) -> None:
    before = balances(network, "alice", "shop-2")
    running_network.stop(network.home)
    assert network.qos("business", "new", "shop-3", "--open")["next"] == "qos up"
    assert "shop-3" in running_network.start(network.home).rpc
    assert balances(network, "alice", "shop-2") == before
    cross(network, "public", "shop-2", "aqos", 78)
    cross(network, "public", "shop-3", "aqos", 79)
