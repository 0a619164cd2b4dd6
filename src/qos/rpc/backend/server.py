"""The gateway's gRPC server: TLS both ways, one handler a method, limits on calls and streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

import grpc
import grpc.aio

from qos.base.errors import QosError, RuleViolation
from qos.client.errors import Refused
from qos.proto.codec import decode_lenient, encode
from qos.proto.record import Record
from qos.proto.records import qos_qcp_v1 as qcp
from qos.rpc.backend.arrivals import Arrivals
from qos.rpc.backend.callers import Caller, Callers
from qos.rpc.backend.sending import Sending
from qos.rpc.services.status import CallRefused, Status, refused, status_of

SERVICE: Final = "qos.qcp.v1.Gateway"
MAX_CALLS: Final = 128
MAX_STREAMS: Final = 32
MAX_REQUEST_BYTES: Final = 64 * 1024
POLL_S: Final = 0.2
WAIT_NS: Final = 60 * 10**9
MAX_WAIT_NS: Final = 600 * 10**9
CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """PEM: the gateway's certificate chain and key, and the roots that clients' certificates have to lead to."""

    certificates: bytes
    key: bytes
    roots: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the methods work with."""

    callers: Callers
    sending: Sending
    arrivals: Arrivals


class Server:
    """Serves one provider's back-ends on one address."""

    def __init__(self, parts: Parts, tls: Tls) -> None:
        self._credentials = grpc.ssl_server_credentials(
            [(tls.key, tls.certificates)], root_certificates=tls.roots, require_client_auth=True
        )
        self._server = grpc.aio.server(
            maximum_concurrent_rpcs=MAX_CALLS,
            options=(
                ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
                ("grpc.max_concurrent_streams", MAX_CALLS),
                ("grpc.so_reuseport", 0),
            ),
        )
        self._server.add_generic_rpc_handlers((_Handlers(parts),))

    def listen(self, host: str, port: int) -> int:
        """Take a port, 0 for a free one; returns it. Raises: RuntimeError when it is taken."""
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return self._server.add_secure_port(address, self._credentials)

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set; calls then have half a second to end."""
        await self._server.start()
        await stop.wait()
        await self._server.stop(0.5)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._streams = 0
        self._methods: dict[str, Callable[[bytes, Caller], Awaitable[Record]]] = {
            "Send": self._send,
            "Exchange": self._exchange,
            "AwaitResult": self._await_result,
            "Queues": self._queues,
            "Proof": self._proof,
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        service, _, method = handler_call_details.method.removeprefix("/").partition("/")
        if service != SERVICE:
            return None
        if method == "Stream":
            return grpc.unary_stream_rpc_method_handler(self._stream)
        handle = self._methods.get(method)
        return None if handle is None else grpc.unary_unary_rpc_method_handler(self._unary(handle))

    def _unary(
        self, handle: Callable[[bytes, Caller], Awaitable[Record]]
    ) -> Callable[[bytes, Context], Awaitable[bytes]]:
        async def answer(data: bytes, context: Context) -> bytes:
            try:
                caller = await self._parts.callers.admit(context.auth_context())
                return encode(await handle(data, caller))
            except QosError as error:
                await _abort(context, error)

        return answer

    async def _send(self, data: bytes, caller: Caller) -> Record:
        return await self._parts.sending.send(caller.label, decode_lenient(qcp.SendRequest, data))

    async def _exchange(self, data: bytes, caller: Caller) -> Record:
        request = decode_lenient(qcp.ExchangeRequest, data)
        wait_ns = _wait(request.wait)
        sent = await self._parts.sending.send(caller.label, request.send)
        return qcp.ExchangeResponse(sent=sent, result=await self._settled(sent.chain_id, sent.sequence, wait_ns))

    async def _await_result(self, data: bytes, caller: Caller) -> Record:
        del caller
        request = decode_lenient(qcp.AwaitResultRequest, data)
        return await self._settled(request.chain_id, request.sequence, _wait(request.wait))

    async def _settled(self, chain_id: str, sequence: int, wait_ns: int) -> qcp.AwaitResultResponse:
        """Return the result of a packet, or after the wait that there is none yet."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_ns / 10**9
        while True:
            found = await self._parts.arrivals.outcome(chain_id, sequence)
            if found.settled or loop.time() >= deadline:
                return found
            await asyncio.sleep(POLL_S)

    async def _queues(self, data: bytes, caller: Caller) -> Record:
        del data, caller
        arrivals = self._parts.arrivals
        return qcp.QueuesResponse(
            queues=tuple(
                [
                    qcp.Queue(
                        chain_id=peer.chain_id,
                        state=await arrivals.queue(peer.chain_id),
                        frozen_because=peer.frozen_because,
                        paused_until=peer.paused_until,
                    )
                    for peer in await arrivals.peers()
                ]
            )
        )

    async def _proof(self, data: bytes, caller: Caller) -> Record:
        del caller
        return await self._parts.arrivals.proof(decode_lenient(qcp.ProofRequest, data))

    async def _stream(self, data: bytes, context: Context) -> AsyncIterator[bytes]:
        if self._streams >= MAX_STREAMS:
            await _abort(context, CallRefused(Status.RESOURCE_EXHAUSTED, f"{MAX_STREAMS} streams are open already"))
        self._streams += 1
        try:
            async for arrival in self._arriving(data, context):
                yield encode(arrival)
        except QosError as error:
            await _abort(context, error)
        finally:
            self._streams -= 1

    async def _arriving(self, data: bytes, context: Context) -> AsyncIterator[qcp.Arrival]:
        request = decode_lenient(qcp.StreamRequest, data)
        reached = request.after
        while True:
            # Asked again each time: what is revoked meanwhile ends the stream.
            await self._parts.callers.admit(context.auth_context())
            inbox = (await self._parts.arrivals.queue(request.chain_id)).inbox
            if reached > inbox:
                text = f"only {inbox} packets came from {request.chain_id}: the cursor {reached} is of another chain"
                raise CallRefused(Status.OUT_OF_RANGE, text)
            for sequence in range(reached + 1, inbox + 1):
                yield await self._parts.arrivals.read(request.chain_id, sequence)
                reached = sequence
            await asyncio.sleep(POLL_S)


def _wait(wait_ns: int | None) -> int:
    if wait_ns is None:
        return WAIT_NS
    if not 0 <= wait_ns <= MAX_WAIT_NS:
        raise CallRefused(Status.INVALID_ARGUMENT, f"a wait is 0 to {MAX_WAIT_NS // 10**9} seconds")
    return wait_ns


async def _abort(context: Context, error: QosError) -> NoReturn:
    """End a call with the status, the sentence and the chain's own code."""
    told = _told(error)
    metadata = (("x-qos-codespace", told.codespace), ("x-qos-code", str(told.number))) if told.number else ()
    await context.abort(CODES[told.status], str(told), metadata)
    raise AssertionError("abort always raises")


def _told(error: QosError) -> CallRefused:
    match error:
        case CallRefused():
            return error
        case RuleViolation():
            return refused(error)
        case Refused():
            status = status_of(None, error.codespace, error.code)
            return CallRefused(status, str(error), codespace=error.codespace, number=error.code)
        case _:
            return CallRefused(Status.UNAVAILABLE, f"the gateway's node: {error}")
