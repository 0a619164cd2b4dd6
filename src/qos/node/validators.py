"""The seeds of a node's validators, in a file only its owner reads."""

import os
from pathlib import Path

from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json, render_json
from qos.node.errors import BadConfig

SEED_LENGTH = 32


def new_seeds(count: int) -> tuple[bytes, ...]:
    """Return fresh ed25519 seeds."""
    return tuple(os.urandom(SEED_LENGTH) for _ in range(count))


def write_seeds(file: Path, seeds: tuple[bytes, ...]) -> None:
    """Write the file; it must not exist. Raises: FileExistsError."""
    values: list[JsonValue] = [seed.hex() for seed in seeds]
    content: JsonObject = {"warning": "whoever has these signs as validator", "ed25519_seeds": values}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(render_json(content, indent=1) + "\n")


def read_seeds(file: Path) -> tuple[bytes, ...]:
    """Read the file. Raises: BadConfig naming it."""
    try:
        content = parse_json(file.read_bytes())
        values = content["ed25519_seeds"] if isinstance(content, dict) else None
        seeds = tuple(bytes.fromhex(str(value)) for value in values) if isinstance(values, list) else ()
    except (OSError, BadJson, KeyError, ValueError) as error:
        raise BadConfig(f"{file}: {error}") from None
    if not seeds or any(len(seed) != SEED_LENGTH for seed in seeds):
        raise BadConfig(f"{file}: ed25519_seeds must be a list of seeds of {SEED_LENGTH} bytes in hex")
    return seeds
