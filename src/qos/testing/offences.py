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
    seed: bytes,
    chain_id: str,
    *,
    height: int,
    time_ns: int,
    powers: Sequence[tuple[bytes, int]],
) -> Evidence:
    """Return two precommits of a validator in a block made at a time; `powers` is the set there, by address."""
    address = ed25519.address(ed25519.public_key(seed))
    place = [each for each, _ in powers].index(address)
    first, other = (
        signed_vote(
            seed,
            chain_id,
            Vote(
                type=PRECOMMIT,
                height=height,
                block_id=block_id(name),
                timestamp=time_ns,
                validator_address=address,
                validator_index=place,
            ),
        )
        for name in (b"a", b"b")
    )
    votes = DuplicateVoteEvidence(
        vote_a=first,
        vote_b=other,
        total_voting_power=sum(power for _, power in powers),
        validator_power=powers[place][1],
        timestamp=time_ns,
    )
    return Evidence(duplicate_vote_evidence=votes)


def double_vote_on(store: BlockStore, seed: bytes, height: int) -> Evidence:
    """Return two precommits of a validator of a stored chain."""
    header = store.meta(height).header
    powers = [(each.address, each.voting_power) for each in store.validators(height).validators]
    return double_vote(seed, header.chain_id, height=height, time_ns=header.time, powers=powers)


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
    own: Header, members: ValidatorSet, seeds: Sequence[bytes], *, round_: int = 0, byzantine: Sequence[Validator]
) -> Evidence:
    """Return another header that follows from the same state, finished in a round by the chain's own set."""
    attack = LightClientAttackEvidence(
        conflicting_block=finished(replace(own, data_hash=b"d" * 32), members, seeds, round_=round_),
        common_height=own.height,
        byzantine_validators=tuple(byzantine),
        total_voting_power=sum(each.voting_power for each in members.validators),
        timestamp=own.time,
    )
    return Evidence(light_client_attack_evidence=attack)


def second_block_on(
    store: BlockStore, seeds: Sequence[bytes], height: int, *, round_: int = 0, byzantine: Sequence[Validator]
) -> Evidence:
    """Return another header of a stored chain."""
    members = replace(store.validators(height), total_voting_power=0)
    return second_block(store.meta(height).header, members, seeds, round_=round_, byzantine=byzantine)
