"""Keys of a development network: one random phrase, in the open, marked as such (file mode 0600)."""

from dataclasses import dataclass, field
from pathlib import Path

from qos.base.identifiers import Address, format_address
from qos.base.strictjson import BadJson, JsonObject, parse_json, render_json
from qos.crypto import secp256k1
from qos.wallet.derivation import KeyPath, SeedSigner
from qos.wallet.errors import BadKeystore, BadPhrase, NoSuchKey
from qos.wallet.io.named_files import write_private
from qos.wallet.phrase import entropy_of, words_of

FILE_NAME = "dev.json"
PEOPLE = ("alice", "bob", "carol", "dave", "authority", "probe")
VALIDATORS = tuple(f"validator-{number}" for number in range(16))
"""Owners of the validators of the public chain, of which there are at most so many."""

ACCOUNTS = PEOPLE + VALIDATORS
"""Names of the development accounts, at index 0, 1, ... of account 0."""

_WARNING = "development keys in the open: anyone who reads this file owns these accounts"


@dataclass(frozen=True, slots=True)
class DevKeys:
    """The accounts of one development network."""

    entropy: bytes = field(repr=False)

    @property
    def phrase(self) -> str:
        """The words all keys come from."""
        return words_of(self.entropy)

    def signer(self, name: str) -> SeedSigner:
        """Return the signer of a named account. Raises: NoSuchKey."""
        if name not in ACCOUNTS:
            raise NoSuchKey(name, "the development keys")
        return SeedSigner(self.entropy, KeyPath(index=ACCOUNTS.index(name)))

    def address(self, name: str) -> Address:
        """Return the address of a named account. Raises: NoSuchKey."""
        return secp256k1.address(self.signer(name).public_key)


def write(folder: Path, keys: DevKeys) -> None:
    """Write the phrase and the addresses. Raises: FileExistsError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    accounts: JsonObject = {name: format_address(keys.address(name)) for name in ACCOUNTS}
    text = render_json({"kind": "dev", "warning": _WARNING, "phrase": keys.phrase, "accounts": accounts}, indent=2)
    write_private(folder / FILE_NAME, text + "\n")


def read(folder: Path) -> DevKeys | None:
    """Return the development keys of a folder, or None when it has none. Raises: BadKeystore."""
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        content = parse_json(path.read_bytes())
        if not isinstance(content, dict) or content.get("kind") != "dev":
            raise BadKeystore(f"{path} is no file of development keys")
        return DevKeys(entropy_of(str(content.get("phrase"))))
    except (BadJson, BadPhrase) as error:
        raise BadKeystore(f"{path}: {error}") from None
