"""A peer whose outbox holds whatever a test says: proven and attested like an honest one, yet it lies."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qos.base.blocktime import DAY_NS
from qos.base.identifiers import BASE_DENOM, Address
from qos.chains.business import BUSINESS
from qos.machine.chain import Chain
from qos.machine.context import Context, ReadContext
from qos.machine.module import Genesis, Module
from qos.modules.crosschain.qcp.packets import RESULT_TYPE, payload_hash
from qos.modules.crosschain.qcp.state import INBOX_SEQUENCE, OUTBOX, OUTBOX_SEQUENCE
from qos.modules.crosschain.qcp.transfer import PAYLOAD_GAS, PAYLOAD_TYPE
from qos.proto import codec
from qos.proto.records.qos_fees_v1 import QueryParamsRequest
from qos.proto.records.qos_qcp_v1 import AssetTransfer, Packet, PacketKind, PacketResult
from qos.testing.chain import ALICE
from qos.testing.qcp_network import Side, connect, public_chain

NOBODY = Address(b"")


class Strung(Side):
    """A chain whose state a test may change by hand, at the begin of the next block."""

    def __init__(self, chain: Chain, chain_id: str, *, price: int, first: int) -> None:
        """Start the chain with nothing to change."""
        self._pulls: list[Callable[[Context], None]] = []
        strings = Module(
            name="strings",
            store="strings",
            store_id=250,
            genesis=Genesis(kind=QueryParamsRequest, load=_load_nothing, dump=_dump_nothing),
            begin_block=self._pull,
        )
        super().__init__(replace(chain, modules=(*chain.modules, strings)), chain_id, price=price, first=first)

    def _pull(self, ctx: Context) -> None:
        for change in self._pulls:
            change(ctx)
        self._pulls.clear()

    def meddle(self, change: Callable[[Context], None]) -> None:
        """Change the state at the begin of a block of its own."""
        self._pulls.append(change)
        self.run_block()


class Puppet(Strung):
    """A business chain that puts whatever a test plants into its outbox to the hub."""

    def __init__(self) -> None:
        """Start the chain with nothing planted."""
        # Its outbox may break every invariant of an honest one.
        unchecked = tuple(replace(each, invariants=()) for each in BUSINESS.modules)
        super().__init__(replace(BUSINESS, modules=unchecked), "shop-1", price=0, first=11)

    def plant(self, packet: Packet | bytes) -> None:
        """Put a packet into the outbox, whatever it says."""
        encoded = packet if isinstance(packet, bytes) else codec.encode(packet)
        outgoing, sequence = self.peer("qos-1").outgoing, self.queue("qos-1").outbox + 1

        def append(ctx: Context) -> None:
            OUTBOX.set(ctx, (outgoing, sequence), encoded)
            OUTBOX_SEQUENCE.set(ctx, outgoing, sequence)

        self.meddle(append)

    def received(self, sequence: int) -> Callable[[Context], None]:
        """Return the step that lets the inbox say it received packets up to a sequence."""
        incoming = self.peer("qos-1").incoming
        return lambda ctx: INBOX_SEQUENCE.set(ctx, incoming, sequence)

    def request(self, payload: bytes | None = None, **fields: Any) -> Packet:
        """Return a good request, a transfer unless a payload is given; `fields` replace its fields."""
        packet = Packet(
            version=1,
            queue_id=self.peer("qos-1").outgoing,
            sequence=self.queue("qos-1").outbox + 1,
            kind=PacketKind.PACKET_KIND_REQUEST,
            source_height=self.height + 1,
            timeout=self.next_block().time_ns + DAY_NS,
            payload_gas=PAYLOAD_GAS,
            payload_type=PAYLOAD_TYPE,
            payload=codec.encode(asset()) if payload is None else payload,
        )
        return replace(packet, **fields)

    def result(
        self,
        request: Packet,
        code: int = 0,
        *,
        data: bytes = b"",
        deliverer: Address = NOBODY,
        **fields: Any,
    ) -> Packet:
        """Return a good result of a request; `fields` replace the packet's fields."""
        result = PacketResult(
            request_sequence=request.sequence,
            code=code,
            data=data,
            payload_hash=payload_hash(request.payload_type, request.payload),
            deliverer=deliverer,
        )
        packet = self.request(
            codec.encode(result),
            kind=PacketKind.PACKET_KIND_RESULT,
            request_sequence=request.sequence,
            timeout=0,
            payload_gas=0,
            payload_type=RESULT_TYPE,
        )
        return replace(packet, **fields)


def asset(
    amount: int = 5, *, path: tuple[bytes, ...] = (), denom: str = BASE_DENOM, to: Address = ALICE.address
) -> AssetTransfer:
    """Return the payload of a transfer."""
    return AssetTransfer(path=path, denom=denom, amount=amount, sender=ALICE.address, recipient=to, symbol="SHOP")


def hub_and_puppet() -> tuple[Side, Puppet]:
    """Return a public chain and a lying business chain that know each other."""
    hub, puppet = public_chain(), Puppet()
    connect(hub, puppet)
    return hub, puppet


def _load_nothing(ctx: Context, state: QueryParamsRequest) -> None:
    del ctx, state


def _dump_nothing(ctx: ReadContext) -> QueryParamsRequest:
    del ctx
    return QueryParamsRequest()
