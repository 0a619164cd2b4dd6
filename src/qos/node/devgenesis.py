"""Who holds what at the start of a development network, one plan a kind of chain."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.modules.economics.mint.paper import GENESIS_SUPPLY, paper_phases
from qos.modules.governance.proposals import params as votes
from qos.modules.validators.staking import parameters
from qos.node.config import NetworkChain
from qos.node.genesis import FLOOR_GAS_PRICE, QOS, VALIDATOR_POWER, Currency, GenesisPlan, Holder
from qos.node.relay_keys import RelayKeys
from qos.proto.record import Record
from qos.proto.records import (
    qos_consortium_v1,
    qos_gov_v1,
    qos_mint_v1,
    qos_orders_v1,
    qos_qcp_v1,
    qos_relay_v1,
    qos_staking_v1,
)
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_staking_v1beta1 import CommissionRates, Description
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys

PERSON_UNITS = 1_000_000
"""What each development account gets of each currency, in whole units."""

BONDED_UNITS = GENESIS_SUPPLY // (2 * E18)
"""What the public chain's validators bond together: half of what the paper lets exist before the first block, so that
issuance, which is the paper's too, is a few percent of it a year."""
RELAY_UNITS = 100_000
DELIVERY_QUOTE = 10**14
"""What delivering a request from the public chain is worth, in aqos: 0.0001 QOS, about half a transfer's gas."""
SHOP = Currency(denom="qsc/SHOP", symbol="SHOP", decimals=6, description="Loyalty token of the shop chain")
CASS = Currency(denom="qsc/CASS", symbol="CASS", decimals=6, description="Token of the Cassini chain, without value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What is particular to one provider's chain: its token, and its consortium once the validators are known."""

    currency: Currency
    consortium: Callable[[tuple[bytes, ...]], qos_consortium_v1.GenesisState]


def genesis_plan(
    chain: NetworkChain,
    people: DevKeys,
    relays: tuple[RelayKeys, ...],
    validators: tuple[bytes, ...],
    time_ns: int,
    provider: Provider | None = None,
) -> GenesisPlan:
    """Return the plan of one chain."""
    currency = {"public": QOS, "business": SHOP, "cassini": CASS}[chain.kind] if provider is None else provider.currency
    unit = 10**currency.decimals
    holders = [_holder(people.address(name), currency, PERSON_UNITS * unit) for name in devkeys.PEOPLE]
    holders += [_holder(relay.address, currency, RELAY_UNITS * unit) for relay in relays]
    power = VALIDATOR_POWER
    if chain.kind == "public":
        power = BONDED_UNITS // max(len(validators), 1)
        holders += [
            _holder(people.address(name), currency, (PERSON_UNITS + power) * unit)
            for name in devkeys.VALIDATORS[: len(validators)]
        ]
    return GenesisPlan(
        chain_id=chain.chain_id,
        time_ns=time_ns,
        validators=validators,
        holders=tuple(holders),
        currencies=(currency,),
        fee_denom=currency.denom,
        gas_price=FLOOR_GAS_PRICE if chain.kind == "public" else 0,
        module_states=_module_states(chain, people, relays)
        | _issuance(chain, time_ns)
        | _stake(chain, people, validators, power)
        | _of_provider(provider, validators),
        power=power,
    )


def _holder(address: Address, currency: Currency, amount: int) -> Holder:
    return Holder(address=address, coins=(Coin(denom=currency.denom, amount=amount),))


def _module_states(chain: NetworkChain, people: DevKeys, relays: tuple[RelayKeys, ...]) -> dict[str, Record]:
    if chain.kind == "cassini":
        members = tuple(qos_relay_v1.Member(address=relay.address, key=relay.attestation_key) for relay in relays)
        return {"relay": qos_relay_v1.GenesisState(members=members)}
    # Who sends from a business chain pays nothing: its provider puts a deposit down on the public chain (Q15).
    quote = Coin(denom=QOS.denom, amount=DELIVERY_QUOTE) if chain.kind == "public" else None
    params = qos_qcp_v1.Params(authority=people.address("authority"), dev=True, delivery_quote=quote)
    states: dict[str, Record] = {"qcp": qos_qcp_v1.GenesisState(params=params)}
    if chain.kind == "business":
        provider = qos_orders_v1.Params(provider=people.address("authority"))
        states["orders"] = qos_orders_v1.GenesisState(params=provider)
    return states


def _issuance(chain: NetworkChain, time_ns: int) -> dict[str, Record]:
    """Issue on the public chain what the whitepaper says."""
    if chain.kind != "public":
        return {}
    return {"mint": qos_mint_v1.GenesisState(inflation_phrases=paper_phases(time_ns))}


def _stake(chain: NetworkChain, people: DevKeys, validators: tuple[bytes, ...], power: int) -> dict[str, Record]:
    """Bond the validators of the public chain; a network of one's own may come down to one of them."""
    if chain.kind != "public":
        return {}
    made = tuple(
        qos_staking_v1.GenesisValidator(
            owner=people.address(name),
            consensus_key=key,
            self_bond=power * E18,
            description=Description(moniker=name),
            commission=CommissionRates(rate=E18 // 10, max_rate=E18 // 2, max_change_rate=E18 // 100),
        )
        for name, key in zip(devkeys.VALIDATORS[: len(validators)], validators, strict=True)
    )
    params = replace(parameters.PUBLIC, min_validators=1)
    return {
        "staking": qos_staking_v1.GenesisState(params=params, create=made),
        "gov": qos_gov_v1.GenesisState(params=_impatient(votes.DEFAULTS)),
    }


def _impatient(params: qos_gov_v1.Params) -> qos_gov_v1.Params:
    """Return governance's parameters for a network of one's own: votes take minutes, all else is the public chain's."""
    levels = {
        name: replace(getattr(params, name), voting_period=minutes * 60 * SECOND_NS)
        for name, minutes in (("normal", 2), ("important", 3), ("critical", 4))
    }
    return replace(params, **levels)


def _of_provider(provider: Provider | None, validators: tuple[bytes, ...]) -> dict[str, Record]:
    return {} if provider is None else {"consortium": provider.consortium(validators)}
