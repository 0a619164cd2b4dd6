"""`cosmos.tx.v1beta1.Service`: transactions as a node sees them. Simulation is the machine's own query."""

from hashlib import sha256
from typing import Final

from qos.base.blocktime import NANOSECONDS, rfc3339
from qos.base.errors import RuleViolation
from qos.machine.errors import KeyNotFound
from qos.proto import codec
from qos.proto.records.cosmos_base_abci_v1beta1 import TxResponse
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    BroadcastMode,
    BroadcastTxRequest,
    BroadcastTxResponse,
    GetBlockWithTxsRequest,
    GetBlockWithTxsResponse,
    GetTxRequest,
    GetTxResponse,
    GetTxsEventRequest,
    GetTxsEventResponse,
    OrderBy,
    Tx,
    TxBody,
    TxDecodeRequest,
    TxDecodeResponse,
    TxEncodeRequest,
    TxEncodeResponse,
    TxRaw,
)
from qos.rpc.services.blocks import height_of
from qos.rpc.services.ledger import PlacedTx, Wish
from qos.rpc.services.node import ServiceNode
from qos.rpc.services.pages import page
from qos.rpc.services.status import CallRefused, Status

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 100


async def get_tx(node: ServiceNode, request: GetTxRequest) -> GetTxResponse:
    """Return a transaction by its hash. Raises: KeyNotFound, CallRefused."""
    try:
        tx_hash = bytes.fromhex(request.hash.removeprefix("0x"))
    except ValueError:
        tx_hash = b""
    if len(tx_hash) != sha256().digest_size:
        raise CallRefused(Status.INVALID_ARGUMENT, "a transaction's hash has 64 hexadecimal digits")
    found = await node.ledger.transaction(tx_hash)
    if found is None:
        raise KeyNotFound(f"tx not found: {request.hash.upper()}")
    response = _response(found)
    return GetTxResponse(tx=_parts_or_none(response), tx_response=response)


def _response(placed: PlacedTx) -> TxResponse:
    result, parts = placed.result, decoded_or_none(placed.tx)
    return TxResponse(
        height=placed.height,
        txhash=_hash(placed.tx),
        codespace=result.codespace,
        code=result.code,
        data=result.data.hex().upper(),
        raw_log=result.log,
        info=result.info,
        gas_wanted=result.gas_wanted,
        gas_used=result.gas_used,
        tx=None if parts is None else codec.pack(parts),
        timestamp=rfc3339(placed.time_ns // NANOSECONDS * NANOSECONDS),
        events=result.events,
    )


def _hash(tx: bytes) -> str:
    return sha256(tx).hexdigest().upper()


def _parts_or_none(response: TxResponse) -> Tx | None:
    return None if response.tx is None else codec.unpack(Tx, response.tx)


def decoded(data: bytes) -> Tx:
    """Take an encoded transaction apart. Raises: MalformedBytes, MalformedField, MalformedAddress."""
    raw = codec.decode_lenient(TxRaw, data)
    return Tx(
        body=codec.decode_lenient(TxBody, raw.body_bytes),
        auth_info=codec.decode_lenient(AuthInfo, raw.auth_info_bytes),
        signatures=raw.signatures,
    )


def decoded_or_none(data: bytes) -> Tx | None:
    """Take a transaction of a block apart; blocks of an engine other than ours may hold any bytes."""
    try:
        return decoded(data)
    except RuleViolation:
        return None


async def broadcast(node: ServiceNode, request: BroadcastTxRequest) -> BroadcastTxResponse:
    """Hand a transaction in; its code says whether it may wait. Raises: CallRefused on an unsupported mode."""
    if request.mode not in (BroadcastMode.BROADCAST_MODE_SYNC, BroadcastMode.BROADCAST_MODE_ASYNC):
        raise CallRefused(
            Status.INVALID_ARGUMENT,
            f"{request.mode.name} is not supported: use BROADCAST_MODE_SYNC, then ask for the transaction by its hash",
        )
    if not request.tx_bytes:
        raise CallRefused(Status.INVALID_ARGUMENT, "invalid empty tx: give the signed transaction as tx_bytes")
    checked = await node.ledger.submit(request.tx_bytes)
    tx_hash = _hash(request.tx_bytes)
    if request.mode is BroadcastMode.BROADCAST_MODE_ASYNC:
        return BroadcastTxResponse(tx_response=TxResponse(txhash=tx_hash))
    response = TxResponse(txhash=tx_hash, codespace=checked.codespace, code=checked.code, raw_log=checked.log)
    return BroadcastTxResponse(tx_response=response)


async def txs_by_event(node: ServiceNode, request: GetTxsEventRequest) -> GetTxsEventResponse:
    """Return a page of the transactions that match, at most 100. Raises: CallRefused."""
    query = request.query or " AND ".join(request.events)
    if not query:
        raise CallRefused(Status.INVALID_ARGUMENT, "give a query, as in query=message.sender='qos1...'")
    start, limit = _window(request)
    descending = request.order_by is OrderBy.ORDER_BY_DESC
    found = await node.ledger.search(Wish(query=query, start=start, limit=limit, descending=descending))
    responses = [_response(placed) for placed in found.txs]
    # One entry a response, so that clients can walk both lists side by side.
    txs = tuple(_parts_or_none(response) or Tx() for response in responses)
    return GetTxsEventResponse(txs=txs, tx_responses=tuple(responses), total=found.total)


def _window(request: GetTxsEventRequest) -> tuple[int, int]:
    asked = request.pagination
    if asked is not None and not request.page and not request.limit:
        return asked.offset, min(asked.limit or DEFAULT_LIMIT, MAX_LIMIT)
    limit = min(request.limit or DEFAULT_LIMIT, MAX_LIMIT)
    return (max(request.page, 1) - 1) * limit, limit


async def block_with_txs(node: ServiceNode, request: GetBlockWithTxsRequest) -> GetBlockWithTxsResponse:
    """Return a block and a page of its transactions, decoded. Raises: CallRefused."""
    found = await node.ledger.block(height_of(await node.ledger.tip(), request.height))
    txs, response = page(found.block.data.txs, request.pagination)
    return GetBlockWithTxsResponse(
        txs=tuple(decoded_or_none(tx) or Tx() for tx in txs),
        block_id=found.block_id,
        block=found.block,
        pagination=response,
    )


async def decode(node: ServiceNode, request: TxDecodeRequest) -> TxDecodeResponse:
    """Take a transaction apart. Raises: as `decoded`."""
    del node
    return TxDecodeResponse(tx=decoded(request.tx_bytes))


async def encode(node: ServiceNode, request: TxEncodeRequest) -> TxEncodeResponse:
    """Put a transaction together. Raises: CallRefused when a part is missing."""
    del node
    tx = request.tx
    if tx is None or tx.body is None or tx.auth_info is None:
        raise CallRefused(Status.INVALID_ARGUMENT, "give tx with body and auth_info")
    raw = TxRaw(body_bytes=codec.encode(tx.body), auth_info_bytes=codec.encode(tx.auth_info), signatures=tx.signatures)
    return TxEncodeResponse(tx_bytes=codec.encode(raw))
