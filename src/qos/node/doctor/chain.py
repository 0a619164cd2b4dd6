"""What a chain node stands on: configuration, genesis, keys, ports, its two stores and what they say of each other."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from qos.base.errors import QosError
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.node import Status
from qos.client.node import status as ask_status
from qos.crypto import ed25519
from qos.engine.embedded.chain_state import read_genesis
from qos.engine.embedded.io.sign_state import FileSignState, SignStateDamaged
from qos.node.comet.config import CometConfig
from qos.node.config import ChainConfig, load_config
from qos.node.doctor.comet import look_at_data, look_at_engine, look_at_peers
from qos.node.doctor.findings import Finding, ok, problem, warning
from qos.node.doctor.host import look_at_clock, look_at_secrets
from qos.node.errors import BadConfig, PortTaken
from qos.node.home import ChainHome, holder
from qos.node.reading import opened
from qos.node.sockets import listen
from qos.node.validators import read_seeds
from qos.rpc.reads import Reads
from qos.store.errors import StoreError
from qos.store.transfer import exported

ASK_TIMEOUT_MS = 3_000
STALLED_MS = 60_000
"""A running node that made no block for so long is stuck: the heartbeat is a second unless set otherwise."""


def look_at_chain(home: ChainHome, *, deep: bool) -> Iterator[Finding]:
    """Look at the home of a chain node; `deep` reads every value of the newest state and every block."""
    name = home.folder.name
    try:
        config = load_config(ChainConfig, home.config_file)
    except BadConfig as error:
        yield problem("config", name, str(error), "correct the file; qos up --reset lays out a new network")
        return
    yield ok("config", name, f"{home.config_file.name} is valid")
    if isinstance(config.engine, CometConfig):
        yield from _on_comet(home, config, config.engine, name)
        return
    yield from look_at_secrets(name, [home.validator_keys_file])
    yield from _genesis(home, name)
    yield from _running(home, config, name)
    yield from _stores(home, name, deep=deep)


def _on_comet(home: ChainHome, config: ChainConfig, engine: CometConfig, name: str) -> Iterator[Finding]:
    yield from look_at_secrets(name, [home.validator_keys_file, home.node_key_file, home.comet_sign_state_file])
    yield from _genesis(home, name, alone=False)
    yield from look_at_engine(home, engine, name)
    yield from _running(home, config, name)
    if holder(home.folder) is not None:
        yield from look_at_peers(config, engine, name)
    yield from look_at_data(home, config, name)


def _genesis(home: ChainHome, name: str, *, alone: bool = True) -> Iterator[Finding]:
    """Look at the genesis document; an engine without peers needs most of its power."""
    try:
        genesis = read_genesis(home.genesis_file.read_bytes())
        seeds = read_seeds(home.validator_keys_file)
    except (QosError, OSError) as error:
        yield problem("genesis", name, str(error), "restore the file: every node of a chain has the same genesis.json")
        return
    powers = {each.public_key: each.power for each in genesis.document.validators}
    local = sum(powers.get(ed25519.public_key(seed), 0) for seed in seeds)
    said = f"{genesis.document.chain_id}: local keys hold {local} of {sum(powers.values())} power of genesis"
    if alone and 3 * local <= 2 * sum(powers.values()):
        yield warning("genesis", name, said, "more than two thirds are needed: add the missing keys to validators.json")
    else:
        yield ok("genesis", name, said)


def _running(home: ChainHome, config: ChainConfig, name: str) -> Iterator[Finding]:
    if holder(home.folder) is None:
        yield from _ports(config, name)
        return
    status = asyncio.run(_ask(f"http://{config.rpc.host}:{config.rpc.port}"))
    if status is None:
        yield problem("node", name, "a process holds the home and its RPC does not answer", f"see {home.log_file}")
        return
    now_ns = time.time_ns()
    yield look_at_clock(now_ns, status.time_ns, name)
    yield look_at_newest(home, status, now_ns, config.engine.heartbeat_ms)


def look_at_newest(home: ChainHome, status: Status, now_ns: int, heartbeat_ms: int) -> Finding:
    """Look at the age of a running node's newest block."""
    name = home.folder.name
    age_ms = (now_ns - status.time_ns) // 10**6
    said = f"runs at height {status.height}, newest block {age_ms} ms old"
    if age_ms > max(STALLED_MS, 3 * heartbeat_ms):
        return problem("node", name, said, f"see {home.log_file}; if the disk was full, make room and start again")
    return ok("node", name, said)


