"""Signatures verify for the right key and message only, in one form only."""

from hashlib import sha256

import pytest

from qos.crypto import ed25519, secp256k1, zip215
from qos.crypto.errors import BadSignature

KEY = sha256(b"key").digest()
DIGEST = sha256(b"message").digest()
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_a_secp256k1_signature_verifies_and_is_deterministic() -> None:
    signature = secp256k1.sign(KEY, DIGEST)
    assert signature == secp256k1.sign(KEY, DIGEST)
    assert int.from_bytes(signature[32:], "big") <= ORDER // 2
    secp256k1.verify(secp256k1.public_key(KEY), DIGEST, signature)


def test_the_high_s_twin_of_a_signature_is_refused() -> None:
    signature = secp256k1.sign(KEY, DIGEST)
    high = ORDER - int.from_bytes(signature[32:], "big")
    with pytest.raises(BadSignature):
        secp256k1.verify(secp256k1.public_key(KEY), DIGEST, signature[:32] + high.to_bytes(32, "big"))


def test_every_flipped_byte_of_a_secp256k1_signature_is_refused() -> None:
    public_key, signature = secp256k1.public_key(KEY), secp256k1.sign(KEY, DIGEST)
    for index in range(64):
        forged = signature[:index] + bytes([signature[index] ^ 1]) + signature[index + 1 :]
        with pytest.raises(BadSignature):
            secp256k1.verify(public_key, DIGEST, forged)


@pytest.mark.parametrize(
    ("public_key", "digest", "signature"),
    [
        (b"", DIGEST, bytes(64)),
        (b"\4" + bytes(64), DIGEST, bytes(64)),
        (b"\2" + b"\xff" * 32, DIGEST, bytes(64)),
        (b"\5" + bytes(32), DIGEST, bytes(64)),
        (secp256k1.public_key(KEY), DIGEST[:31], bytes(64)),
        (secp256k1.public_key(KEY), DIGEST, b""),
        (secp256k1.public_key(KEY), DIGEST, bytes(65)),
        (secp256k1.public_key(KEY), DIGEST, bytes(64)),
        (secp256k1.public_key(KEY), DIGEST, b"\xff" * 64),
    ],
)
def test_malformed_secp256k1_input_is_a_bad_signature(public_key: bytes, digest: bytes, signature: bytes) -> None:
    with pytest.raises(BadSignature):
        secp256k1.verify(public_key, digest, signature)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32), ORDER.to_bytes(32, "big")])
def test_a_private_key_outside_the_group_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="private key"):
        secp256k1.sign(key, DIGEST)
    with pytest.raises(ValueError, match="private key"):
        secp256k1.public_key(key)


def test_an_account_address_is_ripemd160_of_sha256() -> None:
    generator = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
    assert secp256k1.public_key((1).to_bytes(32, "big")) == generator
    assert secp256k1.address(generator).hex() == "751e76e8199196d454941c45d1b3a323f1433bd6"


def test_an_ed25519_signature_verifies_for_its_message_and_key_only() -> None:
    public_key, signature = ed25519.public_key(KEY), ed25519.sign(KEY, b"vote")
    ed25519.verify(public_key, b"vote", signature)
    zip215.verify(public_key, b"vote", signature)
    for key, message, forged in (
        (public_key, b"veto", signature),
        (ed25519.public_key(DIGEST), b"vote", signature),
        (public_key, b"vote", signature[:-1]),
        (public_key, b"vote", signature + b"\0"),
        (public_key[:31], b"vote", signature),
        (public_key, b"vote", b""),
        (public_key, b"vote", signature[:32] + b"\xff" * 32),
    ):
        with pytest.raises(BadSignature):
            ed25519.verify(key, message, forged)
        with pytest.raises(BadSignature):
            zip215.verify(key, message, forged)


def test_every_flipped_byte_of_an_ed25519_signature_is_refused() -> None:
    public_key, signature = ed25519.public_key(KEY), ed25519.sign(KEY, b"vote")
    for index in range(64):
        with pytest.raises(BadSignature):
            forged = signature[:index] + bytes([signature[index] ^ 1]) + signature[index + 1 :]
            ed25519.verify(public_key, b"vote", forged)


def test_an_s_beyond_the_order_is_refused_by_both_rules() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    signature = ed25519.sign(KEY, b"vote")
    shifted = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    for verify in (ed25519.verify, zip215.verify):
        with pytest.raises(BadSignature):
            verify(ed25519.public_key(KEY), b"vote", signature[:32] + shifted)


def test_zip_215_accepts_all_encodings_of_small_order_points() -> None:
    eighth = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03"
    small = [
        bytes.fromhex(text)
        for text in (
            "01" + "00" * 31,
            "00" * 32,
            "00" * 31 + "80",
            "ec" + "ff" * 30 + "7f",
            "01" + "00" * 30 + "80",
            "ec" + "ff" * 31,
            "ed" + "ff" * 30 + "7f",
            "ed" + "ff" * 31,
            "ee" + "ff" * 30 + "7f",
            "ee" + "ff" * 31,
            eighth + "7a",
            eighth + "fa",
        )
    ]
    for key in small:
        for commitment in small[::5]:
            zip215.verify(key, b"Zcash", commitment + bytes(32))
    with pytest.raises(BadSignature):
        zip215.verify(small[0], b"Zcash", small[0] + b"\1" + bytes(31))


def test_a_validator_address_is_the_head_of_the_key_hash() -> None:
    public_key = ed25519.public_key(KEY)
    assert ed25519.address(public_key) == sha256(public_key).digest()[:20]
