"""What several sources of one chain agree on: each has a light client of its own, and a fork is told to all (R2)."""

from collections.abc import Sequence

from qos.base.errors import RuleViolation
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.headers import ProvenHeaders
from qos.cassini.findings import ProvenHeader
from qos.client.calls import Transport
from qos.client.errors import BadAnswer, ClientError, Forked
from qos.client.lightblocks import commit, follow
from qos.client.witnesses import NamedNode, Proof, hold_against
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import Options
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.proto.records.tendermint_types import Header

WANTED_SOURCES = 2


class Agreement:
    """The sources of a chain; two have to prove a header, or the only one there is."""

    def __init__(self, chain_id: str, sources: Sequence[Transport], root: TrustedState, options: Options) -> None:
        """Trust the root."""
        self._chain_id = chain_id
        self._sources = [NamedNode(name=f"source {number}", node=node) for number, node in enumerate(sources, start=1)]
        self._clients = [ProvenHeaders(root, options) for _ in sources]
        self._wanted = min(len(sources), WANTED_SOURCES)
        self._options = options
        self._common = root
        self._fork = ""

    @property
    def trusted(self) -> TrustedState:
        """Return the newest state all sources proved."""
        return min((client.trusted for client in self._clients), key=lambda state: state.height)

    async def final(self, height: int, now_ns: int) -> ProvenHeader:
        """Return a header that enough sources prove. Raises: AdapterUnavailable.

        A source that shows what it cannot prove counts as silent, but two that prove different headers are a fork:
        both are told of it, and from then on nothing is known of the chain.
        """
        if self._fork:
            raise AdapterUnavailable(self._fork)
        found: dict[bytes, tuple[NamedNode, Header]] = {}
        proofs = 0
        reasons: list[str] = []
        for source, client in zip(self._sources, self._clients, strict=True):
            try:
                header, name = await client.proven(source.node, height, now_ns)
            except (ClientError, RuleViolation) as error:
                reasons.append(str(error))
                continue
            found.setdefault(name, (source, header))
            proofs += 1
        if len(found) > 1:
            (one, _), (other, _), *_ = found.values()
            self._fork = f"{self._chain_id} forked: {await self._tell(one, other, height, now_ns)}"
            raise AdapterUnavailable(self._fork)
        if proofs < self._wanted:
            raise AdapterUnavailable(f"{self._chain_id}: {proofs} sources prove header {height}: {'; '.join(reasons)}")
        self._remember()
        ((name, (_, header)),) = found.items()
        return ProvenHeader(height=height, header_hash=name, app_hash=header.app_hash)

    async def confirm(self, header: Header) -> None:
        """Return when enough sources show a header that one of them proved. Raises: BadAnswer."""
        if len(self._sources) == 1:
            return  # the only one there is has just shown it
        showing = 0
        for source in self._sources:
            try:
                shown = (await source.node.send(commit(header.height))).header
            except ClientError:
                continue
            showing += header_hash(shown) == header_hash(header)
        if showing < self._wanted:
            raise BadAnswer(f"{showing} sources show the header {header.height} that one of them proves")

    def _remember(self) -> None:
        """Keep the newest header all sources have: a fork is looked for from there on."""
        if len({client.trusted.header_hash for client in self._clients}) == 1:
            self._common = self._clients[0].trusted

    async def _tell(self, one: NamedNode, other: NamedNode, height: int, now_ns: int) -> str:
        """Find where two sources part, hand each the other's header, and return what became of it."""
        try:
            path = await follow(one.node, self._common, height, options=self._options, now_ns=now_ns)
            proof = Proof(source=one, start=self._common, path=path, options=self._options, now_ns=now_ns)
            await hold_against(proof, other)
        except Forked as fork:
            return str(fork)
        except (ClientError, RuleViolation) as error:
            return f"{one.name} and {other.name} prove different headers of height {height}; no evidence: {error}"
        raise AdapterUnavailable(f"{other.name} of {self._chain_id} shows another header {height} each time")
