"""Ed25519 (RFC 8032) keys of validators: 32-byte seeds and public keys, 64-byte signatures.

Verification is the library's strict, cofactorless one. CometBFT follows ZIP-215 and accepts a few more;
a light client counts what is refused here as absent (protocol K1).
"""

from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from qos.base.identifiers import ADDRESS_LENGTH, Address
from qos.crypto.errors import BadSignature

SEED_LENGTH: Final = 32
PUBLIC_KEY_LENGTH: Final = 32
SIGNATURE_LENGTH: Final = 64


@lru_cache(maxsize=4096)
def _parsed(public_key: bytes) -> Ed25519PublicKey:
    if len(public_key) != PUBLIC_KEY_LENGTH:
        raise BadSignature(f"an ed25519 public key has {PUBLIC_KEY_LENGTH} bytes, not {len(public_key)}")
    return Ed25519PublicKey.from_public_bytes(public_key)


@lru_cache(maxsize=64)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check a signature over a message. Raises: BadSignature."""
    if len(signature) != SIGNATURE_LENGTH:
        raise BadSignature(f"an ed25519 signature has {SIGNATURE_LENGTH} bytes, not {len(signature)}")
    try:
        _parsed(public_key).verify(signature, message)
    except InvalidSignature:
        raise BadSignature("the ed25519 signature does not match") from None


def sign(seed: bytes, message: bytes) -> bytes:
    """Sign a message with the key of a 32-byte seed. Raises: ValueError on another length."""
    return _private(seed).sign(message)


def public_key(seed: bytes) -> bytes:
    """Return the public key of a 32-byte seed. Raises: ValueError on another length."""
    return _private(seed).public_key().public_bytes_raw()


def address(public_key: bytes) -> Address:
    """Return the address of a public key: the first 20 bytes of its SHA-256."""
    return Address(sha256(public_key).digest()[:ADDRESS_LENGTH])
