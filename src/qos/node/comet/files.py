"""The engine's home, made out of ours at each start, and the files of ours that stand behind it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from qos.engine.cometbft.errors import BadSignState
from qos.engine.cometbft.identity import (
    FRESH_SIGN_STATE,
    node_id,
    node_key_json,
    parse_node_key,
    parse_sign_state,
    validator_key_json,
)
from qos.engine.cometbft.settings import Paths, Peers, Settings, Timing, Trust, Waiting, render_settings
from qos.node.comet.config import CometConfig
from qos.node.config import ChainConfig
from qos.node.errors import BadConfig
from qos.node.home import ChainHome
from qos.node.validators import SEED_LENGTH, new_seeds, read_seeds, write_seeds

LOG_LEVELS = {"debug": "debug", "info": "info", "warning": "error", "error": "error"}
"""Ours to the engine's, which knows no warnings."""

_ADDRESS_BOOK = "address_book.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the programs of a node find each other this time: the application's socket, the engine's private ports."""

    application: str
    rpc: str
    metrics: str


def comet_section(config: ChainConfig) -> CometConfig:
    """Return the engine section of a node on CometBFT. Raises: BadConfig."""
    if not isinstance(config.engine, CometConfig):
        raise BadConfig(
            "this node runs on the embedded engine, not on CometBFT",
            'qos up, or make one with [engine] kind = "cometbft"',
        )
    return config.engine


def write_keys(home: ChainHome, seed: bytes | None = None) -> str:
    """Write the keys and the fresh sign state of a new node; returns its id. Raises: FileExistsError.

    `seed` is its validator key, for a validator of genesis; else it gets one that is nobody's yet.
    """
    write_seeds(home.validator_keys_file, (seed,) if seed is not None else new_seeds(1))
    node_seed = os.urandom(SEED_LENGTH)
    _write_secret(home.node_key_file, node_key_json(node_seed))
    _write_secret(home.comet_sign_state_file, FRESH_SIGN_STATE)
    return node_id(node_seed)


def read_node_id(home: ChainHome) -> str:
    """Return what peers call this node. Raises: BadKeyFile, OSError."""
    return node_id(parse_node_key(home.node_key_file.read_bytes()))


def node_address(home: ChainHome, config: ChainConfig) -> str:
    """Return how peers reach this node. Raises: BadConfig, BadKeyFile, OSError."""
    engine = comet_section(config)
    return f"{read_node_id(home)}@{engine.external_address or f'{engine.p2p_host}:{engine.p2p_port}'}"


def make_engine_home(home: ChainHome, config: ChainConfig, addresses: Addresses) -> None:
    """Write what the engine reads at this start. Raises: BadConfig, BadKeyFile, BadSignState."""
    settings = settings_of(home, config, addresses)
    seeds = read_seeds(home.validator_keys_file)
    if len(seeds) != 1:
        raise BadConfig(f"{home.validator_keys_file}: on CometBFT a node has one validator key, here are {len(seeds)}")
    _check_sign_state(home)
    parse_node_key(_read(home.node_key_file))
    folder = home.comet_folder / "config"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.comet_data_folder.mkdir(parents=True, exist_ok=True)
    key_file = folder / "priv_validator_key.json"
    key_file.unlink(missing_ok=True)
    _write_secret(key_file, validator_key_json(seeds[0]))
    (folder / "config.toml").write_text(render_settings(settings), "utf-8")


def settings_of(home: ChainHome, config: ChainConfig, addresses: Addresses) -> Settings:
    """Return what the engine is told. Raises: BadConfig for a node that is not on CometBFT."""
    engine = comet_section(config)
    folder = home.comet_folder.absolute()
    return Settings(
        moniker=config.moniker,
        application=addresses.application,
        rpc=addresses.rpc,
        metrics=addresses.metrics,
        log_level=LOG_LEVELS[config.log.level],
        index=engine.index,
        paths=Paths(
            genesis=str(home.genesis_file.absolute()),
            validator_key=str(folder / "config" / "priv_validator_key.json"),
            sign_state=str(home.comet_sign_state_file.absolute()),
            node_key=str(home.node_key_file.absolute()),
            address_book=str(home.comet_data_folder.absolute() / _ADDRESS_BOOK),
            data=str(home.comet_data_folder.absolute()),
            messages=str(home.comet_data_folder.absolute() / "cs.wal" / "wal"),
        ),
        peers=_peers(engine),
        timing=Timing(
            block_ms=engine.block_ms,
            heartbeat_ms=engine.heartbeat_ms,
            propose_ms=engine.propose_ms,
            vote_ms=engine.vote_ms,
        ),
        waiting=Waiting(
            txs=engine.mempool_txs, bytes=engine.mempool_bytes, cache=engine.cache_txs, recheck=engine.recheck
        ),
        trust=_trust(config),
    )


def _peers(engine: CometConfig) -> Peers:
    return Peers(
        listen=f"tcp://{engine.p2p_host}:{engine.p2p_port}",
        external_address=engine.external_address,
        persistent=engine.peers,
        seeds=engine.seeds,
        private_ids=engine.private_peers,
        unconditional_ids=engine.unconditional_peers,
        exchange=engine.pex,
        strict_addresses=engine.strict_addresses,
        max_inbound=engine.max_inbound_peers,
        max_outbound=engine.max_outbound_peers,
    )


def _trust(config: ChainConfig) -> Trust:
    """Return what a state from peers is believed by; an engine that has blocks goes on with them."""
    sync = config.state_sync
    return Trust(
        servers=sync.rpc_servers,
        height=sync.trust_height,
        hash_hex=sync.trust_hash.upper(),
        period_s=sync.trust_period_s,
    )


def _check_sign_state(home: ChainHome) -> None:
    """A missing file is never made anew here: the key may have signed before, and would then sign twice."""
    try:
        text = home.comet_sign_state_file.read_bytes()
    except FileNotFoundError:
        raise BadSignState(f"{home.comet_sign_state_file} is missing") from None
    parse_sign_state(text)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadConfig(f"{file}: {error}") from None


def _write_secret(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def forget_run(home: ChainHome) -> None:
    """Remove the addresses of the run before."""
    shutil.rmtree(home.run_folder, ignore_errors=True)
    home.endpoints_file.unlink(missing_ok=True)
    home.run_folder.mkdir(parents=True, mode=0o700)
