"""Routes about transactions."""

from hashlib import sha256
from typing import Final

import anyio
import anyio.lowlevel

from qos.engine.embedded.io.subscriptions import Subscription
from qos.engine.query_language import parse_query
from qos.lightclient.comet_json import render_hash
from qos.machine.abci import CheckResult
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import Block
from qos.rpc.comet import jobs, render
from qos.rpc.comet.arguments import Arguments
from qos.rpc.comet.envelope import JsonObject, RpcError
from qos.rpc.comet.node import RpcNode
from qos.rpc.comet.paging import DEFAULT_PER_PAGE, MAX_PER_PAGE, is_descending, page_wish

COMMIT_TIMEOUT_S: Final = 10


async def broadcast_tx_async(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Hand in a transaction; whether it may wait is not answered."""
    tx = arguments.base64_data("tx")
    node.engine.submit(tx)
    return {"code": 0, "data": "", "log": "", "codespace": "", "hash": render_hash(sha256(tx).digest())}


async def broadcast_tx_sync(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Hand in a transaction; answers whether it may wait."""
    tx = arguments.base64_data("tx")
    result = node.engine.submit(tx)
    return {
        "code": result.code,
        "data": "",
        "log": result.log,
        "codespace": result.codespace,
        "hash": render_hash(sha256(tx).digest()),
    }


async def broadcast_tx_commit(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Hand in a transaction and wait, at most 10 s, until a block holds it."""
    tx = arguments.base64_data("tx")
    tx_hash = render_hash(sha256(tx).digest())
    key, subscription = node.engine.subscriptions.open(parse_query(f"tm.event='Tx' AND tx.hash='{tx_hash}'"))
    try:
        checked = node.engine.submit(tx)
        if checked.code:
            return _broadcast(checked, ExecTxResult(), tx_hash, 0)
        height, result = await _committed(subscription)
        return _broadcast(checked, result, tx_hash, height)
    finally:
        node.engine.subscriptions.close(key)


async def _committed(subscription: Subscription) -> tuple[int, ExecTxResult]:
    try:
        with anyio.fail_after(COMMIT_TIMEOUT_S):
            (occurrence, *_) = await subscription.next()
    except TimeoutError:
        raise RpcError("timed out waiting for tx to be included in a block") from None
    return occurrence.committed.height, occurrence.committed.result.tx_results[occurrence.index]


def _broadcast(checked: CheckResult, result: ExecTxResult, tx_hash: str, height: int) -> JsonObject:
    return {
        "check_tx": render.check_result(checked),
        "tx_result": render.tx_result(result),
        "hash": tx_hash,
        "height": str(height),
    }


async def check_tx(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer whether a transaction could wait now; as in CometBFT its sequence counts as used until the next block."""
    return render.check_result(node.engine.mempool.check(arguments.base64_data("tx")))


async def num_unconfirmed_txs(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer how much waits."""
    return {**_mempool(node, len(node.engine.mempool)), "txs": None}


async def unconfirmed_txs(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer the first transactions that wait: 30 unless said, 100 at most."""
    limit = arguments.integer("limit")
    shown = DEFAULT_PER_PAGE if limit is None or limit < 1 else min(limit, MAX_PER_PAGE)
    txs = [render.base64_text(tx) for tx in node.engine.mempool.waiting(shown)]
    return {**_mempool(node, len(txs)), "txs": txs}


def _mempool(node: RpcNode, shown: int) -> JsonObject:
    mempool = node.engine.mempool
    return {"n_txs": str(shown), "total": str(len(mempool)), "total_bytes": str(mempool.size_bytes)}


async def tx(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer a transaction by its hash."""
    tx_hash = arguments.base64_data("hash")
    found = node.engine.store.find_tx(tx_hash)
    if found is None:
        raise RpcError(f"tx ({render_hash(tx_hash)}) not found")
    return _transaction(node, node.engine.store.block(found[0]), found[1], prove=arguments.flag("prove"))


async def tx_search(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer a page of the transactions that match, oldest first unless said."""
    query, wish = arguments.text("query"), page_wish(arguments)
    page = await node.search(jobs.page_of_transactions, query, wish, descending=is_descending(arguments, "asc"))
    prove = arguments.flag("prove")
    heights = dict.fromkeys(height for height, _ in page.found)
    node.check_page_bytes(heights)
    txs: list[JsonObject] = []
    for height in heights:
        block = node.engine.store.block(height)
        txs += [_transaction(node, block, index, prove=prove) for at, index in page.found if at == height]
        await anyio.lowlevel.checkpoint()
    return {"txs": txs, "total_count": str(page.total)}


def _transaction(node: RpcNode, block: Block, index: int, *, prove: bool) -> JsonObject:
    height, txs = block.header.height, block.data.txs
    shown = render.transaction(height, index, txs[index], node.engine.store.tx_result(height, index))
    return {**shown, "proof": render.transaction_proof(txs, index)} if prove else shown
