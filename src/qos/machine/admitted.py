"""An admission kept while its grounds stand: a proposal and the block then need not judge again.

A transaction is admitted when it comes in, when a proposal is made or judged, and in its block; nearly always on the
same state. What admission does follows from the transaction, the height and the values it reads: as long as no other
transaction of the block has written one of these, it does the same again. Whatever depends on more, such as the time
of the block, is judged every time.
"""

from collections.abc import Iterator
from typing import NamedTuple

from qos.base.identifiers import Address
from qos.machine.context import BlockInfo, Context
from qos.machine.gas import GasMeter
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.tendermint_abci import Event
from qos.store.overlay import Overlay, Writes


class Admitted(NamedTuple):
    """What one admission read on a committed state, and what it did there."""

    height: int
    reads: tuple[tuple[str, bytes], ...]
    writes: Writes
    gas_used: int
    fee: tuple[Coin, ...]
    events: tuple[Event, ...]

    def stands(self, state: Overlay, block: BlockInfo) -> bool:
        """Tell whether it would be the same in a block of which `state` holds all writes so far."""
        return block.height == self.height and not state.has_written(self.reads)


class WatchedContext(Context):
    """A context that notes what is read in it, and whether the block was looked at beside."""

    __slots__ = ("_block", "_is_repeatable", "_reads")

    def __init__(self, state: Overlay, block: BlockInfo, gas: GasMeter, signers: tuple[Address, ...]) -> None:
        """Watch over a scratch of a committed state."""
        self._reads: list[tuple[str, bytes]] = []
        super().__init__(state, block, gas, [], signers)
        self._is_repeatable = True

    @property
    def block(self) -> BlockInfo:
        """The block, on which the outcome then depends."""
        self._is_repeatable = False
        return self._block

    @block.setter
    def block(self, block: BlockInfo) -> None:
        self._block = block

    def read(self, store: str, key: bytes) -> bytes | None:
        """Return the value under a key. Raises: OutOfGas."""
        self._reads.append((store, key))
        return Context.read(self, store, key)  # `super()` takes half as long as the read

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield entries of [start, end) in key order, on all of which the outcome then depends. Raises: OutOfGas."""
        self._is_repeatable = False
        return super().scan(store, start, end, reverse=reverse)

    def admitted(self, fee: tuple[Coin, ...]) -> Admitted | None:
        """Return the admission that took a fee here; None when it has to be judged every time."""
        if not self._is_repeatable:
            return None
        return Admitted(
            height=self._block.height,
            reads=tuple(self._reads),
            writes=self.state.writes,
            gas_used=self.gas.used,
            fee=fee,
            events=tuple(self.events),
        )
