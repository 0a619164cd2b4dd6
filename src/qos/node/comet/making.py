"""Making the home of one node on CometBFT: keys, configuration, genesis."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from qos.crypto import ed25519
from qos.engine.embedded.chain_state import read_genesis
from qos.modules.economics.mint.params import filled
from qos.node.chain_lists import chain_of
from qos.node.comet.config import CometConfig, StateSyncConfig
from qos.node.comet.files import node_address, read_node_id, write_keys
from qos.node.config import ChainConfig, NetworkChain, load_config, render_config
from qos.node.devgenesis import genesis_plan
from qos.node.errors import NodeError
from qos.node.founding import genesis_time, node_config
from qos.node.genesis import make_genesis
from qos.node.holdings import Told, copy_holdings, named_by, say_nothing
from qos.node.home import ChainHome
from qos.node.ports import Ports
from qos.node.validators import new_seeds, read_seeds
from qos.proto.json import from_json
from qos.proto.records.qos_mint_v1 import GenesisState
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys
from qos.wallet.io.keyring import new_entropy


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlan:
    """What a node's home is made from. Without `genesis` it begins a development chain of its own.

    `holdings` is the file that lies beside that document; one that names none needs none.
    """

    kind: str
    moniker: str
    ports: Ports
    peers: tuple[str, ...] = ()
    state_sync: StateSyncConfig | None = None
    genesis: bytes | None = None
    holdings: Path | None = None
    chain_id: str = "qos-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeNode:
    """Who a node is: its id and `address` among peers, its validator key, and the chain it belongs to."""

    node_id: str
    consensus_key: bytes
    chain_id: str
    genesis_hash: bytes
    address: str


def make_node(home: ChainHome, plan: NodePlan, told: Told = say_nothing) -> MadeNode:
    """Write the home of a new node; `told` hears how many lines of holdings were read.

    Raises: NodeError when there is one, BadGenesis, BadConfig, OSError.
    """
    if home.config_file.exists():
        raise NodeError(f"{home.folder} holds a node already", "qos node start runs it; choose another --home")
    if plan.genesis is not None:
        read_genesis(plan.genesis)
    config = _config(plan)
    home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    named = None if plan.genesis is None else named_by(plan.genesis)
    if named is not None and plan.holdings is not None:
        copy_holdings(plan.holdings, home.holdings_file, named, told)
    seed = new_seeds(1)[0]
    write_keys(home, seed)
    document = plan.genesis if plan.genesis is not None else _own_genesis(home, plan, seed)
    home.genesis_file.write_bytes(document)
    # Last: a home is whole once it has its configuration.
    home.config_file.write_text(render_config(config), "utf-8")
    return describe(home)


def _own_genesis(home: ChainHome, plan: NodePlan, seed: bytes) -> bytes:
    """Return the genesis of a development chain with this one validator; its funded keys go into the home."""
    people = DevKeys(new_entropy())
    devkeys.write(home.folder / "keys", people)
    chain = NetworkChain.model_validate({"folder": "node", "chain_id": plan.chain_id, "kind": plan.kind})
    ours = genesis_plan(chain, people, (), (ed25519.public_key(seed),), genesis_time())
    return make_genesis(chain_of(plan.kind), ours).encode()


def _config(plan: NodePlan) -> ChainConfig:
    config = node_config(plan.kind, plan.moniker, plan.ports, "cometbft")
    asked = {"peers": plan.peers, **_pace(plan.genesis)}
    engine = CometConfig.model_validate({**config.engine.model_dump(), **asked})
    sync = plan.state_sync if plan.state_sync is not None else StateSyncConfig()
    return config.model_copy(update={"engine": engine, "state_sync": sync})


def _pace(genesis: bytes | None) -> dict[str, int]:
    """Return the time between blocks that a genesis counts on where it names one: 3 s on the public network."""
    if genesis is None:
        return {}
    mint = read_genesis(genesis).document.app_state.get("mint")
    named = from_json(GenesisState, mint).params if mint is not None else None
    if named is None or named.block_time is None:
        return {}
    return {"block_ms": filled(named).block_ms}


def describe(home: ChainHome) -> MadeNode:
    """Say who the node of a home is. Raises: BadConfig, BadGenesis, BadKeyFile, OSError."""
    document = home.genesis_file.read_bytes()
    return MadeNode(
        node_id=read_node_id(home),
        address=node_address(home, load_config(ChainConfig, home.config_file)),
        consensus_key=ed25519.public_key(read_seeds(home.validator_keys_file)[0]),
        chain_id=read_genesis(document).document.chain_id,
        genesis_hash=sha256(document).digest(),
    )


def genesis_of(file: Path) -> bytes:
    """Read a genesis document. Raises: NodeError naming the file."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise NodeError(
            f"{file}: {error.strerror}", "give the genesis file of the chain, as its founders published it"
        ) from None
