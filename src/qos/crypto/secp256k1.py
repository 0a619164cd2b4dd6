"""ECDSA over secp256k1: 33-byte compressed keys, 64-byte r || s signatures over a 32-byte digest, low s only.

Talks to libsecp256k1 directly: its wrapper re-parses key and signature on each call. The library refuses a high s,
so a signature has exactly one form (protocol T1).
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from coincurve._libsecp256k1 import ffi, lib  # type: ignore[import-not-found]
from coincurve.context import GLOBAL_CONTEXT
from Crypto.Hash import RIPEMD160

from qos.base.identifiers import ADDRESS_LENGTH, Address
from qos.crypto.errors import BadSignature
from qos.crypto.keccak import keccak256

PRIVATE_KEY_LENGTH: Final = 32
PUBLIC_KEY_LENGTH: Final = 33
DIGEST_LENGTH: Final = 32
SIGNATURE_LENGTH: Final = 64
_CONTEXT: Final = GLOBAL_CONTEXT.ctx


@lru_cache(maxsize=65_536)
def _parsed(public_key: bytes) -> Any:
    if len(public_key) != PUBLIC_KEY_LENGTH:
        raise BadSignature(f"a secp256k1 public key has {PUBLIC_KEY_LENGTH} bytes, not {len(public_key)}")
    parsed = ffi.new("secp256k1_pubkey *")
    if not lib.secp256k1_ec_pubkey_parse(_CONTEXT, parsed, public_key, PUBLIC_KEY_LENGTH):
        raise BadSignature("not a point of secp256k1")
    return parsed


def is_public_key(public_key: bytes) -> bool:
    """Tell whether the bytes are a compressed key on the curve."""
    try:
        _parsed(public_key)
    except BadSignature:
        return False
    return True


def verify(public_key: bytes, digest: bytes, signature: bytes) -> None:
    """Check a signature over a digest. Raises: BadSignature, also for a high s and a malformed key."""
    if len(signature) != SIGNATURE_LENGTH or len(digest) != DIGEST_LENGTH:
        raise BadSignature(f"a secp256k1 signature has 64 bytes over 32, not {len(signature)} over {len(digest)}")
    key = _parsed(public_key)
    parsed = ffi.new("secp256k1_ecdsa_signature *")
    if not lib.secp256k1_ecdsa_signature_parse_compact(_CONTEXT, parsed, signature):
        raise BadSignature("r or s of the signature is not below the order of the group")
    if not lib.secp256k1_ecdsa_verify(_CONTEXT, parsed, digest, key):
        raise BadSignature("the secp256k1 signature does not match, or its s is high")


def sign(private_key: bytes, digest: bytes) -> bytes:
    """Sign a digest with the nonce of RFC 6979, low s. Raises: ValueError on a wrong length or key."""
    if len(private_key) != PRIVATE_KEY_LENGTH or len(digest) != DIGEST_LENGTH:
        raise ValueError("a private key and a digest have 32 bytes each")
    signature, compact = ffi.new("secp256k1_ecdsa_signature *"), ffi.new("unsigned char[64]")
    if not lib.secp256k1_ecdsa_sign(_CONTEXT, signature, digest, private_key, ffi.NULL, ffi.NULL):
        raise ValueError("the private key is zero or not below the order of the group")
    lib.secp256k1_ecdsa_signature_serialize_compact(_CONTEXT, compact, signature)
    return bytes(ffi.buffer(compact))


def public_key(private_key: bytes) -> bytes:
    """Return the compressed public key. Raises: ValueError on a wrong length or key."""
    key = ffi.new("secp256k1_pubkey *")
    if len(private_key) != PRIVATE_KEY_LENGTH or not lib.secp256k1_ec_pubkey_create(_CONTEXT, key, private_key):
        raise ValueError("a private key has 32 bytes, is not zero and below the order of the group")
    output, length = ffi.new("unsigned char[33]"), ffi.new("size_t *", PUBLIC_KEY_LENGTH)
    lib.secp256k1_ec_pubkey_serialize(_CONTEXT, output, length, key, lib.SECP256K1_EC_COMPRESSED)
    return bytes(ffi.buffer(output))


def uncompressed(public_key: bytes) -> bytes:
    """Return the point of a compressed public key as x || y, 64 bytes. Raises: BadSignature when it is none."""
    output, length = ffi.new("unsigned char[65]"), ffi.new("size_t *", 65)
    lib.secp256k1_ec_pubkey_serialize(_CONTEXT, output, length, _parsed(public_key), lib.SECP256K1_EC_UNCOMPRESSED)
    return bytes(ffi.buffer(output))[1:]


def ethereum_address(public_key: bytes) -> Address:
    """Return the address of a key as on Ethereum: the last 20 bytes of its point's Keccak-256. Raises: BadSignature."""
    return Address(keccak256(uncompressed(public_key))[-ADDRESS_LENGTH:])


def address(public_key: bytes) -> Address:
    """Return the address of a compressed public key: RIPEMD-160 of its SHA-256, as Cosmos has it."""
    # Not hashlib's: whether OpenSSL has this hash depends on the host.
    return Address(RIPEMD160.new(sha256(public_key).digest()).digest())
