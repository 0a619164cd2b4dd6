"""What a rule sees of the world: state, block, gas, events. Nothing of the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from qos.base.identifiers import Address
from qos.machine import gas as costs
from qos.machine.errors import OutOfGas
from qos.machine.gas import GasMeter
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.tendermint_abci import Event, EventAttribute
from qos.store.overlay import Overlay, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """How one validator voted on the block before; power as recorded for the set that voted."""

    address: bytes
    power: int
    flag: int


class MisbehaviorKind(IntEnum):
    """What a validator is shown to have done; numbers as in ABCI."""

    DUPLICATE_VOTE = 1
    LIGHT_CLIENT_ATTACK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehavior:
    """What the engine proved of one validator: its power, and that of its set, when it offended."""

    kind: MisbehaviorKind
    address: bytes
    power: int
    height: int
    time_ns: int
    total_power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockInfo:
    """The block being executed, as the engine gives it.

    `votes` are those on the block before, as this block's proposer chose to show them; `misbehavior` is evidence this
    block holds. `app_hash` is that of the state the block begins with, as its header has it; queries do not know it.
    """

    chain_id: str
    height: int
    time_ns: int
    proposer_address: bytes = b""
    votes: tuple[Vote, ...] = ()
    misbehavior: tuple[Misbehavior, ...] = ()
    app_hash: bytes = b""


def block_note(block: BlockInfo) -> bytes:
    """Return what is noted with a committed block: its time in decimal, a space, the chain id."""
    return b"%d %s" % (block.time_ns, block.chain_id.encode())


def noted_block(note: bytes, height: int) -> BlockInfo:
    """Return a committed block as its note tells: without proposer, votes and evidence. Raises: ValueError."""
    time_ns, chain_id = note.decode().split(" ")
    return BlockInfo(chain_id=chain_id, height=height, time_ns=int(time_ns))


class ReadContext:
    """A state at some height, to be read by queries."""

    __slots__ = ("block", "state")

    def __init__(self, state: Reader, block: BlockInfo) -> None:
        self.state = state
        self.block = block

    def read(self, store: str, key: bytes) -> bytes | None:
        """Return the value under a key."""
        return self.state.get(store, key)

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield entries of [start, end) in key order."""
        return self.state.scan(store, start, end, reverse=reverse)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRoute:
    """How one message type is decoded and handled."""

    kind: type[Record]
    handle: Callable[[Context, Any], Record]
    module: str


Routes = Mapping[str, MessageRoute]
"""Message routes by type URL."""

NO_ROUTES: Routes = MappingProxyType({})


class Context:
    """A state being changed by a transaction or a block hook; every touch is charged to `gas`.

    `dues` is what rules debited for the fee collector, which is credited once, at the end of the block. `routes` are
    the messages that may be run by authority from here: none inside such a run.
    """

    __slots__ = ("block", "dues", "events", "gas", "routes", "signers", "state")

    def __init__(
        self,
        state: Overlay,
        block: BlockInfo,
        gas: GasMeter,
        events: list[Event],
        signers: tuple[Address, ...] = (),
        routes: Routes = NO_ROUTES,
    ) -> None:
        self.state = state
        self.block = block
        self.gas = gas
        self.events = events
        self.signers = signers
        self.routes = routes
        self.dues: list[Coin] = []

    def read(self, store: str, key: bytes) -> bytes | None:
        """Return the value under a key. Raises: OutOfGas."""
        value = self.state.get(store, key)
        meter = self.gas
        meter.used += costs.READ if value is None else costs.READ + costs.READ_BYTE * len(value)
        if meter.used > meter.limit:
            raise OutOfGas(meter.limit, meter.used)
        return value

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield entries of [start, end) in key order. Raises: OutOfGas."""
        self.gas.consume(costs.READ)
        for key, value in self.state.scan(store, start, end, reverse=reverse):
            self.gas.consume(costs.SCAN_STEP + costs.READ_BYTE * len(value))
            yield key, value

    def write(self, store: str, key: bytes, value: bytes) -> None:
        """Set the value under a key. Raises: OutOfGas, before anything is written."""
        meter = self.gas
        meter.used += costs.WRITE + costs.WRITE_BYTE * len(value)
        if meter.used > meter.limit:
            raise OutOfGas(meter.limit, meter.used)
        self.state.set(store, key, value)

    def erase(self, store: str, key: bytes) -> None:
        """Remove a key. Raises: OutOfGas, before anything is removed."""
        self.gas.consume(costs.ERASE)
        self.state.delete(store, key)

    def emit(self, kind: str, attributes: tuple[tuple[str, str], ...], *, unindexed: tuple[str, ...] = ()) -> None:
        """Report that something happened. Attributes named in `unindexed` cannot be searched for."""
        rendered = tuple(
            [EventAttribute(key=key, value=value, index=key not in unindexed) for key, value in attributes]
        )
        self.events.append(Event(type=kind, attributes=rendered))
