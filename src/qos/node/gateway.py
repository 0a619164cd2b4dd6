"""The gateway program: composes the node's address, an account, certificates and a journal into one server."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.client.queries import query
from qos.client.transactions import Signer
from qos.node.errors import BadConfig, PortTaken
from qos.node.home import locked
from qos.node.stopping import stop_event
from qos.proto.records.qos_consortium_v1 import QueryRootsRequest, QueryRootsResponse
from qos.rpc.backend.arrivals import Arrivals
from qos.rpc.backend.callers import Callers
from qos.rpc.backend.journal import Journal
from qos.rpc.backend.sending import Sending
from qos.rpc.backend.server import Parts, Server, Tls
from qos.wallet.certificates import to_pem
from qos.wallet.io.ca_folder import CaFolder

JOURNAL_FILE = "journal.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySetup:
    """What a gateway is made from. `folder` holds its journal, `certificate` names its own in `certificates`."""

    folder: Path
    url: str
    signer: Signer
    certificates: CaFolder
    certificate: str
    host: str
    port: int


async def run_gateway(setup: GatewaySetup, ready: Callable[[str], None]) -> None:
    """Serve until asked to stop; `ready` is called with the address once it listens.

    Raises: HomeInUse, PortTaken, BadConfig, BadCaFolder, Unreachable.
    """
    with locked(setup.folder):
        journal = Journal(setup.folder / JOURNAL_FILE)
        try:
            async with HttpTransport(setup.url) as node:
                roots = await _roots(node)
                own = setup.certificates.entry(setup.certificate)
                parts = Parts(
                    callers=Callers(node, own.content.subject.organisation),
                    sending=Sending(node, setup.signer, journal),
                    arrivals=Arrivals(node),
                )
                tls = Tls(
                    certificates=to_pem(*own.chain),
                    key=setup.certificates.key(setup.certificate).read_bytes(),
                    roots=roots,
                )
                server = Server(parts, tls)
                ready(_listen(server, setup))
                await server.serve(stop_event(until_eof=False))
        finally:
            journal.close()


async def _roots(node: Transport) -> bytes:
    """Return the roots the chain believes, as PEM. Raises: BadConfig when it has none."""
    answer = await node.send(query("/qos.consortium.v1.Query/Roots", QueryRootsRequest(), QueryRootsResponse))
    roots = [root.certificate for root in answer.roots if not root.removed]
    if not roots:
        raise BadConfig(
            "the chain has no consortium, so nobody could call", "make one with qos business new, or choose --chain"
        )
    return to_pem(*roots)


def _listen(server: Server, setup: GatewaySetup) -> str:
    try:
        port = server.listen(setup.host, setup.port)
    except RuntimeError:
        raise PortTaken(
            f"port {setup.port} of {setup.host} is taken or not allowed", "stop the other program, or choose --port"
        ) from None
    return f"[{setup.host}]:{port}" if ":" in setup.host else f"{setup.host}:{port}"


def serve(setup: GatewaySetup, ready: Callable[[str], None]) -> None:
    """Run a gateway until asked to stop. Raises: as `run_gateway`."""
    asyncio.run(run_gateway(setup, ready))
