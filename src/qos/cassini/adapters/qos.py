"""The adapter to chains of the QOS family: CometBFT RPC, ICS-23 proofs, QCP messages."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.cassini.adapters import records, refunds
from qos.cassini.adapters.agreement import Agreement
from qos.cassini.adapters.contract import Adapter, AdapterUnavailable
from qos.cassini.adapters.delivery import (
    delivery_message,
    foreign_trust,
    gas_of,
    refuse_closed,
    registered_peer,
    trusting_period_ns,
    update_messages,
)
from qos.cassini.adapters.headers import path_from
from qos.cassini.adapters.outbox import prove_packets
from qos.cassini.findings import Finding, Queue, Route, SeenInbox, Unknown
from qos.cassini.messages import Deliver, HeadSeen, Inquiry, QueuesRead, Report
from qos.cassini.submitter import Submitter
from qos.client.calls import BatchTransport, Transport
from qos.client.checkpoints import Header, checkpoint_messages
from qos.client.errors import ClientError
from qos.client.node import abci_query, status
from qos.lightclient.verifier import ONE_THIRD, Options
from qos.modules.crosschain.qcp.attestation import quorum
from qos.modules.crosschain.qcp.params import DEFAULT_TRUSTING_PERIOD_NS
from qos.proto.codec import decode_lenient, encode
from qos.proto.record import Record
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.qos_qcp_v1 import (
    MsgCheckpoint,
    MsgReportEquivocation,
    QueryQueueRequest,
    QueryQueueResponse,
    QueueState,
    TrustMode,
)
from qos.store.ics23 import BadProof

T = TypeVar("T")
REPORT_GAS = 1_000_000
KEEP_TRUST_SHARE = 3
"""A foreign client gets a header at least every third of its trusting period (Q12)."""
FOREIGN_OPTIONS = Options(trust_level=ONE_THIRD, trusting_period_ns=DEFAULT_TRUSTING_PERIOD_NS)
"""How clients on chain judge (Q12): what they would refuse is not worth sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QosChain:
    """Where a chain is reached and what is trusted of it; `heads` makes the stream of new blocks."""

    chain_id: str
    sources: tuple[BatchTransport, ...]
    root: TrustedState
    options: Options
    heads: Callable[[], AsyncIterator[HeadSeen]]
    records_peers: bool = False
    """Whether its record of its peers' assets is kept up: the public chain's is (L4)."""


