"""What a gateway tells of what came and of what became of what was sent."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from qos.base.blocktime import HOUR_NS
from qos.cassini.adapters.unrelayed import unrelayed_messages
from qos.chains.business import business_chain
from qos.client.calls import Call, Transport
from qos.client.errors import BadAnswer, Refused
from qos.client.node import BlockAnswer
from qos.machine.context import Context
from qos.modules.crosschain.qcp.payloads.application import Arrived
from qos.proto.codec import decode
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.rpc.backend.arrivals import Arrivals
from qos.rpc.services.status import CallRefused, Status
from qos.sdk.gateway import proven
from qos.store.ics23 import BadProof
from qos.testing.backend_world import BackendWorld, payment
from qos.testing.chain import BOB, CAROL
from qos.testing.relay_world import QOS, SHOP, run_now

T = TypeVar("T")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[BackendWorld]:
    made = BackendWorld(tmp_path)
    yield made
    made.close()


def outcome(world: BackendWorld, sequence: int) -> qcp.AwaitResultResponse:
    return run_now(world.arrivals.outcome(QOS, sequence))


def read(world: BackendWorld, sequence: int) -> qcp.Arrival:
    return run_now(world.arrivals.read(QOS, sequence))


def test_a_result_settles_what_was_sent(world: BackendWorld) -> None:
    sent = world.send(payment("order-1"))
    assert not outcome(world, sent.sequence).settled
    world.chains.until(world.chains.settled)
    found = outcome(world, sent.sequence)
    assert (found.settled, found.code, found.result_sequence) == (True, 0, 1)
    arrival = read(world, 1)
    assert arrival.result is not None
    assert (arrival.result.request_sequence, arrival.result.code) == (1, 0)


def test_a_failed_request_is_told_with_its_reason(world: BackendWorld) -> None:
    data = qcp.MsgSendData(destination=QOS, application="nobody", body=b"hello", payload_gas=100_000)
    sent = world.send(qcp.SendRequest(key="data-1", data=data))
    world.chains.until(world.chains.settled)
    found = outcome(world, sent.sequence)
    assert (found.settled, found.code) == (True, 1)
    assert found.data.startswith(b"qcp")


def test_what_comes_is_read_with_its_payload_its_time_and_what_became_of_it(world: BackendWorld) -> None:
    coin = Coin(denom="aqos", amount=9)
    message = qcp.MsgSendTransfer(
        sender=BOB.address, destination=SHOP, recipient=CAROL.address, amount=coin, memo="order-7"
    )
    world.chains.send(QOS, BOB, message)
    world.chains.until(lambda: world.chains.queue(SHOP, QOS).inbox == 1)
    arrival = read(world, 1)
    assert arrival.transfer is not None
    assert (arrival.transfer.sender, arrival.transfer.recipient) == (BOB.address, CAROL.address)
    assert (arrival.transfer.amount, arrival.transfer.memo, arrival.receipt.code) == (9, "order-7", 0)
    assert (arrival.data, arrival.result) == (None, None)
    assert arrival.time is not None
    assert arrival.time > 0


def echo(ctx: Context, arrived: Arrived) -> bytes:
    del ctx
    return arrived.body


def test_data_that_an_application_took_is_read_with_its_sender_and_body(tmp_path: Path) -> None:
    world = BackendWorld(tmp_path, business_chain((), {"echo": echo}))
    message = qcp.MsgSendData(
        sender=BOB.address, destination=SHOP, application="echo", body=b"two cups", payload_gas=100_000
    )
    world.chains.send(QOS, BOB, message)
    world.chains.until(lambda: world.chains.queue(SHOP, QOS).inbox == 1)
    arrival = read(world, 1)
    assert arrival.data is not None
    assert (arrival.data.sender, arrival.data.application, arrival.data.body) == (BOB.address, "echo", b"two cups")
    assert arrival.receipt.code == 0
    assert (arrival.transfer, arrival.result) == (None, None)
    world.close()


def test_what_came_without_relays_is_read_too(world: BackendWorld) -> None:
    """[Q16] It stands in another message."""
    chains = world.chains
    for relay in chains.relays:
        relay.down = True
    coin = Coin(denom="aqos", amount=9)
    chains.send(
        QOS, BOB, qcp.MsgSendTransfer(sender=BOB.address, destination=SHOP, recipient=CAROL.address, amount=coin)
    )
    chains.step(30)
    chains.now_ns += 7 * HOUR_NS
    chains.step(30)
    messages = run_now(unrelayed_messages(chains.nodes[SHOP], chains.nodes[QOS], CAROL.address, chains.now_ns))
    chains.send(SHOP, CAROL, *messages)
    chains.until(lambda: chains.queue(SHOP, QOS).inbox == 1)
    arrival = read(world, 1)
    assert arrival.transfer is not None
    assert arrival.transfer.amount == 9


def test_only_requests_that_were_sent_have_an_outcome(world: BackendWorld) -> None:
    with pytest.raises(Refused):
        outcome(world, 1)
    world.chains.send(
        QOS,
        BOB,
        qcp.MsgSendTransfer(
            sender=BOB.address, destination=SHOP, recipient=CAROL.address, amount=Coin(denom="aqos", amount=9)
        ),
    )
    world.chains.until(lambda: world.sent() == 1)
    with pytest.raises(CallRefused) as refused:
        outcome(world, 1)
    assert refused.value.status is Status.INVALID_ARGUMENT


def test_what_never_came_or_is_pruned_is_out_of_range(world: BackendWorld) -> None:
    with pytest.raises(CallRefused) as refused:
        read(world, 1)
    assert refused.value.status is Status.OUT_OF_RANGE


class Emptied(Transport):
    """A node that shows its blocks without transactions."""

    def __init__(self, node: Transport) -> None:
        self.node = node

    async def send(self, call: Call[T]) -> T:
        answer = await self.node.send(call)
        return replace(answer, txs=()) if isinstance(answer, BlockAnswer) else answer

    async def pause(self, duration_ms: int) -> None:
        await self.node.pause(duration_ms)


def test_a_block_without_the_packet_of_a_receipt_is_not_believed(world: BackendWorld) -> None:
    world.send(payment("order-1"))
    world.chains.until(world.chains.settled)
    with pytest.raises(BadAnswer, match="does not hold the packet"):
        run_now(Arrivals(Emptied(world.wire)).read(QOS, 1))


def test_rows_of_both_boxes_are_proven_under_a_header_and_nothing_else_is(world: BackendWorld) -> None:
    sent = world.send(payment("order-1"))
    world.chains.until(world.chains.settled)
    world.chains.step(20)
    for box in (qcp.Box.BOX_OUTBOX, qcp.Box.BOX_INBOX):
        found = run_now(world.arrivals.proof(qcp.ProofRequest(chain_id=QOS, box=box, sequence=1)))
        assert proven(found) == found
        for forged in (
            replace(found, value=found.value + b"\x00"),
            replace(found, key=found.key[:-1] + b"\x02"),
            replace(found, store_proof=found.store_proof[:-1]),
            replace(found, light_block=None),
        ):
            with pytest.raises(BadProof):
                proven(forged)
    outbox = run_now(world.arrivals.proof(qcp.ProofRequest(chain_id=QOS, box=qcp.Box.BOX_OUTBOX, sequence=1)))
    assert decode(qcp.Packet, outbox.value).sequence == sent.sequence
    for wrong, status in (
        (qcp.ProofRequest(chain_id=QOS, box=qcp.Box.BOX_OUTBOX, sequence=2), Status.NOT_FOUND),
        (qcp.ProofRequest(chain_id=QOS, sequence=1), Status.INVALID_ARGUMENT),
    ):
        with pytest.raises(CallRefused) as refused:
            run_now(world.arrivals.proof(wrong))
        assert refused.value.status is status


def test_queues_of_all_peers_are_told(world: BackendWorld) -> None:
    world.send(payment("order-1"))
    (peer,) = run_now(world.arrivals.peers())
    assert peer.chain_id == QOS
    assert run_now(world.arrivals.queue(QOS)).outbox == 1
