"""The gateway over real TLS connections: whom it lets in, what it limits, what a failed call carries."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from qos.base.blocktime import HOUR_S
from qos.base.identifiers import format_address
from qos.cassini.submitter import Submitter
from qos.chains.business import BUSINESS
from qos.client.calls import Call, Transport
from qos.client.transactions import PrivateKey
from qos.engine.embedded.schedule import ScheduleConfig
from qos.proto.records import qos_qcp_v1 as qcp
from qos.rpc.backend.arrivals import Arrivals
from qos.rpc.backend.callers import Callers
from qos.rpc.backend.journal import Journal
from qos.rpc.backend.sending import Sending
from qos.rpc.backend.server import Parts
from qos.sdk.errors import GatewayError
from qos.sdk.gateway import Gateway
from qos.testing.chain import ALICE, AUTHORITY, BOB, FUNDS, PEOPLE, genesis_document
from qos.testing.consortium import CHAIN_ID, revocation
from qos.testing.gateway_server import RunningGateway, ca_of, serving_gateway
from qos.testing.memory_node import MemoryNode
from qos.testing.relay_world import run_now
from qos.wallet.io.ca_folder import CaFolder, Entry

T = TypeVar("T")


class Stepping(Transport):
    """Carries calls to a node in memory; waiting makes blocks."""

    def __init__(self, node: MemoryNode, now_ns: int) -> None:
        self.node, self.now_ns = node, now_ns

    async def send(self, call: Call[T]) -> T:
        return await self.node.send(call)

    async def pause(self, duration_ms: int) -> None:
        self.make_block()

    def make_block(self) -> None:
        self.now_ns += 10**9
        self.node.tick(self.now_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    gateway: RunningGateway
    wire: Stepping

    def client(self, name: str, folder: CaFolder | None = None) -> Gateway:
        return self.gateway.client(name, folder)


def started(root: Entry) -> Stepping:
    """Start a business chain whose blocks have times at which the root is good."""
    state = {
        "params": {"authority": format_address(AUTHORITY.address)},
        "roots": [{"certificate": b64encode(root.chain[0]).decode()}],
    }
    funds = {key.address: FUNDS for key in (*PEOPLE, AUTHORITY)}
    genesis = genesis_document(BUSINESS, chain_id=CHAIN_ID, funds=funds, gas_price=0, consortium=state)
    node = MemoryNode(BUSINESS, genesis, ScheduleConfig(), 100)
    wire = Stepping(node, (root.content.not_before_s + HOUR_S) * 10**9)
    for _ in range(2):  # the first block has the time of genesis
        wire.make_block()
    return wire


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    certificates = ca_of(tmp_path / "ca", "Shop")
    wire = started(certificates.entry("root"))

    def parts_of(journal: Journal) -> Parts:
        sending = Sending(wire, PrivateKey(ALICE.private), journal)
        return Parts(callers=Callers(wire, "Shop"), sending=sending, arrivals=Arrivals(wire))

    with serving_gateway(parts_of, tmp_path / "journal.db", certificates) as gateway:
        yield Running(gateway=gateway, wire=wire)


def refused(call: Gateway) -> GatewayError:
    with call as gateway, pytest.raises(GatewayError) as error:
        gateway.queues()
    return error.value


def test_a_certificate_of_the_provider_is_served(running: Running) -> None:
    with running.client("orders") as gateway:
        assert gateway.queues() == ()


def test_another_members_certificate_is_not_permitted(running: Running) -> None:
    error = refused(running.client("theirs"))
    assert (error.status, error.may_retry) == ("PERMISSION_DENIED", False)
    assert "serves 'Shop', not 'Rival'" in str(error)


def test_a_foreign_consortium_does_not_get_a_connection(running: Running, tmp_path: Path) -> None:
    assert refused(running.client("orders", ca_of(tmp_path / "other", "Shop"))).status == "UNAVAILABLE"


def test_a_revoked_certificate_is_refused_by_the_chain(running: Running) -> None:
    ca = running.gateway.certificates
    message = revocation(AUTHORITY, ca.open("member"), 1, ca.entry("orders").content.serial)
    submitter = Submitter(CHAIN_ID, PrivateKey(AUTHORITY.private))
    run_now(submitter.send(running.wire.node, [message], 1_000_000))
    running.wire.make_block()
    error = refused(running.client("orders"))
    assert error.status == "UNAUTHENTICATED"
    assert "revoked" in str(error)


def test_what_the_chain_refuses_carries_its_code(running: Running) -> None:
    with running.client("orders") as gateway, pytest.raises(GatewayError) as error:
        gateway.send_transfer(
            "order-1", destination="qos-1", recipient=format_address(BOB.address), denom="aqos", amount=5
        )
    assert (error.value.status, error.value.codespace, error.value.number) == ("NOT_FOUND", "qcp", 1)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (qcp.AwaitResultRequest(chain_id="qos-1", sequence=1, wait=601 * 10**9), "INVALID_ARGUMENT"),
        (qcp.AwaitResultRequest(chain_id="q" * 33, sequence=1), "INVALID_ARGUMENT"),
        (qcp.AwaitResultRequest(chain_id="qos-1", sequence=1), "NOT_FOUND"),
    ],
)
def test_a_wrong_question_is_answered_with_a_status(
    running: Running, request_: qcp.AwaitResultRequest, status: str
) -> None:
    with running.client("orders") as gateway, pytest.raises(GatewayError) as error:
        gateway.await_result(
            qcp.SendResponse(chain_id=request_.chain_id, sequence=request_.sequence),
            wait_s=(request_.wait or 0) // 10**9,
        )
    assert error.value.status == status


def test_a_stream_of_an_unknown_chain_ends_with_a_status(running: Running) -> None:
    with running.client("orders") as gateway, pytest.raises(GatewayError) as error:
        next(gateway.stream("nowhere"))
    assert error.value.codespace == "qcp"
