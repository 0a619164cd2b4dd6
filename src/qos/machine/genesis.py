"""The genesis document: CometBFT's JSON with each module's state under its name (strict, bounded)."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass

from qos.base.amounts import E18
from qos.base.blocktime import parse_rfc3339
from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import is_chain_id
from qos.base.strictjson import BadJson, JsonValue, parse_json
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
    consensus_params: Mapping[str, JsonValue]
    app_state: Mapping[str, JsonValue]


def parse(data: bytes) -> GenesisDocument:
    """Parse and check a genesis document. Raises: BadGenesis with a sentence that names the key."""
    document = _document(data)
    chain_id = document.get("chain_id")
    if not isinstance(chain_id, str) or not is_chain_id(chain_id):
        raise BadGenesis(f"chain_id {chain_id!r} must match [a-z][a-z0-9-]{{2,31}}")
    try:
        time_ns = parse_rfc3339(str(document.get("genesis_time")))
    except ValueError as error:
        raise BadGenesis(f"genesis_time: {error}") from None
    initial_height = _integer(document.get("initial_height", "1"), "initial_height")
    if initial_height < 1:
        raise BadGenesis(f"initial_height {initial_height} must be at least 1")
    return GenesisDocument(
        chain_id=chain_id,
        time_ns=time_ns,
        initial_height=initial_height,
        validators=_validators(document.get("validators")),
        consensus_params=_object(document.get("consensus_params", {}), "consensus_params"),
        app_state=_object(document.get("app_state"), "app_state"),
    )


def _document(data: bytes) -> dict[str, JsonValue]:
    if len(data) > MAX_GENESIS_BYTES:
        raise BadGenesis(f"genesis has {len(data)} bytes, at most {MAX_GENESIS_BYTES} are allowed")
    try:
        return _object(parse_json(data), "genesis")
    except BadJson as error:
        raise BadGenesis(f"genesis: {error}") from None


def _object(value: JsonValue, name: str) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise BadGenesis(f"{name} must be an object")
    return value


def _validators(items: JsonValue) -> tuple[ValidatorUpdate, ...]:
    if not isinstance(items, list) or not items:
        raise BadGenesis("genesis names no validator")
    validators = tuple(_validator(_object(item, "a validator")) for item in items)
    if len({validator.public_key for validator in validators}) != len(validators):
        raise BadGenesis("a validator key stands twice in genesis")
    if sum(validator.power for validator in validators) > MAX_TOTAL_POWER:
        raise BadGenesis(f"total voting power exceeds {MAX_TOTAL_POWER}; power is bonded aqos over {E18}")
    return validators


def _validator(item: dict[str, JsonValue]) -> ValidatorUpdate:
    public_key = _object(item.get("pub_key"), "pub_key of a validator")
    if public_key.get("type") != "tendermint/PubKeyEd25519":
        raise BadGenesis("validators sign with ed25519 keys")
    try:
        key = b64decode(str(public_key.get("value")), validate=True)
    except ValueError:
        raise BadGenesis("the key of a validator is no base64") from None
    power = _integer(item.get("power"), "power of a validator")
    if len(key) != 32 or power <= 0:
        raise BadGenesis("a validator needs a key of 32 bytes and positive power")
    return ValidatorUpdate(public_key=key, power=power)


def _integer(value: JsonValue, name: str) -> int:
    text = str(value) if not isinstance(value, bool) else ""
    if _INTEGER.fullmatch(text) is None:
        raise BadGenesis(f"{name} must be an integer, not {str(value)[:40]!r}")
    return int(text)
