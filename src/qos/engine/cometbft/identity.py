"""Keys and identities as CometBFT writes them: node ids, key files, the state of a signer.

The engine's files are JSON with ed25519 private keys as seed and public key, 64 bytes in base64.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from qos.base.strictjson import BadJson, JsonObject, parse_json, render_json
from qos.crypto import ed25519
from qos.engine.cometbft.errors import BadKeyFile, BadSignState

SEED_LENGTH: Final = 32
FRESH_SIGN_STATE: Final = '{"height": "0", "round": 0, "step": 0}\n'
"""Of a key that signed nothing yet."""


def node_id(seed: bytes) -> str:
    """Return what peers call the node that has this key: its key's address, 40 hexadecimal digits in lower case."""
    return bytes(ed25519.address(ed25519.public_key(seed))).hex()


def node_key_json(seed: bytes) -> str:
    """Write the key of a node's connections."""
    return render_json({"priv_key": _private(seed)}) + "\n"


def parse_node_key(text: bytes) -> bytes:
    """Read the key of a node's connections; returns its seed. Raises: BadKeyFile."""
    try:
        content = parse_json(text)
        private = content["priv_key"] if isinstance(content, dict) else None
        value = private["value"] if isinstance(private, dict) else None
        key = b64decode(str(value), validate=True)
    except (BadJson, KeyError, ValueError) as error:
        raise BadKeyFile(f"the node's key cannot be read: {error}") from None
    seed = key[:SEED_LENGTH]
    if len(key) != 2 * SEED_LENGTH or ed25519.public_key(seed) != key[SEED_LENGTH:]:
        raise BadKeyFile("the node's key is no ed25519 seed with its public key")
    return seed


def validator_key_json(seed: bytes) -> str:
    """Write the key of a validator."""
    public = ed25519.public_key(seed)
    content: JsonObject = {
        "address": bytes(ed25519.address(public)).hex().upper(),
        "pub_key": {"type": "tendermint/PubKeyEd25519", "value": b64encode(public).decode()},
        "priv_key": _private(seed),
    }
    return render_json(content, indent=2) + "\n"


def _private(seed: bytes) -> JsonObject:
    value = b64encode(seed + ed25519.public_key(seed)).decode()
    return {"type": "tendermint/PrivKeyEd25519", "value": value}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SignState:
    """What a validator signed last: a step (1 proposal, 2 prevote, 3 precommit) of a round of a height."""

    height: int
    round: int
    step: int


def parse_sign_state(text: bytes) -> SignState:
    """Read the file of a signer. Raises: BadSignState."""
    try:
        content = parse_json(text)
        if not isinstance(content, dict):
            raise BadSignState("the sign state is no object")
        return SignState(
            height=int(str(content["height"])), round=int(str(content["round"])), step=int(str(content["step"]))
        )
    except (BadJson, KeyError, ValueError) as error:
        raise BadSignState(f"the sign state cannot be read: {error}") from None
