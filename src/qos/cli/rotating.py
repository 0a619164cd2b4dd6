"""What `qos cassini sign-rotation` and `rotate` do: relays agree on their next keys, one after another (R4)."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qos.base.errors import RuleViolation
from qos.base.identifiers import parse_address
from qos.base.strictjson import BadJson, JsonObject, parse_json
from qos.cli import sending
from qos.cli.errors import Failed, UsageError
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.session import Session, ask
from qos.client.calls import Transport
from qos.client.node import status
from qos.client.queries import query
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.node import relay_keys
from qos.proto.json import from_json, to_json
from qos.proto.records.qos_qcp_v1 import (
    MsgRotateRelays,
    QueryEpochRequest,
    QueryEpochResponse,
    QueryPeerRequest,
    QueryPeerResponse,
    RelaySignature,
)

HEX_KEY_CHARACTERS = 66
NEXT_SIGNATURE = "give this to the next relay: qos cassini sign-rotation PEER --message FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Keys that come and go, and for how many blocks what is signed shall count."""

    added: tuple[bytes, ...]
    removed: tuple[bytes, ...]
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a chain has registered for a peer."""

    incoming: bytes
    epoch: QueryEpochResponse
    height: int


def read_keys(texts: Sequence[str]) -> tuple[bytes, ...]:
    """Return public keys given in hex, or in base64 as queries show them. Raises: UsageError."""
    keys = tuple([_read_key(text) for text in texts])
    for text, key in zip(texts, keys, strict=True):
        if not secp256k1.is_public_key(key):
            raise UsageError(f"{text[:80]!r} is no compressed secp256k1 key", "qos query qcp epoch PEER shows keys")
    return keys


def _read_key(text: str) -> bytes:
    try:
        return bytes.fromhex(text) if len(text) == HEX_KEY_CHARACTERS else b64decode(text, validate=True)
    except ValueError:
        return b""


def sign_rotation(opened: Session, relay: Path, peer: str, wanted: Change | Path, given: dict[str, Any]) -> None:
    """Print the rotation with one more relay's signature. Raises: UsageError, Failed, BadConfig, and as queries."""
    keys = relay_keys.load(relay.expanduser())

    async def look(node: Transport) -> Registered:
        return await registered(node, peer)

    found = ask(opened.url(given["chain"], given["node"]), look)
    message = read_message(wanted) if isinstance(wanted, Path) else first_message(peer, found, wanted)
    signed = with_signature(message, found, keys.attestation)
    output: Output = given["output"]
    show(as_object(signed), output, None if output is Output.JSON else _as_text(signed, found))


async def registered(node: Transport, peer: str) -> Registered:
    """Ask what a chain has registered for a peer. Raises: Refused, BadAnswer, CallFailed, Unreachable."""
    answer = await node.send(query("/qos.qcp.v1.Query/Peer", QueryPeerRequest(chain_id=peer), QueryPeerResponse))
    epoch = await node.send(query("/qos.qcp.v1.Query/Epoch", QueryEpochRequest(chain_id=peer), QueryEpochResponse))
    height = (await node.send(status())).height
    return Registered(incoming=answer.peer.incoming if answer.peer else b"", epoch=epoch, height=height)


def first_message(peer: str, found: Registered, wanted: Change) -> MsgRotateRelays:
    """Return the rotation nobody signed yet. Raises: UsageError when a key to remove is none."""
    strangers = [key.hex() for key in wanted.removed if key not in found.epoch.relay_keys]
    if strangers:
        raise UsageError(f"{strangers[0]} is no key of the current epoch", "qos query qcp epoch PEER shows keys")
    kept = [key for key in found.epoch.relay_keys if key not in wanted.removed]
    return MsgRotateRelays(
        chain_id=peer,
        epoch=found.epoch.epoch + 1,
        relay_keys=tuple(sorted({*kept, *wanted.added})),
        height=found.height + wanted.blocks,
    )


def with_signature(message: MsgRotateRelays, found: Registered, private: bytes) -> MsgRotateRelays:
    """Return a rotation with the signature of one more relay, sorted by key. Raises: Failed when it may not sign."""
    key = secp256k1.public_key(private)
    if key not in found.epoch.relay_keys or key in found.epoch.struck_keys:
        raise Failed(
            f"the relay's key {key.hex()} does not count in epoch {found.epoch.epoch}",
            "qos query qcp epoch PEER shows keys",
        )
    if message.epoch != found.epoch.epoch + 1 or message.height < found.height:
        raise Failed(
            f"the rotation is for epoch {message.epoch} up to height {message.height}; the chain is at epoch "
            f"{found.epoch.epoch} and height {found.height}",
            "begin again with --add and --remove",
        )
    signed = rotation_digest(found.incoming, message.epoch, message.relay_keys, message.height)
    own = RelaySignature(key=key, signature=secp256k1.sign(private, signed))
    others = [each for each in message.signatures if each.key != key]
    return replace(message, signatures=tuple(sorted((*others, own), key=lambda each: each.key)))


def read_message(file: Path) -> MsgRotateRelays:
    """Read a rotation that others signed. Raises: UsageError."""
    try:
        content = parse_json(file.read_bytes())
        return from_json(MsgRotateRelays, content)
    except (OSError, BadJson, RuleViolation) as error:
        raise UsageError(f"{file} is no rotation: {error}", "qos cassini sign-rotation writes one") from None


def as_object(message: MsgRotateRelays) -> JsonObject:
    """Return a rotation as the JSON that `read_message` reads."""
    content: JsonObject = to_json(message)
    return content


def _as_text(message: MsgRotateRelays, found: Registered) -> str:
    count = f"{len(message.signatures)} of {found.epoch.quorum} signatures"
    ready = len(message.signatures) >= found.epoch.quorum
    return (
        f"{count}; {'qos cassini rotate FILE --from NAME hands it in' if ready else NEXT_SIGNATURE}; use --output json"
    )


def rotate(opened: Session, file: Path, given: dict[str, Any]) -> None:
    """Hand a signed rotation in. Raises: UsageError, and as `sending.send`."""
    message = replace(read_message(file), submitter=parse_address(opened.address(given["from_"])))
    sending.send(opened, MsgRotateRelays.full_name, as_object(message), given)
