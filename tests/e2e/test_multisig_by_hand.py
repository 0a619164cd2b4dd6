"""A multisig of three people pays on a running network, by our own commands as its members would type them."""

import json
from pathlib import Path
from typing import Any

import pytest

from qos.testing.running_network import Network

pytestmark = pytest.mark.e2e


def test_two_of_three_people_pay_together(network: Network, tmp_path: Path) -> None:
    def kept(name: str, document: Any) -> str:
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(document))
        return str(file)

    members = ("--member", "alice", "--member", "bob", "--member", "carol")
    team = network.qos("keys", "add-multisig", "team", *members, "--threshold", "2")["address"]
    network.qos("tx", "bank", "send", "--from", "alice", "--to-address", "team", "--amount", "2qos", "--wait")
    gift = ("--to-address", "dave", "--amount", "1qos")
    unsigned = network.qos("tx", "bank", "send", "--from", "team", *gift, "--generate-only")
    assert unsigned["body"]["messages"][0]["from_address"] == team
    file = kept("unsigned", unsigned)
    signatures = [
        kept(name, network.qos("tx", "sign", file, "--from", name, "--multisig", "team")) for name in ("carol", "alice")
    ]
    refused = network.qos("tx", "multisign", file, "team", signatures[0], code=1)
    assert "1 members signed, 2 must" in refused["message"]
    signed = kept("signed", network.qos("tx", "multisign", file, "team", *signatures))
    done = network.qos("tx", "broadcast", signed, "--wait")
    assert done["code"] == 0
    again = network.qos("tx", "broadcast", signed, code=1)
    assert (again["codespace"], again["code"]) == ("sdk", 19)
