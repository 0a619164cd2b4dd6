"""Consuming proven packets in order: requests run and are answered, results settle what they answer (Q3-Q7)."""

from collections.abc import Callable, Sequence

from qos.base.errors import RuleViolation
from qos.machine.context import Context
from qos.machine.scope import Outcome, attempt
from qos.modules.crosschain.qcp import (
    delivery_fees,
    named_failures,
    peers,
    pruning,
    queues,
    settlement,
    versions,
    waiting,
)
from qos.modules.crosschain.qcp.delivery import Proven
from qos.modules.crosschain.qcp.packet_errors import (
    BadPayload,
    NamedToFail,
    NotEnoughGas,
    PacketExpired,
    UnexpectedResult,
    UnknownPayload,
)
from qos.modules.crosschain.qcp.packets import MAX_RESULT_DATA_BYTES, read_result
from qos.modules.crosschain.qcp.state import ACKNOWLEDGED, OUTBOX_SEQUENCE, PENDING, REFUNDED, RUNNING
from qos.modules.crosschain.qcp.types import Carriage, Delivered, Payloads
from qos.proto.records.qos_qcp_v1 import Packet, PacketKind, PacketResult, Peer, Pending, Receipt, ResultCode

MATCH_GAS = 30_000
"""Reading a result and the pending record it answers."""


def consume(ctx: Context, peer: Peer, packets: Sequence[Proven], carriage: Carriage) -> int:
    """Consume packets in order until one freezes the queue; returns the inbox sequence reached.

    Raises: NotEnoughGas, OutOfGas: then the transaction is refused and the inbox does not move (Q4).
    """
    RUNNING.set(ctx, 1)
    before = reached = queues.inbox(ctx, peer)
    acknowledged = ACKNOWLEDGED.get(ctx, peer.outgoing)
    complaint = ""
    for proven in packets:
        complaint = _consume(ctx, peer, proven, carriage) or _acknowledge(ctx, peer, proven.packet)
        reached = proven.packet.sequence
        if complaint:
            # Read again: a packet may have changed the versions of its queue.
            peers.freeze(ctx, peers.require(ctx, peer.chain_id), complaint)
            break
    RUNNING.delete(ctx)
    if not complaint:
        _note_progress(ctx, peer, reached, acknowledged)
    in_time = [each for each in packets[: reached - before] if _is_in_time(ctx, each.packet)]
    delivery_fees.draw(ctx, peer, carriage.submitter, len(in_time))
    return reached


def _note_progress(ctx: Context, peer: Peer, reached: int, before: int | None) -> None:
    """Let both chains forget what is done with (Q17)."""
    acknowledged = ACKNOWLEDGED.get(ctx, peer.outgoing)
    if acknowledged is not None and acknowledged != before:
        pruning.acknowledged(ctx, peer, acknowledged)
    pruning.received(ctx, peer, reached)


def _is_in_time(ctx: Context, packet: Packet) -> bool:
    return packet.kind == PacketKind.PACKET_KIND_REQUEST and ctx.block.time_ns <= packet.timeout


def _consume(ctx: Context, peer: Peer, proven: Proven, carriage: Carriage) -> str:
    match proven.packet.kind:
        case PacketKind.PACKET_KIND_RESULT:
            return _result(ctx, peer, proven)
        case PacketKind.PACKET_KIND_ACKNOWLEDGEMENT:
            queues.advance(ctx, peer, proven.packet.sequence, _plain_receipt(ctx, proven))
        case PacketKind.PACKET_KIND_SWITCH:
            return _switch(ctx, peer, proven)
        case _:
            _request(ctx, peer, proven, carriage)
    return ""


def _switch(ctx: Context, peer: Peer, proven: Proven) -> str:
    switched = attempt(ctx, lambda inner: versions.switch(inner, peer, proven.packet), gas_limit=MATCH_GAS)
    if switched.violation is not None:
        return _complaint(ctx, peer, proven, switched.violation, "switch of versions")
    queues.advance(ctx, peer, proven.packet.sequence, _plain_receipt(ctx, proven))
    return ""


def _plain_receipt(ctx: Context, proven: Proven) -> Receipt:
    return Receipt(packet_hash=proven.hash, height=ctx.block.height)


def _complaint(
    ctx: Context, peer: Peer, proven: Proven, violation: RuleViolation | type[RuleViolation], what: str
) -> str:
    """Consume a packet no honest peer sends; returns why the queue must freeze."""
    reason, sequence = _name(violation), proven.packet.sequence
    failed = ResultCode.RESULT_CODE_FAILED
    receipt = Receipt(packet_hash=proven.hash, code=failed, height=ctx.block.height, reason=reason)
    queues.advance(ctx, peer, sequence, receipt)
    return f"packet {sequence} is no right {what}: {reason}"


