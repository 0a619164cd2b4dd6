"""What the engine knows between two blocks; all of it can be rebuilt from the block store."""

from dataclasses import dataclass
from hashlib import sha256

from qos.crypto import ed25519
from qos.engine import rotation
from qos.engine.blocks import EMPTY_COMMIT, CommittedBlock
from qos.engine.consensus_params import ConsensusParams, parse_params
from qos.engine.embedded.ports import BlockStore
from qos.engine.evidence import misbehavior_of
from qos.lightclient import hashes
from qos.machine import genesis
from qos.machine.abci import BlockResult
from qos.machine.context import BlockInfo, Vote
from qos.proto.records.tendermint_types import Block, BlockID, Commit, ValidatorSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """What a chain starts from; `hash` is the SHA-256 of the document."""

    json: bytes
    hash: bytes
    document: genesis.GenesisDocument
    params: ConsensusParams


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """The newest block and what the next one must say.

    `voters` signed `commit`; `validators` sign the next height, `next_validators` the one after.
    """

    height: int
    time_ns: int
    block_id: BlockID
    commit: Commit
    voters: ValidatorSet
    validators: ValidatorSet
    next_validators: ValidatorSet
    app_hash: bytes
    results_hash: bytes


def read_genesis(document: bytes) -> Genesis:
    """Parse a genesis document. Raises: BadGenesis."""
    parsed = genesis.parse(document)
    params = parse_params(parsed.consensus_params)
    return Genesis(json=document, hash=sha256(document).digest(), document=parsed, params=params)


def before_first_block(start: Genesis, app_hash: bytes) -> ChainState:
    """Return the state a genesis leads to."""
    members = rotation.new_set(
        rotation.validator(ed25519.address(v.public_key), v.public_key, v.power) for v in start.document.validators
    )
    return ChainState(
        height=start.document.initial_height - 1,
        time_ns=start.document.time_ns,
        block_id=hashes.NIL_BLOCK_ID,
        commit=EMPTY_COMMIT,
        voters=ValidatorSet(),
        validators=members,
        next_validators=rotation.advance(members),
        app_hash=app_hash,
        results_hash=hashes.results_hash(()),
    )


def after_block(state: ChainState, committed: CommittedBlock) -> ChainState:
    """Return the state a block leads to. Raises: BadValidatorUpdate."""
    header, result = committed.block.header, committed.result
    return ChainState(
        height=header.height,
        time_ns=header.time,
        block_id=committed.block_id,
        commit=committed.commit,
        voters=state.validators,
        validators=state.next_validators,
        next_validators=following_set(state.next_validators, result),
        app_hash=result.app_hash,
        results_hash=hashes.results_hash(result.tx_results),
    )


def following_set(members: ValidatorSet, result: BlockResult) -> ValidatorSet:
    """Return the set two heights on, once a block asked for changes. Raises: BadValidatorUpdate."""
    updates = result.validator_updates
    addresses = [bytes(ed25519.address(update.public_key)) for update in updates]
    return rotation.advance(rotation.updated(members, updates, addresses))


def stored_state(store: BlockStore, height: int) -> ChainState:
    """Rebuild the state after a stored block. Raises: KeyError."""
    meta, result = store.meta(height), store.result(height)
    return ChainState(
        height=height,
        time_ns=meta.header.time,
        block_id=meta.block_id,
        commit=store.commit(height),
        voters=store.validators(height),
        validators=store.validators(height + 1),
        next_validators=store.validators(height + 2),
        app_hash=result.app_hash,
        results_hash=hashes.results_hash(result.tx_results),
    )


def votes_of(commit: Commit, voters: ValidatorSet) -> tuple[Vote, ...]:
    """Return how each validator voted on the block before, as the application sees it."""
    return tuple(
        Vote(address=member.address, power=member.voting_power, flag=vote.block_id_flag)
        for member, vote in zip(voters.validators, commit.signatures, strict=True)
    )


def stored_info(block: Block, voters: ValidatorSet) -> BlockInfo:
    """Return a stored block as the application sees it; `voters` signed the block before."""
    header = block.header
    return BlockInfo(
        chain_id=header.chain_id,
        height=header.height,
        time_ns=header.time,
        proposer_address=header.proposer_address,
        votes=votes_of(block.last_commit, voters),
        misbehavior=misbehavior_of(block.evidence.evidence),
    )
