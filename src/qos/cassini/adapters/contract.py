"""The adapter contract: all that a relay needs of a chain, whatever family it is of (WP 1.5, adapter pattern).

An adapter believes no node: what it returns as Seen or Absent it has proven by its own verifying client. Every call
may raise `AdapterUnavailable`, which says nothing about the chain.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

from qos.base.errors import QosError
from qos.base.identifiers import Address
from qos.cassini.findings import Finding, Queue, SeenInbox
from qos.cassini.messages import Deliver, HeadSeen, Inquiry, QueuesRead, Report
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.qos_qcp_v1 import MsgCheckpoint


class AdapterUnavailable(QosError):
    """No source of the chain answers, or it refuses what was submitted."""


class Adapter(ABC):
    """One chain."""

    chain_id: str

    @abstractmethod
    def follow(self) -> AsyncIterator[HeadSeen]:
        """Yield new blocks as hints, for ever; gaps and repeats are harmless."""

    @abstractmethod
    async def queues(self, peer: str) -> QueuesRead:
        """Read how far the queues with a peer have come: outbox sequence and inbox read-back."""

    @abstractmethod
    async def registration(self, source: str) -> Queue:
        """Read what this chain, as a destination, registered for a source."""

    @abstractmethod
    async def prove(self, inquiry: Inquiry, now_ns: int) -> Finding:
        """Prove packets of an outbox of this chain under a final header; Unknown when it cannot be told."""

    @abstractmethod
    async def path(self, trusted: TrustedState, height: int, now_ns: int) -> tuple[LightBlock, ...]:
        """Return the headers, up to the one of a height, that lead a foreign light client there from what it trusts."""

    @abstractmethod
    async def newest_height(self) -> int:
        """Return the height of the newest block."""

    @abstractmethod
    async def deliver(self, delivery: Deliver, source: "Adapter", now_ns: int) -> bytes:
        """Submit a batch from a source to this chain; returns the transaction's 32-byte hash once a node took it."""

    @abstractmethod
    async def keep_trust(self, source: "Adapter", now_ns: int) -> bytes:
        """Give this chain's light client of a source a newer header once a third of its trusting period is over.

        Returns the transaction's hash, nothing while the client is fresh.
        """

    async def inbox(self, queue_id: bytes, now_ns: int) -> SeenInbox:
        """Prove how far this chain, as a destination, has received a queue.

        Of a chain whose family has no such proof nothing is brought home before its result.
        """
        del queue_id, now_ns
        raise AdapterUnavailable(f"{self.chain_id} does not prove how far it has received")

    async def bring_home(self, destination: "Adapter", first: int, now_ns: int) -> bytes:
        """Refund requests of this chain from a sequence on that missed their timeout (Q7).

        Returns the transaction's hash, nothing when none did.
        """
        del destination, first, now_ns
        return b""

    async def asset_proofs(self, height: int, submitter: Address, now_ns: int) -> tuple[MsgCheckpoint, ...]:
        """Prove all assets of this chain under its header of a height, for a peer's record of them.

        A chain without a ledger that a peer could read has nothing to record.
        """
        del height, submitter, now_ns
        return ()

    @abstractmethod
    async def report(self, report: Report) -> bytes:
        """Submit evidence of a relay's contradiction; returns the transaction's hash."""
