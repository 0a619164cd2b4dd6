"""Exporting a chain's state as the genesis document of its continuation."""

from qos.base.blocktime import rfc3339
from qos.base.strictjson import JsonObject, JsonValue, parse_json, render_json
from qos.crypto import ed25519
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.machine.machine import Machine
from qos.node.errors import BadConfig, NodeError
from qos.node.genesis import validator_json
from qos.node.home import ChainHome
from qos.node.reading import opened
from qos.store.errors import UnknownVersion


def export_genesis(home: ChainHome, height: int | None = None) -> str:
    """Return the document a chain goes on from after a kept height, the newest unless said.

    It keeps chain id and consensus parameters, begins one height later with the validators of that height, and its
    genesis time is that of the block. Reads beside a running node. Raises: NodeError, BadConfig, StoreError.
    """
    reads = opened(home)
    try:
        newest = min(reads.state.version, reads.blocks.height())
        at = newest if height is None else height
        if not max(reads.blocks.base(), 1) <= at <= newest:
            raise NodeError(
                f"height {at} cannot be exported: {reads.blocks.base()} to {newest} can",
                "leave --height out for the newest",
            )
        document = _original(home)
        document |= _continuation(reads.blocks, at)
        document["app_state"] = Machine(reads.chain, reads.state).export_genesis(at)
    except UnknownVersion as error:
        raise NodeError(str(error), "leave --height out for the newest") from None
    finally:
        reads.state.close()
        reads.blocks.close()
    return render_json(document, indent=1) + "\n"


def _original(home: ChainHome) -> JsonObject:
    try:
        document = parse_json(home.genesis_file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadConfig(f"{home.genesis_file}: {error}") from None
    if not isinstance(document, dict):
        raise BadConfig(f"{home.genesis_file} is no object")
    return document


def _continuation(blocks: LmdbBlockStore, height: int) -> JsonObject:
    members = blocks.validators(height + 1).validators
    validators: list[JsonValue] = [
        validator_json(
            each.pub_key.ed25519 or b"", each.voting_power, ed25519.address(each.pub_key.ed25519 or b"").hex()
        )
        for each in members
    ]
    return {
        "genesis_time": rfc3339(blocks.meta(height).header.time),
        "initial_height": str(height + 1),
        "validators": validators,
        "app_hash": "",
    }
