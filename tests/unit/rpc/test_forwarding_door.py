"""What the RPC hands on to an engine beside it, what it keeps, and what it says when the engine fails."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from qos.client.errors import BadAnswer, Unreachable
from qos.client.io.http import HttpAnswer
from qos.machine.abci import Info, QueryResult
from qos.rpc.comet.door import Reply
from qos.rpc.comet.envelope import parse_requests
from qos.rpc.comet.feeds import Feeds
from qos.rpc.comet.forwarding_door import FORWARDED, OWN, ForwardingDoor
from qos.rpc.comet.methods import ROUTES
from qos.rpc.comet.state_queries import StateQueries
from qos.rpc.comet.websocket import WebsocketEdge
from qos.rpc.engine_loop import OwnLoop
from qos.rpc.workers import PoolLimits
from qos.store.errors import StoreDamaged

ADDRESS = "tcp://198.51.100.7:26657"
STATUS = {"node_info": {"moniker": "theirs", "other": {"tx_index": "on", "rpc_address": "tcp://127.0.0.1:9"}}}


class Engine:
    """Answers every call with its method, as CometBFT does: a batch of one without brackets."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.targets: list[str] = []
        self.fails: Callable[[], Awaitable[None]] | None = None

    async def post(self, body: bytes) -> HttpAnswer:
        self.bodies.append(json.loads(body))
        if self.fails is not None:
            await self.fails()
        asked = self.bodies[-1] if isinstance(self.bodies[-1], list) else [self.bodies[-1]]
        answers = [{"jsonrpc": "2.0", "id": each["id"], "result": self.result(each["method"])} for each in asked]
        return HttpAnswer(status=200, body=json.dumps(answers if len(answers) > 1 else answers[0]).encode())

    def result(self, method: str) -> dict[str, Any]:
        return json.loads(json.dumps(STATUS)) if method == "status" else {"method": method}

    async def get(self, target: str) -> HttpAnswer:
        self.targets.append(target)
        return HttpAnswer(status=500, body=b'{"error":{}}')


class State:
    """A state that answers everything with the path, or is damaged."""

    def __init__(self) -> None:
        self.is_damaged = False

    def info(self) -> Info:
        raise NotImplementedError

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        if self.is_damaged:
            raise StoreDamaged("row 7 was changed")
        return QueryResult(value=path.encode(), height=height or 9)


class World:
    """A door between clients and an engine."""

    def __init__(self, *, workers: int = 1, waiting: int = 16, time_ms: int = 5_000) -> None:
        self.engine = Engine()
        self.state = State()
        self.halted: list[Exception] = []
        self._limits = PoolLimits(workers=workers, waiting=waiting, time_ms=time_ms)

    def open(self) -> ForwardingDoor:
        """Make the door, on a running loop."""
        queries = StateQueries(state=self.state, place=OwnLoop(self.halted.append))
        return ForwardingDoor(self.engine, queries, Feeds("http://127.0.0.1:1"), self._limits, ADDRESS)

    def post(self, *calls: object, batch: bool = False) -> Any:
        """Return the answer to a body."""
        requests, is_batch = parse_requests(json.dumps(list(calls) if batch or len(calls) > 1 else calls[0]))

        async def answered() -> Reply:
            return await self.open().post(requests, is_batch=is_batch)

        body = anyio.run(answered).body
        return json.loads(body) if body else None

    def get(self, name: str, query: str = "") -> Reply:
        """Return the answer to a path and query."""

        async def answered() -> Reply:
            return await self.open().get(name, query)

        return anyio.run(answered)


