"""Which chains of a network a command means, and how it reaches them."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

from qos.cli.errors import UsageError
from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.node.config import NetworkChain
from qos.node.running import RunningChain

TIMEOUT_MS = 5_000
RELAY_CHAIN = "cassini"
C = TypeVar("C", RunningChain, NetworkChain)


def chosen(chains: Sequence[C], name: str) -> C:
    """Return the chain with this folder, chain id or kind. Raises: UsageError naming those there are."""
    for each in chains:
        if name in (each.folder, each.chain_id, each.kind):
            return each
    names = ", ".join([each.folder for each in chains])
    raise UsageError(f"this network has no chain {name!r}", f"--chain is one of: {names}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The chains packets go between, by chain id, and the chain of the relays where there is one."""

    chains: dict[str, Transport]
    relays: Transport | None


async def reached(stack: AsyncExitStack, running: Iterable[RunningChain]) -> Reached:
    """Connect to chains of a network for as long as the stack lasts."""
    chains: dict[str, Transport] = {}
    relays: Transport | None = None
    for each in running:
        node = await stack.enter_async_context(HttpTransport(each.rpc, timeout_ms=TIMEOUT_MS))
        if each.kind == RELAY_CHAIN:
            relays = node
        else:
            chains[each.chain_id] = node
    return Reached(chains=chains, relays=relays)
