"""A public network founded together: the template, founders' signatures, every relation checked with a sentence."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.errors import RuleViolation
from qos.base.strictjson import JsonObject, render_json
from qos.client.transactions import PrivateKey
from qos.machine.genesis import BadGenesis
from qos.modules.assets.bank.holdings import line_of
from qos.modules.economics.mint.paper import GENESIS_SUPPLY
from qos.node import public_genesis
from qos.node.comet.config import CometConfig
from qos.node.comet.making import NodePlan, make_node
from qos.node.config import ChainConfig, load_config
from qos.node.errors import BadConfig
from qos.node.holdings import write_holdings
from qos.node.home import ChainHome
from qos.node.ports import Ports
from qos.node.public_genesis import Summary
from qos.proto.records.cosmos_staking_v1beta1 import Description
from qos.proto.records.qos_staking_v1 import GenesisValidator
from qos.testing.chain import ALICE
from qos.testing.stake import RATES, owner_of
from qos.testing.stake_chain import consensus_key

PORTS = Ports(rpc=1, grpc=2, rest=3, metrics=4, p2p=5)
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


def validated(document: JsonObject, folder: Path) -> Summary:
    file = folder / "genesis.json"
    public_genesis.write(file, document)
    return public_genesis.validate(file)


def test_a_collected_document_starts_the_papers_network(tmp_path: Path) -> None:
    """10 billion QOS, 49 % of it allocated, seven phases, 21 validators at most, 3 s a block."""
    document = whole()
    found = validated(document, tmp_path)
    assert (found.supply, found.validators, found.power) == (GENESIS_SUPPLY, 4, 200_000)
    states: Any = document["app_state"]
    phases = states["mint"]["inflation_phrases"]
    assert len(phases) == 7
    assert GENESIS_SUPPLY + sum(int(each["total_amount"]) for each in phases) == 10**28
    assert states["staking"]["params"]["max_validators"] == 21
    assert states["mint"]["params"]["block_time"] == "3s"


def test_its_nodes_make_a_block_every_3_s(tmp_path: Path) -> None:
    """As the document names it; a development chain names nothing and has one every second."""

    def pace(name: str, genesis: bytes | None) -> int:
        home = ChainHome(tmp_path / name)
        make_node(home, NodePlan(kind="public", moniker=name, ports=PORTS, genesis=genesis))
        engine = load_config(ChainConfig, home.config_file).engine
        assert isinstance(engine, CometConfig)
        return engine.block_ms

    assert pace("public", render_json(whole()).encode()) == 3_000
    assert pace("dev", None) == 1_000


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
def test_each_relation_that_is_broken_is_named(change: Callable[[Any], None], sentence: str, tmp_path: Path) -> None:
    """[V3] [V5] [V7] [V9]"""
    document = whole()
    change(document)
    with pytest.raises(RuleViolation, match=sentence):
        validated(document, tmp_path)


def test_holders_may_stand_in_a_file_beside_the_document(tmp_path: Path) -> None:
    """The sums of both are what there is; founders may hold what they bond in either."""
    document, signed = founded()
    bank: Any = document["app_state"]
    del bank["bank"]["balances"][0]
    lines = [line_of(sha256(b"%d" % number).digest()[:20], "aqos", 1) for number in range(50)]
    lines.append(line_of(owner_of(0).address, "aqos", SELF_BOND))
    bank["bank"]["balances"][-1]["coins"][0]["amount"] = str(GENESIS_SUPPLY - 4 * SELF_BOND - 50)
    named = write_holdings(iter(lines), tmp_path / "genesis.holdings")
    found = validated(public_genesis.with_holdings(public_genesis.collect(document, signed), named), tmp_path)
    assert (found.supply, found.validators) == (GENESIS_SUPPLY, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["genesis.holdings", "genesis.json"]


def test_a_document_without_its_file_is_refused(tmp_path: Path) -> None:
    named = write_holdings(iter([line_of(b"h" * 20, "aqos", 1)]), tmp_path / "other.holdings")
    with pytest.raises(BadGenesis, match=r"genesis\.holdings: No such file .* put the file"):
        validated(public_genesis.with_holdings(whole(), named), tmp_path)
