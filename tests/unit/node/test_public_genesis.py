"""A public network founded together: the template, founders' signatures, every relation checked with a sentence."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.errors import RuleViolation
from qos.base.strictjson import JsonObject, render_json
from qos.client.transactions import PrivateKey
from qos.modules.economics.mint.paper import GENESIS_SUPPLY
from qos.node import public_genesis
from qos.node.errors import BadConfig
from qos.proto.records.cosmos_staking_v1beta1 import Description
from qos.proto.records.qos_staking_v1 import GenesisValidator
from qos.testing.chain import ALICE
from qos.testing.stake import RATES, owner_of
from qos.testing.stake_chain import consensus_key

BEGIN_NS = 1_798_761_600 * 10**9
SELF_BOND = 50_000 * E18


def wish(number: int) -> GenesisValidator:
    return GenesisValidator(
        owner=owner_of(number).address,
        consensus_key=consensus_key(number),
        self_bond=SELF_BOND,
        description=Description(moniker=f"v{number}"),
        commission=RATES,
    )


def founded() -> tuple[JsonObject, list[JsonObject]]:
    """Return a document with the paper's allocation, and four founders' signed validators."""
    document = public_genesis.template("qos-9", BEGIN_NS)
    for number in range(4):
        document = public_genesis.add_account(document, owner_of(number).address, SELF_BOND)
    document = public_genesis.add_account(document, ALICE.address, GENESIS_SUPPLY - 4 * SELF_BOND)
    signed = [
        public_genesis.signed_validator(document, wish(number), PrivateKey(owner_of(number).private))
        for number in range(4)
    ]
    return document, signed


def whole() -> JsonObject:
    return public_genesis.collect(*founded())


def test_a_collected_document_starts_the_papers_network() -> None:
    """10 billion QOS, 49 % of it allocated, seven phases, 21 validators at most."""
    document = whole()
    found = public_genesis.validate(render_json(document).encode())
    assert (found.supply, found.validators, found.power) == (GENESIS_SUPPLY, 4, 200_000)
    states: Any = document["app_state"]
    phases = states["mint"]["inflation_phrases"]
    assert len(phases) == 7
    assert GENESIS_SUPPLY + sum(int(each["total_amount"]) for each in phases) == 10**28
    assert states["staking"]["params"]["max_validators"] == 21


def test_a_founder_signs_for_one_chain_with_the_account_that_bonds() -> None:
    document, signed = founded()
    with pytest.raises(BadConfig, match="not for 'qos-8'"):
        public_genesis.proven_validator(signed[0], "qos-8")
    with pytest.raises(BadConfig, match="signature"):
        public_genesis.proven_validator(signed[0] | {"signature": signed[1]["signature"]}, "qos-9")
    with pytest.raises(BadConfig, match="another account"):
        public_genesis.proven_validator(signed[0] | {"key": signed[1]["key"]}, "qos-9")
    with pytest.raises(BadConfig, match="stands twice"):
        public_genesis.collect(document, [signed[0], signed[0]])
    with pytest.raises(BadConfig, match="not the account's"):
        public_genesis.signed_validator(
            document, replace(wish(0), owner=ALICE.address), PrivateKey(owner_of(0).private)
        )


def with_param(name: str, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["app_state"]["staking"]["params"][name] = value

    return change


def more_evidence(document: Any) -> None:
    document["consensus_params"]["evidence"]["max_age_duration"] = "1"


def other_power(document: Any) -> None:
    document["validators"][0]["power"] = "7"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (with_param("unbonding_time", "1209600s"), "max_evidence_age"),
        (with_param("survival_secs", "1209600"), "survival_secs"),
        (with_param("trusting_period", "1209600s"), "trusting_period"),
        (with_param("min_validators", 22), "max_validators"),
        (with_param("min_validators", 5), "at least 5"),
        (with_param("min_commission_rate", "600000000000000000"), "commission"),
        (with_param("min_self_bond", str(SELF_BOND + 1)), "own bond"),
        (more_evidence, "max_age_duration"),
        (other_power, "validators of genesis"),
    ],
)
def test_each_relation_that_is_broken_is_named(change: Callable[[Any], None], sentence: str) -> None:
    """[V3] [V5] [V7] [V9]"""
    document = whole()
    change(document)
    with pytest.raises(RuleViolation, match=sentence):
        public_genesis.validate(render_json(document).encode())
