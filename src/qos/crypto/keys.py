"""Public keys as transactions carry them: an Any with a type of its own for each kind (T1).

A single key signs by itself: secp256k1 (Cosmos), eth_secp256k1 (Ethereum's hash and address), ed25519 (old QOS
wallets). A multisig is several of them (`crypto/multisig.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import Address
from qos.crypto import ed25519, secp256k1
from qos.crypto.keccak import keccak256
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records import (
    cosmos_crypto_ed25519,
    cosmos_crypto_multisig,
    cosmos_crypto_secp256k1,
    cosmos_evm_crypto_v1_ethsecp256k1,
)

SECP256K1_URL = codec.type_url(cosmos_crypto_secp256k1.PubKey)
ETH_SECP256K1_URL = codec.type_url(cosmos_evm_crypto_v1_ethsecp256k1.PubKey)
ED25519_URL = codec.type_url(cosmos_crypto_ed25519.PubKey)
MULTISIG_URL = codec.type_url(cosmos_crypto_multisig.LegacyAminoPubKey)


class UnsupportedKey(RuleViolation):
    """A public key of a kind that may not sign here."""

    code = ErrorCode("sdk", 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """One kind of single key. `sign` and `verify` take the sign bytes and hash them as the kind has it."""

    name: str
    wrap: Callable[[bytes], Record]
    unwrap: Callable[[bytes], bytes]
    public_key: Callable[[bytes], bytes]
    address: Callable[[bytes], Address]
    sign: Callable[[bytes, bytes], bytes]
    verify: Callable[[bytes, bytes, bytes], None]
    amino_prefix: bytes


SECP256K1 = Algorithm(
    name="secp256k1",
    wrap=lambda raw: cosmos_crypto_secp256k1.PubKey(key=raw),
    unwrap=lambda data: codec.decode(cosmos_crypto_secp256k1.PubKey, data).key,
    public_key=secp256k1.public_key,
    address=secp256k1.address,
    sign=lambda secret, message: secp256k1.sign(secret, sha256(message).digest()),
    verify=lambda raw, message, signature: secp256k1.verify(raw, sha256(message).digest(), signature),
    amino_prefix=bytes.fromhex("eb5ae987"),
)
ETH_SECP256K1 = Algorithm(
    name="eth_secp256k1",
    wrap=lambda raw: cosmos_evm_crypto_v1_ethsecp256k1.PubKey(key=raw),
    unwrap=lambda data: codec.decode(cosmos_evm_crypto_v1_ethsecp256k1.PubKey, data).key,
    public_key=secp256k1.public_key,
    address=secp256k1.ethereum_address,
    sign=lambda secret, message: secp256k1.sign(secret, keccak256(message)),
    verify=lambda raw, message, signature: secp256k1.verify(raw, keccak256(message), signature),
    amino_prefix=bytes.fromhex("5d7423df"),
)
ED25519 = Algorithm(
    name="ed25519",
    wrap=lambda raw: cosmos_crypto_ed25519.PubKey(key=raw),
    unwrap=lambda data: codec.decode(cosmos_crypto_ed25519.PubKey, data).key,
    public_key=ed25519.public_key,
    address=ed25519.address,
    sign=ed25519.sign,
    verify=ed25519.verify,
    amino_prefix=bytes.fromhex("1624de64"),
)
ALGORITHMS = {SECP256K1_URL: SECP256K1, ETH_SECP256K1_URL: ETH_SECP256K1, ED25519_URL: ED25519}


def algorithm_of(type_url: str) -> Algorithm:
    """Return the kind of a single key. Raises: UnsupportedKey."""
    found = ALGORITHMS.get(type_url)
    if found is None:
        allowed = ", ".join(ALGORITHMS)
        raise UnsupportedKey(f"a key of type {type_url[:100]!r} may not sign here: use {allowed}: invalid pubkey")
    return found


def wrapped(algorithm: Algorithm, raw: bytes) -> AnyRecord:
    """Wrap the bytes of a single key as transactions carry it."""
    return codec.pack(algorithm.wrap(raw))


def secp256k1_key(compressed: bytes) -> AnyRecord:
    """Wrap a compressed secp256k1 key as transactions carry it."""
    return wrapped(SECP256K1, compressed)


@lru_cache(maxsize=65_536)
def raw_key(type_url: str, value: bytes) -> bytes:
    """Return the bytes of a single key. Raises: UnsupportedKey, MalformedBytes, MalformedField."""
    return algorithm_of(type_url).unwrap(value)


def verify(public_key: AnyRecord, sign_bytes: bytes, signature: bytes) -> None:
    """Check a single key's signature over sign bytes. Raises: BadSignature, UnsupportedKey, malformed keys."""
    raw = raw_key(public_key.type_url, public_key.value)
    ALGORITHMS[public_key.type_url].verify(raw, sign_bytes, signature)
