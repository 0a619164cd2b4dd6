"""Routes about blocks."""

from typing import Final

import anyio.lowlevel

from qos.lightclient.comet_json import render_block_id, render_header, render_signed_header
from qos.lightclient.hashes import NIL_BLOCK_ID
from qos.proto.records.tendermint_types import SignedHeader
from qos.rpc.comet import jobs, render
from qos.rpc.comet.arguments import Arguments
from qos.rpc.comet.envelope import JsonObject, RpcError
from qos.rpc.comet.node import RpcNode
from qos.rpc.comet.paging import height_at_most, is_descending, page_wish

MAX_METAS: Final = 20


def _height(node: RpcNode, arguments: Arguments) -> int:
    height = height_at_most(arguments, node.engine.height, node.engine.store.base())
    if not height:
        raise RpcError("there is no block yet")
    return height


async def block(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer a block."""
    return _block(node, _height(node, arguments))


def _block(node: RpcNode, height: int) -> JsonObject:
    store = node.engine.store
    return render.named_block(store.meta(height).block_id, store.block(height))


async def block_by_hash(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer the block with a hash; an unknown hash gives null."""
    height = node.engine.store.height_of(arguments.base64_data("hash"))
    if height is None:
        return {"block_id": render_block_id(NIL_BLOCK_ID), "block": None}
    return _block(node, height)


async def header(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer a header."""
    return {"header": render_header(node.engine.store.meta(_height(node, arguments)).header)}


async def header_by_hash(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer the header with a hash; an unknown hash gives null."""
    height = node.engine.store.height_of(arguments.hex_data("hash"))
    return {"header": None if height is None else render_header(node.engine.store.meta(height).header)}


async def commit(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer a header with the votes on it; canonical once the next block holds them."""
    height = _height(node, arguments)
    store = node.engine.store
    signed = SignedHeader(header=store.meta(height).header, commit=store.commit(height))
    return {"signed_header": render_signed_header(signed), "canonical": height < node.engine.height}


async def block_results(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer what executing a block gave."""
    height = _height(node, arguments)
    return render.block_results(height, node.engine.store.result(height))


async def blockchain(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer what lists show of at most 20 blocks, newest first."""
    low, high = arguments.integer("minHeight") or 1, arguments.integer("maxHeight") or node.engine.height
    if low < 0 or high < 0:
        raise RpcError("heights must be non-negative")
    high = min(high, node.engine.height)
    low = max(low, node.engine.store.base(), high - MAX_METAS + 1)
    if low > high:
        raise RpcError(f"min height {low} can't be greater than max height {high}")
    metas = [render.block_meta(node.engine.store.meta(height)) for height in range(high, low - 1, -1)]
    return {"last_height": str(node.engine.height), "block_metas": metas}


async def block_search(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer a page of the blocks whose events match, newest first unless said."""
    query, wish = arguments.text("query"), page_wish(arguments)
    page = await node.search(jobs.page_of_blocks, query, wish, descending=is_descending(arguments, "desc"))
    node.check_page_bytes(page.found)
    blocks: list[JsonObject] = []
    for height in page.found:
        blocks.append(_block(node, height))
        await anyio.lowlevel.checkpoint()
    return {"blocks": blocks, "total_count": str(page.total)}
