"""ECDSA over NIST P-256 with SHA-256: what certificates are signed with (TLS stacks and key stores all know it)."""

from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from qos.crypto import der
from qos.crypto.errors import BadSignature

PUBLIC_KEY_LENGTH: Final = 65
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@lru_cache(maxsize=1024)
def _parsed(public_key: bytes) -> ec.EllipticCurvePublicKey:
    if len(public_key) != PUBLIC_KEY_LENGTH or public_key[0] != 4:
        raise BadSignature(f"a P-256 public key has {PUBLIC_KEY_LENGTH} bytes and begins with 04")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        raise BadSignature("not a point of P-256") from None


def key_id(public_key: bytes) -> bytes:
    """Return what the rules call a key by: the SHA-256 of its 65 bytes. Raises: BadSignature when it is no key."""
    _parsed(public_key)
    return sha256(public_key).digest()


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check a DER signature over a message. Raises: BadSignature, BadDer."""
    parsed = _parsed(public_key)
    r, s = der.exactly(der.whole(signature, der.SEQUENCE).content, der.INTEGER, der.INTEGER)
    if not (0 < der.integer(r) < ORDER and 0 < der.integer(s) < ORDER):
        raise BadSignature("r or s of the signature is not below the order of the group")
    try:
        parsed.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise BadSignature("the P-256 signature does not match") from None
