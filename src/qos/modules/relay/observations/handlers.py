"""Messages of the relay group."""

from qos.base.blocktime import MILLISECOND_NS
from qos.base.identifiers import is_chain_id
from qos.machine import gas as costs
from qos.machine.context import Context
from qos.modules.crosschain.qcp.attestation import covered_hashes, digest, verify_relay, whole
from qos.modules.crosschain.qcp.equivocation import Statement, proven_equivocation
from qos.modules.relay.observations import operations
from qos.modules.relay.observations.errors import BadRoute, NotAttested
from qos.modules.relay.observations.state import BATCHES
from qos.proto.records.qos_qcp_v1 import RelaySignature
from qos.proto.records.qos_relay_v1 import (
    MsgObserve,
    MsgObserveResponse,
    MsgRecordSubmission,
    MsgRecordSubmissionResponse,
    MsgReportEquivocation,
    MsgReportEquivocationResponse,
    MsgSign,
    MsgSignResponse,
    Submission,
    Vote,
)

HASHING = 100
"""Gas for one hash of a batch's tree: about 1.4 us."""


def observe(ctx: Context, msg: MsgObserve) -> MsgObserveResponse:
    """Vote an abstract (round one); the vote that makes more than two thirds fixes the batch.

    A member has one vote for the packets of a queue from one packet on: a later one replaces it. A vote for what is
    fixed already answers with its number.
    Raises: NotAMember, MemberStruck, BadRoute, MalformedAbstract, WrongVersion, TooManyVotes.
    """
    operations.active_member(ctx, msg.relay)
    source, destination = msg.source_chain, msg.destination_chain
    if not is_chain_id(source) or not is_chain_id(destination) or source == destination:
        raise BadRoute(f"{source[:32]!r} to {destination[:32]!r} is no way between two chains")
    ctx.gas.consume(HASHING * 2 * (len(msg.packet_hashes) + 1))
    abstract = whole(msg.abstract)
    hashes = covered_hashes(abstract, msg.packet_hashes)
    known = operations.fixed_already(ctx, abstract)
    if known is not None:
        return MsgObserveResponse(batch=known.number)
    vote = Vote(
        relay=msg.relay,
        source_chain=source,
        destination_chain=destination,
        abstract=abstract,
        packet_hashes=hashes,
    )
    operations.put_vote(ctx, vote)
    if not operations.is_agreed(ctx, vote):
        operations.emit(ctx, "vote", 0)
        return MsgObserveResponse()
    batch = operations.fix(ctx, vote)
    operations.emit(ctx, "fixed", batch.number)
    return MsgObserveResponse(batch=batch.number)


def sign(ctx: Context, msg: MsgSign) -> MsgSignResponse:
    """Sign a fixed batch with the member's attestation key (round two); once is enough, twice is no more.

    Raises: NotAMember, MemberStruck, UnknownBatch, BadRelaySignature.
    """
    member = operations.active_member(ctx, msg.relay)
    batch = operations.require_batch(ctx, msg.batch)
    ctx.gas.consume(costs.SIGNATURE)
    verify_relay(member.key, digest(batch.abstract), msg.signature)
    group = operations.members(ctx)
    signed = operations.with_signature(batch, RelaySignature(key=member.key, signature=msg.signature))
    BATCHES.set(ctx, msg.batch, signed)
    complete = operations.is_complete(group, signed.signatures)
    operations.emit(ctx, "complete" if complete else "signature", msg.batch)
    return MsgSignResponse(complete=complete)


def record_submission(ctx: Context, msg: MsgRecordSubmission) -> MsgRecordSubmissionResponse:
    """Keep that a member handed an attested batch in; its newer word replaces the one before.

    Raises: NotAMember, MemberStruck, UnknownBatch, NotAttested.
    """
    operations.active_member(ctx, msg.relay)
    batch = operations.require_batch(ctx, msg.batch)
    if not operations.is_complete(operations.members(ctx), batch.signatures):
        raise NotAttested(msg.batch)
    submission = Submission(relay=msg.relay, tx_hash=msg.tx_hash, at_ms=ctx.block.time_ns // MILLISECOND_NS)
    BATCHES.set(ctx, msg.batch, operations.with_submission(batch, submission))
    operations.emit(ctx, "submitted", msg.batch)
    return MsgRecordSubmissionResponse()


def report_equivocation(ctx: Context, msg: MsgReportEquivocation) -> MsgReportEquivocationResponse:
    """Strike a member shown to have contradicted itself, in this block (R3).

    Raises: NotAMember, MemberStruck, MalformedAbstract, WrongVersion, BadRelaySignature, NoContradiction, UnknownKey.
    """
    operations.active_member(ctx, msg.reporter)
    ctx.gas.consume(2 * costs.SIGNATURE + HASHING * 2 * (len(msg.first_hashes) + len(msg.second_hashes) + 2))
    first = Statement(abstract=msg.first, hashes=msg.first_hashes, signature=msg.first_signature)
    second = Statement(abstract=msg.second, hashes=msg.second_hashes, signature=msg.second_signature)
    operations.strike(ctx, proven_equivocation(msg.key, first, second))
    operations.emit(ctx, "struck", 0)
    return MsgReportEquivocationResponse()