def call(method: str, number: object = 1, **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def test_every_public_route_is_handed_on_or_ours() -> None:
    assert set(ROUTES) == FORWARDED | OWN
    world = World()
    for method in sorted(FORWARDED):
        assert world.post(call(method, 5, height="7"))["result"] == {"method": method}
    assert world.engine.bodies == [call(method, 5, height="7") for method in sorted(FORWARDED)]


@pytest.mark.parametrize("method", ["unsafe_flush_mempool", "dial_seeds", "dial_peers", "subscribe", "STATUS", ""])
def test_nothing_else_reaches_the_engine(method: str) -> None:
    world = World()
    assert world.post(call(method))["error"]["code"] == -32601
    assert world.post(call(method), call("health", 2))[1]["result"] == {"method": "health"}
    assert world.engine.bodies == [call("health", 2)]


def test_members_only_the_engine_would_read_are_left_behind() -> None:
    world = World()
    world.post({**call("health"), "METHOD": "unsafe_flush_mempool", "Id": 9})
    assert world.engine.bodies == [call("health")]


def test_a_batch_is_handed_on_as_one_and_keeps_its_brackets() -> None:
    world = World()
    assert [each["id"] for each in world.post(call("block", 1), call("health", "x"))] == [1, "x"]
    assert world.post(call("health", 3), batch=True) == [{"jsonrpc": "2.0", "id": 3, "result": {"method": "health"}}]
    assert world.engine.bodies == [[call("block", 1), call("health", "x")], call("health", 3)]


def test_a_mixed_batch_is_answered_in_its_order() -> None:
    answers = World().post(call("health", 1), call("abci_query", 2, path="/a"), call("nothing", 3), call("block", 4))
    assert [each["id"] for each in answers] == [1, 2, 3, 4]
    assert answers[1]["result"]["response"]["height"] == "9"
    assert [("error" in each) for each in answers] == [False, False, True, False]


def test_calls_without_id_are_dropped_unheard() -> None:
    world = World()
    assert world.post({"jsonrpc": "2.0", "method": "broadcast_tx_sync"}, call("health", None)) is None
    assert world.engine.bodies == []


def test_the_status_names_the_address_that_clients_reach() -> None:
    world = World()
    for shown in (world.post(call("status"))["result"], json.loads(world.get("status").body)["result"]):
        assert shown["node_info"] == {"moniker": "theirs", "other": {"tx_index": "on", "rpc_address": ADDRESS}}


def test_a_path_is_handed_on_with_its_query_and_no_other_bytes() -> None:
    world = World()
    reply = world.get("tx_search", 'query="tx.height>0"&page=1&x=\xe9\r\n%20')
    assert world.engine.targets == ['/tx_search?query="tx.height>0"&page=1&x=%E9%0D%0A%20']
    assert (reply.status, reply.body) == (500, b'{"error":{}}')


def test_state_is_read_here_over_a_path_too() -> None:
    world = World()
    answer = json.loads(world.get("abci_query", 'path="/b"&height=4').body)
    assert (answer["id"], answer["result"]["response"]["height"]) == (-1, "4")
    refused = world.get("abci_query", "height=x")
    assert (refused.status, json.loads(refused.body)["error"]["code"]) == (500, -32602)
    assert not world.engine.bodies + world.engine.targets


def test_damage_stops_the_edges_before_anything_is_answered_from_it() -> None:
    world = World()
    world.state.is_damaged = True
    assert "the node stops: row 7" in world.post(call("abci_query", path="/a"))["error"]["data"]
    assert [type(each) for each in world.halted] == [StoreDamaged]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Unreachable("http://127.0.0.1:9", "connection refused"), "the engine does not answer: connection refused"),
        (BadAnswer("too long"), "the engine's answer cannot be handed on: too long"),
    ],
)
def test_every_call_of_a_body_is_told_when_the_engine_fails(failure: Exception, words: str) -> None:
    async def fails() -> None:
        raise failure

    world = World()
    world.engine.fails = fails
    for answers in (world.post(call("health", 1), call("block", 2)), world.post(call("status", 1), call("block", 2))):
        assert [(each["id"], each["error"]["code"], each["error"]["data"]) for each in answers] == [
            (1, -32603, words),
            (2, -32603, words),
        ]


def test_a_search_has_its_time() -> None:
    world = World(time_ms=20)
    world.engine.fails = anyio.sleep_forever
    assert "took more than 20 ms" in world.post(call("tx_search", query="a.b='c'"))["error"]["data"]


def test_searches_wait_for_each_other_and_more_are_sent_away() -> None:
    world = World(waiting=1)
    requests, _ = parse_requests(json.dumps(call("block_search")))
    answers: list[Any] = []

    async def ask(door: ForwardingDoor, release: anyio.Event) -> None:
        answers.append(json.loads((await door.post(requests, is_batch=False)).body))
        release.set()

    async def three_at_once() -> None:
        door, sent_away = world.open(), anyio.Event()
        world.engine.fails = sent_away.wait
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask, door, sent_away)

    anyio.run(three_at_once)
    assert "1 long searches wait already" in answers[0]["error"]["data"]
    assert ["result" in each for each in answers] == [False, True, True]


def test_one_connection_reaches_the_engine_in_its_order_however_slow_an_answer_is() -> None:
    """Sequences of a sender count: what is broadcast in a row over one socket is checked in that row."""
    world = World()
    calls = [json.dumps(call("broadcast_tx_async", number, tx="aa")) for number in range(1, 5)]
    messages: list[Message] = [{"type": "websocket.connect"}]
    messages += [{"type": "websocket.receive", "text": each} for each in calls]
    messages.append({"type": "websocket.disconnect"})
    told: list[str] = []

    async def slow_at_first() -> None:
        number = world.engine.bodies[-1]["id"]
        for _ in range(20 // number):
            await anyio.lowlevel.checkpoint()
        told.append(f"checked {number}")

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "websocket.send":
            told.append(f"answered {json.loads(message['text'])['id']}")

    async def one_client() -> None:
        await WebsocketEdge(world.open()).serve(WebSocket({"type": "websocket"}, receive, send))

    world.engine.fails = slow_at_first
    anyio.run(one_client)
    assert told == [f"{what} {number}" for number in range(1, 5) for what in ("checked", "answered")]
