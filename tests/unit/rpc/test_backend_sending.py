"""A gateway sends once for each key, whatever is lost, cut or restarted in between."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qos.base.identifiers import BASE_DENOM
from qos.client.errors import Refused, Unreachable
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendData, MsgSendTransfer, SendRequest
from qos.rpc.backend.sending import TIMEOUT_BLOCKS
from qos.rpc.services.status import CallRefused, Status
from qos.testing.backend_world import BackendWorld, Killed, payment
from qos.testing.chain import ALICE, BOB, FUNDS
from qos.testing.relay_world import SHOP
from qos.testing.transactions import send

OF_ANOTHER = MsgSendTransfer(
    sender=BOB.address, destination="qos-1", recipient=BOB.address, amount=Coin(denom=BASE_DENOM, amount=5)
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[BackendWorld]:
    made = BackendWorld(tmp_path)
    yield made
    made.close()


def refused(world: BackendWorld, request: SendRequest, status: Status) -> CallRefused:
    before = world.sent()
    with pytest.raises(CallRefused) as error:
        world.send(request)
    assert error.value.status is status
    assert world.sent() == before
    return error.value


def test_a_retry_answers_what_was_sent_and_sends_nothing(world: BackendWorld) -> None:
    first = world.send(payment("order-1"))
    world.restart()
    assert world.send(payment("order-1")) == first
    assert (world.sent(), first.sequence, first.chain_id) == (1, 1, "qos-1")
    assert world.chains.balance(SHOP, ALICE.address) == FUNDS - 5


def test_a_key_is_for_one_thing_of_one_caller(world: BackendWorld) -> None:
    world.send(payment("order-1"))
    refused(world, payment("order-1", amount=6), Status.ALREADY_EXISTS)
    assert world.send(payment("order-1", amount=6), caller="Shop/other").sequence == 2


def test_what_the_chain_refuses_leaves_the_key_free(world: BackendWorld) -> None:
    for bad in (payment("order-1", amount=FUNDS + 1), payment("order-1", destination="nowhere")):
        with pytest.raises(Refused):
            world.send(bad)
    assert world.send(payment("order-1")).sequence == 1


@pytest.mark.parametrize(
    "request_",
    [
        SendRequest(key="order-1"),
        replace(payment("order-1"), data=MsgSendData(destination="qos-1", application="a")),
        SendRequest(key="order-1", transfer=OF_ANOTHER),
    ],
    ids=["nothing", "both", "another sender"],
)
def test_a_request_holds_one_message_without_a_sender(world: BackendWorld, request_: SendRequest) -> None:
    refused(world, request_, Status.INVALID_ARGUMENT)


@pytest.mark.parametrize("fault", ["unsent", "unheard"])
def test_a_lost_call_or_answer_is_told_and_the_retry_sends_once(world: BackendWorld, fault: str) -> None:
    world.wire.faults = iter([fault])
    with pytest.raises(Unreachable):
        world.send(payment("order-1"))
    assert world.send(payment("order-1")).sequence == 1
    world.chains.step(30)
    assert world.sent() == 1


def test_a_transaction_that_was_overtaken_is_signed_anew_once_it_can_be_in_no_block(world: BackendWorld) -> None:
    world.wire.faults = iter(["killed"])
    with pytest.raises(Killed):
        world.send(payment("order-1"))
    world.restart()
    world.chains.send(SHOP, ALICE, send(ALICE.address, BOB.address, 1))
    world.chains.step(5)
    height = world.chains.nodes[SHOP].height
    assert world.send(payment("order-1")).sequence == 1
    assert world.chains.nodes[SHOP].height >= height + TIMEOUT_BLOCKS - 5
    assert world.chains.balance(SHOP, ALICE.address) == FUNDS - 6
