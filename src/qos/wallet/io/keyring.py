"""A folder of sealed keys, one file a name, readable by its owner only."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from qos.base.identifiers import format_address
from qos.crypto import keys, multisig
from qos.wallet import keystore
from qos.wallet.derivation import FIRST_KEY, SECP256K1, KeyPath, Scheme, SeedSigner
from qos.wallet.errors import BadKeystore, KeyExists, NoSuchKey, WalletError
from qos.wallet.keystore import NONCE_LENGTH, SALT_LENGTH, STANDARD_COST, Cost, SealedKey
from qos.wallet.phrase import DEFAULT_ENTROPY_LENGTH

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_SUFFIX = ".key.json"
_MAX_FILE_BYTES = 16 * 1024


def new_entropy() -> bytes:
    """Return fresh entropy from the operating system."""
    return os.urandom(DEFAULT_ENTROPY_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The sealed keys of one folder."""

    folder: Path
    cost: Cost = STANDARD_COST

    def names(self) -> tuple[str, ...]:
        """Return the names of all keys, sorted."""
        return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in self.folder.glob("*" + _SUFFIX)))

    def get(self, name: str) -> SealedKey:
        """Return the key of that name, sealed. Raises: NoSuchKey, BadKeystore."""
        path = self._path(name)
        if not path.is_file():
            raise NoSuchKey(name, str(self.folder))
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise BadKeystore(f"{path} is too large for a key")
        try:
            return keystore.read(path.read_text("utf-8"))
        except (BadKeystore, UnicodeDecodeError) as error:
            raise BadKeystore(f"{path}: {error}") from None

    def add(
        self, name: str, entropy: bytes, passphrase: str, path: KeyPath = FIRST_KEY, scheme: Scheme = SECP256K1
    ) -> SealedKey:
        """Seal entropy under a new name. Raises: KeyExists, WalletError on a bad name or passphrase."""
        target = self._path(name)
        if not passphrase:
            raise WalletError("an empty passphrase protects nothing")
        public_key = SeedSigner(entropy, path, scheme).public_key
        key = keys.wrapped(scheme.algorithm, public_key)
        blank = SealedKey(
            address=format_address(multisig.address_of(key.type_url, key.value)),
            public_key=public_key,
            path=path,
            scheme=scheme,
            cost=self.cost,
            salt=os.urandom(SALT_LENGTH),
            nonce=os.urandom(NONCE_LENGTH),
            sealed=b"",
        )
        sealed = keystore.seal(entropy, passphrase, blank)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_private(target, keystore.render(sealed))
        except FileExistsError:
            raise KeyExists(name) from None
        return sealed

    def open(self, name: str, passphrase: str) -> SeedSigner:
        """Return the signer of a key. Raises: NoSuchKey, BadKeystore, WrongPassphrase."""
        sealed = self.get(name)
        signer = SeedSigner(keystore.unseal(sealed, passphrase), sealed.path, sealed.scheme)
        if signer.public_key != sealed.public_key:
            raise BadKeystore(f"key {name!r} does not derive the public key it shows")
        return signer

    def delete(self, name: str) -> None:
        """Remove a key. Raises: NoSuchKey."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise NoSuchKey(name, str(self.folder)) from None

    def _path(self, name: str) -> Path:
        return self.folder / (check_name(name) + _SUFFIX)


def check_name(name: str) -> str:
    """Return a name that may name a key. Raises: WalletError."""
    if _NAME.fullmatch(name) is None:
        raise WalletError(f"{name[:40]!r} is no key name: lower-case letters, digits, - and _, a letter first")
    return name


def write_private(path: Path, text: str) -> None:
    """Write a new file only its owner may read, durably. Raises: FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
