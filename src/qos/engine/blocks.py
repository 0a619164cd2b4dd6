"""Blocks: their encoding, their parts and what names them (CometBFT v0.38)."""

from dataclasses import dataclass
from typing import Final

from qos.base import merkle
from qos.lightclient import hashes
from qos.machine.abci import BlockResult
from qos.proto import codec
from qos.proto.records.tendermint_types import (
    Block,
    BlockID,
    Commit,
    Data,
    Evidence,
    EvidenceList,
    Header,
    PartSetHeader,
)

PART_BYTES: Final = 65_536
EMPTY_COMMIT: Final = Commit(block_id=hashes.NIL_BLOCK_ID)
"""What the first block carries as the votes for the block before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedBlock:
    """A block, its encoding and name, the votes that made it final and what executing it gave."""

    block: Block
    encoded: bytes
    block_id: BlockID
    commit: Commit
    result: BlockResult

    @property
    def height(self) -> int:
        """Height of the block."""
        return self.block.header.height


def assemble(header: Header, txs: tuple[bytes, ...], last_commit: Commit, evidence: tuple[Evidence, ...] = ()) -> Block:
    """Put a block together."""
    return Block(header=header, data=Data(txs=txs), evidence=EvidenceList(evidence=evidence), last_commit=last_commit)


def encode(block: Block) -> bytes:
    """Encode a block as it is cut into parts and stored."""
    return codec.encode(block)


def name(block: Block, encoded: bytes) -> BlockID:
    """Return what names a block: the hash of its header and the root over its parts."""
    return BlockID(hash=hashes.header_hash(block.header), part_set_header=part_set_header(encoded))


def part_set_header(encoded: bytes) -> PartSetHeader:
    """Return count and Merkle root of the 64 KiB parts of an encoded block."""
    parts = [encoded[start : start + PART_BYTES] for start in range(0, len(encoded), PART_BYTES)]
    return PartSetHeader(total=len(parts), hash=merkle.root(parts))
