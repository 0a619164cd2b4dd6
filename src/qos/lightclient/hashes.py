"""Hashes and sign bytes of CometBFT v0.38: header, validator set, commit, votes, block data and results.

All roots are RFC 6962 trees (`qos.base.merkle`) over the leaves named at each function.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from qos.base import merkle
from qos.lightclient.wire import bytes_field, delimited, fixed64_field, message_field, timestamp, varint_field
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import BlockID, BlockIDFlag, Commit, CommitSig, Header, PartSetHeader, Validator

PREVOTE: Final = 1
PRECOMMIT: Final = 2
NIL_BLOCK_ID: Final = BlockID(part_set_header=PartSetHeader())


def header_hash(header: Header) -> bytes:
    """Return the block hash: root over the 14 encoded fields; empty when there is no validators hash."""
    if not header.validators_hash:
        return b""
    return merkle.root(header_leaves(header))


def header_leaves(header: Header) -> tuple[bytes, ...]:
    """Return the 14 leaves of the block hash; texts, numbers and hashes are wrapped as field 1 of a message."""
    version = header.version
    return (
        varint_field(1, version.block) + varint_field(2, version.app),
        bytes_field(1, header.chain_id.encode()),
        varint_field(1, header.height),
        timestamp(header.time),
        block_id_bytes(header.last_block_id),
        bytes_field(1, header.last_commit_hash),
        bytes_field(1, header.data_hash),
        bytes_field(1, header.validators_hash),
        bytes_field(1, header.next_validators_hash),
        bytes_field(1, header.consensus_hash),
        bytes_field(1, header.app_hash),
        bytes_field(1, header.last_results_hash),
        bytes_field(1, header.evidence_hash),
        bytes_field(1, header.proposer_address),
    )


def part_set_header_bytes(parts: PartSetHeader) -> bytes:
    """Encode a part set header: total 1, hash 2."""
    return varint_field(1, parts.total) + bytes_field(2, parts.hash)


def block_id_bytes(block_id: BlockID) -> bytes:
    """Encode a block id: hash 1, part set header 2 (always there)."""
    return bytes_field(1, block_id.hash) + message_field(2, part_set_header_bytes(block_id.part_set_header))


def in_hash_order(validators: Iterable[Validator]) -> tuple[Validator, ...]:
    """Sort validators as a set lists them: power descending, then address ascending."""
    return tuple(sorted(validators, key=lambda validator: (-validator.voting_power, validator.address)))


def validators_hash(validators: Iterable[Validator]) -> bytes:
    """Return the hash of a set: root over {public key 1, power 2} of each validator in set order."""
    return merkle.root([_simple_validator(validator) for validator in in_hash_order(validators)])


def _simple_validator(validator: Validator) -> bytes:
    return message_field(1, public_key_bytes(validator.pub_key)) + varint_field(2, validator.voting_power)


def public_key_bytes(key: PublicKey) -> bytes:
    """Encode a consensus public key: ed25519 1 or secp256k1 2."""
    if key.ed25519 is not None:
        return message_field(1, key.ed25519)
    return message_field(2, key.secp256k1) if key.secp256k1 is not None else b""


def commit_hash(commit: Commit) -> bytes:
    """Return what the next header has as last commit hash: root over the encoded votes."""
    return merkle.root([_commit_sig(vote) for vote in commit.signatures])


def _commit_sig(vote: CommitSig) -> bytes:
    head = varint_field(1, vote.block_id_flag) + bytes_field(2, vote.validator_address)
    return head + message_field(3, timestamp(vote.timestamp)) + bytes_field(4, vote.signature)


def canonical_vote_bytes(
    kind: int, height: int, round_: int, block_id: BlockID | None, time_ns: int, chain_id: str
) -> bytes:
    """Return the bytes a validator signs for a vote; no block id, or an empty one, is a vote for nil.

    Length, then kind 1 (varint), height 2 and round 3 (sfixed64), block id 4, time 5, chain id 6.
    """
    head = _vote_head(kind, height, round_, block_id)
    return delimited(head + message_field(5, timestamp(time_ns)) + bytes_field(6, chain_id.encode()))


def _vote_head(kind: int, height: int, round_: int, block_id: BlockID | None) -> bytes:
    head = varint_field(1, kind) + fixed64_field(2, height) + fixed64_field(3, round_)
    if block_id is None or block_id == NIL_BLOCK_ID:
        return head
    return head + message_field(4, block_id_bytes(block_id))


def vote_sign_bytes(chain_id: str, commit: Commit, index: int) -> bytes:
    """Return the bytes the validator at `index` signed for its vote in a commit."""
    vote = commit.signatures[index]
    block_id = commit.block_id if vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_COMMIT else None
    return canonical_vote_bytes(PRECOMMIT, commit.height, commit.round, block_id, vote.timestamp, chain_id)


def data_hash(txs: Iterable[bytes]) -> bytes:
    """Return the root over the SHA-256 of each transaction."""
    return merkle.root([sha256(tx).digest() for tx in txs])


def results_hash(results: Iterable[ExecTxResult]) -> bytes:
    """Return the root over {code 1, data 2, gas wanted 5, gas used 6} of each result; the rest is not agreed on."""
    return merkle.root([_deterministic_result(result) for result in results])


def _deterministic_result(result: ExecTxResult) -> bytes:
    outcome = varint_field(1, result.code) + bytes_field(2, result.data)
    return outcome + varint_field(5, result.gas_wanted) + varint_field(6, result.gas_used)


def evidence_hash(evidence: Sequence[bytes]) -> bytes:
    """Return the root over encoded evidence, each without the wrapper that names its kind."""
    return merkle.root(evidence)


def consensus_hash(block_max_bytes: int, block_max_gas: int) -> bytes:
    """Return the hash of the consensus parameters a header binds: the two block limits."""
    return sha256(varint_field(1, block_max_bytes) + varint_field(2, block_max_gas)).digest()
