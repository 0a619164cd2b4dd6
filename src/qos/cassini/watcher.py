"""Pausing the queues between two chains when more circulates than is set aside (R6). A watcher is no relay (Q12).

A chain that has received what was never sent cannot be compared, and that is how packets of stolen relay keys look: it
is a gap too, once the sender still has not sent it a second later.
"""

from dataclasses import dataclass

from qos.base.blocktime import SECOND_NS
from qos.cassini.adapters.delivery import registered_peer
from qos.cassini.conservation import compared
from qos.cassini.pace import Pace
from qos.cassini.submitter import Submitter
from qos.client.calls import Transport
from qos.client.errors import ClientError
from qos.modules.crosschain.qcp.conservation import Comparison
from qos.proto.records.qos_qcp_v1 import MsgFreeze

PAUSE_GAS = 300_000
PAUSE_AGAIN_NS = 3 * SECOND_NS
UNSENT_NS = SECOND_NS
"""Packets nobody has sent for so long are no late answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A chain that is watched: its node, and the pauser's account there."""

    chain_id: str
    node: Transport
    pauser: Submitter


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause that was asked for, and why it was refused if it was."""

    chain_id: str
    peer: str
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look showed, and the pauses it led to."""

    comparison: Comparison
    pauses: tuple[Pause, ...] = ()


class Watcher:
    """Looks at one pair of chains; call `look` after every block of either."""

    def __init__(self, one: Watched, other: Watched) -> None:
        """Have paused nothing yet."""
        self._pair = (one, other)
        self._pace = Pace()
        self._unsent_since_ns: int | None = None

    async def look(self, now_ns: int) -> Sight:
        """Compare, and pause deliveries both ways if there is a gap and they are not paused; again when that lapses.

        Raises: Refused, CallFailed, BadAnswer, Unreachable when the chains cannot be read.
        """
        one, other = self._pair
        found = await compared((one.chain_id, one.node), (other.chain_id, other.node))
        if not found.gaps and not self._stays_unsent(found, now_ns):
            return Sight(comparison=found)
        pauses = [await self._pause(each, peer, now_ns) for each, peer in ((one, other), (other, one))]
        return Sight(comparison=found, pauses=tuple([each for each in pauses if each is not None]))

    def _stays_unsent(self, found: Comparison, now_ns: int) -> bool:
        if not found.unsent:
            self._unsent_since_ns = None
            return False
        if self._unsent_since_ns is None:
            self._unsent_since_ns = now_ns
        return now_ns - self._unsent_since_ns >= UNSENT_NS

    async def _pause(self, chain: Watched, peer: Watched, now_ns: int) -> Pause | None:
        paused_until = (await registered_peer(chain.node, peer.chain_id)).paused_until
        if (paused_until is not None and now_ns < paused_until) or not self._pace.take(
            chain.chain_id, now_ns, PAUSE_AGAIN_NS
        ):
            return None
        message = MsgFreeze(submitter=chain.pauser.address, chain_id=peer.chain_id)
        try:
            await chain.pauser.send(chain.node, (message,), PAUSE_GAS)
        except ClientError as error:
            return Pause(chain_id=chain.chain_id, peer=peer.chain_id, refused=str(error))
        return Pause(chain_id=chain.chain_id, peer=peer.chain_id)
