"""One validator on CometBFT over our application, each a process of its own, to be started, killed and asked.

The node's own programs are `qos.node`'s part; here a test holds engine and application apart.
"""

import json
import re
import signal
import socket
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import httpx

from qos.node.comet.config import CometConfig
from qos.node.config import ChainConfig, RpcConfig, SnapshotConfig, render_config
from qos.node.home import ChainHome
from qos.testing.chain import genesis_document
from qos.testing.stake import with_validators
from qos.testing.waiting import until

DEADLINE_S = 180
APP = ("-m", "qos.node.run_app")
CONSENSUS_PARAMS = {
    "block": {"max_bytes": "4194304", "max_gas": "200000000"},
    "evidence": {"max_age_num_blocks": "100000", "max_age_duration": "172800000000000", "max_bytes": "1048576"},
    "validator": {"pub_key_types": ["ed25519"]},
    "version": {"app": "1"},
    "abci": {"vote_extensions_enable_height": "0"},
}
"""What our networks agree on about blocks; left out, the engine has defaults of its own."""


class CometNode:
    """An engine's home, an application's home, and their processes."""

    def __init__(
        self,
        program: Path,
        folder: Path,
        *,
        block_ms: int = 200,
        heartbeat_ms: int = 0,
        every_blocks: int = 0,
        settings: tuple[tuple[str, str], ...] = (),
        kind: Literal["public", "business", "cassini"] = "public",
        genesis: Callable[[str], dict[str, Any]] | None = None,
    ) -> None:
        """Lay out the homes; `settings` replace lines of the engine's configuration, `genesis` takes its key."""
        self.program = program
        self.home = ChainHome(folder / "app")
        self.engine_home = folder / "engine"
        self.home.folder.mkdir(parents=True)
        config = ChainConfig(
            kind=kind,
            moniker="test",
            rpc=RpcConfig(port=0),
            engine=CometConfig(p2p_port=0, block_ms=block_ms, heartbeat_ms=heartbeat_ms),
            snapshots=SnapshotConfig(every_blocks=every_blocks),
        )
        self.home.config_file.write_text(render_config(config))
        subprocess.run([program, "init", "--home", self.engine_home], check=True, capture_output=True)
        self._configure((("timeout_commit", f'"{block_ms}ms"'), ("recheck", "true"), *settings))
        self.key = json.loads((self.engine_home / "config" / "priv_validator_key.json").read_text())
        self.write_genesis((genesis or genesis_of)(self.key["pub_key"]["value"]))
        self.app: subprocess.Popen[bytes] | None = None
        self.engine: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(timeout=20)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.p2p = f"127.0.0.1:{probe.getsockname()[1]}"

    @property
    def seed(self) -> bytes:
        """The validator's ed25519 seed."""
        return b64decode(self.key["priv_key"]["value"])[:32]

    def write_genesis(self, document: Mapping[str, Any]) -> None:
        """Begin with another genesis document."""
        self.genesis = json.dumps(document).encode()
        (self.engine_home / "config" / "genesis.json").write_bytes(self.genesis)

    def _configure(self, settings: tuple[tuple[str, str], ...]) -> None:
        file = self.engine_home / "config" / "config.toml"
        text = file.read_text()
        for name, value in settings:
            text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
            assert count, f"the engine has no setting {name}"
        file.write_text(text)

    def start_app(self, *arguments: str, program: tuple[str, ...] = APP) -> str:
        """Start the application and return its address."""
        command = [sys.executable, *program, "--home", str(self.home.folder), *arguments]
        with (self.home.folder / "errors").open("ab") as errors:
            self.app = subprocess.Popen(command, stderr=errors)
        return str(until(self._told, "application")["abci"])

    def _told(self) -> dict[str, Any] | None:
        assert self.app is not None
        assert self.app.poll() is None, (self.home.folder / "errors").read_text()
        with suppress(FileNotFoundError):
            told: dict[str, Any] = json.loads(self.home.app_file.read_text())
            return told if told["pid"] == self.app.pid else None
        return None

    def follow(self, other: "CometNode") -> None:
        """Become a full node of another one's chain, which takes its newest snapshot. The other one runs."""
        found = other.call("status")
        height = int(found["sync_info"]["latest_block_height"])
        peer = f"{found['node_info']['id']}@{other.p2p}"
        trusted = other.call("commit", height=str(height))["signed_header"]["commit"]["block_id"]["hash"]
        (self.engine_home / "config" / "genesis.json").write_bytes(other.genesis)
        self._configure((("persistent_peers", f'"{peer}"'), ("discovery_time", '"5s"')))
        file = self.engine_home / "config" / "config.toml"
        before, _, after = file.read_text().partition("[statesync]")
        servers = f"{other.http.base_url},{other.http.base_url}"
        for name, value in (
            ("enable", "true"),
            ("rpc_servers", f'"{servers}"'),
            ("trust_height", str(height)),
            ("trust_hash", f'"{trusted}"'),
        ):
            after = re.sub(rf"^{name} = .*$", f"{name} = {value}", after, count=1, flags=re.MULTILINE)
        file.write_text(f"{before}[statesync]{after}")

    def start_engine(self, address: str) -> None:
        """Start the engine; it may end at once when it refuses."""
        log = self.engine_home / "log"
        log.unlink(missing_ok=True)
        ports = ("--rpc.laddr", "tcp://127.0.0.1:0", "--p2p.laddr", f"tcp://{self.p2p}")
        command = [str(self.program), "node", "--home", str(self.engine_home), "--proxy_app", address, *ports]
        with log.open("wb") as output:
            self.engine = subprocess.Popen(command, stdout=output, stderr=output)

    def start(self) -> None:
        """Start both and wait until the engine answers."""
        self.start_engine(self.start_app())
        self.until_answers()

    def until_answers(self) -> None:
        """Wait for the engine's RPC."""
        found = until(self._rpc_port, "RPC")
        self.http.base_url = httpx.URL(f"http://127.0.0.1:{found}")
        until(lambda: self.find("status"), "status")

    def _rpc_port(self) -> str:
        assert self.engine is not None
        text = self.engine_log()
        assert self.engine.poll() is None, text[-3000:]
        found = re.search(r"serve.*?127\.0\.0\.1:(\d+)", text)
        return found[1] if found else ""

    def engine_log(self) -> str:
        """Return what the engine said since its start."""
        return (self.engine_home / "log").read_text(errors="replace")

    def call(self, method: str, **params: object) -> Any:
        """Ask the engine. Raises: AssertionError when it refuses, httpx.HTTPError when it does not answer."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.http.post("/", json=body).json()
        assert "result" in answer, answer
        return answer["result"]

    def find(self, method: str, **params: object) -> Any:
        """Ask the engine; None when it refuses or does not answer."""
        with suppress(httpx.HTTPError, AssertionError):
            return self.call(method, **params)
        return None

    @property
    def height(self) -> int:
        """The newest block of the engine."""
        return int(self.call("status")["sync_info"]["latest_block_height"])

    def until_height(self, height: int) -> None:
        """Wait for a block."""
        until(lambda: self.height >= height, f"block {height}")

    def broadcast(self, tx: bytes, how: str = "sync") -> Any:
        """Hand in a transaction."""
        return self.call(f"broadcast_tx_{how}", tx=b64encode(tx).decode())

    def header_hashes(self, first: int, last: int) -> dict[int, str]:
        """Return the app hash each header names, of the block before."""
        return {at: self.call("header", height=str(at))["header"]["app_hash"] for at in range(first, last + 1)}

    def txs_of(self, height: int) -> list[bytes]:
        """Return the transactions of a block."""
        return [b64decode(each) for each in self.call("block", height=str(height))["block"]["data"]["txs"] or ()]

    def kill(self, process: "subprocess.Popen[bytes] | None", number: signal.Signals = signal.SIGKILL) -> int:
        """End a process and return its code."""
        assert process is not None
        if process.poll() is None:
            process.send_signal(number)
        return process.wait(30)

    def stop(self) -> None:
        """Stop the engine, then the application; both end by themselves."""
        for process in (self.engine, self.app):
            if process is not None:
                self.kill(process, signal.SIGTERM)

    def close(self) -> None:
        """End whatever runs."""
        for process in (self.engine, self.app):
            if process is not None:
                self.kill(process)
        self.http.close()


def genesis_of(key: str) -> dict[str, Any]:
    """Return the genesis of the public chain with one validator, by its key in base64."""
    document = with_validators(genesis_document(), (b64decode(key),))
    return document | {"consensus_params": CONSENSUS_PARAMS, "initial_height": "1", "app_hash": ""}
