"""A gateway's parts over a world of chains and relays, with a network that loses what a test says."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from qos.base.identifiers import BASE_DENOM, Address
from qos.chains.business import BUSINESS
from qos.client.calls import Call, Transport
from qos.client.errors import Unreachable
from qos.client.transactions import PrivateKey
from qos.machine.chain import Chain
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer, SendRequest, SendResponse
from qos.rpc.backend.arrivals import Arrivals
from qos.rpc.backend.journal import Journal
from qos.rpc.backend.sending import Sending
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_world import QOS, SHOP, RelayWorld, run_now

T = TypeVar("T")
CALLER = "Shop/orders"


class Killed(BaseException):
    """The gateway's process ended here."""


class Wire(Transport):
    """Carries calls to the business chain's node; waiting makes blocks.

    `faults` tells what happens to each broadcast: `ok`, `unsent` and `unheard` (the call or its answer is lost),
    `killed` and `killed late` (the process ends before or behind it).
    """

    def __init__(self, world: RelayWorld) -> None:
        self._world = world
        self.faults: Iterator[str] = iter(())
        self.broadcasts = 0

    async def send(self, call: Call[T]) -> T:
        """Carry a call. Raises: Unreachable, Killed, and as the node."""
        node = self._world.nodes[SHOP]
        if call.method != "broadcast_tx_sync":
            return await node.send(call)
        fault = next(self.faults, "ok")
        if fault == "killed":
            raise Killed
        if fault == "unsent":
            raise Unreachable(SHOP, "connection refused")
        self.broadcasts += 1
        answer = await node.send(call)
        if fault == "killed late":
            raise Killed
        if fault == "unheard":
            raise Unreachable(SHOP, "the connection was cut")
        return answer

    async def pause(self, duration_ms: int) -> None:
        """Let a step of the world pass."""
        del duration_ms
        self._world.step()


class BackendWorld:
    """Chains, relays and one gateway that sends as Alice. `spoke` is the business chain's list of modules."""

    def __init__(self, folder: Path, spoke: Chain = BUSINESS) -> None:
        self.chains = RelayWorld(spoke=spoke)
        self.wire = Wire(self.chains)
        self._file = folder / "journal.db"
        self._journal = Journal(self._file)
        self.arrivals = Arrivals(self.wire)
        self.restart()

    def restart(self) -> None:
        """Start the gateway again with nothing but its journal."""
        self._journal.close()
        self._journal = Journal(self._file)
        self.sending = Sending(self.wire, PrivateKey(ALICE.private), self._journal)

    def send(self, request: SendRequest, caller: str = CALLER) -> SendResponse:
        """Send. Raises: as `Sending.send`."""
        return run_now(self.sending.send(caller, request))

    def sent(self) -> int:
        """Return how many packets are in the outbox."""
        return self.chains.queue(SHOP, QOS).outbox

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


def payment(key: str, amount: int = 5, *, to: Address = BOB.address, destination: str = QOS) -> SendRequest:
    """Return the wish to send an amount of the business chain's coin."""
    coin = Coin(denom=BASE_DENOM, amount=amount)
    return SendRequest(key=key, transfer=MsgSendTransfer(destination=destination, recipient=to, amount=coin))
