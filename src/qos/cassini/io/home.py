"""What a relay is told in its home: `chains.json`, which chains there are and where.

`{"chains": [{"chain_id", "kind", "genesis", "sources": [...], "taken": [...]}]}`: `kind` is public, business, cassini
or the name of an adapter; `genesis` the path of its genesis document; `sources` this relay's own nodes; `taken` the
sources other relays have.
"""

from dataclasses import dataclass
from pathlib import Path

from qos.base.errors import QosError
from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json
from qos.machine import genesis
from qos.machine.genesis import BadGenesis, GenesisDocument

CHAINS_FILE = "chains.json"
HUB_KIND, SPOKE_KIND, GROUP_KIND = "public", "business", "cassini"


class BadHome(QosError):
    """The home of a relay lacks something or contradicts itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainAccess:
    """One chain and how this relay reaches it."""

    kind: str
    document: GenesisDocument
    sources: tuple[str, ...]

    @property
    def chain_id(self) -> str:
        """Id of the chain."""
        return self.document.chain_id


def load_chains(folder: Path) -> tuple[ChainAccess, ...]:
    """Read the chains of a home. Raises: BadHome naming the file."""
    file = folder / CHAINS_FILE
    try:
        content = parse_json(file.read_bytes())
    except (OSError, BadJson) as error:
        raise BadHome(f"{file}: {error}") from None
    entries = content.get("chains") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise BadHome(f"{file} lists no chains")
    chains = tuple([_access(file, entry) for entry in entries])
    if len([chain for chain in chains if chain.kind == GROUP_KIND]) != 1:
        raise BadHome(f"{file} must list one chain of kind {GROUP_KIND}")
    return chains


def _access(file: Path, entry: JsonValue) -> ChainAccess:
    if not isinstance(entry, dict):
        raise BadHome(f"{file}: a chain is no object")
    path = Path(_text(file, entry, "genesis"))
    try:
        document = genesis.parse(path.read_bytes())
    except (OSError, ValueError, BadGenesis) as error:  # a path may hold what no file system takes
        raise BadHome(f"{path}: {error}") from None
    if document.chain_id != entry.get("chain_id"):
        raise BadHome(f"{path} is the genesis of {document.chain_id}, not of {entry.get('chain_id')}")
    kind, sources = _text(file, entry, "kind"), _texts(file, entry, "sources")
    if not sources or len(set(sources)) != len(sources):
        raise BadHome(f"{file}: {document.chain_id} has no source, or one twice")
    shared = sorted(set(sources).intersection(_texts(file, entry, "taken")))
    if shared and kind != GROUP_KIND and not _is_dev(document):
        raise BadHome(
            f"{document.chain_id}: another relay looks through {shared[0]} too; no two relays share a source "
            "unless genesis says dev (R2)",
        )
    return ChainAccess(kind=kind, document=document, sources=sources)


def _is_dev(document: GenesisDocument) -> bool:
    qcp = document.app_state.get("qcp")
    params = qcp.get("params") if isinstance(qcp, dict) else None
    return isinstance(params, dict) and params.get("dev") is True


def _text(file: Path, entry: JsonObject, name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise BadHome(f"{file}: {name} is missing or no text")
    return value


def _texts(file: Path, entry: JsonObject, name: str) -> tuple[str, ...]:
    value = entry.get(name, [])
    if not isinstance(value, list):
        raise BadHome(f"{file}: {name} is no list")
    texts = [each for each in value if isinstance(each, str) and each]
    if len(texts) != len(value):
        raise BadHome(f"{file}: {name} holds what is no text")
    return tuple(texts)
