"""The genesis document: CometBFT's JSON with each module's state under its name (strict, bounded)."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qos.base.amounts import E18
from qos.base.blocktime import parse_rfc3339
from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import is_chain_id
from qos.machine.abci import ValidatorUpdate

MAX_TOTAL_POWER = 2**63 // 8
MAX_GENESIS_BYTES = 1 << 30
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class BadGenesis(RuleViolation):
    """The genesis document is not one a chain can start from."""

    code = ErrorCode("genesis", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisDocument:
    """A parsed genesis. `app_state` holds each module's state as parsed JSON."""

    chain_id: str
    time_ns: int
    initial_height: int
    validators: tuple[ValidatorUpdate, ...]
    consensus_params: Mapping[str, Any]
    app_state: Mapping[str, Any]


def strict_json(data: bytes) -> Any:
    """Parse JSON without floats, NaN and repeated keys. Raises: BadGenesis."""
    if len(data) > MAX_GENESIS_BYTES:
        raise BadGenesis(f"genesis has {len(data)} bytes, at most {MAX_GENESIS_BYTES} are allowed")
    try:
        return json.loads(data, object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise BadGenesis(f"genesis is no JSON: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        raise BadGenesis(f"key {next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return result


def _no_float(text: str) -> Any:
    raise BadGenesis(f"{text[:40]} is no integer: genesis holds no fractions")


def parse(data: bytes) -> GenesisDocument:
    """Parse and check a genesis document. Raises: BadGenesis with a sentence that names the key."""
    document = strict_json(data)
    if not isinstance(document, dict):
        raise BadGenesis("genesis must be an object")
    chain_id = document.get("chain_id")
    if not isinstance(chain_id, str) or not is_chain_id(chain_id):
        raise BadGenesis(f"chain_id {chain_id!r} must match [a-z][a-z0-9-]{{2,31}}")
    try:
        time_ns = parse_rfc3339(str(document.get("genesis_time")))
    except ValueError as error:
        raise BadGenesis(f"genesis_time: {error}") from None
    validators = tuple(_validator(item) for item in document.get("validators") or ())
    _check_validators(validators)
    app_state = document.get("app_state")
    if not isinstance(app_state, dict):
        raise BadGenesis("app_state must be an object with a key a module")
    return GenesisDocument(
        chain_id=chain_id,
        time_ns=time_ns,
        initial_height=_integer(document.get("initial_height", "1"), "initial_height"),
        validators=validators,
        consensus_params=document.get("consensus_params") or {},
        app_state=app_state,
    )


def _validator(item: Any) -> ValidatorUpdate:
    try:
        if item["pub_key"]["type"] != "tendermint/PubKeyEd25519":
            raise BadGenesis("validators sign with ed25519 keys")
        key = b64decode(item["pub_key"]["value"], validate=True)
        power = _integer(item["power"], "power")
    except (KeyError, TypeError, ValueError):
        raise BadGenesis("a validator needs pub_key {type, value} and power") from None
    if len(key) != 32 or power <= 0:
        raise BadGenesis("a validator needs a key of 32 bytes and positive power")
    return ValidatorUpdate(public_key=key, power=power)


def _check_validators(validators: tuple[ValidatorUpdate, ...]) -> None:
    if not validators:
        raise BadGenesis("genesis names no validator")
    if len({validator.public_key for validator in validators}) != len(validators):
        raise BadGenesis("a validator key stands twice in genesis")
    if sum(validator.power for validator in validators) > MAX_TOTAL_POWER:
        raise BadGenesis(f"total voting power exceeds {MAX_TOTAL_POWER}; power is bonded aqos over {E18}")


def _integer(value: Any, name: str) -> int:
    text = str(value) if not isinstance(value, bool) else ""
    if _INTEGER.fullmatch(text) is None:
        raise BadGenesis(f"{name} must be an integer, not {str(value)[:40]!r}")
    return int(text)
