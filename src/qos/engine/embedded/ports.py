"""What the producer needs from outside: a durable block store and a memory of what was signed."""

from dataclasses import dataclass
from typing import Protocol

from qos.engine.blocks import CommittedBlock
from qos.machine.abci import BlockResult
from qos.proto.records.tendermint_types import Block, BlockMeta, Commit, ValidatorSet


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRow:
    """A block to append, with the validator sets that became known with it, by height."""

    committed: CommittedBlock
    validators: tuple[tuple[int, ValidatorSet], ...]


class BlockStore(Protocol):
    """Blocks without gap from the initial height on. `require`-like reads raise KeyError where there is no row."""

    def bind(self, genesis_hash: bytes) -> bytes:
        """Return the genesis hash this store belongs to; an empty store now belongs to the given one."""
        ...

    def height(self) -> int:
        """Return the newest height, 0 when empty."""
        ...

    def append(self, row: BlockRow) -> None:
        """Write a block and all that belongs to it in one durable step."""
        ...

    def block(self, height: int) -> Block:
        """Return a block. Raises: KeyError."""
        ...

    def meta(self, height: int) -> BlockMeta:
        """Return header, name and size of a block. Raises: KeyError."""
        ...

    def commit(self, height: int) -> Commit:
        """Return the votes that made a block final. Raises: KeyError."""
        ...

    def result(self, height: int) -> BlockResult:
        """Return what executing a block gave. Raises: KeyError."""
        ...

    def has_evidence(self, name: bytes) -> bool:
        """Tell whether a block carries the evidence of a name."""
        ...

    def validators(self, height: int) -> ValidatorSet:
        """Return the set that signs a height, up to two above the newest block. Raises: KeyError."""
        ...


class SignState(Protocol):
    """The last height these validator keys signed, kept apart from the blocks."""

    def check(self, height: int, block_hash: bytes) -> None:
        """Return when signing is safe. Raises: DoubleSignRefused."""
        ...

    def record(self, height: int, block_hash: bytes) -> None:
        """Remember what was signed; it is written before a signature can be seen outside."""
        ...
