"""Which ports the nodes of a network listen on."""

from dataclasses import dataclass
from random import SystemRandom

from qos.node.errors import PortTaken
from qos.node.sockets import listen

RPC_PORT, GRPC_PORT, REST_PORT = 26_657, 9_090, 1_317
"""Where clients look for the first chain of a network."""

PORTS_PER_CHAIN = 100
METRICS_OFFSET, P2P_OFFSET = 3, -1
"""Where a chain's figures and its nodes' own connections are, seen from its RPC."""

PORTS_PER_NODE = 10
FREE_PORTS = range(20_000, 32_768)
"""Where free ports are looked for: below those that hosts give connections to others, one of which would take a port
between its choice and the start of the program that listens on it.
"""

TRIES = 64
_given: set[int] = set()
"""Free ports this program has chosen: nobody listens there yet, and a network's nodes must not share one."""

USUAL_NODES = 5
"""So many nodes of a chain fit between it and the relays; the ports of more are free ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the edges of one chain listen."""

    rpc: int
    grpc: int
    rest: int
    metrics: int
    p2p: int

    def shifted(self, by: int) -> "Ports":
        """Return the same ports, all so much higher."""
        return Ports(
            rpc=self.rpc + by, grpc=self.grpc + by, rest=self.rest + by, metrics=self.metrics + by, p2p=self.p2p + by
        )


def choose_ports(port_base: int, count: int) -> tuple[Ports, ...]:
    """Return the ports of a network's chains: the usual ones for the usual base, free ones for base 0.

    Else gRPC and REST follow the RPC's port. Figures are three above it. All are fixed: a restart keeps them.
    """
    if port_base == 0:
        return free_ports(count)
    starts = [PORTS_PER_CHAIN * index for index in range(count)]
    grpc, rest = (GRPC_PORT, REST_PORT) if port_base == RPC_PORT else (port_base + 1, port_base + 2)
    first = Ports(rpc=port_base, grpc=grpc, rest=rest, metrics=port_base + METRICS_OFFSET, p2p=port_base + P2P_OFFSET)
    return tuple(first.shifted(at) for at in starts)


def free_ports(count: int) -> tuple[Ports, ...]:
    """Return ports for so many chains that nobody listens on now, and that were not returned before.

    Raises: PortTaken when there are none.
    """
    return tuple([Ports(rpc=_free(), grpc=_free(), rest=_free(), metrics=_free(), p2p=_free()) for _ in range(count)])


def _free() -> int:
    for port in SystemRandom().sample(FREE_PORTS, TRIES):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise PortTaken(f"none of {TRIES} ports tried is free", "choose one with --port-base")


def is_free(port: int) -> bool:
    """Tell whether a program of this machine may listen at a port now; a number above all ports is none."""
    try:
        listen("127.0.0.1", port).close()
    except (PortTaken, OverflowError):
        return False
    return True


def node_ports(of_chain: Ports, number: int, *, are_free: bool) -> Ports:
    """Return the ports of a further node of a chain; its first one is number 0."""
    if number == 0:
        return of_chain
    return free_ports(1)[0] if are_free or number >= USUAL_NODES else of_chain.shifted(PORTS_PER_NODE * number)
