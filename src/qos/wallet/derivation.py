"""Keys from a seed along m/44'/coin'/account'/0/index (protocol T1), in four schemes.

secp256k1 and eth_secp256k1 derive by BIP-32; ed25519 by SLIP-10, every step hardened; ed25519-legacy as the first QOS
wallets did: BIP-32, then SHA-256 of the derived key is the ed25519 seed. Coin type 389 is registered for QOS; 118
finds keys of Cosmos wallets, 60 those of Ethereum wallets.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from slip10 import SLIP10

from qos.crypto import keys
from qos.crypto.keys import Algorithm
from qos.proto.record import AnyRecord
from qos.wallet.phrase import seed_of

COIN_TYPE = 389
"""Registered for QOS in SLIP-44."""

COIN_TYPES = (COIN_TYPE, 118, 60)
"""Coin types a key may be derived with: our own, and those of the wallets whose phrases people bring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPath:
    """Which key of a seed: an account (one a chain or purpose) and an index inside it."""

    account: int = 0
    index: int = 0
    coin_type: int = COIN_TYPE

    def __str__(self) -> str:
        return f"m/44'/{self.coin_type}'/{self.account}'/0/{self.index}"


FIRST_KEY = KeyPath()
"""The key a new wallet shows."""


def derive(seed: bytes, path: str) -> bytes:
    """Return the private key at a BIP-32 path."""
    key: bytes = SLIP10.from_seed(seed, curve_name="secp256k1").get_privkey_from_path(path)
    return key


def _derive_ed25519(seed: bytes, path: str) -> bytes:
    key: bytes = SLIP10.from_seed(seed, curve_name="ed25519").get_privkey_from_path(path)
    return key


def _derive_legacy(seed: bytes, path: str) -> bytes:
    return sha256(derive(seed, path)).digest()


def _hardened(path: KeyPath) -> str:
    return f"m/44'/{path.coin_type}'/{path.account}'/0'/{path.index}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a kind of key comes from a seed; `path_of` writes a path as the scheme walks it."""

    name: str
    algorithm: Algorithm
    derive: Callable[[bytes, str], bytes]
    path_of: Callable[[KeyPath], str] = str


SECP256K1 = Scheme(name="secp256k1", algorithm=keys.SECP256K1, derive=derive)
ETH_SECP256K1 = Scheme(name="eth_secp256k1", algorithm=keys.ETH_SECP256K1, derive=derive)
ED25519 = Scheme(name="ed25519", algorithm=keys.ED25519, derive=_derive_ed25519, path_of=_hardened)
ED25519_LEGACY = Scheme(name="ed25519-legacy", algorithm=keys.ED25519, derive=_derive_legacy)
SCHEMES = {scheme.name: scheme for scheme in (SECP256K1, ETH_SECP256K1, ED25519, ED25519_LEGACY)}


@dataclass(frozen=True, slots=True)
class SeedSigner:
    """Signs with a key that exists only while it signs: what is held is entropy (K2)."""

    entropy: bytes = field(repr=False)
    path: KeyPath = FIRST_KEY
    scheme: Scheme = SECP256K1

    @property
    def public_key(self) -> bytes:
        """The key's bytes: 33 on secp256k1, 32 on ed25519."""
        return self.scheme.algorithm.public_key(self._secret())

    @property
    def key(self) -> AnyRecord:
        """The key as transactions carry it."""
        return keys.wrapped(self.scheme.algorithm, self.public_key)

    def sign(self, document: bytes) -> bytes:
        """Return the 64-byte signature over sign bytes, which are hashed as the kind of key has it."""
        return self.scheme.algorithm.sign(self._secret(), document)

    def _secret(self) -> bytes:
        return self.scheme.derive(seed_of(self.entropy), self.scheme.path_of(self.path))
