"""Public keys under names, without a secret: the multisigs a person belongs to."""

from dataclasses import dataclass
from pathlib import Path

from qos.base.errors import RuleViolation
from qos.base.identifiers import format_address
from qos.base.strictjson import BadJson, JsonValue, parse_json, render_json
from qos.crypto import multisig
from qos.proto.codec import MalformedBytes
from qos.proto.json import from_json, to_json
from qos.proto.record import AnyRecord
from qos.wallet.errors import BadKeystore
from qos.wallet.io.named_files import NamedFiles, check_name

FORMAT = "qos-public-key-1"
_SUFFIX = ".public.json"
_MAX_FILE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A named public key."""

    key: AnyRecord

    @property
    def address(self) -> str:
        """The account it controls."""
        return format_address(multisig.address_of(self.key.type_url, self.key.value))


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public keys of one folder."""

    folder: Path

    @property
    def _files(self) -> NamedFiles:
        return NamedFiles(folder=self.folder, suffix=_SUFFIX, max_bytes=_MAX_FILE_BYTES)

    def names(self) -> tuple[str, ...]:
        """Return the names of all keys, sorted."""
        return self._files.names()

    def get(self, name: str) -> PublicKey:
        """Return the key of that name. Raises: NoSuchKey, BadKeystore."""
        stored, path = self._files.read(name), self._files.path(name)
        try:
            found = parse_json(stored)
            if not isinstance(found, dict) or found.get("format") != FORMAT:
                raise BadKeystore(f"{path} is no {FORMAT} file")
            public = PublicKey(key=read_public_key(found.get("public_key")))
        except (BadJson, RuleViolation) as error:
            raise BadKeystore(f"{path}: {error}") from None
        if public.address != found.get("address"):
            raise BadKeystore(f"{path} shows an address that is not its key's")
        return public

    def add(self, name: str, key: AnyRecord) -> PublicKey:
        """Keep a public key under a new name. Raises: KeyExists, WalletError on a bad name."""
        check_name(name)
        public = PublicKey(key=key)
        text = render_json({"format": FORMAT, "address": public.address, "public_key": write_public_key(key)}, indent=2)
        self._files.add(name, text + "\n")
        return public

    def delete(self, name: str) -> None:
        """Remove a key. Raises: NoSuchKey."""
        self._files.delete(name)


def write_public_key(key: AnyRecord) -> JsonValue:
    """Return a public key as JSON: its type under @type, its fields beside."""
    written: JsonValue = to_json(key)
    return written


def read_public_key(value: JsonValue) -> AnyRecord:
    """Read a public key from JSON. Raises: MalformedBytes, MalformedField, UnsupportedKey, BadSignature."""
    if not isinstance(value, dict):
        raise MalformedBytes('a public key is written as {"@type": "/cosmos.crypto...", "key": ...}')
    key = from_json(AnyRecord, value)
    multisig.address_of(key.type_url, key.value)
    return key
