"""Where things lie: the home of a chain node and the home of a network, and the lock that one process holds on it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qos.node.errors import BadConfig, HomeInUse

RELAY_CONFIG_FILE = "relay.toml"
ENDPOINTS_FILE = "endpoints.json"
LOCK_TRIES = 4
LOCK_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class ChainHome:
    """Home of one chain node. Sign state and keys lie outside `data`, so that a reset of data keeps them."""

    folder: Path

    @property
    def config_file(self) -> Path:
        """`ChainConfig` as TOML."""
        return self.folder / "config.toml"

    @property
    def genesis_file(self) -> Path:
        """The genesis document, whose bytes are hashed into the chain's identity."""
        return self.folder / "genesis.json"

    def genesis(self) -> bytes:
        """Return the genesis document. Raises: BadConfig when it cannot be read."""
        try:
            return self.genesis_file.read_bytes()
        except OSError as error:
            raise BadConfig(f"{self.genesis_file}: {error}") from None

    @property
    def holdings_file(self) -> Path:
        """Accounts of genesis that are too many for the document, which names the file by hash."""
        return self.folder / "genesis.holdings"

    @property
    def validator_keys_file(self) -> Path:
        """Seeds of the local validators (mode 0600)."""
        return self.folder / "validators.json"

    @property
    def sign_state_file(self) -> Path:
        """What the local validators signed last."""
        return self.folder / "sign_state.json"

    @property
    def state_folder(self) -> Path:
        """The application's store."""
        return self.folder / "data" / "state"

    @property
    def blocks_folder(self) -> Path:
        """The engine's store."""
        return self.folder / "data" / "blocks"

    @property
    def node_file(self) -> Path:
        """How the node does: its supervisor's report."""
        return self.run_folder / "node.json"

    @property
    def engine_log_file(self) -> Path:
        """What the engine said, a JSON object a line."""
        return self.folder / "engine.log"

    @property
    def node_key_file(self) -> Path:
        """Seed of the key other nodes know this one by (mode 0600)."""
        return self.folder / "node_key.json"

    @property
    def comet_sign_state_file(self) -> Path:
        """What the validator signed last on CometBFT, in its format."""
        return self.folder / "priv_validator_state.json"

    @property
    def comet_folder(self) -> Path:
        """CometBFT's home, made anew at each start."""
        return self.folder / "engine"

    @property
    def comet_data_folder(self) -> Path:
        """CometBFT's stores and its log of messages."""
        return self.folder / "data" / "engine"

    @property
    def snapshots_folder(self) -> Path:
        """Exported versions, a folder a height."""
        return self.folder / "snapshots"

    @property
    def log_file(self) -> Path:
        """What the node did, a JSON object a line."""
        return self.folder / "node.log"

    @property
    def run_folder(self) -> Path:
        """Where the programs of a node on CometBFT tell each other their private addresses."""
        return self.folder / "run"

    @property
    def app_file(self) -> Path:
        """Written when the application listens for its engine."""
        return self.run_folder / "app.json"

    @property
    def app_log_file(self) -> Path:
        """What the application did, a JSON object a line."""
        return self.folder / "app.log"

    @property
    def engine_file(self) -> Path:
        """Written for the edges before they start: where the engine's private RPC and figures are."""
        return self.run_folder / "engine.json"

    @property
    def edges_file(self) -> Path:
        """Written by the edges when they listen."""
        return self.run_folder / "edges.json"

    @property
    def edges_log_file(self) -> Path:
        """What the edges did, where they are a program of their own."""
        return self.folder / "edges.log"

    @property
    def endpoints_file(self) -> Path:
        """Written when the node listens: its addresses, also those of free ports."""
        return self.folder / ENDPOINTS_FILE


@dataclass(frozen=True, slots=True)
class NetworkHome:
    """Home of a network: its chains, relays, keys and the state of its processes."""

    folder: Path

    @property
    def config_file(self) -> Path:
        """`NetworkConfig` as TOML."""
        return self.folder / "network.toml"

    @property
    def keys_folder(self) -> Path:
        """Sealed keys and the development keys."""
        return self.folder / "keys"

    @property
    def certificates_folder(self) -> Path:
        """Certificates of consortiums, one folder a business chain."""
        return self.folder / "ca"

    @property
    def light_folder(self) -> Path:
        """Headers the light client has proven, one file a chain."""
        return self.folder / "light"

    @property
    def state_file(self) -> Path:
        """What the supervisor reports: phase, processes, endpoints."""
        return self.folder / "running.json"

    @property
    def log_file(self) -> Path:
        """What the supervisor did."""
        return self.folder / "network.log"

    def chain(self, folder: str) -> ChainHome:
        """Return the home of one of its chains."""
        return ChainHome(self.folder / folder)

    def node(self, name: str) -> ChainHome:
        """Return the home of one of the further nodes its chains have."""
        return ChainHome(self.folder / "nodes" / name)

    @property
    def watcher_folder(self) -> Path:
        """Home of the program that compares the chains."""
        return self.folder / "watcher"

    def relay(self, number: int) -> Path:
        """Return the home of one of its relays."""
        return self.folder / "relays" / str(number)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the home for this process. Raises: HomeInUse naming the other process."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_lock_file(folder), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _taken(descriptor):
            other = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise HomeInUse(
                f"{folder} is in use by process {other}", f"qos down --home {folder}, or give another --home"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # `holder` asks by taking the lock for a moment.
            time.sleep(LOCK_PAUSE_S)
        else:
            return True
    return False


def holder(folder: Path) -> int | None:
    """Return the process that holds a home, or None when nobody does."""
    try:
        descriptor = os.open(_lock_file(folder), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        return int(text) if text.isdecimal() else None
    finally:
        os.close(descriptor)
    return None


def _lock_file(folder: Path) -> Path:
    return folder / "lock"


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old or the new text, never half."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    part.replace(path)
