"""`Exchange` of the gateway: one call sends and waits for the result; and streams, until they may go on no more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from qos.client.calls import Call
from qos.client.transactions import PrivateKey
from qos.proto.records import qos_qcp_v1 as qcp
from qos.rpc.backend.arrivals import Arrivals
from qos.rpc.backend.callers import Caller, Callers
from qos.rpc.backend.journal import Journal
from qos.rpc.backend.sending import Sending
from qos.rpc.backend.server import Parts
from qos.rpc.services.status import CallRefused, Status
from qos.sdk.errors import GatewayError
from qos.sdk.gateway import Gateway
from qos.testing.backend_world import Wire, payment
from qos.testing.chain import ALICE, BOB
from qos.testing.gateway_server import ca_of, serving_gateway
from qos.testing.relay_world import QOS, SHOP, RelayWorld

T = TypeVar("T")
STEPS_A_CALL = 20


class Living(Wire):
    """The chains and relays go on while the gateway asks."""

    def __init__(self, world: RelayWorld) -> None:
        super().__init__(world)
        self.world = world
        self.stands_still = False

    async def send(self, call: Call[T]) -> T:
        if not self.stands_still:
            self.world.step(STEPS_A_CALL)
        return await super().send(call)


class Orders(Callers):
    """Whoever has a connection is the provider's back-end, until its certificate is revoked: the chain of this world
    keeps no certificates.
    """

    is_revoked = False

    async def admit(self, properties: Mapping[str, Iterable[bytes]]) -> Caller:
        if self.is_revoked:
            raise CallRefused(Status.UNAUTHENTICATED, "the certificate was revoked")
        return Caller(organisation="Shop", name="orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    gateway: Gateway
    wire: Living
    callers: Orders

    def sent(self) -> int:
        return self.wire.world.queue(SHOP, QOS).outbox


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    wire = Living(RelayWorld())
    callers = Orders(wire, "Shop")

    def parts_of(journal: Journal) -> Parts:
        sending = Sending(wire, PrivateKey(ALICE.private), journal)
        return Parts(callers=callers, sending=sending, arrivals=Arrivals(wire))

    served = serving_gateway(parts_of, tmp_path / "journal.db", ca_of(tmp_path / "ca", "Shop"))
    with served as running_gateway, running_gateway.client("orders") as gateway:
        yield Running(gateway=gateway, wire=wire, callers=callers)


def test_an_exchange_returns_what_was_sent_and_what_became_of_it(running: Running) -> None:
    found = running.gateway.exchange(payment("order-1"))
    assert found.sent is not None
    assert found.result is not None
    assert (found.sent.chain_id, found.sent.sequence) == (QOS, 1)
    assert (found.result.settled, found.result.code, found.result.result_sequence) == (True, 0, 1)
    assert running.wire.world.queue(QOS, SHOP).inbox == 1


def test_an_exchange_that_is_asked_for_again_sends_nothing_and_tells_the_same(running: Running) -> None:
    first = running.gateway.exchange(payment("order-1"))
    assert running.gateway.exchange(payment("order-1")) == first
    assert running.sent() == 1


def test_a_failed_request_is_told_with_its_reason(running: Running) -> None:
    data = qcp.MsgSendData(destination=QOS, application="nobody", body=b"hello", payload_gas=100_000)
    result = running.gateway.exchange(qcp.SendRequest(key="data-1", data=data)).result
    assert result is not None
    assert (result.settled, result.code) == (True, 1)
    assert result.data.startswith(b"qcp")


def test_an_exchange_that_waits_too_short_has_sent_and_is_awaited_later(running: Running) -> None:
    running.wire.stands_still = True
    found = running.gateway.exchange(payment("order-1"), wait_s=0)
    assert found.result == qcp.AwaitResultResponse()
    running.wire.stands_still = False
    assert found.sent is not None
    assert running.gateway.await_result(found.sent).settled
    assert running.sent() == 1


def test_a_wait_that_is_too_long_is_refused_before_anything_is_sent(running: Running) -> None:
    with pytest.raises(GatewayError) as error:
        running.gateway.exchange(payment("order-1"), wait_s=601)
    assert error.value.status == "INVALID_ARGUMENT"
    assert running.sent() == 0


def test_what_the_chain_refuses_is_told_with_its_code_and_leaves_the_key_free(running: Running) -> None:
    with pytest.raises(GatewayError) as error:
        running.gateway.exchange(payment("order-1", destination="mall-1"))
    assert (error.value.codespace, error.value.number) == ("qcp", 1)
    assert running.gateway.exchange(payment("order-1", to=BOB.address)).sent
    assert running.sent() == 1


def test_a_revoked_certificate_ends_an_open_stream_and_a_new_one_goes_on_where_it_ended(running: Running) -> None:
    """Scenario 27. Results come as arrivals too; none is missed and none repeated."""
    for number in range(2):
        running.gateway.exchange(payment(f"order-{number}"))
    stream = running.gateway.stream(QOS)
    assert [next(stream).sequence for _ in range(2)] == [1, 2]
    running.callers.is_revoked = True
    with pytest.raises(GatewayError) as ended:
        next(stream)
    assert (ended.value.status, ended.value.may_retry) == ("UNAUTHENTICATED", False)
    with pytest.raises(GatewayError) as refused:
        running.gateway.exchange(payment("order-3"))
    assert refused.value.status == "UNAUTHENTICATED"
    assert running.sent() == 2
    running.callers.is_revoked = False
    running.gateway.exchange(payment("order-3"))
    assert next(running.gateway.stream(QOS, after=2)).sequence == 3
