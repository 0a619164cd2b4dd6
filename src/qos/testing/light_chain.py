"""Light blocks of chains that never ran: real headers, sets and signatures from numbered keys."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol, TypeVar

from qos.base.blocktime import SECOND_NS
from qos.crypto import ed25519
from qos.lightclient.errors import NoSuchBlock
from qos.lightclient.hashes import NIL_BLOCK_ID, header_hash, in_hash_order, validators_hash, vote_sign_bytes
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import (
    BlockID,
    BlockIDFlag,
    Commit,
    CommitSig,
    Header,
    PartSetHeader,
    SignedHeader,
    Validator,
)
from qos.proto.records.tendermint_version import Consensus

R = TypeVar("R")
CHAIN_ID = "light-1"
START_NS = 1_700_000_000 * SECOND_NS
ABSENT, COMMIT, NIL = (
    BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
    BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
    BlockIDFlag.BLOCK_ID_FLAG_NIL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A validator whose key is known: the key of a number."""

    number: int
    power: int = 10

    @property
    def seed(self) -> bytes:
        """Return the private key."""
        return sha256(b"light chain member %d" % self.number).digest()

    @property
    def validator(self) -> Validator:
        """Return the validator as sets list it."""
        key = ed25519.public_key(self.seed)
        return Validator(address=ed25519.address(key), pub_key=PublicKey(ed25519=key), voting_power=self.power)


def members(*numbers: int, power: int = 10) -> tuple[Member, ...]:
    """Return members of equal power."""
    return tuple(Member(number=number, power=power) for number in numbers)


def time_of(height: int) -> int:
    """Return the usual time of a height: ten seconds a block."""
    return START_NS + height * 10 * SECOND_NS


def light_block(
    height: int,
    voters: Sequence[Member],
    following: Sequence[Member] | None = None,
    *,
    chain_id: str = CHAIN_ID,
    time_ns: int | None = None,
    app_hash: bytes = bytes(32),
    round_: int = 0,
    flags: Mapping[int, BlockIDFlag] | None = None,
) -> LightBlock:
    """Return a block all voters signed, but for those whose number has another flag in `flags`."""
    current = tuple(member.validator for member in voters)
    after = current if following is None else tuple(member.validator for member in following)
    header = Header(
        version=Consensus(block=11, app=1),
        chain_id=chain_id,
        height=height,
        time=time_of(height) if time_ns is None else time_ns,
        last_block_id=NIL_BLOCK_ID,
        last_commit_hash=sha256(b"last commit %d" % height).digest(),
        data_hash=sha256(b"").digest(),
        validators_hash=validators_hash(current),
        next_validators_hash=validators_hash(after),
        consensus_hash=sha256(b"consensus").digest(),
        app_hash=app_hash,
        last_results_hash=sha256(b"").digest(),
        evidence_hash=sha256(b"").digest(),
        proposer_address=in_hash_order(current)[0].address if current else b"",
    )
    commit = sign_header(header, voters, flags or {}, round_)
    return LightBlock(
        signed_header=SignedHeader(header=header, commit=commit),
        validators=in_hash_order(current),
        next_validators=() if following is None else in_hash_order(after),
    )


def sign_header(header: Header, voters: Sequence[Member], flags: Mapping[int, BlockIDFlag], round_: int = 0) -> Commit:
    """Return a commit for a header; a member's flag is COMMIT unless named by its number."""
    block_hash = header_hash(header)
    block_id = BlockID(hash=block_hash, part_set_header=PartSetHeader(total=1, hash=sha256(block_hash).digest()))
    by_address = {member.validator.address: member for member in voters}
    signers = [by_address[validator.address] for validator in in_hash_order(member.validator for member in voters)]
    votes = tuple(_unsigned(member, flags.get(member.number, COMMIT), header.time) for member in signers)
    commit = Commit(height=header.height, round=round_, block_id=block_id, signatures=votes)
    signed = [
        vote
        if vote.block_id_flag == ABSENT
        else replace(vote, signature=ed25519.sign(member.seed, vote_sign_bytes(header.chain_id, commit, index)))
        for index, (vote, member) in enumerate(zip(votes, signers, strict=True))
    ]
    return replace(commit, signatures=tuple(signed))


def _unsigned(member: Member, flag: BlockIDFlag, header_time_ns: int) -> CommitSig:
    if flag == ABSENT:
        return CommitSig(block_id_flag=flag, timestamp=header_time_ns)
    time_ns = header_time_ns + SECOND_NS + member.number
    return CommitSig(block_id_flag=flag, validator_address=member.validator.address, timestamp=time_ns)


class BlockShelf:
    """A provider over blocks at hand; remembers which heights it was asked for."""

    def __init__(self, *blocks: LightBlock) -> None:
        """Keep the blocks by height."""
        self._blocks = {block.signed_header.header.height: block for block in blocks}
        self.asked: list[int] = []

    def light_block(self, height: int) -> LightBlock:
        """Return the block of a height. Raises: NoSuchBlock."""
        self.asked.append(height)
        if height not in self._blocks:
            raise NoSuchBlock(f"there is no block {height}")
        return self._blocks[height]


class Provider(Protocol):
    """Somebody who hands out blocks; nothing it says is believed."""

    def light_block(self, height: int) -> LightBlock:
        """Return the block of a height. Raises: NoSuchBlock."""
        ...


def drive(steps: Generator[int, LightBlock, R], provider: Provider) -> R:
    """Run steps against one provider and return their result. Raises: what the steps and the provider raise."""
    try:
        height = next(steps)
        while True:
            height = steps.send(provider.light_block(height))
    except StopIteration as end:
        result: R = end.value
        return result
