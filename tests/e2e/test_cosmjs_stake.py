"""CosmJS 0.39, unmodified, as a delegator uses it: stake, rewards, proposals and votes, in both sign modes."""

from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import parse_rfc3339
from qos.testing.running_network import Network, node_script
from qos.testing.waiting import until

CLIENT = Path(__file__).parent / "clients" / "cosmjs"
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def session(network: Network, *steps: str) -> dict[str, Mapping[str, Any]]:
    """Run steps of one CosmJS session as alice; returns what each step said."""
    argument = {
        "rpc": network.rpc["public"],
        "mnemonic": network.phrase,
        "gasPrice": "30000000000aqos",
        "denom": "aqos",
        "deposit": str(1_000 * E18),
        "steps": steps,
    }
    return {line["step"]: line for line in node_script(CLIENT, "stake.mjs", argument)}


def test_a_wallet_reads_delegates_takes_back_and_collects(network: Network) -> None:
    said = session(network, "read", "delegate", "delegateAmino", "undelegate", "redelegate", "rewards")
    read = said["read"]
    assert read["operator"].startswith("qosvaloper1")
    assert (read["bondDenom"], read["commission"], read["slashing"]) == ("aqos", str(E18 // 10), "10000")
    assert int(read["bonded"]) >= 50_000 * E18
    assert said["delegate"]["sent"]["code"] == 0, said["delegate"]
    assert int(said["delegate"]["balance"]["amount"]) >= 5 * E18
    assert said["delegate"]["staked"]["denom"] == "aqos"
    assert said["delegateAmino"]["sent"]["code"] == 0, said["delegateAmino"]
    assert said["undelegate"]["sent"]["code"] == 0, said["undelegate"]
    assert len(said["undelegate"]["entries"]) == 1
    assert "the bond is there already" in said["redelegate"]["refused"]
    moved = said["redelegate"]["sent"]
    assert (len(moved), [each["code"] for each in moved if each["code"]]) == (min(read["others"], 1), []), moved
    assert said["rewards"]["sent"]["code"] == 0, said["rewards"]
    assert read["operator"] in said["rewards"]["validators"]


def test_the_command_line_asks_about_the_height_that_is_named(network: Network) -> None:
    newest = network.qos("query", "block")["height"]
    header = network.qos("query", "staking", "historical-info", str(newest))["hist"]["header"]
    assert header["height"] == str(newest)
    block = network.qos("query", "block", str(newest))["header"]
    for name in ("app_hash", "validators_hash", "next_validators_hash", "proposer_address"):
        assert b64decode(header[name]).hex().upper() == block[name]


def test_an_operator_and_a_delegator_see_what_they_do(network: Network) -> None:
    """The command line names validators as their owners are; each message tells when it ends and what it paid."""
    bond = ("--validator-address", "validator-0", "--from", "carol", "--wait")
    sent = network.qos("tx", "staking", "delegate", "--amount", "100qos", *bond)
    (told,) = [each for each in sent["events"] if each["type"] == "delegate"]
    operator = told["validator"]
    assert told["amount"] == f"{100 * E18}aqos"
    back = network.qos("tx", "staking", "undelegate", "--amount", "40qos", *bond)
    assert {each["type"] for each in back["events"]} >= {"withdraw_rewards", "unbond"}
    waiting = network.qos("query", "staking", "unbonding-delegation", "carol", "validator-0")["unbond"]
    (ends,) = [parse_rfc3339(each["completion_time"]) for each in back["events"] if each["type"] == "unbond"]
    assert [parse_rfc3339(each["completion_time"]) for each in waiting["entries"]] == [ends]
    (row,) = [each for each in network.qos("validators")["validators"] if each["operator"] == operator]
    assert (row["status"], int(row["power"])) == ("bonded", int(row["bonded"]) // E18)
    earned = network.qos("rewards", "why", "carol")
    assert [each["validator"] for each in earned["bonds"]] == [operator]
    seen = network.qos("economics")
    assert len(seen["phases"]) == 7
    edit = ("--description", '{"moniker": "validator-0"}', "--from", "validator-0", "--wait")
    edited = network.qos("tx", "staking", "edit-validator", *edit)
    assert [each["validator"] for each in edited["events"] if each["type"] == "edit_validator"] == [operator]
    own = network.qos("tx", "distribution", "withdraw-validator-commission", "--from", "validator-0", "--wait")
    assert [each["validator"] for each in own["events"] if each["type"] == "withdraw_commission"] == [operator]
    early = network.qos("tx", "staking", "revoke-validator", "--from", "validator-0", "--wait", code=1)
    assert (early["codespace"], early["code"]) == ("staking", 31)


def test_a_wallet_proposes_and_votes(network: Network) -> None:
    """Both sign modes; the vote is that of the last message, and the table of the command line shows it."""
    proposed = session(network, "delegate", "propose")["propose"]
    assert [each["code"] for each in proposed["sent"]] == [0, 0], proposed
    assert proposed["title"] == "From CosmJS"
    number = int(proposed["ids"][-1])

    def in_voting() -> bool:
        found = network.qos("query", "gov", "proposal", str(number))
        return bool(found["proposal"]["status"] == "PROPOSAL_STATUS_VOTING_PERIOD")

    until(in_voting, "the proposal is in voting")
    voted = session(network, "vote")["vote"]
    assert [voted[each]["code"] for each in ("yes", "split", "no")] == [0, 0, 0], voted
    assert voted["option"] == 3
    assert int(voted["tally"]["no"]) > 0
    assert voted["tally"]["yes"] == "0"
    assert (voted["deposit"], voted["votes"]) == (str(1_000 * E18), 1)
    assert (voted["quorum"], voted["minDeposit"]) == (str(334 * 10**15), str(1_000 * E18))
    listed = network.qos("proposals")["proposals"]
    assert any(each["proposal"]["id"] == str(number) for each in listed)
    one = network.qos("proposals", str(number))
    assert one["proposal"]["title"] == "From CosmJS"
    assert one["next"]
