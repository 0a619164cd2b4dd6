"""`qos cassini status`, `qos cassini audit`, `qos qcp conservation` and a relay's figures on a running network."""

import time
from typing import Any

import pytest

from qos.testing.running_network import Network
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def packet(network: Network) -> Any:
    """Send a packet and return its trace once the result is back."""
    to = ("--destination", "shop-1", "--recipient", "bob", "--amount", "3qos")
    tx_hash = network.qos("tx", "qcp", "send-transfer", "--from", "alice", *to, "--wait")["hash"]

    def finished() -> Any:
        (packet,) = network.qos("qcp", "trace", tx_hash)["packets"]
        return packet if packet["done"] else None

    return until(finished, "the result of the packet")


def batch_of(packet: Any) -> int:
    agreed = next(stage for stage in packet["request"]["stages"] if stage["stage"] == "agreed")
    return int(agreed["detail"].removeprefix("batch "))


def test_a_batch_on_a_running_network_is_audited_from_its_blocks(network: Network, packet: Any) -> None:
    batch = batch_of(packet)

    def recorded() -> Any:
        found = network.qos("cassini", "audit", str(batch))
        deeds = [act["deed"] for relay in found["relays"] for act in relay["acts"]]
        return found if "submitted" in deeds else None

    audit = until(recorded, "the record of the submission")
    assert packet["request"]["hash"] in audit["packet_hashes"]
    witness = network.rpc["cassini-1"].replace("127.0.0.1", "localhost")
    assert network.qos("cassini", "audit", str(batch), "--witness", witness)["packet_hashes"] == audit["packet_hashes"]
    assert sum("signed" in [act["deed"] for act in relay["acts"]] for relay in audit["relays"]) >= 3
    (handed_in,) = [act for relay in audit["relays"] for act in relay["acts"] if act["deed"] == "submitted"][:1]
    found = network.qos("query", "tx", handed_in["destination_tx"], "--chain", "shop-1")
    assert found["code"] == 0
    assert network.qos("cassini", "audit", "999999", code=1)["message"]


def test_status_shows_routes_members_and_the_relays_here(network: Network, packet: Any) -> None:
    assert packet
    status = network.qos("cassini", "status")
    assert {(route["from"], route["to"], route["state"]) for route in status["routes"]} >= {
        ("qos-1", "shop-1", "open"),
        ("shop-1", "qos-1", "open"),
    }
    assert [member["struck"] for member in status["members"]] == [False] * 4
    assert len(status["relays"]) == 4
    assert all(relay["answer"]["signatures"] > 0 for relay in status["relays"])


def test_status_is_a_table_for_people(network: Network, packet: Any) -> None:
    assert packet
    lines = network.table("cassini", "status")
    heads = [at for at, line in enumerate(lines) if at == 0 or not lines[at - 1]]
    assert [lines[at][0] for at in heads] == ["from", "key", "here"]
    assert ["qos-1", "shop-1"] in [line[:2] for line in lines[: heads[1]]]
    assert [line[-1] for line in lines[heads[1] + 1 : heads[2] - 1]] == ["active"] * 4
    assert [line[:2] for line in lines[heads[2] + 1 :]] == [["relay", str(number)] for number in range(4)]


def test_a_relay_serves_its_figures(network: Network, packet: Any) -> None:
    assert packet
    for number in range(4):
        figures = network.figures(f"relays/{number}")
        assert 'qos_relay_packets_waiting{destination="shop-1",source="qos-1"}' in figures
        assert "qos_relay_signatures_total" in figures


def test_a_watcher_that_came_with_the_network_compares_its_chains_block_by_block(network: Network, packet: Any) -> None:
    """[R6] Nobody has to start it."""
    assert packet
    pair = 'qos_watcher_compared_seconds{one="qos-1",other="shop-1"}'

    def compared() -> Any:
        return next((line for line in network.figures("watcher").splitlines() if line.startswith(pair)), None)

    until(lambda: time.time() - float(compared().split()[1]) < 10 if compared() else None, "a comparison")
    gaps = [line for line in network.figures("watcher").splitlines() if line.startswith("qos_watcher_gap{")]
    assert gaps
    assert all(line.endswith(" 0.0") for line in gaps)
    watcher = network.qos("status")["watcher"]
    assert watcher["pid"]
    (shown,) = watcher["answer"]["pairs"]
    assert (shown["one"], shown["other"], shown["gaps"]) == ("qos-1", "shop-1", [])
    assert abs(time.time() - shown["compared_ms"] / 1_000) < 60


def test_value_is_conserved_and_the_command_says_so(network: Network, packet: Any) -> None:
    assert packet
    found = network.qos("qcp", "conservation")
    assert found["conserved"] is True
