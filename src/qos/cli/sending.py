"""What `qos tx` does once the message is known: price, sign, hand in, wait, show."""

import sys
from typing import Any

from qos.base.identifiers import parse_address
from qos.base.strictjson import JsonObject, JsonValue
from qos.cli import offline
from qos.cli.amounts import BadAmount, parse_coins
from qos.cli.errors import UsageError
from qos.cli.options import Output
from qos.cli.output import lines, show
from qos.cli.session import Session, ask
from qos.client.calls import Transport
from qos.client.node import TxAnswer, broadcast_tx_sync
from qos.client.speed import Speed
from qos.client.transactions import Draft, Quoted, account_of, quoted, submit, wait_for
from qos.proto.json import json_to_bytes
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.tendermint_abci import Event

DEADLINE_MS = 60_000


def send(opened: Session, full_name: str, values: JsonObject, given: dict[str, Any]) -> None:
    """Send one message as the options say. Raises: what pricing, signing and sending raise; UsageError."""
    url = opened.url(given["chain"], given["node"])
    message = AnyRecord(type_url="/" + full_name, value=json_to_bytes(full_name, values))
    draft = Draft(
        messages=(message,),
        memo=given["note"],
        timeout_height=given["timeout_height"],
        gas_limit=given["gas"],
        fee=_fee(given["fee"]),
        speed=Speed(given["speed"]),
        granter=parse_address(opened.address(granter)) if (granter := given["fee_granter"]) else None,
    )
    output: Output = given["output"]
    if given["generate_only"]:
        offline.show_unsigned(opened, url, given["from_"], draft)
        return
    signer = opened.signer(given["from_"], given["passphrase_file"])

    async def use(node: Transport) -> JsonObject:
        priced = await quoted(node, signer.key, draft, await account_of(node, signer))
        cost = _cost(priced)
        if given["dry_run"]:
            return cost
        if output is Output.TEXT:
            print("\n".join(lines(cost)), file=sys.stderr)
        tx_hash = await submit(node, signer, priced.draft)
        followed = await _followed(node, tx_hash, wait=given["wait"])
        return followed if output is Output.TEXT else cost | followed

    show(ask(url, use), output)


def broadcast(url: str, tx: bytes, output: Output, *, wait: bool) -> None:
    """Hand in a signed transaction. Raises: Refused, NotIncluded, Unreachable."""

    async def use(node: Transport) -> JsonObject:
        return await _followed(node, await node.send(broadcast_tx_sync(tx)), wait=wait)

    show(ask(url, use), output)


def _fee(text: str | None) -> tuple[Coin, ...] | None:
    if text is None:
        return None
    try:
        return tuple(Coin(denom=denom, amount=amount) for denom, amount in parse_coins(text) if amount)
    except BadAmount as error:
        raise UsageError(f"--fee: {error}") from None


def _cost(priced: Quoted) -> JsonObject:
    shown: JsonObject = {"gas_limit": priced.draft.gas_limit, "fee": [_coin(coin) for coin in priced.draft.fee or ()]}
    return shown | {"value_fee": [_coin(coin) for coin in priced.value_fee]} if priced.value_fee else shown


def _coin(coin: Coin) -> JsonObject:
    return {"denom": coin.denom, "amount": str(coin.amount)}


async def _followed(node: Transport, tx_hash: bytes, *, wait: bool) -> JsonObject:
    shown = tx_hash.hex().upper()
    if not wait:
        return {"hash": shown, "next": f"qos query tx {shown}"}
    return describe(await wait_for(node, tx_hash, deadline_ms=DEADLINE_MS))


def describe(found: TxAnswer) -> JsonObject:
    """Return a transaction in a block as JSON."""
    result = found.result
    described: JsonObject = {
        "hash": found.tx_hash.hex().upper(),
        "height": found.height,
        "index": found.index,
        "code": result.code,
        "gas_wanted": result.gas_wanted,
        "gas_used": result.gas_used,
        "events": [_event(event) for event in result.events],
    }
    if result.code:
        described |= {"codespace": result.codespace, "log": result.log}
    return described


def _event(event: Event) -> JsonValue:
    fields: JsonObject = {"type": event.type}
    for attribute in event.attributes:
        fields[attribute.key] = attribute.value
    return fields
