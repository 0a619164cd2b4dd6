"""A real network for end-to-end tests: `qos up` as a person would type it, clients as their users run them."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

QOS = Path(sys.executable).with_name("qos")
START_DEADLINE_S = 180
COMMAND_DEADLINE_S = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network that is up: its home, endpoints and development keys."""

    home: Path
    rpc: Mapping[str, str]
    grpc: Mapping[str, str]
    rest: Mapping[str, str]
    accounts: Mapping[str, str]
    phrase: str

    def qos(self, *arguments: str, code: int = 0, json_option: bool = True) -> Any:
        """Run a `qos` command with JSON output and return what it printed; its exit code must be `code`."""
        return json.loads(self._said(code, *arguments, *(("--output", "json") if json_option else ())))

    def table(self, *arguments: str) -> list[list[str]]:
        """Run a `qos` command and return the words of each line it printed for people."""
        return [line.split() for line in self._said(0, *arguments).splitlines()]

    def _said(self, code: int, *arguments: str) -> str:
        command = [str(QOS), *arguments, *self._place()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_DEADLINE_S, check=False)
        assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout or done.stderr

    def _place(self) -> tuple[str, ...]:
        return "--home", str(self.home)

    def figures(self, folder: str) -> str:
        """Return the page of figures of a program by its folder in the home."""
        address = json.loads((self.home / folder / "endpoints.json").read_text("utf-8"))["metrics"]
        with urlopen(f"{address}/metrics", timeout=30) as answer:
            page: bytes = answer.read()
        return page.decode()


class SingleNode(Network):
    """A node without a network's home: commands ask its RPC."""

    def _place(self) -> tuple[str, ...]:
        return "--node", self.rpc["public"]


def start(home: Path, *options: str, command: str = "up") -> Network:
    """Start a network in a home, with `qos up` or `qos localnet`, and return when it says it is ready."""
    arguments = [str(QOS), command, "--home", str(home), "--detach", "--port-base", "0", "--output", "json", *options]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=START_DEADLINE_S, check=False)
    assert done.returncode == 0, f"the network did not start:\n{done.stdout}{done.stderr}"
    facts = json.loads(done.stdout)
    keys = json.loads((home / "keys" / "dev.json").read_text("utf-8"))
    edges = {edge: {name: chain[edge] for name, chain in facts["chains"].items()} for edge in ("rpc", "grpc", "rest")}
    return Network(home=home, **edges, accounts=facts["accounts"], phrase=keys["phrase"])


def stop(home: Path) -> None:
    """Stop the network of a home."""
    subprocess.run([str(QOS), "down", "--home", str(home)], capture_output=True, timeout=60, check=False)


def node_script(folder: Path, script: str, argument: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Run a Node script of a client's folder; returns the JSON object of each line it printed."""
    command: Sequence[str] = ("node", script, json.dumps(argument))
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"{script} failed:\n{done.stdout}{done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]
