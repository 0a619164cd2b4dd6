"""What an engine needs beside the state to go on at a height: that block, its votes, its results, three validator sets.

All of it hangs on the header after it: whoever trusts that header's hash can check the rest. Not covered by any header,
and taken as they come: events, the order in which validators propose, and that a set changed.
"""

from dataclasses import dataclass

from qos.base.encoding import length_prefixed, read_uvarint
from qos.base.errors import QosError, RuleViolation
from qos.engine import blocks, evidence
from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.ports import BlockRow, BlockStore
from qos.lightclient import hashes
from qos.machine.abci import BlockResult, ValidatorUpdate
from qos.proto import codec
from qos.proto.records.qos_engine_v1 import BlockOutcome, ValidatorChange
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import Block, BlockID, Commit, Header, PartSetHeader, ValidatorSet

_FIXED_PARTS = 7
"""Header, block, votes, outcome and three sets; the results of transactions follow."""


class BadResumePoint(QosError):
    """The parts are malformed, or are not those the trusted header names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePoint:
    """A block as the engine stored it, and the header that follows it."""

    following: Header
    row: BlockRow

    @property
    def height(self) -> int:
        """Height of the block."""
        return self.row.committed.height


def resume_point(store: BlockStore, height: int) -> ResumePoint:
    """Read the point of a height below the newest. Raises: KeyError."""
    block, meta = store.block(height), store.meta(height)
    committed = CommittedBlock(
        block=block,
        encoded=blocks.encode(block),
        block_id=meta.block_id,
        commit=store.commit(height),
        result=store.result(height),
    )
    sets = tuple((at, store.validators(at)) for at in range(height, height + 3))
    return ResumePoint(following=store.meta(height + 1).header, row=BlockRow(committed=committed, validators=sets))


def encode(point: ResumePoint) -> bytes:
    """Write a point: its parts, each behind its length."""
    committed = point.row.committed
    result = committed.result
    changes = tuple(ValidatorChange(public_key=u.public_key, power=u.power) for u in result.validator_updates)
    outcome = BlockOutcome(events=result.events, validator_changes=changes, app_hash=result.app_hash)
    parts = (point.following, committed.block, committed.commit, outcome)
    sets = (members for _, members in point.row.validators)
    return length_prefixed(*(codec.encode(part) for part in (*parts, *sets, *result.tx_results)))


def decode(data: bytes) -> ResumePoint:
    """Read a point. Raises: BadResumePoint."""
    parts = _parts(data)
    if len(parts) < _FIXED_PARTS:
        raise BadResumePoint(f"a resume point has at least {_FIXED_PARTS} parts, this one {len(parts)}")
    try:
        return _point(parts)
    except RuleViolation as error:
        raise BadResumePoint(f"a part of the resume point is malformed: {error}") from None


def _point(parts: list[bytes]) -> ResumePoint:
    block, outcome = codec.decode(Block, parts[1]), codec.decode(BlockOutcome, parts[3])
    changes = outcome.validator_changes
    result = BlockResult(
        tx_results=tuple(codec.decode(ExecTxResult, part) for part in parts[_FIXED_PARTS:]),
        events=outcome.events,
        validator_updates=tuple(ValidatorUpdate(public_key=u.public_key, power=u.power) for u in changes),
        app_hash=outcome.app_hash,
    )
    committed = CommittedBlock(
        block=block,
        encoded=parts[1],
        block_id=blocks.name(block, parts[1]),
        commit=codec.decode(Commit, parts[2]),
        result=result,
    )
    height = block.header.height
    sets = tuple((height + number, codec.decode(ValidatorSet, parts[4 + number])) for number in range(3))
    return ResumePoint(following=codec.decode(Header, parts[0]), row=BlockRow(committed=committed, validators=sets))


def _parts(data: bytes) -> list[bytes]:
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        try:
            length, at = read_uvarint(data, at)
        except ValueError as error:
            raise BadResumePoint(f"the resume point is cut: {error}") from None
        if at + length > len(data):
            raise BadResumePoint("the resume point is cut")
        parts.append(data[at : at + length])
        at += length
    return parts


def proven_row(point: ResumePoint, *, chain_id: str, trusted_hash: bytes) -> BlockRow:
    """Return the block row once the trusted header names its parts. Raises: BadResumePoint."""
    following, committed = point.following, point.row.committed
    header = committed.block.header
    if hashes.header_hash(following) != trusted_hash:
        raise BadResumePoint(f"header {following.height} of the snapshot is not the trusted one")
    sets = [hashes.validators_hash(members.validators) for _, members in point.row.validators]
    named = (
        ("chain id", (following.chain_id, header.chain_id), (chain_id, chain_id)),
        ("height", following.height, header.height + 1),
        ("block", _name(committed.block_id), _name(following.last_block_id)),
        ("votes", hashes.commit_hash(committed.commit), following.last_commit_hash),
        ("voted block", _name(committed.commit.block_id), _name(committed.block_id)),
        ("voted height", committed.commit.height, header.height),
        ("results", hashes.results_hash(committed.result.tx_results), following.last_results_hash),
        ("app hash", committed.result.app_hash, following.app_hash),
        ("transactions", hashes.data_hash(committed.block.data.txs), header.data_hash),
        ("evidence", evidence.root(committed.block.evidence.evidence), header.evidence_hash),
        ("number of results", len(committed.result.tx_results), len(committed.block.data.txs)),
        ("validators", sets, [header.validators_hash, following.validators_hash, following.next_validators_hash]),
        ("proposer", _proposer(point), following.proposer_address),
    )
    for what, found, expected in named:
        if found != expected:
            raise BadResumePoint(f"the {what} of the snapshot is not what the trusted header names")
    return point.row


def _name(block_id: BlockID) -> tuple[bytes, PartSetHeader]:
    return block_id.hash, block_id.part_set_header


def _proposer(point: ResumePoint) -> bytes:
    proposer = point.row.validators[1][1].proposer
    return b"" if proposer is None else proposer.address
