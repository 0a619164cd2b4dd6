"""The addresses the programs of a node beside CometBFT tell each other, in files of the home's `run` folder."""

from pathlib import Path

from qos.base.strictjson import BadJson, parse_json
from qos.node.errors import BadConfig

_NEXT = "start the node with `qos node start`"


def address_in(file: Path, name: str) -> str:
    """Return an address a program has written. Raises: BadConfig."""
    try:
        found = parse_json(file.read_bytes())
    except (OSError, BadJson) as error:
        raise BadConfig(f"{file}: {error}", _NEXT) from None
    address = found.get(name) if isinstance(found, dict) else None
    if not isinstance(address, str):
        raise BadConfig(f"{file} names no address {name!r}", _NEXT)
    return address
