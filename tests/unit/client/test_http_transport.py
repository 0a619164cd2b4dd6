"""The transport against a server that answers, cuts, stalls or lies, on a loopback socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from qos.client import node
from qos.client.errors import BadAnswer, CallFailed, Refused, Unreachable
from qos.client.io.http import HttpTransport

Reply = Callable[[dict[str, Any], int], bytes]


def http(body: bytes, extra: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body


def answered(result: object) -> Reply:
    def reply(request: dict[str, Any], connection: int) -> bytes:
        return http(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode())

    return reply


class Server:
    """Serves JSON-RPC with one reply function; counts connections; an empty reply cuts the connection."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.connections = 0
        self.requests: list[dict[str, Any]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                request = json.loads(await reader.readexactly(length))
                self.requests.append(request)
                answer = self.reply(request, number)
                writer.write(answer)
                if not answer:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def against(reply: Reply, use: Callable[[HttpTransport], Awaitable[None]], timeout_ms: int = 2_000) -> Server:
    served = Server(reply)

    async def run() -> None:
        server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, HttpTransport(f"http://127.0.0.1:{port}", timeout_ms=timeout_ms) as transport:
            await use(transport)

    asyncio.run(run())
    return served


BROADCAST = {"code": 0, "codespace": "", "data": "", "hash": "AB" * 32, "log": ""}


def test_calls_share_one_connection() -> None:
    async def use(transport: HttpTransport) -> None:
        for _ in range(3):
            assert await transport.send(node.broadcast_tx_sync(b"tx")) == b"\xab" * 32

    served = against(answered(BROADCAST), use)
    assert served.connections == 1
    assert served.requests[0]["params"] == {"tx": "dHg="}


def test_a_kept_connection_the_node_has_closed_is_replaced() -> None:
    asked = 0

    def reply(request: dict[str, Any], connection: int) -> bytes:
        nonlocal asked
        asked += 1
        return b"" if asked == 2 else answered(BROADCAST)(request, connection)

    async def use(transport: HttpTransport) -> None:
        await transport.send(node.broadcast_tx_sync(b"one"))
        await transport.send(node.broadcast_tx_sync(b"two"))

    assert against(reply, use).connections == 2


def test_a_fresh_connection_that_is_cut_is_unreachable() -> None:
    async def use(transport: HttpTransport) -> None:
        with pytest.raises(Unreachable, match="cut"):
            await transport.send(node.status())

    against(lambda request, connection: b"", use)


def test_a_silent_node_is_unreachable_after_the_timeout() -> None:
    async def use(transport: HttpTransport) -> None:
        with pytest.raises(Unreachable, match="50 ms"):
            await transport.send(node.status())

    against(lambda request, connection: b"HTTP/1.1 200 OK\r\n", use, timeout_ms=50)


def test_nobody_listening_is_unreachable() -> None:
    async def run() -> None:
        async with HttpTransport("http://127.0.0.1:1") as transport:
            with pytest.raises(Unreachable, match="refused"):
                await transport.send(node.status())

    asyncio.run(run())


@pytest.mark.parametrize("url", ["", "ftp://x:1", "http://", "http://host:99999", "http://host:x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Unreachable, match="not an address"):
        HttpTransport(url)


@pytest.mark.parametrize(
    "body",
    [
        b"SSH-2.0-OpenSSH\r\n",
        http(b"no json"),
        http(b"[]"),
        http(b'{"jsonrpc":"2.0","id":77777,"result":{}}'),
        http(b'{"jsonrpc":"2.0","id":1,"result":5}'),
        http(b'{"jsonrpc":"2.0","id":1,"result":{"node_info":[]}}'),
    ],
)
def test_an_answer_that_is_none_is_reported_as_such(body: bytes) -> None:
    async def use(transport: HttpTransport) -> None:
        with pytest.raises(BadAnswer):
            await transport.send(node.status())

    against(lambda request, connection: body, use)


def test_an_error_of_the_call_carries_its_data() -> None:
    def reply(request: dict[str, Any], connection: int) -> bytes:
        error = {"code": -32603, "message": "Internal error", "data": "height must be greater than 0, but got 0"}
        return http(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode())

    async def use(transport: HttpTransport) -> None:
        with pytest.raises(CallFailed, match="greater than 0") as caught:
            await transport.send(node.block(0))
        assert caught.value.code == -32603

    against(reply, use)


def test_a_refused_transaction_carries_codespace_code_and_sentence() -> None:
    refused = BROADCAST | {"code": 5, "codespace": "sdk", "log": "insufficient funds"}

    async def use(transport: HttpTransport) -> None:
        with pytest.raises(Refused, match="insufficient") as caught:
            await transport.send(node.broadcast_tx_sync(b"tx"))
        assert (caught.value.codespace, caught.value.code) == ("sdk", 5)

    against(answered(refused), use)
