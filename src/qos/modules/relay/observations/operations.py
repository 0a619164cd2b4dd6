"""Counting votes and signatures."""

from collections.abc import Sequence
from dataclasses import replace

from qos.base.blocktime import MILLISECOND_NS
from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.crosschain.qcp.attestation import quorum
from qos.modules.crosschain.qcp.state import ROW
from qos.modules.relay.observations.errors import MemberStruck, NotAMember, TooManyVotes, UnknownBatch, UnknownKey
from qos.modules.relay.observations.state import BATCHES, MEMBERS, NEXT_BATCH, QUEUE_BATCHES, VOTED, VOTES
from qos.proto.records.qos_qcp_v1 import Abstract, RelaySignature
from qos.proto.records.qos_relay_v1 import Batch, Member, Submission, Vote
from qos.store.access import Reads

KEPT_BATCHES = 256
"""Batches kept a queue: what is in flight is among the newest few, the rest is for tracking."""
MAX_VOTES = 256
"""Votes a member may have standing: state that nobody pays for has to be bounded."""
EVENT = "relay"


def members(ctx: Reads) -> tuple[Member, ...]:
    """Return the whole group, struck members included: they count in n."""
    return tuple([member for _, member in MEMBERS.items(ctx)])


def active_member(ctx: Reads, address: Address) -> Member:
    """Return a member that may vote and sign. Raises: NotAMember, MemberStruck."""
    member = MEMBERS.require(ctx, address, NotAMember)
    if member.struck:
        raise MemberStruck(address)
    return member


def require_batch(ctx: Reads, number: int) -> Batch:
    """Return a batch that is not retired. Raises: UnknownBatch."""
    return BATCHES.require(ctx, number, UnknownBatch)


def fixed_already(ctx: Reads, abstract: Abstract) -> Batch | None:
    """Return the kept batch with this very abstract: a vote that comes late changes nothing."""
    for _, number in QUEUE_BATCHES.keys(ctx, abstract.queue_id, reverse=True):
        batch = require_batch(ctx, number)
        if batch.abstract == abstract:
            return batch
        if batch.abstract.last < abstract.first:
            break
    return None


def put_vote(ctx: Context, vote: Vote) -> None:
    """Let a member's vote replace the one before on the same queue and first packet. Raises: TooManyVotes."""
    queue_id, first = vote.abstract.queue_id, vote.abstract.first
    key = (vote.relay, queue_id, first)
    if not VOTED.has(ctx, key):
        if len(list(VOTED.keys(ctx, vote.relay, limit=MAX_VOTES))) >= MAX_VOTES:
            raise TooManyVotes(f"a member has at most {MAX_VOTES} votes standing")
        VOTED.add(ctx, key)
    VOTES.set(ctx, (queue_id, first, vote.relay), vote)


def is_agreed(ctx: Reads, vote: Vote) -> bool:
    """Tell whether more than two thirds of the group vote exactly this; who was struck does not count."""
    group = members(ctx)
    active = {member.address for member in group if not member.struck}
    place = ROW.encode((vote.abstract.queue_id, vote.abstract.first))
    standing = [other for _, other in VOTES.items(ctx, place) if other.relay in active]
    agreeing = [other for other in standing if replace(other, relay=vote.relay) == vote]
    return len(agreeing) >= quorum(len(group))


def fix(ctx: Context, vote: Vote) -> Batch:
    """Make a batch of an agreed vote, drop the votes it settles and retire the queue's oldest batch."""
    number = NEXT_BATCH.get(ctx) or 1
    batch = Batch(
        number=number,
        source_chain=vote.source_chain,
        destination_chain=vote.destination_chain,
        abstract=vote.abstract,
        packet_hashes=vote.packet_hashes,
        fixed_at_ms=ctx.block.time_ns // MILLISECOND_NS,
    )
    queue_id = vote.abstract.queue_id
    for key, _ in VOTES.items(ctx, queue_id):
        _, first, relay = key
        if first > vote.abstract.last:
            break  # votes on what comes behind stay: members need not wait for one batch to vote the next
        VOTES.delete(ctx, key)
        VOTED.delete(ctx, (relay, queue_id, first))
    BATCHES.set(ctx, number, batch)
    QUEUE_BATCHES.add(ctx, (queue_id, number))
    NEXT_BATCH.set(ctx, number + 1)
    _retire(ctx, queue_id)
    return batch


def _retire(ctx: Context, queue_id: bytes) -> None:
    kept = list(QUEUE_BATCHES.keys(ctx, queue_id))
    for _, number in kept[: max(len(kept) - KEPT_BATCHES, 0)]:
        QUEUE_BATCHES.delete(ctx, (queue_id, number))
        BATCHES.delete(ctx, number)


def with_signature(batch: Batch, added: RelaySignature) -> Batch:
    """Return a batch with one more signature, sorted by key as an attestation needs them; one a key."""
    others = [each for each in batch.signatures if each.key != added.key]
    return replace(batch, signatures=tuple(sorted([*others, added], key=lambda each: each.key)))


def with_submission(batch: Batch, added: Submission) -> Batch:
    """Return a batch with what a member handed in, in order of address; one a member."""
    others = [each for each in batch.submissions if each.relay != added.relay]
    return replace(batch, submissions=tuple(sorted([*others, added], key=lambda each: each.relay)))


def is_complete(group: Sequence[Member], signatures: Sequence[RelaySignature]) -> bool:
    """Tell whether the signatures are an attestation: more than two thirds of the group, without who was struck."""
    active = {member.key for member in group if not member.struck}
    return len([each for each in signatures if each.key in active]) >= quorum(len(group))


def strike(ctx: Context, key: bytes) -> None:
    """Strike the member with a key: votes and signatures of its own count no more; n stays. Raises: UnknownKey."""
    member = next((each for each in members(ctx) if each.key == key), None)
    if member is None:
        raise UnknownKey(f"no member signs with {key.hex()}")
    MEMBERS.set(ctx, member.address, replace(member, struck=True))


def emit(ctx: Context, action: str, batch: int) -> None:
    """Report what happened, short: relays only look again because of it."""
    ctx.emit(EVENT, (("action", action), ("batch", str(batch))), unindexed=("action",))
