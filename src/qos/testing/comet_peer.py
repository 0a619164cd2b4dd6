"""A running CometBFT 0.38 with its key-value application, and a node of ours, for comparing their answers."""

import json
import re
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.sync.client import ClientConnection

from qos.base.blocktime import parse_rfc3339
from qos.lightclient.comet_json import parse_validators_page
from qos.lightclient.evidence_json import render_evidence
from qos.testing.engine_program import engine_program
from qos.testing.engine_worlds import seeds_of
from qos.testing.offences import double_vote
from qos.testing.served_engine import open_engine, serving
from qos.testing.waiting import until

DEADLINE_S: Final = 60
_QUIET: Final = "create_empty_blocks = false"
_FIRST_TXS: Final = 5
SEED_BYTES: Final = 32
"""The public key follows in the engine's file."""


def text(data: bytes) -> str:
    """Write bytes as the RPC takes them."""
    return b64encode(data).decode()


def ask(socket: ClientConnection, method: str, **params: object) -> Any:
    """Call a method over a websocket and return the next frame."""
    socket.send(json.dumps({"jsonrpc": "2.0", "id": 9, "method": method, "params": params}))
    return json.loads(socket.recv(timeout=20))


class Node:
    """A node by its address; `seed` is its validator's."""

    def __init__(self, port: int, seed: bytes) -> None:
        self.seed = seed
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
        self.websocket = f"ws://127.0.0.1:{port}/websocket"

    def call(self, method: str, **params: object) -> Any:
        """Return the answer to a JSON-RPC request."""
        return self.http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()

    def commit(self, tx: bytes) -> Any:
        """Hand in a transaction and wait for its block."""
        return self.call("broadcast_tx_commit", tx=text(tx))["result"]

    def vote_twice(self) -> None:
        """Hand in two votes of its validator at the first height."""
        header = self.call("commit", height="1")["result"]["signed_header"]["header"]
        members = parse_validators_page(self.call("validators", height="1")["result"]).validators
        evidence = double_vote(
            self.seed,
            header["chain_id"],
            height=1,
            time_ns=parse_rfc3339(header["time"]),
            powers=[(each.address, each.voting_power) for each in members],
        )
        answer = self.call("broadcast_evidence", evidence=render_evidence(evidence))
        assert "result" in answer, answer


@contextmanager
def running_comet(home: Path) -> Iterator[Node]:
    """Run CometBFT with one validator that makes blocks of transactions, and hand in a few."""
    program = engine_program()
    subprocess.run([program, "init", "--home", home], check=True, capture_output=True)
    config = home / "config" / "config.toml"
    quick = re.sub(r'timeout_commit = "\w+"', 'timeout_commit = "100ms"', config.read_text())
    config.write_text(quick.replace("create_empty_blocks = true", _QUIET))
    log = home / "log"
    ports = ("--rpc.laddr", "tcp://127.0.0.1:0", "--p2p.laddr", "tcp://127.0.0.1:0")
    with log.open("wb") as output:
        process = subprocess.Popen([program, "node", "--home", home, "--proxy_app", "kvstore", *ports], stdout=output)
    try:
        node = Node(_rpc_port(log), _seed(home))
        for number in range(_FIRST_TXS):
            node.commit(b"k%d=v" % number)
        yield node
        node.http.close()
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def running_ours(home: Path) -> Iterator[Node]:
    """Run the embedded engine with a key-value application, and hand in as many transactions."""
    with serving(open_engine(home)) as served:
        node = Node(served.http.base_url.port or 0, seeds_of(1)[0])
        for number in range(_FIRST_TXS):
            node.commit(b"from:bob:k%d=v" % number)
        yield node
        node.http.close()


def _seed(home: Path) -> bytes:
    key = json.loads((home / "config" / "priv_validator_key.json").read_text())["priv_key"]
    return b64decode(key["value"])[:SEED_BYTES]


def _rpc_port(log: Path) -> int:
    """Return the port a starting node says it listens on."""
    found = until(lambda: re.search(r"serve.*?127\.0\.0\.1:(\d+)", log.read_text()), f"the port in {log}")
    return int(found[1])
