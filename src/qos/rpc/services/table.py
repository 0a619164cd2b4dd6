"""Every call a node answers by its path, `/<service>/<method>`: the chain's queries, and what the node itself knows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from qos.base.errors import InvariantBroken, RuleViolation
from qos.engine.errors import EngineError
from qos.machine import simulation
from qos.machine.abci import NOT_FOUND_PREFIX, QueryResult, without_prefix
from qos.machine.errors import ALL as FRAME_ERRORS
from qos.machine.errors import InvalidRequest
from qos.machine.transaction import MAX_TX_BYTES
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records import (
    cosmos_base_node_v1beta1,
    cosmos_base_tendermint_v1beta1,
    cosmos_consensus_v1,
    cosmos_params_v1beta1,
    cosmos_tx_v1beta1,
)
from qos.rpc.services import blocks, identity, reading, transactions
from qos.rpc.services.node import Answer, ServiceNode
from qos.rpc.services.status import CallRefused, Status, refused, status_of
from qos.store.errors import StoreDamaged

MAX_REQUEST_BYTES = 2 * MAX_TX_BYTES
"""A transaction in both its forms; queries are held to less by the machine."""

HEIGHT_KEY = "x-cosmos-block-height"
"""Metadata or header of a request: the height to answer at; of a response: the height answered at."""

_TX = "/cosmos.tx.v1beta1.Service"
_COMET = "/cosmos.base.tendermint.v1beta1.Service"
_NODE = "/cosmos.base.node.v1beta1.Service"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRoute:
    """A call the node answers from its own knowledge, always of the newest block."""

    request: type[Record]
    answer: Callable[[ServiceNode, Any], Awaitable[Record]]


def _route(request: type[Record], answer: Callable[[ServiceNode, Any], Awaitable[Record]]) -> NodeRoute:
    return NodeRoute(request=request, answer=answer)


NODE_ROUTES = {
    f"{_TX}/GetTx": _route(cosmos_tx_v1beta1.GetTxRequest, transactions.get_tx),
    f"{_TX}/BroadcastTx": _route(cosmos_tx_v1beta1.BroadcastTxRequest, transactions.broadcast),
    f"{_TX}/GetTxsEvent": _route(cosmos_tx_v1beta1.GetTxsEventRequest, transactions.txs_by_event),
    f"{_TX}/GetBlockWithTxs": _route(cosmos_tx_v1beta1.GetBlockWithTxsRequest, transactions.block_with_txs),
    f"{_TX}/TxDecode": _route(cosmos_tx_v1beta1.TxDecodeRequest, transactions.decode),
    f"{_TX}/TxEncode": _route(cosmos_tx_v1beta1.TxEncodeRequest, transactions.encode),
    f"{_COMET}/GetNodeInfo": _route(cosmos_base_tendermint_v1beta1.GetNodeInfoRequest, identity.node_info),
    f"{_COMET}/GetSyncing": _route(cosmos_base_tendermint_v1beta1.GetSyncingRequest, identity.syncing),
    f"{_COMET}/GetLatestBlock": _route(cosmos_base_tendermint_v1beta1.GetLatestBlockRequest, blocks.latest_block),
    f"{_COMET}/GetBlockByHeight": _route(
        cosmos_base_tendermint_v1beta1.GetBlockByHeightRequest, blocks.block_by_height
    ),
    f"{_COMET}/GetLatestValidatorSet": _route(
        cosmos_base_tendermint_v1beta1.GetLatestValidatorSetRequest, blocks.latest_validators
    ),
    f"{_COMET}/GetValidatorSetByHeight": _route(
        cosmos_base_tendermint_v1beta1.GetValidatorSetByHeightRequest, blocks.validators_by_height
    ),
    f"{_COMET}/ABCIQuery": _route(cosmos_base_tendermint_v1beta1.ABCIQueryRequest, blocks.abci_query),
    f"{_NODE}/Config": _route(cosmos_base_node_v1beta1.ConfigRequest, identity.config),
    f"{_NODE}/Status": _route(cosmos_base_node_v1beta1.StatusRequest, identity.status),
    "/cosmos.consensus.v1.Query/Params": _route(cosmos_consensus_v1.QueryParamsRequest, identity.consensus_params),
    "/cosmos.params.v1beta1.Query/Params": _route(cosmos_params_v1beta1.QueryParamsRequest, identity.older_params),
}


class Services:
    """Answers calls of one node."""

    def __init__(self, node: ServiceNode) -> None:
        self.node = node
        self.paths = frozenset((*node.chain.queries, *NODE_ROUTES, simulation.PATH))
        frame = {(error.code.codespace, error.code.number): error for error in FRAME_ERRORS}
        self._rules: dict[tuple[str, int], type[RuleViolation]] = {**frame, **node.chain.errors}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all services, sorted."""
        return tuple(sorted({path.split("/")[1] for path in self.paths}))

    async def call(self, path: str, data: bytes, height: int = 0) -> Answer:
        """Answer a call at a kept height, 0 for the newest. Raises: CallRefused.

        What shows that stored data is damaged stops the node.
        """
        if path not in self.paths:
            service = path.split("/")[1] if path.count("/") == 2 else path
            known = "it has no such method" if service in self.names else "see the list of services"
            raise CallRefused(Status.UNIMPLEMENTED, f"this chain does not answer {path[:200]}: {known}")
        if len(data) > MAX_REQUEST_BYTES:
            message = f"the request has {len(data)} bytes, at most {MAX_REQUEST_BYTES} are allowed"
            raise CallRefused(Status.INVALID_ARGUMENT, message)
        try:
            route = NODE_ROUTES.get(path)
            return await (self._from_state(path, data, height) if route is None else self._from_node(route, data))
        except (EngineError, StoreDamaged, InvariantBroken) as error:
            self.node.place.halt(error)
            raise CallRefused(Status.INTERNAL, f"the node stops: {error}") from None

    @property
    def own_paths(self) -> frozenset[str]:
        """Paths of what the node knows beside the chain's state."""
        return frozenset(NODE_ROUTES)

    async def result(self, path: str, data: bytes) -> QueryResult:
        """Answer a call as a query of the application is answered: a refusal has a code and its log."""
        try:
            answer = await self.call(path, data)
        except CallRefused as refusal:
            missing = refusal.status is Status.NOT_FOUND
            log = f"{NOT_FOUND_PREFIX}{refusal}" if missing else str(refusal)
            code = InvalidRequest.code
            return QueryResult(
                code=refusal.number or code.number, codespace=refusal.codespace or code.codespace, log=log
            )
        return QueryResult(value=answer.value, height=answer.height)

    async def _from_state(self, path: str, data: bytes, height: int) -> Answer:
        result = await reading.query(self.node, path, data, height)
        if result.code:
            raise self._refusal(result)
        return Answer(value=result.value, height=result.height)

    def _refusal(self, result: QueryResult) -> CallRefused:
        rule = self._rules.get((result.codespace, result.code))
        status = status_of(rule, result.codespace, result.code)
        return CallRefused(status, without_prefix(result.log), codespace=result.codespace, number=result.code)

    async def _from_node(self, route: NodeRoute, data: bytes) -> Answer:
        try:
            request = codec.decode_lenient(route.request, data)
            response = await route.answer(self.node, request)
        except RuleViolation as error:
            raise refused(error) from None
        return Answer(value=codec.encode(response), height=self.node.state.info().height)


def read_height(text: str) -> int:
    """Read the height a client asks to be answered at; an empty text is the newest. Raises: CallRefused."""
    if text and (not text.isascii() or not text.isdecimal() or len(text) > 18):
        raise CallRefused(Status.INVALID_ARGUMENT, f"a height is a whole number, not {text[:40]!r}")
    return int(text or "0")
