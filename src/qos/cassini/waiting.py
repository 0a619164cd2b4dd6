"""Why a packet has not arrived, in words (R6). Pure: facts in, one sentence out."""

from dataclasses import dataclass

from qos.base.blocktime import MILLISECOND_NS, SECOND_NS, rfc3339
from qos.cassini.leader import ATTEMPT_NS, attempt_at, leader
from qos.modules.crosschain.qcp.attestation import quorum
from qos.proto.records.qos_qcp_v1 import Packet, Peer, QueryReleaseResponse, TrustMode
from qos.proto.records.qos_relay_v1 import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """What the relays' chain knows of a packet: its members' keys, votes that stand, the newest batch with it."""

    keys: tuple[bytes, ...]
    votes: int
    batch: Batch | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What both ends and the relays know of a packet that was not received.

    `ahead` is what the relays know of the first packet of the queue that was not received either, when it is another.
    """

    source: str
    packet: Packet
    source_height: int
    peer: Peer | None
    inbox: int
    client_expires_ns: int | None
    group: GroupFacts | None
    ahead: GroupFacts | None = None


def reason(facts: Facts, now_ns: int) -> str:
    """Return what a packet waits for."""
    return _closed(facts, now_ns) or _with_relays(facts, now_ns)


def _closed(facts: Facts, now_ns: int) -> str:
    """Return why the destination takes nothing from this queue, or nothing."""
    peer = facts.peer
    if peer is None:
        return f"the destination does not know {facts.source}"
    if peer.incoming != facts.packet.queue_id:
        return f"the destination knows {facts.source} by another registration"
    return closed(facts.source, peer, facts.client_expires_ns, now_ns)


def over_limit(held: QueryReleaseResponse | None) -> str:
    """Return why what a received packet brought was not paid yet, or nothing when it was."""
    if held is None or held.release is None or held.release.coin is None:
        return ""
    coin, due, free = held.release.coin, held.release.due, held.payable
    claim = f"can be claimed from {rfc3339(free)} on and " if free is not None and free < due else ""
    return f"its {coin.amount}{coin.denom}, which are over the limit: they {claim}are paid at {rfc3339(due)}"


def closed(source: str, peer: Peer, client_expires_ns: int | None, now_ns: int) -> str:
    """Return why a destination takes nothing from a peer's queue, or nothing."""
    if peer.frozen_because:
        return f"the destination has frozen the queue: {peer.frozen_because}"
    if peer.paused_until is not None and now_ns < peer.paused_until:
        return f"deliveries are paused until {rfc3339(peer.paused_until)}"
    needs_client = peer.trust_mode == TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF
    if needs_client and client_expires_ns is not None and client_expires_ns <= now_ns:
        return f"the destination's light client of {source} expired at {rfc3339(client_expires_ns)}"
    return ""


def _with_relays(facts: Facts, now_ns: int) -> str:
    group, ahead = facts.group, facts.ahead
    if facts.source_height <= facts.packet.source_height:
        return f"the next block of {facts.source}, whose header proves it"
    if group is None:
        return "the relays, whose chain does not answer"
    if ahead is not None and not _together(group, ahead):
        before = facts.packet.sequence - facts.inbox - 1
        return f"{before} earlier packets of its queue, which wait for {_with_group(ahead, now_ns)}"
    return _with_group(group, now_ns)


def _together(one: GroupFacts, other: GroupFacts) -> bool:
    """Tell whether two packets are carried by the same batch, or wait for the same votes."""
    if one.batch is None or other.batch is None:
        return one.batch is other.batch and one.votes == other.votes
    return one.batch.number == other.batch.number


def _with_group(group: GroupFacts, now_ns: int) -> str:
    total = len(group.keys)
    if group.batch is None:
        return f"votes: {group.votes} of {total} relays have seen it, {quorum(total)} are needed"
    signed = len(group.batch.signatures)
    if signed < quorum(total):
        return f"signatures: {signed} of {total} relays have signed, {quorum(total)} are needed"
    return _with_leader(group, group.batch, now_ns)


def _with_leader(group: GroupFacts, batch: Batch, now_ns: int) -> str:
    if batch.submissions:
        newest = max(batch.submissions, key=lambda each: each.at_ms)
        return f"its transaction at the destination, {newest.tx_hash.hex()[:16]}, which has not taken effect"
    attempt = attempt_at(batch.fixed_at_ms, now_ns)
    turn, following = (leader(group.keys, batch.number, attempt + step).hex()[:16] for step in (0, 1))
    since_s = max(now_ns - batch.fixed_at_ms * MILLISECOND_NS - attempt * ATTEMPT_NS, 0) // SECOND_NS
    until = batch.fixed_at_ms * MILLISECOND_NS + (attempt + 1) * ATTEMPT_NS
    earlier = f"after {attempt} turns in vain " if attempt else ""
    return (
        f"delivery: {earlier}relay {turn}, the leader, is silent for {since_s} s; "
        f"the turn of relay {following} begins at {rfc3339(until)}"
    )
