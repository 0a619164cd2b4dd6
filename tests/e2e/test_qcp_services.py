"""On a running network: data that reaches an application, the record of assets, and relays that change their keys."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from qos.testing.running_network import QOS, Network
from qos.testing.transactions import key_of
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def test_an_order_from_the_public_chain_stands_in_the_providers_book(network: Network) -> None:
    text = "two cups at noon"
    options = ("--destination", "shop-1", "--application", "orders", "--body", text.encode().hex())
    network.qos("tx", "qcp", "send-data", "--from", "alice", *options, "--wait")

    def placed() -> Any:
        orders = network.qos("query", "orders", "orders", "--chain", "shop-1")["orders"]
        return next((order for order in orders if order["text"] == text), None)

    order = until(placed, "the order")
    assert (order["chain_id"], order["sender"]) == ("qos-1", network.accounts["alice"])
    assert order["customer"] not in network.accounts.values()


def test_relays_keep_a_record_of_the_assets_of_the_business_chain(network: Network) -> None:
    asked = ("query", "qcp", "checkpoint", "shop-1")

    def recorded() -> Any:
        command = [str(QOS), *asked, "--home", str(network.home), "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        found = json.loads(done.stdout) if done.returncode == 0 else None
        return found if found is not None and not found["stale"] else None

    record = until(recorded, "the record of assets", 150)
    assert record["checkpoint"]["assets"] == record["checkpoint"]["proved"]
    assert "qsc/SHOP" in [row["asset"]["denom"] for row in record["assets"]]


def test_relays_agree_on_a_new_key_one_after_another(network: Network, tmp_path: Path) -> None:
    new = key_of("attester new").public.hex()
    file = tmp_path / "rotation.json"
    wanted: tuple[str, ...] = ("--add", new)
    for number in range(3):
        relay = str(network.home / "relays" / str(number))
        signed = network.qos("cassini", "sign-rotation", "shop-1", "--relay-home", relay, *wanted)
        file.write_text(json.dumps(signed))
        wanted = ("--message", str(file))
    network.qos("cassini", "rotate", str(file), "--from", "alice")
    epoch = network.qos("query", "qcp", "epoch", "shop-1")
    assert (epoch["epoch"], epoch["pending"]["epoch"]) == ("1", "2")
    assert len(epoch["pending"]["relay_keys"]) == 5


def test_conservation_is_shown_with_proofs_of_every_figure(network: Network) -> None:
    shown = network.qos("qcp", "conservation", "--prove")
    assert (shown["conserved"], shown["proven"]) == (True, True)
    assert all(line["gap"] == "0" for line in shown["assets"])
