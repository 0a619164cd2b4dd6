"""A folder of sealed keys, one file a name, readable by its owner only."""

import os
from dataclasses import dataclass
from pathlib import Path

from qos.base.identifiers import format_address
from qos.crypto import keys, multisig
from qos.wallet import keystore
from qos.wallet.derivation import FIRST_KEY, SECP256K1, KeyPath, Scheme, SeedSigner
from qos.wallet.errors import BadKeystore, WalletError
from qos.wallet.io.named_files import NamedFiles, check_name
from qos.wallet.keystore import NONCE_LENGTH, SALT_LENGTH, STANDARD_COST, Cost, SealedKey
from qos.wallet.phrase import DEFAULT_ENTROPY_LENGTH

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

    @property
    def _files(self) -> NamedFiles:
        return NamedFiles(folder=self.folder, suffix=_SUFFIX, max_bytes=_MAX_FILE_BYTES)

    def names(self) -> tuple[str, ...]:
        """Return the names of all keys, sorted."""
        return self._files.names()

    def get(self, name: str) -> SealedKey:
        """Return the key of that name, sealed. Raises: NoSuchKey, BadKeystore."""
        stored = self._files.read(name)
        try:
            return keystore.read(stored.decode())
        except (BadKeystore, UnicodeDecodeError) as error:
            raise BadKeystore(f"{self._files.path(name)}: {error}") from None

    def add(
        self, name: str, entropy: bytes, passphrase: str, path: KeyPath = FIRST_KEY, scheme: Scheme = SECP256K1
    ) -> SealedKey:
        """Seal entropy under a new name. Raises: KeyExists, WalletError on a bad name or passphrase."""
        check_name(name)
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
        self._files.add(name, keystore.render(sealed))
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
        self._files.delete(name)
