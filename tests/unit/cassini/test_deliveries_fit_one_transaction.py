"""What a delivery to a QOS chain consists of, and that it fits."""

from hypothesis import given
from hypothesis import strategies as st

from qos.cassini.adapters.delivery import GIVEN_BACK_GAS, MAX_PACKET_BYTES, delivery_message, gas_of, update_messages
from qos.cassini.findings import Queue, Route
from qos.cassini.messages import Deliver
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.transaction import MAX_TX_BYTES
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    Attestation,
    Packet,
    PacketKind,
    PacketResult,
    ProvenPacket,
    RelaySignature,
)
from qos.testing.light_chain import light_block, members
from qos.testing.relay_group import ATTESTERS, RELAYS, abstract_of, hashes_of

ROUTE = Route(source="qos-1", destination="shop-1")


def packet(size: int, proof: int) -> ProvenPacket:
    encoded = codec.encode(Packet(queue_id=b"q" * 32, timeout=0, payload_gas=125_000, payload=b"p" * size))
    return ProvenPacket(packet=encoded, store_proof=b"s" * proof, chain_proof=b"c" * 400)


def delivery(*packets: ProvenPacket, with_proof: bool = True) -> Deliver:
    signatures = tuple(RelaySignature(key=key.public, signature=b"s" * 64) for key in ATTESTERS)
    return Deliver(
        queue=Queue(route=ROUTE, queue_id=b"q" * 32, epoch=1, with_proof=with_proof, signers=(), needed=3),
        number=1,
        attestation=Attestation(abstract=abstract_of(1, 64), signatures=signatures),
        hashes=hashes_of(1, 64),
        packets=packets,
    )


@given(sizes=st.lists(st.tuples(st.integers(0, 8_000), st.integers(500, 10_000)), min_size=1, max_size=64))
def test_whatever_is_delivered_fits_one_transaction_and_one_block(sizes: list[tuple[int, int]]) -> None:
    message = delivery_message(delivery(*[packet(*size) for size in sizes]), RELAYS[0].address)
    updates = update_messages((light_block(9, members(*range(21))),), RELAYS[0].address)
    total = len(codec.encode(message)) + sum(len(codec.encode(each)) for each in updates)
    assert message.packets, "one packet always fits"
    assert total + 4_096 < MAX_TX_BYTES
    assert gas_of((*updates, message)) < MAX_BLOCK_GAS


def result(code: int) -> ProvenPacket:
    payload = codec.encode(PacketResult(request_sequence=1, code=code, payload_hash=b"p" * 32))
    encoded = codec.encode(Packet(queue_id=b"q" * 32, kind=PacketKind.PACKET_KIND_RESULT, timeout=0, payload=payload))
    return ProvenPacket(packet=encoded, store_proof=b"s" * 1_000)


def test_only_results_of_what_failed_are_given_gas_for_what_goes_back() -> None:
    """Blocks are filled by gas limits: what is not needed keeps others out and makes gas dearer."""
    arrived, failed = [
        gas_of((delivery_message(delivery(*[result(code)] * 64), RELAYS[0].address),)) for code in (0, 1)
    ]
    assert failed - arrived >= 64 * GIVEN_BACK_GAS
    assert arrived < MAX_BLOCK_GAS // 32


def test_a_result_that_cannot_be_read_is_given_enough() -> None:
    encoded = codec.encode(Packet(queue_id=b"q" * 32, kind=PacketKind.PACKET_KIND_RESULT, timeout=0, payload=b"\xff"))
    gas = gas_of((delivery_message(delivery(ProvenPacket(packet=encoded)), RELAYS[0].address),))
    assert gas > GIVEN_BACK_GAS


def test_a_prefix_is_carried_when_all_is_too_much() -> None:
    packets = [packet(8_000, 10_000)] * 20
    message = delivery_message(delivery(*packets), RELAYS[0].address)
    assert 0 < len(message.packets) < 20
    carried = sum(len(each.packet) + len(each.store_proof) + len(each.chain_proof) for each in message.packets)
    assert carried <= MAX_PACKET_BYTES


def test_no_proofs_travel_where_none_are_asked_for() -> None:
    message = delivery_message(delivery(*[packet(100, 900)] * 3, with_proof=False), RELAYS[0].address)
    assert [(each.store_proof, each.chain_proof) for each in message.packets] == [(b"", b"")] * 3