def _request(ctx: Context, peer: Peer, proven: Proven, carriage: Carriage) -> None:
    packet = proven.packet
    code, data, reason = ResultCode.RESULT_CODE_OK, b"", ""
    if not _is_in_time(ctx, packet):
        code, reason = ResultCode.RESULT_CODE_EXPIRED, _name(PacketExpired)
    elif named_failures.take(ctx, peer, packet):
        code, reason = ResultCode.RESULT_CODE_FAILED, _name(NamedToFail)
    else:
        outcome = _run(
            ctx, Delivered(peer=peer, packet=packet, limit_percent=carriage.limit_percent), carriage.payloads
        )
        data = outcome.value or b""
        if outcome.violation is not None:
            code, reason = ResultCode.RESULT_CODE_FAILED, _name(outcome.violation)
            # Codes only: the words of an error are no part of the state.
            data = reason.encode()
    sent = queues.send_result(ctx, peer, packet, code, data, carriage.submitter)
    receipt = Receipt(
        packet_hash=proven.hash, code=code, height=ctx.block.height, reason=reason, result=sent.packet.sequence
    )
    queues.advance(ctx, peer, packet.sequence, receipt)


def _run(ctx: Context, delivered: Delivered, payloads: Payloads) -> Outcome[bytes]:
    packet = delivered.packet
    _require_gas(ctx, packet, packet.payload_gas)
    handler = payloads.get(packet.payload_type)

    def apply(inner: Context) -> bytes:
        if handler is None:
            raise UnknownPayload(f"no handler for payloads of type {packet.payload_type!r} here")
        inner.signers = ()  # who delivers has nothing to say in what is delivered
        data = handler(inner, delivered)
        if len(data) > MAX_RESULT_DATA_BYTES:
            raise BadPayload(f"a result carries at most {MAX_RESULT_DATA_BYTES} bytes")
        return data

    return attempt(ctx, apply, gas_limit=packet.payload_gas)


def _require_gas(ctx: Context, packet: Packet, needed: int) -> None:
    if ctx.gas.remaining < needed:
        raise NotEnoughGas(packet.sequence, needed, ctx.gas.remaining)


def _result(ctx: Context, peer: Peer, proven: Proven) -> str:
    """Settle what a result answers; returns why the queue must freeze, or nothing."""
    packet = proven.packet
    _require_gas(ctx, packet, MATCH_GAS + settlement.REFUND_GAS)
    matched = attempt(ctx, _matching(peer, packet), gas_limit=MATCH_GAS)
    if matched.violation is not None or matched.value is None:
        return _complaint(ctx, peer, proven, matched.violation or UnexpectedResult, "result")
    result, pending = matched.value
    if pending is not None:
        settlement.settle(ctx, peer, pending, result)
        if pending.version and result.code == ResultCode.RESULT_CODE_OK:
            versions.acknowledge(ctx, peer.chain_id, pending.version)
    queues.advance(ctx, peer, packet.sequence, _plain_receipt(ctx, proven))
    attributes = (("from", peer.chain_id), ("request", str(result.request_sequence)), ("code", str(result.code)))
    ctx.emit("qcp_result", attributes)
    return ""


def _matching(peer: Peer, packet: Packet) -> Callable[[Context], tuple[PacketResult, Pending | None]]:
    """Return the step that takes the record a result answers: none when a refund took it before (Q6, Q7)."""

    def match(ctx: Context) -> tuple[PacketResult, Pending | None]:
        result = read_result(packet)
        key = (peer.outgoing, result.request_sequence)
        pending = PENDING.get(ctx, key)
        if pending is not None and pending.payload_hash == result.payload_hash:
            waiting.remove(ctx, *key, pending)
            return result, pending
        # A peer that now says it was applied in time contradicts its own inbox.
        if REFUNDED.get(ctx, key) != result.payload_hash or result.code == ResultCode.RESULT_CODE_OK:
            raise UnexpectedResult(f"nothing waits for a result of packet {result.request_sequence}")
        REFUNDED.delete(ctx, key)
        return result, None

    return match


def _acknowledge(ctx: Context, peer: Peer, packet: Packet) -> str:
    """Note what the peer had received when it sent; returns why the queue must freeze, or nothing."""
    before = ACKNOWLEDGED.get(ctx, peer.outgoing) or 0
    if not before <= packet.ack <= (OUTBOX_SEQUENCE.get(ctx, peer.outgoing) or 0):
        return f"packet {packet.sequence} acknowledges {packet.ack}, which was never sent or lies behind {before}"
    if packet.ack > before:
        ACKNOWLEDGED.set(ctx, peer.outgoing, packet.ack)
    return ""


def _name(violation: RuleViolation | type[RuleViolation]) -> str:
    return f"{violation.code.codespace}/{violation.code.number}"
