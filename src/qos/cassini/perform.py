"""Carrying out a relay's orders over adapters; each ends in exactly one event."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from qos.base.errors import RuleViolation
from qos.cassini.adapters.contract import Adapter, AdapterUnavailable
from qos.cassini.group import Group
from qos.cassini.messages import (
    Accepted,
    BringHome,
    CastVote,
    Deliver,
    Event,
    Failed,
    Found,
    Inquiry,
    KeepTrust,
    Order,
    QueueRegistered,
    ReadGroup,
    ReadQueues,
    ReadRegistration,
    RecordSubmission,
    Report,
    SendSignature,
)
from qos.client.errors import ClientError

Saying = CastVote | SendSignature
"""Orders that may share a transaction. A submission's record may be refused for long: it goes alone."""


async def perform(order: Order, chains: Mapping[str, Adapter], group: Group, now_ns: int) -> Event:
    """Carry out an order and tell what came of it; whatever a chain or node does wrong is Failed, never an error."""
    try:
        return await _perform(order, chains, group, now_ns)
    except (AdapterUnavailable, ClientError, RuleViolation) as error:
        return Failed(order=order, reason=str(error))


async def perform_together(orders: Sequence[Saying], group: Group) -> tuple[Event, ...]:
    """Carry out orders of one kind in one transaction: all are taken or none; each ends in an event of its own."""
    try:
        tx_hash = await group.send(*[order.message for order in orders])
    except (ClientError, RuleViolation) as error:
        return tuple([Failed(order=order, reason=str(error)) for order in orders])
    return tuple([Accepted(order=order, tx_hash=tx_hash) for order in orders])


def go_together(one: Order, other: Order) -> bool:
    """Tell whether two orders may share a transaction: votes with votes, signatures with signatures."""
    return isinstance(one, Saying) and type(one) is type(other)


async def _perform(order: Order, chains: Mapping[str, Adapter], group: Group, now_ns: int) -> Event:
    match order:
        case ReadQueues():
            return await chains[order.chain_id].queues(order.peer)
        case ReadRegistration():
            return QueueRegistered(queue=await chains[order.route.destination].registration(order.route.source))
        case ReadGroup():
            return await group.read(order)
        case Inquiry():
            finding = await chains[order.queue.route.source].prove(order, now_ns)
            return Found(inquiry=order, finding=finding)
        case Deliver():
            return await _deliver(order, chains, now_ns)
        case _:
            return Accepted(order=order, tx_hash=await _submit(order, chains, group, now_ns))


async def _deliver(order: Deliver, chains: Mapping[str, Adapter], now_ns: int) -> Accepted:
    """Hand in a batch and, one after another, those that go along with it, up to the first that is not taken."""
    source, destination = chains[order.queue.route.source], chains[order.queue.route.destination]
    tx_hash = await destination.deliver(order, source, now_ns)
    behind: list[bytes] = []
    with suppress(AdapterUnavailable, ClientError, RuleViolation):
        for following in order.behind:
            behind.append(await destination.deliver(following, source, now_ns))
    return Accepted(order=order, tx_hash=tx_hash, behind=tuple(behind))


async def _submit(
    order: CastVote | SendSignature | RecordSubmission | Report | KeepTrust | BringHome,
    chains: Mapping[str, Adapter],
    group: Group,
    now_ns: int,
) -> bytes:
    match order:
        case CastVote() | SendSignature():
            return await group.send(order.message)
        case RecordSubmission():
            return await group.send(*order.messages)
        case Report():
            return await (chains[order.chain_id].report(order) if order.peer else group.report(order))
        case KeepTrust():
            route = order.route
            return await chains[route.destination].keep_trust(chains[route.source], now_ns)
        case BringHome():
            route = order.route
            return await chains[route.source].bring_home(chains[route.destination], order.first, now_ns)


def lane_of(order: Order, cassini_chain: str) -> tuple[str, bool]:
    """Return the chain an order goes to and whether it submits: orders of one such pair are carried out in turn."""
    match order:
        case ReadQueues() | Report():
            return order.chain_id, isinstance(order, Report)
        case ReadRegistration():
            return order.route.destination, False
        case Inquiry():
            return order.queue.route.source, False
        case ReadGroup():
            return cassini_chain, False
        case CastVote() | SendSignature() | RecordSubmission():
            return cassini_chain, True
        case Deliver():
            return order.queue.route.destination, True
        case KeepTrust():
            return order.route.destination, True
        case BringHome():
            return order.route.source, True
