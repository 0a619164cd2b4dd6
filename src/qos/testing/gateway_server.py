"""A gateway's server in a thread of this process, over real TLS connections, with certificates of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qos.rpc.backend.journal import Journal
from qos.rpc.backend.server import Parts, Server, Tls
from qos.sdk.gateway import Files, Gateway
from qos.wallet.certificates import to_pem
from qos.wallet.io.ca_folder import CaFolder

DEADLINE_S = 10


def ca_of(folder: Path, organisation: str) -> CaFolder:
    """Make a consortium with a provider, who has the nodes `gateway` and `orders`, and a rival, who has `theirs`."""
    made = CaFolder(folder)
    made.init(f"{organisation} consortium", days=10)
    made.issue_member("member", organisation, days=10)
    made.issue_member("rival", "Rival", days=10)
    made.issue_node("gateway", "member", days=10, hosts=("localhost", "127.0.0.1"))
    made.issue_node("orders", "member", days=10)
    made.issue_node("theirs", "rival", days=10)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningGateway:
    """Where a gateway listens, and the certificates of its consortium."""

    address: str
    certificates: CaFolder

    def client(self, name: str, folder: CaFolder | None = None) -> Gateway:
        """Return a connection with the certificate of a name, of another consortium's folder when given."""
        own = folder or self.certificates
        files = Files(root=self.certificates.crt("root"), certificate=own.crt(name), key=own.key(name))
        return Gateway(self.address, files)


@contextmanager
def serving_gateway(
    parts_of: Callable[[Journal], Parts], journal_file: Path, certificates: CaFolder
) -> Iterator[RunningGateway]:
    """Serve with the certificate `gateway` until the block is left; a journal belongs to the thread that serves."""
    ports: list[int] = []
    loop, listening, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    key, root = certificates.key("gateway").read_bytes(), certificates.entry("root")
    tls = Tls(certificates=to_pem(*certificates.entry("gateway").chain), key=key, roots=to_pem(root.chain[0]))

    async def serve() -> None:
        journal = Journal(journal_file)
        server = Server(parts_of(journal), tls)
        ports.append(server.listen("127.0.0.1", 0))
        listening.set()
        await server.serve(stop)
        journal.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    if not listening.wait(DEADLINE_S):
        raise AssertionError("the gateway does not listen")
    try:
        yield RunningGateway(address=f"127.0.0.1:{ports[0]}", certificates=certificates)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE_S)
        loop.close()
    if thread.is_alive():
        raise AssertionError("the gateway does not stop")
