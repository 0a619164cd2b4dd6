"""What one batch takes: 64 packets, 32 KiB, 8 M payload gas; one packet always fits."""

import pytest

from qos.cassini.findings import MAX_BATCH_BYTES, MAX_BATCH_GAS, Measure, fits
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Packet, ProvenPacket


def packet(size: int = 10, gas: int = 1) -> bytes:
    return codec.encode(Packet(queue_id=b"q" * 32, timeout=0, payload_gas=gas, payload=b"p" * size))


def taken(*packets: bytes) -> int:
    measure = Measure()
    for count, each in enumerate(packets):
        if not measure.takes(each):
            return count
    return len(packets)


def test_at_most_64_packets() -> None:
    assert taken(*[packet()] * 65) == 64


def test_bytes_end_a_batch() -> None:
    overhead = len(packet(8_000)) - 8_000
    last = MAX_BATCH_BYTES - 4 * (8_000 + overhead) - overhead
    exact = [*[packet(8_000)] * 4, packet(last)]
    assert sum(map(len, exact)) == MAX_BATCH_BYTES
    assert taken(*exact) == 5
    assert taken(*exact[:4], packet(last + 1)) == 4


@pytest.mark.parametrize(("gas", "count"), [(MAX_BATCH_GAS, 1), (2_000_000, 4), (2_000_001, 3)])
def test_gas_ends_a_batch(gas: int, count: int) -> None:
    assert taken(*[packet(gas=gas)] * 5) == count


def test_one_packet_fits_whatever_it_needs() -> None:
    assert taken(packet(8_000, 2 * MAX_BATCH_GAS)) == 1


def test_a_batch_that_somebody_else_made_too_large_does_not_fit() -> None:
    heavy = ProvenPacket(packet=packet(gas=5_000_000))
    assert fits((heavy,))
    assert not fits((heavy, heavy))
