"""Bytes that are no batch of proofs are refused, wherever they end."""

import pytest

from qos.store.ics23 import BadProof
from qos.store.ics23_batch import decode_batch


@pytest.mark.parametrize("data", [b"", b'"', b'"\x80', b'"\x01', b'"\x02\x0a', b'"\x03\x0a\x02\x0a', b"\x0a\x00"])
def test_a_batch_that_is_cut_is_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        decode_batch(data)