async def _ask(url: str) -> Status | None:
    async with HttpTransport(url, timeout_ms=ASK_TIMEOUT_MS) as node:
        try:
            return await node.send(ask_status())
        except ClientError:
            return None


def _ports(config: ChainConfig, name: str) -> Iterator[Finding]:
    places = [
        ("rpc", config.rpc.host, config.rpc.port),
        ("grpc", config.grpc.host, config.grpc.port),
        ("rest", config.rest.host, config.rest.port),
        ("metrics", config.metrics.host, config.metrics.port),
    ]
    if isinstance(config.engine, CometConfig):
        places.append(("p2p", config.engine.p2p_host, config.engine.p2p_port))
    for edge, host, port in places:
        try:
            listen(host, port).close()
        except PortTaken as error:
            yield problem("ports", name, f"{edge}: {error}", error.next_step)
        else:
            yield ok("ports", name, f"{edge} port {port} is free")


def _stores(home: ChainHome, name: str, *, deep: bool) -> Iterator[Finding]:
    if not home.state_folder.exists() and not home.blocks_folder.exists():
        yield ok("stores", name, "no block was made yet")
        return
    try:
        reads = opened(home)
    except (QosError, OSError) as error:
        yield problem("stores", name, str(error), _remedy(home))
        return
    try:
        yield from _agreement(home, reads, name)
        if deep:
            yield from _deep(home, reads, name)
    except (StoreError, KeyError) as error:
        yield problem("stores", name, f"{error}", _remedy(home))
    finally:
        reads.state.close()
        reads.blocks.close()


def _agreement(home: ChainHome, reads: Reads, name: str) -> Iterator[Finding]:
    """Compare heights and app hashes of state and blocks, and the sign state with both."""
    state, newest = reads.state.version, reads.blocks.height()
    if state > newest:
        yield problem("heights", name, f"the state is at {state}, the newest block is {newest}", _remedy(home))
        return
    if state and reads.blocks.base() <= state:
        found = reads.blocks.result(state).app_hash
        if found != reads.state.app_hash:
            said = f"at {state} the state has app hash {reads.state.app_hash.hex()}, the block's result {found.hex()}"
            yield problem("app hash", name, said, _remedy(home))
            return
    yield ok("app hash", name, f"state {state} and block {newest} agree")
    yield from _signed(home, newest, name)


def _signed(home: ChainHome, newest: int, name: str) -> Iterator[Finding]:
    if not home.sign_state_file.exists():
        yield warning("sign state", name, "sign_state.json is missing", "never run these keys anywhere else meanwhile")
        return
    try:
        signed = FileSignState(home.sign_state_file)
    except SignStateDamaged as error:
        yield problem("sign state", name, str(error), "find the last signed height in another copy")
        return
    height = signed.height
    signed.close()
    if height > newest + 1:
        said = f"these keys signed height {height}, the newest block is {newest}"
        yield problem("sign state", name, said, "the blocks are an older copy: restore newer ones, or give new keys")
    else:
        yield ok("sign state", name, f"keys signed up to height {height}")


def _deep(home: ChainHome, reads: Reads, name: str) -> Iterator[Finding]:
    """Read every node of the newest version, whose hashes are checked on the way, and every block."""
    with reads.state.at(reads.state.version) as version:
        items = sum(1 for _ in exported(version))
    yield ok("state", name, f"all {items} nodes of version {reads.state.version} have their hashes")
    previous = b""
    for height in range(reads.blocks.base(), reads.blocks.height() + 1):
        block, meta = reads.blocks.block(height), reads.blocks.meta(height)
        reads.blocks.result(height)
        if previous and block.header.last_block_id.hash != previous:
            yield problem("blocks", name, f"block {height} does not follow block {height - 1}", _remedy(home))
            return
        previous = meta.block_id.hash
    yield ok("blocks", name, f"blocks {reads.blocks.base()} to {reads.blocks.height()} follow each other")


def _remedy(home: ChainHome) -> str:
    place: Path = home.state_folder
    return f"move {place} away and import a snapshot: qos snapshot import FOLDER; the node replays its blocks behind it"
