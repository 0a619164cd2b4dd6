"""The table of routes: name, parameters in their order, answer."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from qos.base.errors import InvariantBroken
from qos.engine.errors import EngineError
from qos.rpc.comet import block_routes, chain_routes, consensus_routes, tx_routes
from qos.rpc.comet.arguments import Arguments, JsonArguments
from qos.rpc.comet.envelope import JsonObject, MethodNotFound, Request, RpcError
from qos.rpc.comet.node import RpcNode
from qos.store.errors import StoreDamaged

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method; `names` are its parameters."""

    names: tuple[str, ...]
    answer: Callable[[RpcNode, Arguments], Awaitable[JsonObject]]


def _route(names: str, answer: Callable[[RpcNode, Arguments], Awaitable[JsonObject]]) -> Route:
    return Route(names=tuple(names.split()), answer=answer)


ROUTES: Final[Mapping[str, Route]] = MappingProxyType(
    {
        "health": _route("", chain_routes.health),
        "status": _route("", chain_routes.status),
        "net_info": _route("", chain_routes.net_info),
        "abci_info": _route("", chain_routes.abci_info),
        "abci_query": _route("path data height prove", chain_routes.abci_query),
        "genesis": _route("", chain_routes.genesis),
        "genesis_chunked": _route("chunk", chain_routes.genesis_chunked),
        "consensus_params": _route("height", chain_routes.consensus_params),
        "consensus_state": _route("", consensus_routes.consensus_state),
        "dump_consensus_state": _route("", consensus_routes.dump_consensus_state),
        "broadcast_evidence": _route("evidence", consensus_routes.broadcast_evidence),
        "validators": _route("height page per_page", chain_routes.validators),
        "block": _route("height", block_routes.block),
        "block_by_hash": _route("hash", block_routes.block_by_hash),
        "block_results": _route("height", block_routes.block_results),
        "blockchain": _route("minHeight maxHeight", block_routes.blockchain),
        "block_search": _route("query page per_page order_by", block_routes.block_search),
        "commit": _route("height", block_routes.commit),
        "header": _route("height", block_routes.header),
        "header_by_hash": _route("hash", block_routes.header_by_hash),
        "broadcast_tx_async": _route("tx", tx_routes.broadcast_tx_async),
        "broadcast_tx_commit": _route("tx", tx_routes.broadcast_tx_commit),
        "broadcast_tx_sync": _route("tx", tx_routes.broadcast_tx_sync),
        "check_tx": _route("tx", tx_routes.check_tx),
        "num_unconfirmed_txs": _route("", tx_routes.num_unconfirmed_txs),
        "tx": _route("hash prove", tx_routes.tx),
        "tx_search": _route("query prove page per_page order_by", tx_routes.tx_search),
        "unconfirmed_txs": _route("limit", tx_routes.unconfirmed_txs),
    }
)
"""Every route that answers once; subscriptions are the websocket's."""

BESIDE: Final = frozenset(("abci_query",))
"""Methods that read committed versions only, so that they need not wait for a block that is being made."""


async def placed(node: RpcNode, methods: Iterable[str], work: Coroutine[Any, Any, T]) -> T:
    """Do the work of calls of some methods: here when all of them only read, else where the engine runs."""
    if all(method in BESIDE for method in methods):
        return await work
    return await node.place.run(work)


async def call(node: RpcNode, request: Request) -> JsonObject:
    """Answer a JSON-RPC request. Raises: RpcError."""
    route = ROUTES.get(request.method)
    if route is None:
        raise MethodNotFound(f"there is no method {request.method[:60]!r}")
    return await answer(node, route, JsonArguments(request.params, route.names))


async def answer(node: RpcNode, route: Route, arguments: Arguments) -> JsonObject:
    """Answer a call. What shows that stored data is damaged stops the node instead. Raises: RpcError."""
    try:
        return await route.answer(node, arguments)
    except (EngineError, StoreDamaged, InvariantBroken) as error:
        node.place.halt(error)
        raise RpcError(f"the node stops: {error}") from None
