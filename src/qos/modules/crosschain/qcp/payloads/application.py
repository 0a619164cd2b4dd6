"""The payload `data`: bytes for a module that registered under a name, from a sender who is nobody's account (Q9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.crosschain.qcp.caller import caller_address
from qos.modules.crosschain.qcp.service_errors import UnknownApplication
from qos.modules.crosschain.qcp.types import Delivered, PayloadHandler, Request
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import ApplicationData, MsgSendData

PAYLOAD_TYPE = "data"
DEFAULT_GAS = 200_000
"""What a body may use where its sender named nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What a module gets: the body, who sent it there, and the address that stands for that sender here.

    Rights hang on `caller` alone: `sender` is what the other chain says, and may equal a local account's address.
    """

    chain_id: str
    sequence: int
    sender: Address
    caller: Address
    body: bytes


Application = Callable[[Context, Arrived], bytes]
"""Takes what arrived and returns at most 1 KiB for the result; a RuleViolation makes the result `failed`."""


def handler_for(applications: Mapping[str, Application]) -> PayloadHandler:
    """Return the handler of the payload type for the modules a chain registers by name."""
    return partial(receive, applications=dict(applications))


def receive(ctx: Context, delivered: Delivered, applications: Mapping[str, Application]) -> bytes:
    """Hand the body to the module it names. Raises: MalformedBytes, MalformedField, UnknownApplication, and its own."""
    data = codec.decode(ApplicationData, delivered.packet.payload)
    apply = applications.get(data.application)
    if apply is None:
        raise UnknownApplication(data.application)
    arrived = Arrived(
        chain_id=delivered.peer.chain_id,
        sequence=delivered.packet.sequence,
        sender=data.sender,
        caller=caller_address(delivered.peer.incoming, data.sender),
        body=data.body,
    )
    return apply(ctx, arrived)


def request_of(msg: MsgSendData, timeout_ns: int) -> Request:
    """Return the request that carries application data."""
    data = ApplicationData(application=msg.application, sender=msg.sender, body=msg.body)
    return Request(
        payload_type=PAYLOAD_TYPE, payload=codec.encode(data), gas=msg.payload_gas or DEFAULT_GAS, timeout_ns=timeout_ns
    )
