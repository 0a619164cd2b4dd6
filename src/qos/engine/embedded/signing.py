"""Voting with the local validator keys."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from qos.base.blocktime import ZERO_TIME_NS
from qos.crypto import ed25519
from qos.engine.errors import NotEnoughPower
from qos.engine.rotation import total_power
from qos.lightclient.hashes import PRECOMMIT, PREVOTE, canonical_vote_bytes
from qos.proto.records.tendermint_types import BlockID, BlockIDFlag, Commit, CommitSig, ValidatorSet

MAX_KEYS: Final = 21
_ABSENT: Final = CommitSig(block_id_flag=BlockIDFlag.BLOCK_ID_FLAG_ABSENT, timestamp=ZERO_TIME_NS)


def keys_by_address(seeds: Sequence[bytes]) -> Mapping[bytes, bytes]:
    """Return local ed25519 seeds by validator address. Raises: ValueError unless there are 1 to 21."""
    if not 1 <= len(seeds) <= MAX_KEYS:
        raise ValueError(f"the embedded engine takes 1 to {MAX_KEYS} validator keys, not {len(seeds)}")
    return MappingProxyType({bytes(ed25519.address(ed25519.public_key(seed))): seed for seed in seeds})


def sign_commit(
    chain_id: str, height: int, block_id: BlockID, voters: ValidatorSet, keys: Mapping[bytes, bytes], time_ns: int
) -> Commit:
    """Return the votes of all local keys; validators without one are absent. Raises: NotEnoughPower."""
    local_power = total_power(v for v in voters.validators if v.address in keys)
    if 3 * local_power <= 2 * voters.total_voting_power:
        raise NotEnoughPower(height, local_power, voters.total_voting_power)
    return _signed(PRECOMMIT, chain_id, Commit(height=height, block_id=block_id), voters, keys, time_ns)


def sign_prevotes(
    chain_id: str, commit: Commit, voters: ValidatorSet, keys: Mapping[bytes, bytes], time_ns: int
) -> Commit:
    """Return the votes of all local keys that come before those of a commit, for the same block."""
    return _signed(PREVOTE, chain_id, commit, voters, keys, time_ns)


def _signed(
    kind: int, chain_id: str, about: Commit, voters: ValidatorSet, keys: Mapping[bytes, bytes], time_ns: int
) -> Commit:
    message = canonical_vote_bytes(kind, about.height, 0, about.block_id, time_ns, chain_id)
    votes = tuple(
        _vote(v.address, keys[v.address], message, time_ns) if v.address in keys else _ABSENT for v in voters.validators
    )
    return replace(about, signatures=votes)


def _vote(address: bytes, seed: bytes, message: bytes, time_ns: int) -> CommitSig:
    return CommitSig(
        block_id_flag=BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
        validator_address=address,
        timestamp=time_ns,
        signature=ed25519.sign(seed, message),
    )
