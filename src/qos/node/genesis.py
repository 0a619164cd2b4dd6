"""Making a genesis document: the chain's modules say what state there is, the plan who holds what."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace

from qos.base.amounts import E18
from qos.base.blocktime import DAY_NS, rfc3339
from qos.base.identifiers import BASE_DENOM, Address
from qos.base.strictjson import JsonObject, render_json
from qos.engine.consensus_params import ConsensusParams, render_params
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.chain import Chain
from qos.proto.json import from_json, to_json
from qos.proto.record import Record
from qos.proto.records import qos_accounts_v1, qos_bank_v1, qos_fees_v1
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount
from qos.proto.records.cosmos_bank_v1beta1 import Balance, DenomUnit, Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_bank_v1 import Asset

FLOOR_GAS_PRICE = 10**10
"""Least aqos for a unit of gas on the public chain (F1)."""

VALIDATOR_POWER = 50_000
"""Power of each genesis validator: the least self-bond in QOS (section 6)."""

MAX_EVIDENCE_AGE_NS = 14 * DAY_NS
_NOBODY = Address(b"")


TARGET_GAS = MAX_BLOCK_GAS // 2
DENOMINATOR = 8
VALUE_FEE_PPM = 10
VALUE_FEE_CAP = E18
"""Fees of a chain that has fees (F1); only transfers of QOS cost a value fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """An asset that exists from genesis on; one `symbol` is 10^decimals of `denom`."""

    denom: str
    symbol: str
    decimals: int
    description: str
    issuer: Address = _NOBODY


QOS = Currency(denom=BASE_DENOM, symbol="QOS", decimals=18, description="The native coin of the QOS public chain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An account of genesis and what it holds."""

    address: Address
    coins: tuple[Coin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisPlan:
    """All that differs between two chains of one kind. Account numbers follow the order of `holders`."""

    chain_id: str
    time_ns: int
    validators: tuple[bytes, ...]
    holders: tuple[Holder, ...]
    currencies: tuple[Currency, ...]
    fee_denom: str
    gas_price: int
    module_states: dict[str, Record]
    power: int = VALIDATOR_POWER
    """Of each validator."""


def make_genesis(chain: Chain, plan: GenesisPlan) -> str:
    """Return the document of a chain: each of its modules gets the state planned for it, or its default."""
    builders: dict[str, Callable[[GenesisPlan], Record]] = {"accounts": _accounts, "bank": _bank, "fees": _fees}
    app_state: JsonObject = {}
    for module in chain.modules:
        planned = plan.module_states.get(module.name)
        if planned is None and module.name in builders:
            planned = builders[module.name](plan)
        app_state[module.name] = to_json(planned if planned is not None else from_json(module.genesis.kind, {}))
    params = ConsensusParams(
        # Evidence is judged by block time alone (V3).
        evidence_max_age_num_blocks=1,
        evidence_max_age_duration_ns=MAX_EVIDENCE_AGE_NS,
        version_app=chain.app_version,
    )
    document: JsonObject = {
        "genesis_time": rfc3339(plan.time_ns),
        "chain_id": plan.chain_id,
        "initial_height": "1",
        "consensus_params": render_params(params),
        "validators": [
            validator_json(key, plan.power, f"validator-{index}") for index, key in enumerate(plan.validators)
        ],
        "app_hash": "",
        "app_state": app_state,
    }
    return render_json(document, indent=1) + "\n"


def validator_json(public_key: bytes, power: int, name: str) -> JsonObject:
    """Return a validator as the document lists it."""
    return {
        "pub_key": {"type": "tendermint/PubKeyEd25519", "value": b64encode(public_key).decode()},
        "power": str(power),
        "name": name,
    }


def _accounts(plan: GenesisPlan) -> Record:
    return qos_accounts_v1.GenesisState(
        accounts=tuple(
            BaseAccount(address=holder.address, account_number=number) for number, holder in enumerate(plan.holders)
        )
    )


def _bank(plan: GenesisPlan) -> Record:
    return qos_bank_v1.GenesisState(
        assets=tuple(
            Asset(id=index, denom=currency.denom, issuer=currency.issuer)
            for index, currency in enumerate(plan.currencies)
        ),
        denom_metadata=tuple(_metadata(currency) for currency in plan.currencies),
        balances=tuple(Balance(address=each.address, coins=each.coins) for each in plan.holders if each.coins),
    )


def _metadata(currency: Currency) -> Metadata:
    display = currency.symbol.lower()
    return Metadata(
        description=currency.description,
        denom_units=(
            DenomUnit(denom=currency.denom),
            DenomUnit(denom=display, exponent=currency.decimals),
        ),
        base=currency.denom,
        display=display,
        name=currency.symbol,
        symbol=currency.symbol,
    )


def _fees(plan: GenesisPlan) -> Record:
    params = qos_fees_v1.Params(denom=plan.fee_denom)
    if plan.gas_price:
        params = replace(params, gas_price=plan.gas_price, target_gas=TARGET_GAS, base_fee_denominator=DENOMINATOR)
    if plan.gas_price and plan.fee_denom == BASE_DENOM:
        params = replace(params, value_fee_ppm=VALUE_FEE_PPM, value_fee_cap=VALUE_FEE_CAP)
    return qos_fees_v1.GenesisState(params=params)
