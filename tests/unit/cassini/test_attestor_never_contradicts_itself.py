"""R3: what was signed is in the log before it is signed, and nothing contrary follows."""

from dataclasses import replace

import pytest

from qos.base import merkle
from qos.cassini import signing
from qos.cassini.signing import Attestor, ConflictingSignature, Signed
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.attestation import digest
from qos.modules.crosschain.qcp.errors import MalformedAbstract
from qos.testing.relay_group import ATTESTERS, OTHER_QUEUE, abstract_of, hashes_of
from qos.testing.relay_world import MemorySignLog

SECRET = ATTESTERS[0].private


class FullDisk:
    def append(self, statement: Signed) -> None:
        raise OSError("no space left on device")


def attestor(log: MemorySignLog | None = None) -> Attestor:
    return Attestor(SECRET, log or MemorySignLog())


def test_a_signature_verifies_and_is_in_the_log() -> None:
    log = MemorySignLog()
    abstract = abstract_of()
    signature = attestor(log).sign(abstract, hashes_of(1, 3))
    secp256k1.verify(ATTESTERS[0].public, digest(abstract), signature)
    assert log.statements == [Signed(abstract=abstract, hashes=hashes_of(1, 3))]


def test_nothing_is_signed_that_the_log_did_not_take() -> None:
    signer = Attestor(SECRET, FullDisk())
    with pytest.raises(OSError, match="no space"):
        signer.sign(abstract_of(), hashes_of(1, 3))


def test_another_packet_of_a_signed_sequence_is_refused() -> None:
    log = MemorySignLog()
    signer = attestor(log)
    signer.sign(abstract_of(1, 3), hashes_of(1, 3))
    for first, last in ((1, 3), (3, 5), (2, 2)):
        with pytest.raises(ConflictingSignature, match="another packet"):
            signer.sign(abstract_of(first, last, height=20, salt=b"x"), hashes_of(first, last, b"x"))
    assert len(log.statements) == 1


def test_another_header_of_a_signed_height_is_refused() -> None:
    signer = attestor()
    signer.sign(abstract_of(1, 3), hashes_of(1, 3))
    for other in (replace(abstract_of(4, 5), header_hash=b"o" * 32), replace(abstract_of(4, 5), app_hash=b"o" * 32)):
        with pytest.raises(ConflictingSignature, match="another header"):
            signer.sign(other, hashes_of(4, 5))


def test_the_same_packets_under_a_later_header_or_of_another_queue_are_signed() -> None:
    signer = attestor()
    signer.sign(abstract_of(1, 3), hashes_of(1, 3))
    signer.sign(abstract_of(1, 3, height=30), hashes_of(1, 3))
    signer.sign(abstract_of(1, 3, queue=OTHER_QUEUE, salt=b"x"), hashes_of(1, 3, b"x"))
    signer.sign(replace(abstract_of(1, 3, salt=b"y"), epoch=1), hashes_of(1, 3, b"y"))


def test_a_restarted_relay_remembers_what_it_signed() -> None:
    log = MemorySignLog()
    attestor(log).sign(abstract_of(1, 3), hashes_of(1, 3))
    again = Attestor(SECRET, log, tuple(log.statements))
    with pytest.raises(ConflictingSignature):
        again.sign(abstract_of(1, 3, height=30, salt=b"x"), hashes_of(1, 3, b"x"))
    again.sign(abstract_of(1, 3), hashes_of(1, 3))


def test_a_history_that_contradicts_itself_is_refused() -> None:
    one = Signed(abstract=abstract_of(), hashes=hashes_of(1, 3))
    two = Signed(abstract=abstract_of(height=30, salt=b"x"), hashes=hashes_of(1, 3, b"x"))
    with pytest.raises(ConflictingSignature):
        Attestor(SECRET, MemorySignLog(), (one, two))


def test_hashes_that_are_not_those_of_the_abstract_are_refused() -> None:
    with pytest.raises(MalformedAbstract):
        attestor().sign(abstract_of(1, 3), hashes_of(1, 3, b"x"))


def test_memory_is_bounded_and_what_was_forgotten_is_refused_unseen() -> None:
    signer = attestor()
    per_batch = 64
    last = 2 * signing.REMEMBERED + 4 * per_batch
    for first in range(1, last, per_batch):
        signer.sign(abstract_of(first, first + per_batch - 1), hashes_of(first, first + per_batch - 1))
    with pytest.raises(ConflictingSignature, match="too old"):
        signer.sign(abstract_of(1, 3, height=30, salt=b"x"), hashes_of(1, 3, b"x"))
    hashes = (merkle.leaf_hash(b"lie"),)
    bent = replace(abstract_of(last - 5, last - 5, height=30), packet_root=merkle.root(hashes))
    with pytest.raises(ConflictingSignature, match="another packet"):
        signer.sign(bent, hashes)
