"""What a payload's handler sees, and what sending one takes and returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import Packet, Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to send: `timeout_ns` is a block time of the destination, `gas` what the payload may use there."""

    payload_type: str
    payload: bytes
    gas: int
    timeout_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a request took, if anything, and who gets it back.

    `burned` when the coin was destroyed rather than escrowed.
    """

    refund_address: Address
    coin: Coin | None = None
    burned: bool = False
    delivery_fee: Coin | None = None
    version: int = 0
    """The version a request offers; 0 for every other request (Q17)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A packet in our outbox, with the hash that names it."""

    packet: Packet
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A request that was proven to come from a peer."""

    peer: Peer
    packet: Packet
    limit_percent: int = 100
    """How much of the limits on what may arrive this delivery may use (Q16)."""


PayloadHandler = Callable[[Context, Delivered], bytes]
"""Applies a payload and returns at most 1 KiB for its result; a RuleViolation makes the result `failed`."""

Payloads = Mapping[str, PayloadHandler]
"""Handlers by payload type, wired in `qos.chains`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """How packets came: who delivered them, what this chain understands, how much of the limits they may use."""

    submitter: Address
    payloads: Payloads
    limit_percent: int = 100
