"""Founding the chain: homes, keys, founders' signed validators, and the paper's parameters divided by one ratio."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.base.strictjson import JsonObject, render_json
from qos.modules.economics.mint.paper import PHASE_S, PHASE_TOTALS
from qos.modules.governance.proposals.params import DEFAULTS
from qos.modules.validators.slashing import parameters as slashing
from qos.modules.validators.staking import parameters as staking
from qos.node import public_genesis
from qos.node.comet.making import NodePlan, make_node
from qos.node.founding import genesis_time, introduce
from qos.node.home import ChainHome
from qos.node.ports import free_ports
from qos.proto.json import to_json
from qos.proto.record import Record
from qos.proto.records import qos_gov_v1, qos_mint_v1, qos_slashing_v1, qos_staking_v1
from qos.proto.records.cosmos_staking_v1beta1 import CommissionRates, Description
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys

CHAIN_ID = "qos-life-1"
VALIDATORS = 6
FUNDS = 10_000_000 * E18
SELF_BOND = 100_000 * E18
ALLOTTED = FUNDS * (len(devkeys.PEOPLE) + VALIDATORS)
"""What all accounts hold before the first block, in aqos."""

RATIO = 21_600
"""Fifteen days become a minute."""

WINDOW, LEAST = 40, 20
"""The window of kept votes counts blocks, not time: it is cut to so many, still more than half of them to be signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """The homes of a chain's validators, and whose keys own them and all accounts."""

    homes: tuple[ChainHome, ...]
    people: DevKeys


def found(folder: Path, people: DevKeys, ratio: int) -> Founded:
    """Make the homes of all validators. Raises: BadConfig, BadGenesis, PortTaken."""
    homes = tuple(ChainHome(folder / f"validator-{number}") for number in range(VALIDATORS))
    ports = free_ports(VALIDATORS)
    made = [
        make_node(home, NodePlan(kind="public", moniker=home.folder.name, ports=each))
        for home, each in zip(homes, ports, strict=True)
    ]
    document = _document([each.consensus_key for each in made], people, ratio)
    data = (render_json(document, indent=1) + "\n").encode()
    for home in homes:
        home.genesis_file.write_bytes(data)
    public_genesis.validate(homes[0].genesis_file)
    introduce(homes)
    return Founded(homes=homes, people=people)


def _document(keys: Sequence[bytes], people: DevKeys, ratio: int) -> JsonObject:
    time_ns = genesis_time()
    document = _quick(public_genesis.template(CHAIN_ID, time_ns), time_ns, ratio)
    owners = devkeys.VALIDATORS[: len(keys)]
    for name in (*devkeys.PEOPLE, *owners):
        document = public_genesis.add_account(document, people.address(name), FUNDS)
    signed = [
        public_genesis.signed_validator(document, _validator(people, name, key), people.signer(name))
        for name, key in zip(owners, keys, strict=True)
    ]
    return public_genesis.collect(document, signed)


def _validator(people: DevKeys, name: str, key: bytes) -> qos_staking_v1.GenesisValidator:
    return qos_staking_v1.GenesisValidator(
        owner=people.address(name),
        consensus_key=key,
        self_bond=SELF_BOND,
        description=Description(moniker=name),
        commission=CommissionRates(rate=E18 // 10, max_rate=E18 // 2, max_change_rate=E18 // 100),
    )


def _quick(document: JsonObject, time_ns: int, ratio: int) -> JsonObject:
    """Return the template with quick parameters: everything that takes time takes `ratio` times less."""
    rules = quick_stake(ratio)
    states: dict[str, Record] = {
        "staking": qos_staking_v1.GenesisState(params=rules),
        "slashing": qos_slashing_v1.GenesisState(
            params=replace(slashing.PUBLIC, voting_status_len=WINDOW, voting_status_least=LEAST)
        ),
        "mint": qos_mint_v1.GenesisState(inflation_phrases=_phases(time_ns, ratio)),
        "gov": qos_gov_v1.GenesisState(params=quick_votes(ratio)),
    }
    app_state, params = _object(document["app_state"]), _object(document["consensus_params"])
    evidence: JsonObject = {**_object(params["evidence"]), "max_age_duration": str(rules.max_evidence_age)}
    return {
        **document,
        "app_state": {**app_state, **{name: to_json(state) for name, state in states.items()}},
        "consensus_params": {**params, "evidence": evidence},
    }


def quick_stake(ratio: int) -> qos_staking_v1.Params:
    """Return the public chain's parameters of stake with all periods and margins divided by a ratio, rounded down."""
    paper = staking.PUBLIC
    return replace(
        paper,
        commission_period=paper.commission_period // ratio,
        unbonding_time=paper.unbonding_time // ratio,
        survival_secs=paper.survival_secs // ratio,
        revoke_wait=paper.revoke_wait // ratio,
        max_evidence_age=paper.max_evidence_age // ratio,
        evidence_margin=paper.evidence_margin // ratio,
        trusting_period=paper.trusting_period // ratio,
        trusting_margin=paper.trusting_margin // ratio,
    )


def quick_votes(ratio: int) -> qos_gov_v1.Params:
    """Return the public chain's parameters of governance with all periods divided by a ratio, rounded down."""
    return replace(
        DEFAULTS,
        normal=_quick_level(DEFAULTS.normal, ratio),
        important=_quick_level(DEFAULTS.important, ratio),
        critical=_quick_level(DEFAULTS.critical, ratio),
        deposit_period=DEFAULTS.deposit_period // ratio,
    )


def _quick_level(level: qos_gov_v1.LevelParams, ratio: int) -> qos_gov_v1.LevelParams:
    return replace(level, voting_period=level.voting_period // ratio)


def _phases(time_ns: int, ratio: int) -> tuple[qos_mint_v1.Phase, ...]:
    return tuple(
        qos_mint_v1.Phase(endtime=time_ns + number * PHASE_S * SECOND_NS // ratio, total_amount=total)
        for number, total in enumerate(PHASE_TOTALS, 1)
    )


def _object(value: object) -> JsonObject:
    assert isinstance(value, dict)
    return value
