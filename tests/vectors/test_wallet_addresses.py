"""Addresses of keys and of phrases along a path, and canonical JSON (cosmos/addresses.json)."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.base import bech32
from qos.crypto import ed25519, secp256k1
from qos.machine.signing import canonical
from qos.wallet.derivation import derive
from qos.wallet.phrase import entropy_of, seed_of

KINDS = {"cosmos/addresses": ("cosmos/addresses.json",)}
KECCAK = "eth_secp256k1"


@pytest.mark.vectors("cosmos/addresses")
def test_keys_and_phrases_lead_to_their_addresses(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    vectors = json.loads(vector_file.read_text())
    for case in vectors["pubkey_to_address"]:
        prefix, expected = bech32.decode(case["address"])
        if case["type"] == "secp256k1":
            assert secp256k1.address(b64decode(case["pubkey_b64"])) == expected, prefix
        else:
            assert ed25519.address(bytes.fromhex(case["pubkey_hex"])) == expected, prefix
    for case in vectors["hd"]:
        key = secp256k1.public_key(derive(seed_of(entropy_of(case["mnemonic"])), case["path"]))
        address = secp256k1.ethereum_address if KECCAK in case.get("rule", "") else secp256k1.address
        assert address(key) == bech32.decode(case["address"])[1], case["path"]
        assert key == b64decode(case.get("pubkey_b64", "")) or key.hex() == case.get("pubkey_hex", key.hex())
    for case in vectors["amino_json_canonical"]:
        assert canonical(case["in"]) == case["out"].encode()
    vector_cases(vector_file, sum(len(vectors[kind]) for kind in ("pubkey_to_address", "hd", "amino_json_canonical")))
