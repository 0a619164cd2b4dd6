"""Configuration of a chain node and of a network: one TOML each, unknown keys refused, units in names.

What validators must agree on is genesis or state, never configuration. Plain pydantic models: nothing here comes from
the environment, and pydantic-settings costs every process 0.2 s of CPU.
"""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError, field_validator

from qos.node.comet.config import CometConfig, StateSyncConfig
from qos.node.errors import BadConfig
from qos.node.logs import DEFAULT_BYTES, DEFAULT_FILES, LogPlan
from qos.node.section import Port, Section
from qos.store.multistore import CACHE_LEVELS, KEEP_ALL

MAX_BYTES = 64 * 1024
MAX_LINE_BYTES = 1_000
ENGINES = ("embedded", "cometbft")
LEAST_BLOCKS = 100
LEAST_VERSIONS = 2
"""The newest version, and the one before it, whose root is in the newest header."""


class RpcConfig(Section):
    """Where the CometBFT RPC listens; port 0 takes a free one, written to `endpoints.json` in the home.

    Heavy reads of every edge go to `readers` processes, which end one that takes longer than `read_time_ms`.
    """

    host: str = "127.0.0.1"
    port: int = Port
    readers: int = Field(default=1, ge=1, le=16)
    read_time_ms: int = Field(default=5_000, ge=100, le=600_000)


class EdgeConfig(Section):
    """Where another edge listens, as for the RPC."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65_535)


class MetricsConfig(Section):
    """Where figures are served; port 0 takes a free one, written to `endpoints.json` in the home."""

    host: str = "127.0.0.1"
    port: int = Port


class EngineConfig(Section):
    """The embedded engine, for development: when it makes blocks."""

    kind: Literal["embedded"] = "embedded"
    min_interval_ms: int = Field(default=0, ge=0, le=60_000)
    heartbeat_ms: int = Field(default=1_000, ge=1, le=600_000)
    proof_after_ms: int = Field(default=0, ge=0, le=600_000)


class StoreConfig(Section):
    """How much of the past answers queries and proofs.

    `pruning`: `default` keeps the newest `keep_versions` versions of the state, `everything` the least that works,
    `archive` all. `retain_blocks`: how many of the newest blocks are kept, 0 for all. Relays prove packets at
    recent heights: a chain with peers keeps at least the default.
    `cache_levels`: how many levels of each store's tree stay in memory, 0.3 kB a node: 0.3 GB for the 20 levels of
    a store of a million keys or more; each level beyond them doubles that.
    """

    pruning: Literal["default", "everything", "archive"] = "default"
    keep_versions: int = Field(default=100, ge=2, le=10_000_000)
    retain_blocks: int = Field(default=0, ge=0)
    cache_levels: int = Field(default=CACHE_LEVELS, ge=8, le=32)

    @field_validator("retain_blocks")
    @classmethod
    def _keeps_enough(cls, value: int) -> int:
        if 0 < value < LEAST_BLOCKS:
            raise ValueError(f"0 keeps all blocks; else at least {LEAST_BLOCKS} are kept")
        return value

    @property
    def kept_versions(self) -> int:
        """How many versions the store keeps."""
        return {"default": self.keep_versions, "everything": LEAST_VERSIONS, "archive": KEEP_ALL}[self.pruning]


class SnapshotConfig(Section):
    """When the node exports a snapshot by itself: every so many blocks, 0 for never. The newest `keep` stay."""

    every_blocks: int = Field(default=0, ge=0)
    keep: int = Field(default=2, ge=1, le=1_000)


class LogConfig(Section):
    """What goes into the log file, and how much of it is kept: `keep_files` full ones beside the newest."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["json", "console"] = "json"
    max_bytes: int = Field(default=DEFAULT_BYTES, ge=1 << 16)
    keep_files: int = Field(default=DEFAULT_FILES, ge=1, le=1_000)

    @property
    def plan(self) -> LogPlan:
        """The same for the logger."""
        return LogPlan(level=self.level, form=self.form, max_bytes=self.max_bytes, keep_files=self.keep_files)