class QosAdapter(Adapter):
    """A chain of the family. With several sources, a header counts only when two of them prove it."""

    def __init__(self, chain: QosChain, submitter: Submitter) -> None:
        """Trust the chain's root; `submitter` pays for what is submitted."""
        self.chain_id = chain.chain_id
        self._chain = chain
        self._submitter = submitter
        self._agreement = Agreement(chain.chain_id, chain.sources, chain.root, chain.options)

    @property
    def trusted(self) -> TrustedState:
        """Return the newest state all sources proved, to be kept for the next start."""
        return self._agreement.trusted

    def follow(self) -> AsyncIterator[HeadSeen]:
        """Yield new blocks as hints."""
        return self._chain.heads()

    async def queues(self, peer: str) -> QueuesRead:
        """Read both queues. Raises: AdapterUnavailable."""
        request = encode(QueryQueueRequest(chain_id=peer))

        async def ask(source: Transport) -> QueuesRead:
            answer = await source.send(abci_query("/qos.qcp.v1.Query/Queue", request))
            queue = decode_lenient(QueryQueueResponse, answer.value).queue or QueueState()
            return QueuesRead(
                chain_id=self.chain_id, peer=peer, height=answer.height, outbox=queue.outbox, inbox=queue.inbox
            )

        return await self._first_of(ask)

    async def registration(self, source: str) -> Queue:
        """Read what this chain registered for a source. Raises: AdapterUnavailable."""
        peer = await self._first_of(lambda node: registered_peer(node, source))
        return Queue(
            route=Route(source=source, destination=self.chain_id),
            queue_id=peer.incoming,
            epoch=peer.epoch,
            with_proof=peer.trust_mode == TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF,
            signers=tuple([key for key in peer.relay_keys if key not in peer.struck_keys]),
            needed=quorum(len(peer.relay_keys)),
        )

    async def prove(self, inquiry: Inquiry, now_ns: int) -> Finding:
        """Prove packets from whichever source can."""
        try:
            header = await self._agreement.final(inquiry.height, now_ns)
        except AdapterUnavailable as error:
            return Unknown(reason=str(error))
        reasons: list[str] = []
        for source in self._chain.sources:
            try:
                return await prove_packets(source, inquiry, header)
            except (ClientError, RuleViolation, BadProof) as error:
                reasons.append(str(error))
        return Unknown(reason="; ".join(reasons))

    async def path(self, trusted: TrustedState, height: int, now_ns: int) -> tuple[LightBlock, ...]:
        """Return headers that lead there. Raises: AdapterUnavailable."""

        async def walk(source: Transport) -> tuple[LightBlock, ...]:
            blocks = await path_from(source, trusted, height, FOREIGN_OPTIONS, now_ns)
            await self._agreement.confirm(blocks[-1].signed_header.header)
            return blocks

        return await self._first_of(walk)

    async def newest_height(self) -> int:
        """Return the height of the newest block. Raises: AdapterUnavailable."""

        async def ask(source: Transport) -> int:
            return (await source.send(status())).height

        return await self._first_of(ask)

    async def deliver(self, delivery: Deliver, source: Adapter, now_ns: int) -> bytes:
        """Submit what is left of a batch, behind the header it needs. Raises: AdapterUnavailable."""

        async def submit(node: Transport) -> bytes:
            refuse_closed(await registered_peer(node, source.chain_id), now_ns)
            updates: tuple[Record, ...] = ()
            if delivery.queue.with_proof and not delivery.has_header:
                height = delivery.attestation.abstract.height
                updates = await self._updates(node, source, height, now_ns)
            messages = (*updates, delivery_message(delivery, self._submitter.address))
            return await self._submitter.send(node, messages, gas_of(messages))

        return await self._first_of(submit)

    async def _updates(self, node: Transport, source: Adapter, height: int, now_ns: int) -> tuple[Record, ...]:
        trusted = await foreign_trust(node, source.chain_id, height)
        if trusted is None:
            return ()
        return update_messages(await source.path(trusted, height, now_ns), self._submitter.address)

    async def keep_trust(self, source: Adapter, now_ns: int) -> bytes:
        """Update an ageing client. Raises: AdapterUnavailable."""
        height = await source.newest_height()

        async def submit(node: Transport) -> bytes:
            trusted = await foreign_trust(node, source.chain_id, height)
            if trusted is None or now_ns - trusted.time < await trusting_period_ns(node) // KEEP_TRUST_SHARE:
                return b""
            updates = update_messages(await source.path(trusted, height, now_ns), self._submitter.address)
            return await self._submitter.send(node, updates, gas_of(updates))

        async def record(node: Transport) -> bytes:
            if not await records.is_due(node, source.chain_id, now_ns):
                return b""
            return await self._record(node, source, height, now_ns)

        updated = await self._first_of(submit)
        return (await self._first_of(record) if self._chain.records_peers else b"") or updated

    async def _record(self, node: Transport, source: Adapter, height: int, now_ns: int) -> bytes:
        """Bring the record of a source's assets up to date, behind the header it needs."""
        sent = b""
        for number, message in enumerate(await source.asset_proofs(height, self._submitter.address, now_ns)):
            updates = () if number else await self._updates(node, source, height, now_ns)
            gas = gas_of(updates) + records.gas_of(message)
            sent = await self._submitter.send(node, (*updates, message), gas)
        return sent

    async def inbox(self, queue_id: bytes, now_ns: int) -> SeenInbox:
        """Prove what this chain has received, under its newest header. Raises: AdapterUnavailable."""
        header = await self._agreement.final(await self.newest_height(), now_ns)

        async def ask(source: Transport) -> SeenInbox:
            return await refunds.proven_inbox(source, queue_id, header)

        return await self._first_of(ask)

    async def bring_home(self, destination: Adapter, first: int, now_ns: int) -> bytes:
        """Refund what missed its timeout and was not received. Raises: AdapterUnavailable."""
        chain_id, submitter = destination.chain_id, self._submitter.address

        async def submit(node: Transport) -> bytes:
            late = await refunds.late_requests(node, chain_id, first, now_ns - refunds.LATE_NS)
            peer = await registered_peer(node, chain_id)
            if not late or peer.frozen_because:
                return b""
            seen = await destination.inbox(peer.outgoing, now_ns)
            found = [
                refunds.refund_message(refunds.Expired(chain_id=chain_id, sequence=number, submitter=submitter), seen)
                for number, timeout_ns in late.items()
                if number > seen.received and timeout_ns < seen.time_ns
            ]
            if not found:
                return b""
            updates = await self._updates(node, destination, seen.proof.height, now_ns)
            return await self._submitter.send(node, (*updates, *found), gas_of((*updates, *found)))

        return await self._first_of(submit)

    async def asset_proofs(self, height: int, submitter: Address, now_ns: int) -> tuple[MsgCheckpoint, ...]:
        """Prove all assets under a header. Raises: AdapterUnavailable."""
        proven = await self._agreement.final(height, now_ns)
        header = Header(chain_id=self.chain_id, height=height, app_hash=proven.app_hash)

        async def ask(source: Transport) -> tuple[MsgCheckpoint, ...]:
            return await checkpoint_messages(source, header, submitter)

        return await self._first_of(ask)

    async def report(self, report: Report) -> bytes:
        """Submit evidence against a relay of the peer named. Raises: AdapterUnavailable."""
        message = MsgReportEquivocation(
            reporter=self._submitter.address,
            chain_id=report.peer,
            key=report.key,
            first=report.first.abstract,
            first_signature=report.first.signature,
            first_hashes=tuple(report.first.hashes),
            second=report.second.abstract,
            second_signature=report.second.signature,
            second_hashes=tuple(report.second.hashes),
        )

        async def submit(node: Transport) -> bytes:
            return await self._submitter.send(node, (message,), REPORT_GAS)

        return await self._first_of(submit)

    async def _first_of(self, act: Callable[[Transport], Awaitable[T]]) -> T:
        """Do something with the first source that lets it be done. Raises: AdapterUnavailable."""
        reasons: list[str] = []
        for source in self._chain.sources:
            try:
                return await act(source)
            except (ClientError, RuleViolation) as error:
                reasons.append(str(error))
        raise AdapterUnavailable(f"{self.chain_id}: {'; '.join(reasons)}")
