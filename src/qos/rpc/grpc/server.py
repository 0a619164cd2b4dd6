"""A gRPC server on the engine's event loop: one handler for all calls, which are looked up by path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final, NoReturn, TypeAlias

import grpc
import grpc.aio

from qos.base.errors import RuleViolation
from qos.rpc.grpc import health
from qos.rpc.grpc.reflection import METHOD, VERSIONS, Reflection
from qos.rpc.services.status import CallRefused, Status, refused
from qos.rpc.services.table import HEIGHT_KEY, MAX_REQUEST_BYTES, Services, read_height

MAX_CALLS: Final = 256
MAX_STREAMS: Final = 32
"""Open health watches and reflection streams, which last as long as a client likes."""

IDLE_STREAM_S: Final = 60
IDLE_CONNECTION_MS: Final = 15 * 60_000
CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class Server:
    """Serves the calls of one node on one address."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._server = grpc.aio.server(
            maximum_concurrent_rpcs=MAX_CALLS,
            options=(
                ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
                ("grpc.max_concurrent_streams", MAX_CALLS),
                ("grpc.max_connection_idle_ms", IDLE_CONNECTION_MS),
                ("grpc.so_reuseport", 0),
            ),
        )
        self._server.add_generic_rpc_handlers((_Handlers(services),))

    def listen(self, host: str, port: int) -> int:
        """Take a port, 0 for a free one; returns it. Raises: RuntimeError when it is taken."""
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return self._server.add_insecure_port(address)

    async def serve(self) -> None:
        """Serve until cancelled; calls then have half a second to end."""
        await self._server.start()
        try:
            await self._server.wait_for_termination()
        finally:
            await self._server.stop(0.5)


class _Handlers(grpc.GenericRpcHandler):
    """Finds the handler of a call by its path."""

    def __init__(self, services: Services) -> None:
        self._services = services
        own = (health.SERVICE, *(name for name, _ in VERSIONS))
        self._names = tuple(sorted((*services.names, *own)))
        self._reflections = {f"/{name}/{METHOD}": Reflection(records, self._names) for name, records in VERSIONS}
        self._streams = 0

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any]:
        path = handler_call_details.method
        if path in self._reflections:
            return grpc.stream_stream_rpc_method_handler(partial(self._reflect, self._reflections[path]))
        if path == f"/{health.SERVICE}/Check":
            return grpc.unary_unary_rpc_method_handler(self._check)
        if path == f"/{health.SERVICE}/Watch":
            return grpc.unary_stream_rpc_method_handler(self._watch)
        return grpc.unary_unary_rpc_method_handler(partial(self._call, path))

    async def _call(self, path: str, data: bytes, context: Context) -> bytes:
        try:
            answer = await self._services.call(path, data, _height(context))
        except CallRefused as error:
            await _abort(context, error)
        await context.send_initial_metadata(((HEIGHT_KEY, str(answer.height)),))
        return answer.value

    async def _check(self, data: bytes, context: Context) -> bytes:
        name = await self._asked(data, context)
        if name and name not in self._names:
            await _abort(context, CallRefused(Status.NOT_FOUND, f"this node has no service {name[:200]!r}"))
        return health.SERVING

    async def _watch(self, data: bytes, context: Context) -> AsyncIterator[bytes]:
        name = await self._asked(data, context)
        await self._enter(context)
        try:
            yield health.SERVING if not name or name in self._names else health.SERVICE_UNKNOWN
            # Nothing changes while the node runs; the stream ends with the client or the node.
            await asyncio.Event().wait()
        finally:
            self._streams -= 1

    async def _asked(self, data: bytes, context: Context) -> str:
        try:
            return health.asked_of(data)
        except RuleViolation as error:
            await _abort(context, refused(error))

    async def _reflect(
        self, reflection: Reflection, requests: AsyncIterator[bytes], context: Context
    ) -> AsyncIterator[bytes]:
        await self._enter(context)
        try:
            while True:
                async with asyncio.timeout(IDLE_STREAM_S):
                    data = await anext(requests, None)
                if data is None:
                    return
                yield reflection.answer(data)
        except RuleViolation as error:
            await _abort(context, refused(error))
        except TimeoutError:
            await _abort(context, CallRefused(Status.DEADLINE_EXCEEDED, f"no question for {IDLE_STREAM_S} s"))
        finally:
            self._streams -= 1

    async def _enter(self, context: Context) -> None:
        if self._streams >= MAX_STREAMS:
            await _abort(context, CallRefused(Status.RESOURCE_EXHAUSTED, f"{MAX_STREAMS} streams are open already"))
        self._streams += 1


def _height(context: Context) -> int:
    """Return the height asked for in the metadata, 0 for the newest. Raises: CallRefused."""
    for key, value in context.invocation_metadata() or ():
        if key == HEIGHT_KEY:
            return read_height(value if isinstance(value, str) else value.decode("ascii", "replace"))
    return 0


async def _abort(context: Context, error: CallRefused) -> NoReturn:
    """End a call with the status, the sentence and the chain's own code."""
    metadata = (("x-qos-codespace", error.codespace), ("x-qos-code", str(error.number))) if error.number else ()
    await context.abort(CODES[error.status], str(error), metadata)
    raise AssertionError("abort always raises")
