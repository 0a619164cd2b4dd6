"""A block store and a sign state that forget everything with the process: chains in one test, virtual time."""

from qos.engine import evidence
from qos.engine.embedded.ports import BlockRow
from qos.engine.errors import DoubleSignRefused
from qos.machine.abci import BlockResult
from qos.proto.records.tendermint_types import Block, BlockMeta, Commit, ValidatorSet


class MemoryBlockStore:
    """Implements `ports.BlockStore` in dictionaries."""

    def __init__(self) -> None:
        self._genesis_hash = b""
        self._rows: dict[int, BlockRow] = {}
        self._validators: dict[int, ValidatorSet] = {}
        self._evidence: set[bytes] = set()

    def bind(self, genesis_hash: bytes) -> bytes:
        """Return the genesis hash this store belongs to."""
        self._genesis_hash = self._genesis_hash or genesis_hash
        return self._genesis_hash

    def height(self) -> int:
        """Return the newest height, 0 when empty."""
        return max(self._rows, default=0)

    def append(self, row: BlockRow) -> None:
        """Keep a block."""
        self._rows[row.committed.height] = row
        self._validators.update(row.validators)
        self._evidence.update(evidence.name(each) for each in row.committed.block.evidence.evidence)

    def block(self, height: int) -> Block:
        """Return a block. Raises: KeyError."""
        return self._rows[height].committed.block

    def meta(self, height: int) -> BlockMeta:
        """Return header, name and size of a block. Raises: KeyError."""
        committed = self._rows[height].committed
        return BlockMeta(
            block_id=committed.block_id,
            block_size=len(committed.encoded),
            header=committed.block.header,
            num_txs=len(committed.block.data.txs),
        )

    def commit(self, height: int) -> Commit:
        """Return the votes that made a block final. Raises: KeyError."""
        return self._rows[height].committed.commit

    def result(self, height: int) -> BlockResult:
        """Return what executing a block gave. Raises: KeyError."""
        return self._rows[height].committed.result

    def has_evidence(self, name: bytes) -> bool:
        """Tell whether a block carries the evidence of a name."""
        return name in self._evidence

    def validators(self, height: int) -> ValidatorSet:
        """Return the set that signs a height. Raises: KeyError."""
        return self._validators[height]


class MemorySignState:
    """Implements `ports.SignState` in two attributes."""

    def __init__(self) -> None:
        self.height = 0
        self.block_hash = b""

    def check(self, height: int, block_hash: bytes) -> None:
        """Return when signing is safe. Raises: DoubleSignRefused."""
        if height < self.height or (height == self.height and block_hash != self.block_hash):
            raise DoubleSignRefused(height, block_hash, self.height, self.block_hash)

    def record(self, height: int, block_hash: bytes) -> None:
        """Remember what was signed."""
        self.height, self.block_hash = height, block_hash
