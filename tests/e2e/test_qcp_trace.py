"""`qos qcp trace` on a running network: the way of a packet there and of its result back, with times."""

from typing import Any

import pytest

from qos.base.blocktime import parse_rfc3339
from qos.testing.running_network import Network
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def sent(network: Network) -> Any:
    to = ("--destination", "shop-1", "--recipient", "bob", "--amount", "5qos")
    return network.qos("tx", "qcp", "send-transfer", "--from", "alice", *to, "--wait")["hash"]


def test_a_trace_ends_when_the_result_is_back(network: Network) -> None:
    tx_hash = sent(network)

    def finished() -> Any:
        (packet,) = network.qos("qcp", "trace", tx_hash)["packets"]
        return packet if packet["done"] else None

    packet = until(finished, "the result of the packet")
    assert packet["waiting_for"] == ""
    for leg, source, destination in (("request", "qos-1", "shop-1"), ("result", "shop-1", "qos-1")):
        found = packet[leg]
        assert (found["from"], found["to"], found["code"]) == (source, destination, 0)
        assert [stage["stage"] for stage in found["stages"]] == ["sent", "agreed", "signed", "delivered"]
        times = [parse_rfc3339(stage["time"]) for stage in found["stages"] if stage["time"]]
        assert times == sorted(times)


def test_a_transaction_that_sent_no_packet_is_told_from_one_that_does_not_exist(network: Network) -> None:
    plain = network.qos("tx", "bank", "send", "--from", "alice", "--to-address", "bob", "--amount", "5qos", "--wait")
    report = network.qos("qcp", "trace", plain["hash"], code=1)
    assert (report["codespace"], report["next"]) == ("cli", f"qos query tx {plain['hash']}")
    assert network.qos("qcp", "trace", "ab" * 32, code=1)["codespace"] == "client"
    assert network.qos("qcp", "trace", "ab", code=2)["codespace"] == "cli"


def test_what_has_its_result_or_was_never_sent_is_not_refunded(network: Network) -> None:
    tx_hash = sent(network)
    until(lambda: network.qos("qcp", "trace", tx_hash)["packets"][0]["done"], "the result of the packet")
    sequence = str(network.qos("qcp", "trace", tx_hash)["packets"][0]["request"]["sequence"])
    report = network.qos("qcp", "refund", "shop-1", sequence, "--from", "bob", code=1)
    assert "nothing waits" in report["message"]
    assert network.qos("qcp", "refund", "shop-1", "99999", "--from", "bob", code=1)["codespace"] == "sdk"
