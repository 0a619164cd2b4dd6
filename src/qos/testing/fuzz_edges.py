"""Decoders of a node's edges and of what people and programs hand to the tools: HTTP, websocket, files, answers."""

import asyncio
import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping, MutableMapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import anyio.lowlevel
from starlette.types import ASGIApp, Message

from qos.base.encoding import u32, u64
from qos.base.errors import RuleViolation
from qos.base.identifiers import format_address
from qos.cli.amounts import BadAmount, parse_coins
from qos.client import calls, node
from qos.client.errors import ClientError
from qos.client.lightblocks import commit, validators
from qos.modules.assets.feegrant import allowances
from qos.node.config import ChainConfig, NetworkConfig, parse_config
from qos.node.errors import BadConfig
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.rpc.comet.app import application, embedded_door
from qos.rpc.rest.app import create_rest
from qos.rpc.services import comet_calls
from qos.rpc.services.status import CallRefused
from qos.store import layout
from qos.store.errors import StoreError
from qos.store.node import sealed
from qos.testing.chain import ALICE
from qos.testing.edge_world import EdgeWorld, edge_world
from qos.testing.fuzzing import Target
from qos.wallet import keystore
from qos.wallet.derivation import FIRST_KEY
from qos.wallet.errors import BadKeystore, BadPhrase
from qos.wallet.phrase import entropy_of

_ADDRESS = "tcp://127.0.0.1:26657"
_INTERNAL = 500
_MESSAGES = 16


@cache
def _edges() -> EdgeWorld:
    folder = Path(tempfile.mkdtemp(prefix="qos-fuzz-"))
    stack = ExitStack()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(stack.close)
    return stack.enter_context(edge_world(folder))


@cache
def _rest() -> ASGIApp:
    return create_rest(_edges().services)


@cache
def _rpc() -> ASGIApp:
    return application(embedded_door(_edges().engine, _ADDRESS))


@cache
def _loop() -> asyncio.Runner:
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


