"""Chains of a network that answer."""

from dataclasses import dataclass
from pathlib import Path

from qos.base.strictjson import BadJson, parse_json
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.node import status
from qos.node.config import NetworkChain


@dataclass(frozen=True, slots=True)
class Link:
    """A chain that answers: its place in the network and its addresses; gRPC's is host and port."""

    chain: NetworkChain
    rpc: str
    grpc: str = ""
    rest: str = ""


def read_link(chain: NetworkChain, file: Path, pid: int) -> Link | None:
    """Return where the process that wrote the file of endpoints listens, None until it has."""
    try:
        content = parse_json(file.read_bytes())
    except (OSError, BadJson):
        return None
    if not isinstance(content, dict) or content.get("pid") != pid:
        return None
    return Link(chain, rpc=str(content["rpc"]), grpc=str(content["grpc"]), rest=str(content["rest"]))


async def has_block(address: str) -> bool:
    """Tell whether a chain answers and has made a block."""
    async with HttpTransport(address) as node:
        try:
            return (await node.send(status())).height > 0
        except ClientError:
            return False
