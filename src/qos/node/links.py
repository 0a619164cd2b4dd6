"""Chains of a network that answer."""

from dataclasses import dataclass
from pathlib import Path

from qos.base.strictjson import BadJson, parse_json
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.queries import fee_quote
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
    match content:
        case {"pid": int(writer), "rpc": str(rpc), "grpc": str(grpc), "rest": str(rest)} if writer == pid:
            return Link(chain, rpc=rpc, grpc=grpc, rest=rest)
        case _:
            return None


async def has_block(address: str) -> bool:
    """Tell whether a chain answers from the state of a block; its engine tells of a block before it is committed."""
    async with HttpTransport(address) as node:
        try:
            await fee_quote(node)
        except ClientError:
            return False
    return True
