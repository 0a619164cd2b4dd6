"""What `qos query` does: ask, prove where wanted, show."""

from hashlib import sha256
from typing import Any

from qos.base.blocktime import rfc3339
from qos.base.strictjson import JsonObject
from qos.cli.errors import UsageError
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.sending import describe
from qos.cli.session import Session, ask
from qos.client import node as calls
from qos.proto.json import bytes_to_json, json_to_bytes


def query(opened: Session, path: str, method: Any, values: JsonObject, given: dict[str, Any]) -> None:
    """Ask a module and show the answer. Raises: Refused, Unreachable, and with --prove what proving raises."""
    url = opened.url(given["chain"], given["node"])
    output: Output = given["output"]
    if given["prove"]:
        from qos.cli import proving

        show(proving.proven(opened, url, path, values, given), output)
        return
    if given["witness"]:
        raise UsageError("--witness goes with --prove: what is not proven is not compared")
    request = json_to_bytes(method.request, values)
    answer = ask(url, lambda node: node.send(calls.abci_query(path, request, height=given["height"])))
    show(bytes_to_json(method.response, answer.value), output)


def show_tx(url: str, tx_hash: str, output: Output) -> None:
    """Show a transaction. Raises: UsageError, CallFailed, Unreachable."""
    wanted = hash_of(tx_hash)
    found = ask(url, lambda node: node.send(calls.tx(wanted)))
    described = describe(found)
    show(described | {"tx": bytes_to_json("cosmos.tx.v1beta1.Tx", found.tx)}, output)


def hash_of(text: str) -> bytes:
    """Return the transaction hash somebody typed. Raises: UsageError."""
    try:
        wanted = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        wanted = b""
    if len(wanted) != 32:
        raise UsageError(f"{text[:80]!r} is no transaction hash: 64 hex digits")
    return wanted


def show_txs(url: str, search: str, limit: int, output: Output) -> None:
    """Show what a search finds, newest first. Raises: CallFailed, Unreachable."""
    page = ask(url, lambda node: node.send(calls.tx_search(search, per_page=limit, descending=True)))
    show({"total": page.total, "txs": [describe(found) for found in page.txs]}, output)


def show_block(url: str, height: int | None, output: Output) -> None:
    """Show a block. Raises: CallFailed, Unreachable."""
    block = ask(url, lambda node: node.send(calls.block(height)))
    show(
        {
            "height": block.height,
            "hash": block.block_hash.hex().upper(),
            "time": rfc3339(block.time_ns),
            "header": block.header,
            "txs": [sha256(tx).hexdigest().upper() for tx in block.txs],
        },
        output,
    )
