"""Deterministic low-s signatures, of bitcoinjs and of CosmJS."""

import json
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from qos.base import bech32
from qos.crypto import secp256k1
from qos.crypto.errors import BadSignature

KINDS = {
    "wallet/secp256k1": ("wallet/secp256k1_rfc6979*.json",),
    "cosmos/sign_mode_direct": ("cosmos/sign_mode_direct*.json",),
}


@pytest.mark.vectors("wallet/secp256k1")
def test_signatures_are_those_of_rfc_6979_and_verify(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    vector = json.loads(vector_file.read_text())
    for case in vector["valid"]:
        private_key, digest = bytes.fromhex(case["d"]), bytes.fromhex(case["m"])
        signature = secp256k1.sign(private_key, digest)
        assert signature.hex() == case["signature"]
        secp256k1.verify(secp256k1.public_key(private_key), digest, signature)
    for case in vector["invalid"]["sign"]:
        with pytest.raises(ValueError, match="private key"):
            secp256k1.sign(bytes.fromhex(case["d"]), bytes.fromhex(case["m"]))
    for case in vector["invalid"]["verify"]:
        with pytest.raises(BadSignature):
            secp256k1.verify(*(bytes.fromhex(case[name]) for name in ("Q", "m", "signature")))
    vector_cases(vector_file, len(vector["valid"]) + len(vector["invalid"]["sign"]) + len(vector["invalid"]["verify"]))


@pytest.mark.vectors("cosmos/sign_mode_direct")
def test_direct_sign_bytes_carry_the_stated_signature(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    vector = json.loads(vector_file.read_text())
    public_key = b64decode(vector["pubkey_b64"])
    assert bech32.encode("cosmos", secp256k1.address(public_key)) == vector["address"]
    for case in vector["vectors"]:
        digest = sha256(bytes.fromhex(case["sign_bytes"])).digest()
        signature = bytes.fromhex(case["signature"])
        secp256k1.verify(public_key, digest, signature)
        with pytest.raises(BadSignature):
            secp256k1.verify(public_key, sha256(digest).digest(), signature)
    vector_cases(vector_file, len(vector["vectors"]))
