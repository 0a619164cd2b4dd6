"""A relay's private keys in its home: mode 0600, one file."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from qos.base.identifiers import Address
from qos.base.strictjson import BadJson, JsonObject, parse_json, render_json
from qos.crypto import secp256k1
from qos.node.errors import BadConfig
from qos.wallet.io.named_files import write_private

FILE_NAME = "keys.json"
_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayKeys:
    """It pays and votes with `account` and attests with `attestation`."""

    account: bytes = field(repr=False)
    attestation: bytes = field(repr=False)

    @property
    def address(self) -> Address:
        """The account it pays and votes with."""
        return secp256k1.address(secp256k1.public_key(self.account))

    @property
    def attestation_key(self) -> bytes:
        """The public key chains know it by."""
        return secp256k1.public_key(self.attestation)


def create(folder: Path) -> RelayKeys:
    """Make fresh keys in a new home. Raises: FileExistsError."""
    folder.mkdir(parents=True, mode=0o700)
    keys = RelayKeys(account=os.urandom(_KEY_LENGTH), attestation=os.urandom(_KEY_LENGTH))
    fields: JsonObject = {
        "warning": "whoever has these votes and attests as this relay",
        "account": keys.account.hex(),
        "attestation": keys.attestation.hex(),
    }
    write_private(folder / FILE_NAME, render_json(fields, indent=1) + "\n")
    return keys


def load(folder: Path) -> RelayKeys:
    """Read the keys of a home. Raises: BadConfig naming the file."""
    file = folder / FILE_NAME
    try:
        content = parse_json(file.read_bytes())
        if not isinstance(content, dict):
            raise BadConfig(f"{file} is no object")
        keys = RelayKeys(
            account=bytes.fromhex(str(content["account"])), attestation=bytes.fromhex(str(content["attestation"]))
        )
    except (OSError, BadJson, KeyError, ValueError) as error:
        raise BadConfig(f"{file}: {error}") from None
    if len(keys.account) != _KEY_LENGTH or len(keys.attestation) != _KEY_LENGTH:
        raise BadConfig(f"{file}: a private key has {_KEY_LENGTH} bytes")
    return keys
