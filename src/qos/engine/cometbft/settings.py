"""The engine's config.toml for one start of a node.

What is not said here keeps the engine's default. Paths are absolute: our files do not lie where it would put them.
"""

import json
from dataclasses import dataclass
from typing import Final

MAX_TX_BYTES: Final = 256 * 1024
"""Of one transaction (T4)."""

MAX_BODY_BYTES: Final = 1_000_000
MAX_BATCH: Final = 100
MAX_CONNECTIONS: Final = 900
SUBSCRIBERS: Final = 500
BUFFER: Final = 20_000
"""The RPC serves our edges alone, which keep their own limits and share subscriptions; these leave room for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where the engine's files lie."""

    genesis: str
    validator_key: str
    sign_state: str
    node_key: str
    address_book: str
    data: str
    messages: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """With whom the engine talks. Addresses are `ID@HOST:PORT`."""

    listen: str
    external_address: str
    persistent: tuple[str, ...]
    seeds: tuple[str, ...]
    private_ids: tuple[str, ...]
    unconditional_ids: tuple[str, ...]
    exchange: bool
    strict_addresses: bool
    max_inbound: int
    max_outbound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When blocks come, in ms."""

    block_ms: int
    heartbeat_ms: int
    propose_ms: int
    vote_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the engine keeps of transactions that wait."""

    txs: int
    bytes: int
    cache: int
    recheck: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a state from peers is believed by. No servers: none is asked for."""

    servers: tuple[str, ...]
    height: int
    hash_hex: str
    period_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a node says to its engine."""

    moniker: str
    application: str
    rpc: str
    metrics: str
    log_level: str
    index: str
    paths: Paths
    peers: Peers
    timing: Timing
    waiting: Waiting
    trust: Trust


Value = str | int | bool
Section = dict[str, Value]


def render_settings(settings: Settings) -> str:
    """Write the file."""
    lines = [
        "# Made at each start of the node out of its own config.toml; changes here are lost.",
        *_entries(_top(settings)),
    ]
    for name, section in _sections(settings).items():
        lines += ["", f"[{name}]", *_entries(section)]
    return "\n".join([*lines, ""])


def _top(settings: Settings) -> Section:
    paths = settings.paths
    return {
        "proxy_app": settings.application,
        "abci": "socket",
        "moniker": settings.moniker,
        "db_backend": "goleveldb",
        "db_dir": paths.data,
        "log_level": settings.log_level,
        "log_format": "json",
        "genesis_file": paths.genesis,
        "priv_validator_key_file": paths.validator_key,
        "priv_validator_state_file": paths.sign_state,
        "node_key_file": paths.node_key,
        "filter_peers": False,
    }


def _sections(settings: Settings) -> dict[str, Section]:
    timing, waiting, trust = settings.timing, settings.waiting, settings.trust
    return {
        "rpc": _rpc(settings),
        "p2p": _p2p(settings),
        "mempool": {
            "type": "flood",
            "recheck": waiting.recheck,
            "broadcast": True,
            "size": waiting.txs,
            "max_txs_bytes": waiting.bytes,
            "cache_size": waiting.cache,
            "keep-invalid-txs-in-cache": False,
            "max_tx_bytes": MAX_TX_BYTES,
        },
        "statesync": {
            "enable": bool(trust.servers),
            "rpc_servers": ",".join(trust.servers),
            "trust_height": trust.height,
            "trust_hash": trust.hash_hex,
            "trust_period": f"{trust.period_s}s",
            # The least it takes: our peers offer what they have at once.
            "discovery_time": "5s",
        },
        "consensus": {
            "wal_file": settings.paths.messages,
            "timeout_propose": f"{timing.propose_ms}ms",
            "timeout_propose_delta": "500ms",
            "timeout_prevote": f"{timing.vote_ms}ms",
            "timeout_prevote_delta": "500ms",
            "timeout_precommit": f"{timing.vote_ms}ms",
            "timeout_precommit_delta": "500ms",
            "timeout_commit": f"{timing.block_ms}ms",
            "create_empty_blocks": True,
            "create_empty_blocks_interval": f"{timing.heartbeat_ms}ms",
        },
        "storage": {"discard_abci_responses": False},
        "tx_index": {"indexer": settings.index},
        "instrumentation": {"prometheus": True, "prometheus_listen_addr": settings.metrics},
    }


def _rpc(settings: Settings) -> Section:
    return {
        "laddr": settings.rpc,
        "unsafe": False,
        "grpc_laddr": "",
        "pprof_laddr": "",
        "max_open_connections": MAX_CONNECTIONS,
        "max_subscription_clients": SUBSCRIBERS,
        "max_subscriptions_per_client": SUBSCRIBERS,
        "experimental_subscription_buffer_size": BUFFER,
        "experimental_websocket_write_buffer_size": BUFFER,
        "timeout_broadcast_tx_commit": "10s",
        "max_request_batch_size": MAX_BATCH,
        "max_body_bytes": MAX_BODY_BYTES,
    }


def _p2p(settings: Settings) -> Section:
    peers = settings.peers
    return {
        "laddr": peers.listen,
        "external_address": peers.external_address,
        "persistent_peers": ",".join(peers.persistent),
        "seeds": ",".join(peers.seeds),
        "private_peer_ids": ",".join(peers.private_ids),
        "unconditional_peer_ids": ",".join(peers.unconditional_ids),
        "addr_book_file": settings.paths.address_book,
        "addr_book_strict": peers.strict_addresses,
        # Several nodes behind one address are usual: test networks, containers, offices.
        "allow_duplicate_ip": True,
        "max_num_inbound_peers": peers.max_inbound,
        "max_num_outbound_peers": peers.max_outbound,
        "pex": peers.exchange,
    }


def _entries(section: Section) -> list[str]:
    # JSON's texts, numbers and truth values are TOML's too.
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in section.items()]
