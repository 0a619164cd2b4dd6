"""A sender on another chain is an address here that is no key's, and another one for each queue ([Q9])."""

import pytest

from qos.base.identifiers import Address
from qos.crypto.keccak import keccak256
from qos.modules.crosschain.qcp.caller import caller_address
from qos.testing.chain import ALICE, BOB

QUEUES = (b"q" * 32, b"r" * 32)


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak_is_the_one_of_ethereum(data, digest):
    assert keccak256(data).hex() == digest


def test_a_caller_is_the_end_of_the_hash_of_queue_and_sender():
    hashed = keccak256(b"qcp/caller/" + QUEUES[0] + ALICE.address)
    assert caller_address(QUEUES[0], ALICE.address) == hashed[12:]


def test_each_sender_of_each_queue_is_a_caller_of_its_own():
    senders = (ALICE.address, BOB.address, Address(b"\0" * 20))
    callers = {caller_address(queue, sender) for queue in QUEUES for sender in senders}
    assert len(callers) == 6
    assert not callers.intersection(senders)
