"""`--prove`: which stored value answers a query, and the trust root it is proven from.

Only queries that are one stored value can be proven; sums and lists would need proofs of all they left out.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qos.base.identifiers import parse_address
from qos.base.strictjson import JsonObject, parse_json, render_json
from qos.cli.errors import UsageError
from qos.cli.session import Session, ask
from qos.client.calls import Transport
from qos.client.lightblocks import genesis_root, light_block
from qos.client.node import status
from qos.client.verified import ProvenValue, proven_read
from qos.lightclient.predicates import whole_state
from qos.lightclient.verifier import Options, trust_root
from qos.machine import genesis
from qos.modules.assets.accounts import state as accounts
from qos.modules.assets.bank import state as bank
from qos.modules.economics.fees import state as fees
from qos.node.config import NetworkConfig, load_config
from qos.node.home import write_atomically
from qos.proto.json import bytes_to_json, from_json, to_json
from qos.proto.records.qos_lightclient_v1 import TrustedState


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the answer of a query lies and how its bytes read; nothing stored reads as `absent`."""

    store: str
    key: bytes
    read: Callable[[bytes], JsonObject]
    absent: JsonObject


def _coin(denom: str, stored: bytes) -> JsonObject:
    return {"denom": denom, "amount": stored.decode()}


def _balance(values: JsonObject) -> Stored:
    denom = _text(values, "denom")
    key = bank.BALANCES.raw_key((parse_address(_text(values, "address")), denom))
    return Stored(bank.STORE, key, lambda raw: {"balance": _coin(denom, raw)}, {"balance": _coin(denom, b"0")})


def _supply(values: JsonObject) -> Stored:
    denom = _text(values, "denom")
    key = bank.SUPPLY.raw_key(denom)
    return Stored(bank.STORE, key, lambda raw: {"amount": _coin(denom, raw)}, {"amount": _coin(denom, b"0")})


def _account(values: JsonObject) -> Stored:
    key = accounts.ACCOUNTS.raw_key(parse_address(_text(values, "address")))
    return Stored(
        accounts.STORE, key, lambda raw: {"account": bytes_to_json("google.protobuf.Any", raw)}, {"account": None}
    )


def _fees(values: JsonObject) -> Stored:
    del values
    return Stored(fees.STORE, fees.PARAMS.prefix, lambda raw: {"params": bytes_to_json("qos.fees.v1.Params", raw)}, {})


PROVABLE: dict[str, Callable[[JsonObject], Stored]] = {
    "/cosmos.bank.v1beta1.Query/Balance": _balance,
    "/cosmos.bank.v1beta1.Query/SupplyOf": _supply,
    "/cosmos.auth.v1beta1.Query/Account": _account,
    "/qos.fees.v1.Query/Params": _fees,
}


def proven(opened: Session, url: str, path: str, values: JsonObject, given: dict[str, Any]) -> JsonObject:
    """Return the proven answer with its proof's figures. Raises: UsageError, BadProof, Invalid, Unreachable."""
    if path not in PROVABLE:
        known = ", ".join(name.removeprefix("/") for name in PROVABLE)
        raise UsageError(f"{path.removeprefix('/')} is not one stored value and cannot be proven; these can: {known}")
    if given["height"]:
        raise UsageError("--prove reads the newest height: leave --height out")
    stored = PROVABLE[path](values)
    now_ns = time.time_ns()

    async def use(node: Transport) -> tuple[str, ProvenValue]:
        chain_id = (await node.send(status())).chain_id
        trusted = await trusted_state(opened, node, chain_id, given["trust"])
        return chain_id, await proven_read(node, trusted, stored.store, stored.key, options=Options(), now_ns=now_ns)

    chain_id, value = ask(url, use)
    keep_state(opened, chain_id, value.state)
    answer = stored.absent if value.value is None else stored.read(value.value)
    proof: JsonObject = {
        "chain_id": chain_id,
        "height": value.height,
        "signed_power": value.power,
        "total_power": value.total_power,
    }
    return answer | {"proof": proof}


async def given_root(node: Transport, trust: str) -> TrustedState:
    """Return the state somebody vouches for by HEIGHT:HASH. Raises: UsageError, Invalid, CallFailed, Unreachable."""
    height, _, block_hash = trust.partition(":")
    try:
        wanted, expected = int(height), bytes.fromhex(block_hash)
    except ValueError:
        raise UsageError("--trust: write HEIGHT:HASH") from None
    return trust_root(await light_block(node, wanted), expected).state


async def trusted_state(opened: Session, node: Transport, chain_id: str, trust: str = "") -> TrustedState:
    """Return what is trusted of a chain: what was given, else kept, else its genesis. Raises: UsageError."""
    if trust:
        return await given_root(node, trust)
    kept = _kept_file(opened, chain_id)
    if kept.is_file():
        return whole_state(from_json(TrustedState, parse_json(kept.read_bytes())))
    chains = load_config(NetworkConfig, opened.home.config_file).chains if opened.home.config_file.is_file() else ()
    for chain in chains:
        if chain.chain_id == chain_id:
            document = opened.home.chain(chain.folder).genesis_file.read_bytes()
            return genesis_root(genesis.parse(document))
    raise UsageError(f"nothing about {chain_id!r} is trusted yet", "give --trust HEIGHT:HASH from a source you believe")


def keep_state(opened: Session, chain_id: str, state: TrustedState) -> None:
    """Keep the newest proven state of a chain: the next proof starts there."""
    opened.home.light_folder.mkdir(parents=True, exist_ok=True)
    write_atomically(_kept_file(opened, chain_id), render_json(to_json(state), indent=1))


def _kept_file(opened: Session, chain_id: str) -> Path:
    if not chain_id.replace("-", "").isalnum():
        raise UsageError(f"{chain_id[:60]!r} is no chain id")
    return opened.home.light_folder / f"{chain_id}.json"


def _text(values: JsonObject, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f"a proven answer needs --{name}")
    return value
