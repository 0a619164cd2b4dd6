"""What goes into a relay's brain and what comes out of it."""

from dataclasses import dataclass

from qos.cassini.findings import Finding, Queue, Route
from qos.modules.crosschain.qcp.equivocation import Statement
from qos.proto.records.qos_qcp_v1 import Attestation, ProvenPacket
from qos.proto.records.qos_relay_v1 import Batch, Member, MsgObserve, MsgRecordSubmission, MsgSign, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSeen:
    """A chain has a new block; `changed` when it may have changed anything. A hint, never a fact."""

    chain_id: str
    height: int
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesRead:
    """How far the queues between a chain and a peer had come after the block of a height, as the chain says."""

    chain_id: str
    peer: str
    height: int
    outbox: int
    inbox: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRegistered:
    """What the destination of a route registered for it."""

    queue: Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRead:
    """The Cassini chain's members, its batches from the asked number on, and votes of the asked queues."""

    members: tuple[Member, ...]
    batches: tuple[Batch, ...]
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to an Inquiry."""

    inquiry: "Inquiry"
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A node took a transaction into its mempool; whether it took effect is read back.

    `behind` are the transactions of batches that went along with a delivery, as many as were taken.
    """

    order: "Order"
    tx_hash: bytes
    behind: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An order could not be carried out: nobody answered, or it was refused."""

    order: "Order"
    reason: str


Event = HeadSeen | QueuesRead | QueueRegistered | GroupRead | Found | Accepted | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadQueues:
    """Ask a chain for its queues with a peer."""

    chain_id: str
    peer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRegistration:
    """Ask the destination of a route for queue id, epoch and trust mode."""

    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadGroup:
    """Ask the Cassini chain for members, batches from a number on and votes of some queues."""

    from_number: int
    queue_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Prove the packets from `first` on under the header of a height; `last` 0 means as many as one batch takes."""

    queue: Queue
    height: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote:
    """Vote on the Cassini chain (round one)."""

    message: MsgObserve


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSignature:
    """Sign a batch on the Cassini chain (round two); the signature is in the sign log already."""

    message: MsgSign


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSubmission:
    """Put on record on the Cassini chain that batches were handed in together: all of them or none."""

    messages: tuple[MsgRecordSubmission, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Show a chain that a relay contradicted itself; `peer` is whose relays it was, empty on the Cassini chain."""

    chain_id: str
    peer: str
    key: bytes
    first: Statement
    second: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Submit an attested batch, or what is left of it, to its destination, with its header where that is needed.

    `has_header` says that what was handed in before brings the same header; `behind` are the attested batches right
    behind it that go along.
    """

    queue: Queue
    number: int
    attestation: Attestation
    hashes: tuple[bytes, ...]
    packets: tuple[ProvenPacket, ...]
    has_header: bool = False
    behind: tuple["Deliver", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepTrust:
    """Give the destination's light client a newer header if the one it has is older than a third of its period."""

    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class BringHome:
    """Refund what requests from a sequence on carried that missed their timeout undelivered (Q7)."""

    route: Route
    first: int


Order = (
    ReadQueues
    | ReadRegistration
    | ReadGroup
    | Inquiry
    | CastVote
    | SendSignature
    | RecordSubmission
    | Report
    | Deliver
    | KeepTrust
    | BringHome
)
