"""The edges of a node beside CometBFT, a process of their own as the node's supervisor starts it."""

import json
import re
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any

import httpx

from qos.testing.comet_node import CometNode
from qos.testing.waiting import until

PROGRAM = ("-m", "qos.node.run_edges")
SETTINGS = (
    ("max_request_batch_size", "20"),
    ("max_subscription_clients", "300"),
    ("experimental_subscription_buffer_size", "20000"),
    ("experimental_websocket_write_buffer_size", "20000"),
)
"""What edges need of the engine's configuration."""


class CometEdges:
    """The edges of a node that runs, with their addresses."""

    def __init__(self, node: CometNode) -> None:
        """Start them and wait until they listen."""
        self.node = node
        self.tell_engine(str(node.http.base_url).rstrip("/"))
        self.start()

    def tell_engine(self, url: str) -> None:
        """Write where the engine is, as the supervisor does."""
        home = self.node.home
        home.run_folder.mkdir(exist_ok=True)
        home.engine_file.write_text(json.dumps({"rpc": url}))

    def start(self) -> None:
        """Start the program."""
        home = self.node.home
        command = [sys.executable, *PROGRAM, "--home", str(home.folder)]
        with (home.folder / "edges-errors").open("ab") as errors:
            self.process = subprocess.Popen(command, stderr=errors)
        told = until(self._told, "edges")
        self.rpc, self.grpc, self.rest, self.metrics = (str(told[name]) for name in ("rpc", "grpc", "rest", "metrics"))
        self.http = httpx.Client(base_url=self.rpc, timeout=20)
        self.websocket = re.sub("^http", "ws", self.rpc) + "/websocket"

    def _told(self) -> dict[str, Any] | None:
        home = self.node.home
        assert self.process.poll() is None, (home.folder / "edges-errors").read_text()
        with suppress(FileNotFoundError):
            told: dict[str, Any] = json.loads(home.edges_file.read_text())
            return told if told["pid"] == self.process.pid else None
        return None

    def call(self, method: str, **params: object) -> Any:
        """Return the JSON-RPC answer to a call."""
        return self.http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()

    def close(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop the program as its supervisor does, or by another signal; returns its exit code."""
        self.http.close()
        self.process.send_signal(number)
        return self.process.wait(15)
