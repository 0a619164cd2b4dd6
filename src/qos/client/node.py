"""The calls of a node's CometBFT JSON-RPC that we use, each with a typed answer."""

from base64 import b64encode
from dataclasses import dataclass

from qos.base.strictjson import JsonObject
from qos.client.calls import Call
from qos.client.errors import Refused
from qos.client.fields import child, flag, from_base64, from_hex, integer, objects, text, time_ns
from qos.lightclient.evidence_json import render_evidence
from qos.machine.abci import ProofOp, without_prefix
from qos.proto.records.tendermint_abci import Event, EventAttribute, ExecTxResult
from qos.proto.records.tendermint_types import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Who a node is and how far it is."""

    chain_id: str
    version: str
    moniker: str
    height: int
    time_ns: int
    block_hash: bytes
    app_hash: bytes
    catching_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """A value from committed state; `height` is the version it was read at."""

    key: bytes
    value: bytes
    height: int
    proof_ops: tuple[ProofOp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TxAnswer:
    """A transaction in a block and what became of it."""

    tx_hash: bytes
    height: int
    index: int
    tx: bytes
    result: ExecTxResult


@dataclass(frozen=True, slots=True, kw_only=True)
class TxPage:
    """One page of a search, and how many there are in all."""

    txs: tuple[TxAnswer, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockAnswer:
    """A block's hash and transactions; the header as its JSON, which `lightclient` reads."""

    block_hash: bytes
    height: int
    time_ns: int
    txs: tuple[bytes, ...]
    header: JsonObject


def status() -> Call[Status]:
    """Ask who the node is."""
    return Call(method="status", params={}, parse=_read_status)


def _read_status(result: JsonObject) -> Status:
    info, sync = child(result, "node_info"), child(result, "sync_info")
    return Status(
        chain_id=text(info, "network"),
        version=text(info, "version"),
        moniker=text(info, "moniker"),
        height=integer(sync, "latest_block_height"),
        time_ns=time_ns(sync, "latest_block_time"),
        block_hash=from_hex(sync, "latest_block_hash"),
        app_hash=from_hex(sync, "latest_app_hash"),
        catching_up=flag(sync, "catching_up"),
    )


def abci_query(path: str, data: bytes, *, height: int = 0, prove: bool = False) -> Call[QueryAnswer]:
    """Read committed state; height 0 is the newest. Raises (parse): Refused with the chain's code."""
    params: JsonObject = {"path": path, "data": data.hex(), "height": str(height), "prove": prove}
    return Call(method="abci_query", params=params, parse=_read_query)


def _read_query(result: JsonObject) -> QueryAnswer:
    response = child(result, "response")
    _refuse(response)
    ops = response.get("proofOps")
    proof_ops = objects(child(response, "proofOps"), "ops") if ops is not None else []
    return QueryAnswer(
        key=from_base64(response, "key"),
        value=from_base64(response, "value"),
        height=integer(response, "height"),
        proof_ops=tuple(
            ProofOp(type=text(op, "type"), key=from_base64(op, "key"), data=from_base64(op, "data")) for op in proof_ops
        ),
    )


def _refuse(result: JsonObject) -> None:
    code = integer(result, "code")
    if code:
        raise Refused(codespace=text(result, "codespace"), code=code, log=without_prefix(text(result, "log")))


def store_path(store: str) -> str:
    """Return the query path that reads one key of a store and can prove it."""
    return f"/store/{store}/key"


def range_path(store: str) -> str:
    """Return the query path that proves the pairs of a range of keys, which the data names."""
    return f"/store/{store}/range"


def broadcast_tx_sync(tx: bytes) -> Call[bytes]:
    """Hand a transaction to the mempool; the answer is its hash. Raises (parse): Refused."""
    return Call(method="broadcast_tx_sync", params={"tx": _base64(tx)}, parse=_read_broadcast)


def broadcast_evidence(evidence: Evidence) -> Call[bytes]:
    """Hand evidence to the chain; the answer is its hash. Raises (send): CallFailed when it proves nothing."""
    document: JsonObject = {"evidence": render_evidence(evidence)}
    return Call(method="broadcast_evidence", params=document, parse=lambda result: from_base64(result, "hash"))


def _read_broadcast(result: JsonObject) -> bytes:
    _refuse(result)
    return from_hex(result, "hash")


def tx(tx_hash: bytes) -> Call[TxAnswer]:
    """Ask for a transaction by hash. Raises (send): CallFailed when it is in no block."""
    return Call(method="tx", params={"hash": _base64(tx_hash), "prove": False}, parse=_read_tx)


def tx_search(query: str, *, page: int = 1, per_page: int = 30, descending: bool = False) -> Call[TxPage]:
    """Search transactions by events."""
    params: JsonObject = {
        "query": query,
        "prove": False,
        "page": str(page),
        "per_page": str(per_page),
        "order_by": "desc" if descending else "asc",
    }
    return Call(method="tx_search", params=params, parse=_read_tx_page)


def _read_tx_page(result: JsonObject) -> TxPage:
    return TxPage(txs=tuple(_read_tx(item) for item in objects(result, "txs")), total=integer(result, "total_count"))


def _read_tx(result: JsonObject) -> TxAnswer:
    return TxAnswer(
        tx_hash=from_hex(result, "hash"),
        height=integer(result, "height"),
        index=integer(result, "index"),
        tx=from_base64(result, "tx"),
        result=read_tx_result(child(result, "tx_result")),
    )


def read_tx_result(result: JsonObject) -> ExecTxResult:
    """Read the result of a transaction. Raises: BadAnswer."""
    return ExecTxResult(
        code=integer(result, "code"),
        data=from_base64(result, "data"),
        log=text(result, "log"),
        info=text(result, "info"),
        gas_wanted=integer(result, "gas_wanted"),
        gas_used=integer(result, "gas_used"),
        events=tuple(_read_event(event) for event in objects(result, "events")),
        codespace=text(result, "codespace"),
    )


def _read_event(event: JsonObject) -> Event:
    attributes = tuple(
        EventAttribute(key=text(item, "key"), value=text(item, "value"), index=flag(item, "index"))
        for item in objects(event, "attributes")
    )
    return Event(type=text(event, "type"), attributes=attributes)


def block(height: int | None = None) -> Call[BlockAnswer]:
    """Ask for a block; the newest when no height is given."""
    params: JsonObject = {} if height is None else {"height": str(height)}
    return Call(method="block", params=params, parse=_read_block)


def _read_block(result: JsonObject) -> BlockAnswer:
    content = child(result, "block")
    header, data = child(content, "header"), child(content, "data")
    txs = data.get("txs") or []
    wrapped: list[JsonObject] = [{"tx": item} for item in txs] if isinstance(txs, list) else []
    return BlockAnswer(
        block_hash=from_hex(child(result, "block_id"), "hash"),
        height=integer(header, "height"),
        time_ns=time_ns(header, "time"),
        txs=tuple(from_base64(item, "tx") for item in wrapped),
        header=header,
    )


def block_results(height: int) -> Call[tuple[ExecTxResult, ...]]:
    """Ask what became of a block's transactions."""
    return Call(method="block_results", params={"height": str(height)}, parse=_read_results)


def _read_results(result: JsonObject) -> tuple[ExecTxResult, ...]:
    if result.get("txs_results") is None:
        return ()
    return tuple(read_tx_result(item) for item in objects(result, "txs_results"))


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
