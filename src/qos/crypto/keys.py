"""Public keys as transactions carry them: an Any with a type of its own for each kind (T1)."""

from functools import lru_cache
from hashlib import sha256

from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import Address
from qos.crypto import secp256k1
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records import cosmos_crypto_secp256k1

SECP256K1_URL = codec.type_url(cosmos_crypto_secp256k1.PubKey)


class UnsupportedKey(RuleViolation):
    """A public key of a kind that may not sign here."""

    code = ErrorCode("sdk", 8)


@lru_cache(maxsize=65_536)
def address_of(type_url: str, value: bytes) -> Address:
    """Return the address a public key controls. Raises: UnsupportedKey, MalformedBytes, MalformedField."""
    return secp256k1.address(_raw(type_url, value))


def verify(public_key: AnyRecord, sign_bytes: bytes, signature: bytes) -> None:
    """Check a signature over sign bytes. Raises: BadSignature, UnsupportedKey."""
    secp256k1.verify(_raw(public_key.type_url, public_key.value), sha256(sign_bytes).digest(), signature)


def secp256k1_key(compressed: bytes) -> AnyRecord:
    """Wrap a compressed secp256k1 key as transactions carry it."""
    return codec.pack(cosmos_crypto_secp256k1.PubKey(key=compressed))


@lru_cache(maxsize=65_536)
def _raw(type_url: str, value: bytes) -> bytes:
    if type_url != SECP256K1_URL:
        raise UnsupportedKey(f"a key of type {type_url[:100]!r} may not sign here: use {SECP256K1_URL}: invalid pubkey")
    return codec.decode(cosmos_crypto_secp256k1.PubKey, value).key
