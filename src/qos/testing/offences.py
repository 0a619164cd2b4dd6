"""Evidence that holds: votes and headers that validators of a test signed and should not have."""

from collections.abc import Sequence
from dataclasses import replace

from qos.base.blocktime import ZERO_TIME_NS
from qos.crypto import ed25519
from qos.engine.embedded.ports import BlockStore
from qos.engine.embedded.signing import keys_by_address
from qos.lightclient.hashes import canonical_vote_bytes, header_hash, in_hash_order, validators_hash
from qos.proto.records.tendermint_types import (
    BlockID,
    BlockIDFlag,
    Commit,
    CommitSig,
    DuplicateVoteEvidence,
    Evidence,
    Header,
    LightBlock,
    LightClientAttackEvidence,
    PartSetHeader,
    SignedHeader,
    SignedMsgType,
    Validator,
    ValidatorSet,
    Vote,
)

PRECOMMIT = SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT


def block_id(name: bytes) -> BlockID:
    """Return the id of a block that never was."""
    return BlockID(hash=name * 32, part_set_header=PartSetHeader(total=1, hash=b"p" * 32))


def signed_vote(seed: bytes, chain_id: str, vote: Vote) -> Vote:
    """Return a vote as a validator signs it."""
    message = canonical_vote_bytes(vote.type, vote.height, vote.round, vote.block_id, vote.timestamp, chain_id)
    return replace(vote, signature=ed25519.sign(seed, message))


def double_vote(
    seed: bytes, chain_id: str, header: Header, members: Sequence[Validator], *, second: bytes = b"b"
) -> Evidence:
    """Return two precommits of a validator at a header's height; `members` is the set there."""
    address = ed25519.address(ed25519.public_key(seed))
    place = [each.address for each in members].index(address)
    votes = [
        signed_vote(
            seed,
            chain_id,
            Vote(
                type=PRECOMMIT,
                height=header.height,
                block_id=block_id(name),
                timestamp=header.time,
                validator_address=address,
                validator_index=place,
            ),
        )
        for name in (b"a", second)
    ]
    votes_evidence = DuplicateVoteEvidence(
        vote_a=votes[0],
        vote_b=votes[1],
        total_voting_power=sum(each.voting_power for each in members),
        validator_power=members[place].voting_power,
        timestamp=header.time,
    )
    return Evidence(duplicate_vote_evidence=votes_evidence)


def double_vote_on(store: BlockStore, seed: bytes, height: int, *, second: bytes = b"b") -> Evidence:
    """Return two precommits of a validator of a stored chain."""
    header = store.meta(height).header
    return double_vote(seed, header.chain_id, header, store.validators(height).validators, second=second)


def finished(header: Header, members: ValidatorSet, seeds: Sequence[bytes], *, round_: int = 0) -> LightBlock:
    """Return a header with the votes of those whose keys are given, whether they are enough or not."""
    named = BlockID(hash=header_hash(header), part_set_header=PartSetHeader(total=1, hash=b"p" * 32))
    keys = keys_by_address(seeds)
    message = canonical_vote_bytes(PRECOMMIT, header.height, round_, named, header.time, header.chain_id)
    votes = tuple(_vote(keys.get(each.address), each, message, header.time) for each in members.validators)
    commit = Commit(height=header.height, round=round_, block_id=named, signatures=votes)
    return LightBlock(signed_header=SignedHeader(header=header, commit=commit), validator_set=members)


def _vote(seed: bytes | None, member: Validator, message: bytes, time_ns: int) -> CommitSig:
    if seed is None:
        return CommitSig(block_id_flag=BlockIDFlag.BLOCK_ID_FLAG_ABSENT, timestamp=ZERO_TIME_NS)
    return CommitSig(
        block_id_flag=BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
        validator_address=member.address,
        timestamp=time_ns,
        signature=ed25519.sign(seed, message),
    )


def lunatic_attack(store: BlockStore, seeds: Sequence[bytes], height: int, *, common: int) -> Evidence:
    """Return a header of another state, made by validators who alone are its set."""
    known = store.validators(common).validators
    chosen = [ed25519.address(ed25519.public_key(seed)) for seed in seeds]
    attackers = in_hash_order(each for each in known if each.address in chosen)
    members = ValidatorSet(validators=attackers, proposer=attackers[0])
    named = validators_hash(attackers)
    header = replace(store.meta(height).header, app_hash=b"x" * 32, validators_hash=named, next_validators_hash=named)
    attack = LightClientAttackEvidence(
        conflicting_block=finished(header, members, seeds),
        common_height=common,
        byzantine_validators=attackers,
        total_voting_power=sum(each.voting_power for each in known),
        timestamp=store.meta(common).header.time,
    )
    return Evidence(light_client_attack_evidence=attack)


def second_block(
    store: BlockStore, seeds: Sequence[bytes], height: int, *, round_: int = 0, byzantine: Sequence[Validator]
) -> Evidence:
    """Return another header that follows from the same state, finished in a round by the chain's own set."""
    members = replace(store.validators(height), total_voting_power=0)
    own = store.meta(height).header
    attack = LightClientAttackEvidence(
        conflicting_block=finished(replace(own, data_hash=b"d" * 32), members, seeds, round_=round_),
        common_height=height,
        byzantine_validators=tuple(byzantine),
        total_voting_power=sum(each.voting_power for each in members.validators),
        timestamp=own.time,
    )
    return Evidence(light_client_attack_evidence=attack)