async def _served(app: ASGIApp, scope: MutableMapping[str, Any], messages: list[Message]) -> int:
    """Run one connection to its end; returns the status it was answered with."""
    status = 0

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await anyio.lowlevel.checkpoint()
        return {"type": "http.disconnect" if scope["type"] == "http" else "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


def _http(app: ASGIApp, verb: str, target: bytes, body: bytes, headers: Mapping[bytes, bytes]) -> int:
    # What else stands in a request line the server answers with 400 before it asks us.
    target = b"/" + bytes(octet for octet in target.lstrip(b"/") if 0x20 < octet < 0x7F and octet != 0x23)
    path, _, query = target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": verb,
        "scheme": "http",
        "path": unquote(path.decode()),
        "raw_path": path,
        "query_string": query,
        "headers": list(headers.items()),
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    return _loop().run(_served(app, scope, [{"type": "http.request", "body": body, "more_body": False}]))


def _ask_rest(data: bytes) -> None:
    """Read `VERB target height`, then the body, from one input."""
    head, _, body = data.partition(b"\n")
    verb, target, height = (*head.split(b" ", 2), b"", b"")[:3]
    status = _http(_rest(), verb.decode("ascii", "replace"), target, body, {b"x-cosmos-block-height": height})
    if status == _INTERNAL:
        raise AssertionError("the REST edge failed inside")


def _ask_rpc(data: bytes) -> None:
    _http(_rpc(), "POST", b"/", data, {})


def _ask_rpc_uri(data: bytes) -> None:
    _http(_rpc(), "GET", b"/" + data, b"", {})


def _talk(data: bytes) -> None:
    """Send each line as a frame: as bytes when it begins with a 0 octet, else as text."""
    lines = data.split(b"\n")[:_MESSAGES]
    frames: list[Message] = [{"type": "websocket.connect"}]
    for line in lines:
        content = {"bytes": line[1:]} if line[:1] == b"\0" else {"text": line.decode("utf-8", "replace")}
        frames.append({"type": "websocket.receive", **content})
    scope = {"type": "websocket", "path": "/websocket", "raw_path": b"/websocket", "query_string": b"", "headers": []}
    _loop().run(_served(_rpc(), scope, frames))


def _call_service(data: bytes) -> None:
    paths = sorted(_edges().services.paths)
    path = paths[data[0] % len(paths)] if data else ""
    _loop().run(_edges().services.call(path, data[1:]))


_ANSWERS: tuple[calls.Call[Any], ...] = (
    node.status(),
    node.abci_query("/", b""),
    node.broadcast_tx_sync(b""),
    node.tx(bytes(32)),
    node.tx_search("a=1"),
    node.block(1),
    commit(1),
    validators(1),
    comet_calls.status(""),
    comet_calls.block(1),
    comet_calls.block_time(1),
    comet_calls.params(1),
    comet_calls.submit(""),
)


def _read_answer(data: bytes) -> None:
    refused: ClientError | None = None
    for call in _ANSWERS:
        try:
            calls.read_answer(call, 1, data)
        except ClientError as error:
            refused = error
    if refused is not None:
        raise refused


def _answer(result: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


def _calls() -> tuple[bytes, ...]:
    request = {"jsonrpc": "2.0", "id": 1, "method": "abci_query", "params": {"path": "/store/bank/key", "data": "00"}}
    search = request | {"method": "tx_search", "params": {"query": "tx.height>0", "page": "1", "prove": False}}
    return json.dumps(request).encode(), json.dumps([search, request]).encode()


def _rest_requests() -> tuple[bytes, ...]:
    address = format_address(ALICE.address)
    return (
        f"GET /cosmos/bank/v1beta1/balances/{address}?pagination.limit=2 1\n".encode(),
        b'POST /cosmos/tx/v1beta1/simulate\n{"tx_bytes": "AAAA"}',
        b"GET /cosmos/tx/v1beta1/txs?query=tx.height=1&page=1",
    )


def _frames() -> tuple[bytes, ...]:
    one = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": {"query": "tm.event='Tx'"}})
    return (one + "\n" + one.replace("subscribe", "unsubscribe")).encode(), b"\0" + one.encode()


_CHAIN_TOML = b'chain_id = "qos-1"\nmoniker = "a"\n[rpc]\nport = 26657\n[log]\nlevel = "info"\n'


def _keystores() -> tuple[bytes, ...]:
    blank = keystore.SealedKey(
        address="qos1",
        public_key=b"\x02" * 33,
        path=FIRST_KEY,
        cost=keystore.STANDARD_COST,
        salt=b"s" * 16,
        nonce=b"n" * 12,
        sealed=b"x",
    )
    return (keystore.render(blank).encode(),)


def _rows(data: bytes) -> None:
    layout.read_latest(data)
    layout.read_commit(data)
    layout.read_root(data)
    layout.refs_of(data)


def _allowance(data: bytes) -> None:
    allowances.check(allowances.read(codec.decode(AnyRecord, data)), 0)


TARGETS = (
    Target(name="rest", decode=_ask_rest, declared=(), seeds=_rest_requests),
    Target(name="rpc", decode=_ask_rpc, declared=(), seeds=_calls),
    Target(
        name="rpc-uri",
        decode=_ask_rpc_uri,
        declared=(),
        seeds=lambda: (b"block?height=1", b"block%0A", b'tx?hash="00"'),
    ),
    Target(name="websocket", decode=_talk, declared=(), seeds=_frames),
    Target(name="service", decode=_call_service, declared=(CallRefused,), seeds=lambda: (b"\x00", b"\x01\x0a\x00")),
    Target(
        name="answer",
        decode=_read_answer,
        declared=(ClientError,),
        seeds=lambda: (_answer({"response": {"code": 0, "height": "1"}}), _answer({"node_info": {}, "sync_info": {}})),
    ),
    Target(
        name="chain-config",
        decode=lambda data: parse_config(ChainConfig, data, Path("config.toml")),
        declared=(BadConfig,),
        seeds=lambda: (_CHAIN_TOML,),
    ),
    Target(
        name="network-config",
        decode=lambda data: parse_config(NetworkConfig, data, Path("network.toml")),
        declared=(BadConfig,),
        seeds=lambda: (b'name = "a"\nrelays = 4\n[[chains]]\nfolder = "a"\nchain_id = "qos-1"\nkind = "public"\n',),
    ),
    Target(
        name="keystore",
        decode=lambda data: keystore.read(data.decode("utf-8", "replace")),
        declared=(BadKeystore,),
        seeds=_keystores,
    ),
    Target(
        name="phrase",
        decode=lambda data: entropy_of(data.decode("utf-8", "replace")),
        declared=(BadPhrase,),
        seeds=lambda: (b"abandon " * 11 + b"about",),
    ),
    Target(
        name="amounts",
        decode=lambda data: parse_coins(data.decode("utf-8", "replace")),
        declared=(BadAmount,),
        seeds=lambda: (b"5qos,0.25qos", b"3qsc/SHOP"),
    ),
    Target(
        name="store-rows",
        decode=_rows,
        declared=(StoreError,),
        seeds=lambda: (sealed(u32(1) + u64(1) + u64(1) + b"h" * 32), b"-"),
    ),
    Target(name="allowance", decode=_allowance, declared=(RuleViolation,), seeds=lambda: (b"",)),
)
