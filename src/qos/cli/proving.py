"""`--prove`: which stored value answers a query.

Only queries that are one stored value can be proven; sums and lists would need proofs of all they left out.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qos.base.identifiers import parse_address
from qos.base.strictjson import JsonObject
from qos.cli.errors import UsageError
from qos.cli.session import Session, ask
from qos.cli.trusting import ask_witnesses, keep_state, trusted_state
from qos.client.calls import Transport
from qos.client.node import status
from qos.client.verified import ProvenValue, proven_read
from qos.client.witnesses import NamedNode, Proof
from qos.lightclient.verifier import Options
from qos.modules.assets.accounts import state as accounts
from qos.modules.assets.bank import state as bank
from qos.modules.economics.fees import state as fees
from qos.proto.json import bytes_to_json


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
    witnesses: list[str] = given["witness"] or []
    if url in witnesses:
        raise UsageError("--witness: the node that is asked is no witness of itself")
    stored = PROVABLE[path](values)
    now_ns = time.time_ns()

    async def use(node: Transport) -> tuple[str, ProvenValue]:
        chain_id = (await node.send(status())).chain_id
        trusted = await trusted_state(opened, node, chain_id, given["trust"])
        options = Options()
        value = await proven_read(node, trusted, stored.store, stored.key, options=options, now_ns=now_ns)
        source = NamedNode(name=url, node=node)
        proof = Proof(source=source, start=trusted, path=value.path, options=options, now_ns=now_ns)
        await ask_witnesses(proof, witnesses)
        return chain_id, value

    chain_id, value = ask(url, use)
    keep_state(opened, chain_id, value.state)
    answer = stored.absent if value.value is None else stored.read(value.value)
    proof: JsonObject = {
        "chain_id": chain_id,
        "height": value.height,
        "signed_power": value.signers.power,
        "total_power": value.signers.total_power,
        "witnesses": [*witnesses],
    }
    return answer | {"proof": proof}


def _text(values: JsonObject, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f"a proven answer needs --{name}")
    return value
