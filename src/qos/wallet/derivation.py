"""Keys from a seed: BIP-32 over secp256k1 along m/44'/389'/account'/0/index (protocol T1)."""

from dataclasses import dataclass, field

from slip10 import SLIP10

from qos.crypto import secp256k1
from qos.wallet.phrase import seed_of

COIN_TYPE = 389
"""Registered for QOS in SLIP-44."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPath:
    """Which key of a seed: an account (one a chain or purpose) and an index inside it."""

    account: int = 0
    index: int = 0

    def __str__(self) -> str:
        return f"m/44'/{COIN_TYPE}'/{self.account}'/0/{self.index}"


FIRST_KEY = KeyPath()
"""The key a new wallet shows."""


def derive(seed: bytes, path: str) -> bytes:
    """Return the private key at a BIP-32 path."""
    key: bytes = SLIP10.from_seed(seed, curve_name="secp256k1").get_privkey_from_path(path)
    return key


@dataclass(frozen=True, slots=True)
class SeedSigner:
    """Signs with a key that exists only while it signs: what is held is entropy (K2)."""

    entropy: bytes = field(repr=False)
    path: KeyPath = FIRST_KEY

    @property
    def public_key(self) -> bytes:
        """The 33-byte compressed key."""
        return secp256k1.public_key(self._key())

    def sign(self, digest: bytes) -> bytes:
        """Return the 64-byte signature over a digest."""
        return secp256k1.sign(self._key(), digest)

    def _key(self) -> bytes:
        return derive(seed_of(self.entropy), str(self.path))
