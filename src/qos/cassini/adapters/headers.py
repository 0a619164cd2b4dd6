"""Final headers of one chain, proven by a light client of our own."""

from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.lightblocks import follow, light_block
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import Options
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_types import Header

KEPT_HEADERS = 512
MAX_STEPS_BACK = 64
"""How far below what is trusted a header may lie: it is reached by the hash each header has of the one before."""


class ProvenHeaders:
    """What was proven of one chain, starting from a state somebody vouched for."""

    def __init__(
        self, root: TrustedState, options: Options, *, kept: int = KEPT_HEADERS, steps_back: int = MAX_STEPS_BACK
    ) -> None:
        """Trust the root; `kept` headers are remembered, at least as many as may be stepped back."""
        self.trusted = root
        self._options = options
        self._kept, self._steps_back = kept, steps_back
        self._known: dict[int, tuple[Header, bytes]] = {}

    async def proven(self, node: Transport, height: int, now_ns: int) -> tuple[Header, bytes]:
        """Return the header of a height and its hash.

        Raises: subclasses of Invalid, CallFailed, BadAnswer, Unreachable.
        """
        found = self._known.get(height)
        if found is None:
            await (self._forward if height > self.trusted.height else self._backward)(node, height, now_ns)
            found = self._known[height]
        return found

    async def _forward(self, node: Transport, height: int, now_ns: int) -> None:
        for step in await follow(node, self.trusted, height, options=self._options, now_ns=now_ns):
            self._keep(step.header, step.state.header_hash)
            self.trusted = step.state

    async def _backward(self, node: Transport, height: int, now_ns: int) -> None:
        """Walk down from the nearest known header; each names the one before by its hash."""
        above = min([known for known in self._known if known > height], default=0)
        if not above:
            # Only after a start: the trusted state holds no header, so the chain is proven one block further first.
            await self._forward(node, self.trusted.height + 1, now_ns)
            above = self.trusted.height
        if above - height > self._steps_back:
            raise BadAnswer(f"header {height} lies too far below {above}")
        for at in range(above - 1, height - 1, -1):
            expected = self._known[at + 1][0].last_block_id.hash
            header = (await light_block(node, at)).signed_header.header
            if header.height != at or header_hash(header) != expected:
                raise BadAnswer(f"header {at} is not the one header {at + 1} follows")
            self._keep(header, expected)

    def _keep(self, header: Header, name: bytes) -> None:
        self._known[header.height] = (header, name)
        while len(self._known) > self._kept:
            del self._known[min(self._known)]


async def path_from(
    node: Transport, trusted: TrustedState, height: int, options: Options, now_ns: int
) -> tuple[LightBlock, ...]:
    """Return the blocks that lead a light client from what it trusts to a height.

    Raises: subclasses of Invalid, CallFailed, BadAnswer, Unreachable.
    """
    steps = await follow(node, trusted, height, options=options, now_ns=now_ns)
    return tuple([step.block for step in steps])
