"""Validators of test chains: in the document, and on a public chain with their bonds."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qos.base.amounts import E18
from qos.base.identifiers import BASE_DENOM, format_address
from qos.modules.validators.staking.parameters import PUBLIC
from qos.proto.json import to_json
from qos.proto.records.cosmos_staking_v1beta1 import CommissionRates, Description
from qos.proto.records.qos_staking_v1 import GenesisState, GenesisValidator, Params
from qos.testing.transactions import Key, key_of

POWER = 10
"""Power of each validator, and so its own bond in QOS."""

PARAMS = replace(PUBLIC, min_validators=1, min_self_bond=POWER * E18)
"""The public chain's, for few and small validators."""

RATES = CommissionRates(rate=10 * 10**16, max_rate=50 * 10**16, max_change_rate=10**16)


def owner_of(number: int) -> Key:
    """Return the account of the validator with a number."""
    return key_of(f"validator {number}")


def validator_json(public_key: bytes, power: int) -> dict[str, object]:
    """Return a validator as a genesis document lists it."""
    key = {"type": "tendermint/PubKeyEd25519", "value": b64encode(public_key).decode()}
    return {"pub_key": key, "power": str(power)}


def with_validators(
    document: Mapping[str, Any], keys: Sequence[bytes], *, power: int = POWER, params: Params = PARAMS, spare: int = 0
) -> dict[str, Any]:
    """Return a genesis whose validators have these consensus keys; on a chain with stake their owners bond `power` QOS.

    Those beyond `max_validators` are candidates. Owners hold `spare` aqos beside; the validators that stood there
    before are gone with what their owners held.
    """
    states = dict(document["app_state"])
    listed = keys
    if "staking" in states:
        listed = keys[: params.max_validators]
        states["staking"] = to_json(GenesisState(params=params, create=_created(keys, power)))
        states["bank"] = _with_bonds(states["bank"], len(keys), power * E18 + spare)
    return {**document, "validators": [validator_json(key, power) for key in listed], "app_state": states}


def _created(keys: Sequence[bytes], power: int) -> tuple[GenesisValidator, ...]:
    return tuple(
        GenesisValidator(
            owner=owner_of(number).address,
            consensus_key=key,
            self_bond=power * E18,
            description=Description(moniker=f"validator {number}"),
            commission=RATES,
        )
        for number, key in enumerate(keys)
    )


def _with_bonds(bank: Mapping[str, Any], count: int, held: int) -> dict[str, Any]:
    owners = [format_address(owner_of(number).address) for number in range(max(count, 32))]
    others = [each for each in bank.get("balances", []) if each["address"] not in owners]
    coins = [{"denom": BASE_DENOM, "amount": str(held)}]
    return {**bank, "balances": [*others, *({"address": owner, "coins": coins} for owner in owners[:count])]}