class RelayConfig(Section):
    """One relay."""

    metrics: MetricsConfig = MetricsConfig(port=0)
    log: LogConfig = LogConfig()


def _kind(value: object) -> str:
    """Return which engine a section is about; one that does not say is the embedded one's."""
    return str(value.get("kind", "embedded")) if isinstance(value, dict) else str(getattr(value, "kind", ""))


AnyEngine = Annotated[
    Annotated[EngineConfig, Tag("embedded")] | Annotated[CometConfig, Tag("cometbft")], Discriminator(_kind)
]


class ChainConfig(Section):
    """One chain node."""

    kind: Literal["public", "business", "cassini"]
    moniker: str = Field(min_length=1, max_length=64)
    rpc: RpcConfig
    grpc: EdgeConfig = EdgeConfig()
    rest: EdgeConfig = EdgeConfig()
    engine: AnyEngine = EngineConfig()
    state_sync: StateSyncConfig = StateSyncConfig()
    store: StoreConfig = StoreConfig()
    metrics: MetricsConfig = MetricsConfig(port=0)
    snapshots: SnapshotConfig = SnapshotConfig()
    log: LogConfig = LogConfig()


class NetworkChain(Section):
    """A chain of a network: its folder in the home and what it runs."""

    folder: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    chain_id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,31}$")
    kind: Literal["public", "business", "cassini"]


class NetworkNode(Section):
    """A further node of a chain: its folder below `nodes`, the folder of its chain, whether genesis knows its key."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")
    chain: str
    is_validator: bool = True


class NetworkConfig(Section):
    """A network: its chains in order of start, and how many relays carry packets between them."""

    name: str = Field(min_length=1, max_length=32)
    relays: int = Field(ge=0, le=21)
    engine: Literal["embedded", "cometbft"] = "embedded"
    chains: tuple[NetworkChain, ...] = Field(min_length=1, max_length=16, strict=False)  # TOML has lists only
    nodes: tuple[NetworkNode, ...] = Field(default=(), max_length=64, strict=False)


C = TypeVar("C", bound=Section)


def load_config(kind: type[C], path: Path) -> C:
    """Read a configuration file. Raises: BadConfig naming file, key and what is wrong."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadConfig(f"{path} does not exist") from None
    return parse_config(kind, data, path)


def parse_config(kind: type[C], data: bytes, path: Path) -> C:
    """Read a configuration; `path` is what errors name. Raises: BadConfig."""
    # The parser's time grows with the square of the parts of a dotted key.
    if len(data) > MAX_BYTES or any(len(line) > MAX_LINE_BYTES for line in data.splitlines()):
        raise BadConfig(f"{path}: at most {MAX_BYTES} bytes in lines of at most {MAX_LINE_BYTES} are read")
    try:
        content = tomllib.loads(data.decode())
    # An integer with thousands of digits is a plain ValueError; what nests without end runs out of stack.
    except (ValueError, RecursionError) as error:
        raise BadConfig(f"{path}: {error}") from None
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        # The validator names the engine it took a section for, which is no key.
        key = ".".join(str(part) for part in first["loc"] if part not in ENGINES) or "the file"
        raise BadConfig(f"{path}: {key}: {first['msg']}") from None


def render_config(config: BaseModel) -> str:
    """Write a configuration as TOML."""
    lines: list[str] = []
    sections: list[str] = []
    for name, value in config:
        if isinstance(value, BaseModel):
            sections += ["", f"[{name}]", *_entries(value)]
        elif isinstance(value, tuple):
            for item in value:
                sections += ["", f"[[{name}]]", *_entries(item)]
        else:
            lines.append(f"{name} = {_scalar(value)}")
    return "\n".join([*lines, *sections, ""])


def _entries(section: BaseModel) -> list[str]:
    return [f"{name} = {_scalar(value)}" for name, value in section]


def _scalar(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return "\n".join(["[", *(f"  {_scalar(item)}," for item in value), "]"]) if value else "[]"
    # JSON's texts and numbers are TOML's too.
    return json.dumps(value, ensure_ascii=False)
