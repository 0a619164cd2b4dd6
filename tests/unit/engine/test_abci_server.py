"""The socket server: always reads, answers in order, survives engines that come and go, stops on a bug."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from qos.base.encoding import uvarint
from qos.base.errors import InvariantBroken
from qos.engine.abci.frames import FrameReader, frame
from qos.engine.abci.io.address import MAX_CONNECTIONS, BadAddress, address_of, listen
from qos.engine.abci.io.server import AbciServer
from qos.engine.abci.patience import AT_ONCE, Quiet
from qos.machine.abci import BlockRequest, BlockResult
from qos.machine.upgrades import WrongVersion
from qos.proto import codec
from qos.proto.records import tendermint_abci as abci
from qos.testing.abci_engine import CONSENSUS, MEMPOOL
from qos.testing.abci_world import AbciWorld
from qos.testing.chain import ALICE, BOB, CHAIN_ID, genesis_document
from qos.testing.transactions import Signer, send, transaction
from qos.testing.waiting import until

DEADLINE_S = 20
VOTE = abci.ExtendedVoteInfo(validator=abci.Validator(address=bytes(20), power=1))
FLUSH = frame(codec.encode(abci.Request(flush=abci.RequestFlush())))


def check(sequence: int) -> bytes:
    signer = Signer(key=ALICE, number=0, sequence=sequence)
    tx = transaction(CHAIN_ID, (signer,), send(ALICE.address, BOB.address, 1))
    return frame(codec.encode(abci.Request(check_tx=abci.RequestCheckTx(tx=tx))))


class Served:
    """A world behind a listening socket, on a loop of its own."""

    def __init__(self, world: AbciWorld, listener: socket.socket, linger_s: float = 0, quiet: Quiet = AT_ONCE) -> None:
        self.address = address_of(listener)
        self.refusals: list[str] = []
        self.error: BaseException | None = None
        self._server = AbciServer(world.handler, self.refusals.append, linger_s, quiet)
        self._listener = listener
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self.ended = threading.Event()
        self._began = threading.Event()
        self._clients: list[Client] = []
        threading.Thread(target=self._run, daemon=True).start()
        assert self._began.wait(DEADLINE_S)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()
        self.ended.set()

    async def _serve(self) -> None:
        self._task = asyncio.ensure_future(self._server.serve(self._listener))
        await asyncio.sleep(0)
        self._began.set()
        (result,) = await asyncio.gather(self._task, return_exceptions=True)
        self.error = result if not isinstance(result, asyncio.CancelledError) else None

    def client(self) -> "Client":
        self._clients.append(Client(self.address))
        return self._clients[-1]

    def close(self) -> None:
        for client in self._clients:
            client.socket.close()
        self.stop()

    def stop(self) -> None:
        if not self.ended.is_set() and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        assert self.ended.wait(DEADLINE_S)


class Client:
    """One connection of an engine."""

    def __init__(self, address: str) -> None:
        scheme, _, place = address.partition("://")
        self.socket = socket.socket(socket.AF_UNIX if scheme == "unix" else socket.AF_INET)
        self.socket.settimeout(DEADLINE_S)
        host, _, port = place.rpartition(":")
        self.socket.connect(place if scheme == "unix" else (host, int(port)))
        self._reader = FrameReader()
        self._ready: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> bytes:
        while not self._ready:
            data = self.socket.recv(65_536)
            if not data:
                raise EOFError
            self._ready += self._reader.feed(data)
        return self._ready.pop(0)

    def answer(self) -> abci.Response:
        return codec.decode_lenient(abci.Response, self.receive())


@contextmanager
def served(
    world: AbciWorld, address: str = "tcp://127.0.0.1:0", linger_s: float = 0, quiet: Quiet = AT_ONCE
) -> Iterator[Served]:
    """Serve a world; its fake engine speaks through sockets."""
    with listen(address) as listener:
        service = Served(world, listener, linger_s, quiet)
        clients: dict[int, Client] = {}

        def ask(connection: int, content: bytes) -> bytes:
            if connection not in clients:
                clients[connection] = service.client()
            client = clients[connection]
            client.send(frame(content) + FLUSH)
            answer = client.receive()
            assert codec.decode_lenient(abci.Response, client.receive()).flush is not None
            return answer

        world.engine.ask = ask
        try:
            yield service
        finally:
            service.close()


@pytest.mark.parametrize("scheme", ["tcp", "unix"])
def test_a_chain_runs_over_sockets_as_without(scheme: str, tmp_path: Path) -> None:
    address = "tcp://127.0.0.1:0" if scheme == "tcp" else f"unix://{tmp_path}/abci.sock"
    world, plain = AbciWorld(), AbciWorld().started(3)
    with served(world, address) as service:
        assert service.address.startswith(f"{scheme}://")
        world.started(3)
        assert world.machine.info() == plain.machine.info()
        world.engine.handshake()
        world.engine.block()
    assert service.error is None


class Slow:
    """An application whose blocks take as long as the test says."""

    def __init__(self, world: AbciWorld) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        self._finalize = world.machine.finalize_block
        world.machine.finalize_block = self.finalize_block  # type: ignore[method-assign]

    def finalize_block(self, request: BlockRequest) -> BlockResult:
        self.began.set()
        assert self.go_on.wait(DEADLINE_S)
        return self._finalize(request)


def test_everything_is_read_while_a_block_executes_and_answered_in_order_behind_it() -> None:
    world = AbciWorld()
    with served(world) as service:
        world.started()
        slow = Slow(world)
        maker = threading.Thread(target=world.engine.block)
        maker.start()
        assert slow.began.wait(DEADLINE_S)
        client = service.client()
        # More than both sockets' buffers hold: the writer would block if nobody read.
        large = frame(codec.encode(abci.Request(echo=abci.RequestEcho(message="x" * 1_000_000))))
        client.send(b"".join(large for _ in range(16)) + check(0) + check(1) + check(5) + FLUSH)
        slow.go_on.set()
        echoes = [client.answer().echo for _ in range(16)]
        assert all(each is not None and len(each.message) == 1_000_000 for each in echoes)
        codes = [answer.check_tx.code for answer in (client.answer() for _ in range(3)) if answer.check_tx]
        assert codes == [0, 0, 32]
        assert client.answer().flush is not None
        maker.join(DEADLINE_S)


def test_a_proposal_of_nothing_waits_until_a_transaction_comes() -> None:
    world = AbciWorld()
    with served(world, quiet=Quiet(after_block_ms=3_600_000, at_most_ms=3_600_000)) as service:
        world.engine.handshake()
        world.engine.block()
        proposed: list[tuple[bytes, ...]] = []
        proposer = threading.Thread(target=lambda: proposed.append(world.engine.propose()))
        proposer.start()
        client = service.client()
        client.send(FLUSH)
        assert client.answer().flush is not None
        assert not proposed
        client.send(check(0) + FLUSH)
        answers = [client.answer(), client.answer()]
        assert answers[0].check_tx is not None
        assert answers[0].check_tx.code == 0
        proposer.join(DEADLINE_S)
        assert [len(txs) for txs in proposed] == [1]


def test_a_proposal_of_nothing_comes_by_itself_after_a_while() -> None:
    world = AbciWorld()
    with served(world, quiet=Quiet(after_block_ms=3_600_000, at_most_ms=20)):
        world.started(3)
        assert world.machine.info().height == 3


def test_stopping_does_not_wait_for_a_proposal_that_was_put_off() -> None:
    world = AbciWorld()
    with served(world, quiet=Quiet(after_block_ms=3_600_000, at_most_ms=3_600_000)) as service:
        world.engine.handshake()
        world.engine.block()
        client = service.client()
        request = abci.RequestPrepareProposal(local_last_commit=abci.ExtendedCommitInfo(votes=(VOTE,)), height=2)
        client.send(frame(codec.encode(abci.Request(prepare_proposal=request))))
        service.stop()
        assert service.error is None


def test_stopping_finishes_the_block_that_runs() -> None:
    world = AbciWorld()
    with served(world) as service:
        world.started()
        slow = Slow(world)
        client = service.client()
        request = abci.RequestFinalizeBlock(
            height=2, time=world.engine.time_ns, decided_last_commit=world.engine.last_commit
        )
        client.send(frame(codec.encode(abci.Request(finalize_block=request))))
        assert slow.began.wait(DEADLINE_S)
        stopping = threading.Thread(target=service.stop)
        stopping.start()
        slow.go_on.set()
        stopping.join(DEADLINE_S)
        assert service.ended.is_set()
        assert service.error is None


def test_a_bug_stops_the_server_before_it_commits() -> None:
    world = AbciWorld()
    with served(world) as service:
        world.started()
        client = service.client()
        request = abci.RequestFinalizeBlock(height=9, decided_last_commit=abci.CommitInfo())
        client.send(frame(codec.encode(abci.Request(finalize_block=request))))
        with pytest.raises((EOFError, ConnectionResetError)):
            client.receive()
        assert service.ended.wait(DEADLINE_S)
        assert isinstance(service.error, InvariantBroken)
    assert world.machine.info().height == 1


@pytest.mark.parametrize("linger_s", [0, 60])
def test_an_engine_lives_on_for_a_moment_below_an_application_of_the_version_before(linger_s: int) -> None:
    """Its peers may lack the vote it has for the first block of the next version, and would stand still before it."""
    document = genesis_document()
    document["app_state"]["upgrade"] = {"plan": {"name": "second", "height": "2"}}
    world = AbciWorld(document)
    with served(world, linger_s=linger_s) as service:
        world.started()
        client = service.client()
        request = abci.RequestFinalizeBlock(height=2, decided_last_commit=abci.CommitInfo())
        client.send(frame(codec.encode(abci.Request(finalize_block=request))))
        if linger_s:
            client.socket.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.receive()
            assert not service.ended.is_set()
        else:
            assert service.ended.wait(DEADLINE_S)
            assert isinstance(service.error, WrongVersion)


@pytest.mark.parametrize(
    "nonsense", [uvarint(200 * 1024 * 1024) + b"\x12", b"\x02\x22\x00", b"GET / HTTP/1.1\r\n\r\n" * 9]
)
def test_nonsense_closes_its_connection_and_no_other(nonsense: bytes) -> None:
    world = AbciWorld()
    with served(world) as service:
        world.started()
        client = service.client()
        client.send(nonsense)
        with pytest.raises((EOFError, ConnectionResetError)):
            client.receive()
        world.engine.block()
        assert len(service.refusals) == 1
    assert service.error is None


def test_what_waits_behind_nonsense_is_not_looked_at() -> None:
    world = AbciWorld()
    with served(world) as service:
        world.started()
        slow = Slow(world)
        maker = threading.Thread(target=world.engine.block)
        maker.start()
        assert slow.began.wait(DEADLINE_S)
        client = service.client()
        client.send(b"\x02\x22\x00" * 3 + FLUSH)
        slow.go_on.set()
        with pytest.raises((EOFError, ConnectionResetError)):
            client.receive()
        maker.join(DEADLINE_S)
        assert len(service.refusals) == 1


def is_taken_in(service: Served) -> bool:
    client = service.client()
    with suppress(EOFError, ConnectionResetError, BrokenPipeError):
        client.send(FLUSH)
        return client.answer().flush is not None
    return False


def test_connections_are_bounded() -> None:
    world = AbciWorld()
    with served(world) as service:
        clients = [service.client() for _ in range(MAX_CONNECTIONS)]
        for client in clients:
            client.send(FLUSH)
            assert client.answer().flush is not None
        extra = service.client()
        with pytest.raises((EOFError, ConnectionResetError)):
            extra.receive()
        for client in clients:
            client.socket.close()
        until(lambda: is_taken_in(service), "room for another connection")


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:5", "tcp://", "tcp://host", "tcp://h:x", "tcp://h:70000", "unix://", "http://a:1"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        listen(address)


def test_connections_have_roles_only_by_what_they_bring() -> None:
    world = AbciWorld()
    with served(world):
        world.started()
        engine = world.engine
        assert engine.call(MEMPOOL, flush=abci.RequestFlush()) == abci.ResponseFlush()
        assert engine.call(CONSENSUS, info=abci.RequestInfo()).last_block_height == 1
