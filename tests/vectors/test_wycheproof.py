"""Wycheproof signatures that must pass or fail.

Our secp256k1 signatures are 64 bytes r || s, low s only; the vectors are DER. A DER text is mapped to those 64 bytes
by a strict DER reader; one that it refuses, or whose r or s does not fit 32 bytes, has no form here and so is refused.
The `bitcoin` set is the one in which a high s is invalid. Ed25519 is strict, as RFC 8032 and the set have it.
"""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from qos.crypto import ed25519, secp256k1, zip215
from qos.crypto.errors import BadSignature

KINDS = {
    "wycheproof/ecdsa": ("wycheproof/ecdsa_secp256k1_*bitcoin*.json",),
    "wycheproof/ed25519": ("wycheproof/ed25519*.json",),
}


def cases(file: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in json.loads(file.read_text())["testGroups"]:
        for case in group["tests"]:
            yield group["publicKey"], case


def compact(der: bytes) -> bytes:
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (ValueError, OverflowError):
        raise BadSignature("has no 64-byte form") from None


def compressed(uncompressed: str) -> bytes:
    point = bytes.fromhex(uncompressed)
    return bytes([2 + point[-1] % 2]) + point[1:33]


@pytest.mark.vectors("wycheproof/ecdsa")
def test_ecdsa_signatures_pass_or_fail_as_stated(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    tried = 0
    for key, case in cases(vector_file):
        digest = sha256(bytes.fromhex(case["msg"])).digest()
        try:
            secp256k1.verify(compressed(key["uncompressed"]), digest, compact(bytes.fromhex(case["sig"])))
        except BadSignature:
            result = "invalid"
        else:
            result = "valid"
        assert result == case["result"], case["tcId"]
        tried += 1
    vector_cases(vector_file, tried)


@pytest.mark.vectors("wycheproof/ed25519")
def test_ed25519_signatures_pass_or_fail_as_stated(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    tried = 0
    for key, case in cases(vector_file):
        public_key, message, signature = (bytes.fromhex(text) for text in (key["pk"], case["msg"], case["sig"]))
        try:
            ed25519.verify(public_key, message, signature)
        except BadSignature:
            result = "invalid"
        else:
            result = "valid"
            zip215.verify(public_key, message, signature)
        assert result == case["result"], case["tcId"]
        tried += 1
    vector_cases(vector_file, tried)
