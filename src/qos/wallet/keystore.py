"""The keystore's format: seed entropy sealed under a passphrase (argon2id, AES-256-GCM), address in the open.

Everything readable is authenticated with the secret, so that a changed address does not open. What is random
(salt, nonce) is an argument.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qos.base.strictjson import BadJson, JsonObject, parse_json, render_json
from qos.crypto import keys
from qos.proto.record import AnyRecord
from qos.wallet.derivation import COIN_TYPE, COIN_TYPES, SCHEMES, SECP256K1, KeyPath, Scheme
from qos.wallet.errors import BadKeystore, WrongPassphrase
from qos.wallet.phrase import ENTROPY_LENGTHS

FORMAT = "qos-keystore-1"
SALT_LENGTH = 16
NONCE_LENGTH = 12
MEMORY_KIB = 65_536
PASSES = 3
LANES = 4
_MAX_MEMORY_KIB = 4 * MEMORY_KIB
_MAX_PASSES = 20
_MAX_LANES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """How dear one guess at the passphrase is."""

    memory_kib: int = MEMORY_KIB
    passes: int = PASSES
    lanes: int = LANES


STANDARD_COST = Cost()
"""About half a second and 64 MiB a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A keystore file's content."""

    address: str
    public_key: bytes
    path: KeyPath
    scheme: Scheme = SECP256K1
    cost: Cost
    salt: bytes
    nonce: bytes
    sealed: bytes

    @property
    def key(self) -> AnyRecord:
        """The public key as transactions carry it."""
        return keys.wrapped(self.scheme.algorithm, self.public_key)


def seal(entropy: bytes, passphrase: str, key: SealedKey) -> SealedKey:
    """Return `key` with the entropy sealed into it under its salt, nonce and cost."""
    box = AESGCM(_box_key(passphrase, key))
    return replace(key, sealed=box.encrypt(key.nonce, entropy, _open_part(key)))


def unseal(key: SealedKey, passphrase: str) -> bytes:
    """Return the entropy. Raises: WrongPassphrase."""
    try:
        entropy = AESGCM(_box_key(passphrase, key)).decrypt(key.nonce, key.sealed, _open_part(key))
    except InvalidTag:
        raise WrongPassphrase("the passphrase does not open this key") from None
    if len(entropy) not in ENTROPY_LENGTHS:
        raise BadKeystore(f"the sealed entropy has {len(entropy)} bytes")
    return entropy


def _box_key(passphrase: str, key: SealedKey) -> bytes:
    try:
        return hash_secret_raw(
            secret=passphrase.encode(),
            salt=key.salt,
            time_cost=key.cost.passes,
            memory_cost=key.cost.memory_kib,
            parallelism=key.cost.lanes,
            hash_len=32,
            type=Type.ID,
        )
    except HashingError as error:
        raise BadKeystore(f"argon2id cannot run at this cost: {error}") from None


def _open_fields(key: SealedKey) -> JsonObject:
    # Left out at their defaults: files from before there were schemes stay what they are.
    scheme: JsonObject = {"scheme": key.scheme.name} if key.scheme != SECP256K1 else {}
    coin_type: JsonObject = {"coin_type": key.path.coin_type} if key.path.coin_type != COIN_TYPE else {}
    return {
        "format": FORMAT,
        "address": key.address,
        "public_key": b64encode(key.public_key).decode(),
        "account": key.path.account,
        "index": key.path.index,
        "argon2id": {
            "memory_kib": key.cost.memory_kib,
            "passes": key.cost.passes,
            "lanes": key.cost.lanes,
            "salt": b64encode(key.salt).decode(),
        },
        "nonce": b64encode(key.nonce).decode(),
        **scheme,
        **coin_type,
    }


def _open_part(key: SealedKey) -> bytes:
    return render_json(_open_fields(key)).encode()


def render(key: SealedKey) -> str:
    """Write the file's text."""
    return render_json(_open_fields(key) | {"sealed": b64encode(key.sealed).decode()}, indent=2) + "\n"


def read(text: str) -> SealedKey:
    """Read a file's text; costs are bounded, so that a planted file cannot exhaust memory. Raises: BadKeystore."""
    try:
        fields = parse_json(text)
    except BadJson as error:
        raise BadKeystore(str(error)) from None
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise BadKeystore(f"not a {FORMAT} file")
    argon = fields.get("argon2id")
    if not isinstance(argon, dict):
        raise BadKeystore("argon2id is missing")
    scheme = SCHEMES.get(_text(fields, "scheme") if "scheme" in fields else SECP256K1.name)
    coin_type = _integer(fields, "coin_type", 2**31 - 1) if "coin_type" in fields else COIN_TYPE
    if scheme is None or coin_type not in COIN_TYPES:
        raise BadKeystore("scheme or coin_type is none we know")
    account, index = (_integer(fields, name, 2**31 - 1) for name in ("account", "index"))
    return SealedKey(
        address=_text(fields, "address"),
        public_key=_bytes(fields, "public_key", 32 if scheme.algorithm is keys.ED25519 else 33),
        path=KeyPath(account=account, index=index, coin_type=coin_type),
        scheme=scheme,
        cost=Cost(
            memory_kib=_integer(argon, "memory_kib", _MAX_MEMORY_KIB),
            passes=_integer(argon, "passes", _MAX_PASSES),
            lanes=_integer(argon, "lanes", _MAX_LANES),
        ),
        salt=_bytes(argon, "salt", SALT_LENGTH),
        nonce=_bytes(fields, "nonce", NONCE_LENGTH),
        sealed=_bytes(fields, "sealed"),
    )


def _text(fields: JsonObject, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise BadKeystore(f"{name} is missing")
    return value


def _integer(fields: JsonObject, name: str, limit: int) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limit:
        raise BadKeystore(f"{name} is no integer from 0 to {limit}")
    return value


def _bytes(fields: JsonObject, name: str, length: int | None = None) -> bytes:
    try:
        value = b64decode(_text(fields, name), validate=True)
    except ValueError:
        raise BadKeystore(f"{name} is not base64") from None
    if length is not None and len(value) != length:
        raise BadKeystore(f"{name} has {len(value)} bytes, not {length}")
    return value
