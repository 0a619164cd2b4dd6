"""Who signed a block: the one place where votes of a commit are checked against a validator set."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from qos.base.identifiers import ADDRESS_LENGTH
from qos.crypto import ed25519, zip215
from qos.crypto.errors import BadSignature
from qos.lightclient.errors import ForgedVote, MalformedSet, MalformedVote, NotEnoughPower, WrongCommit
from qos.lightclient.hashes import in_hash_order, vote_sign_bytes
from qos.proto.records.tendermint_types import BlockIDFlag, Commit, CommitSig, Validator

MAX_VALIDATORS: Final = 200
MAX_TOTAL_POWER: Final = 2**63 >> 3
"""CometBFT's bound on the power of a set (V9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """Validators proven to have voted for a block, with their power and that of their whole set."""

    validators: tuple[Validator, ...]
    power: int
    total_power: int


def ordered_set(validators: Iterable[Validator]) -> tuple[Validator, ...]:
    """Return a set in the order it is hashed and votes, once each entry is whole and no key is there twice.

    Raises: MalformedSet.
    """
    ordered = in_hash_order(validators)
    if not 0 < len(ordered) <= MAX_VALIDATORS:
        raise MalformedSet(f"a set has 1 to {MAX_VALIDATORS} validators, not {len(ordered)}")
    for validator in ordered:
        _check_validator(validator)
    if len({validator.address for validator in ordered}) != len(ordered):
        raise MalformedSet("a validator is listed twice")
    if sum(validator.voting_power for validator in ordered) > MAX_TOTAL_POWER:
        raise MalformedSet(f"the set's power exceeds {MAX_TOTAL_POWER}")
    return ordered


def _check_validator(validator: Validator) -> None:
    key = validator.pub_key.ed25519
    if key is None or validator.pub_key.secp256k1 is not None or len(key) != ed25519.PUBLIC_KEY_LENGTH:
        raise MalformedSet("a validator's key is not an ed25519 key")
    if len(validator.address) != ADDRESS_LENGTH or validator.address != ed25519.address(key):
        raise MalformedSet(f"address {validator.address.hex()} is not that of the validator's key")
    if validator.voting_power <= 0:
        raise MalformedSet(f"validator {validator.address.hex()} has no power")


def proven_signers(chain_id: str, ordered: tuple[Validator, ...], commit: Commit, block_hash: bytes) -> Signers:
    """Return the validators of an ordered set whose votes for `block_hash` are in the commit, each counted once.

    The i-th vote is the i-th validator's. Every vote that is there must be genuine, votes for nil too.
    Raises: WrongCommit, MalformedVote, ForgedVote.
    """
    if not block_hash or commit.block_id.hash != block_hash:
        raise WrongCommit("the commit is for another block")
    if len(commit.signatures) != len(ordered):
        raise WrongCommit(f"the commit has {len(commit.signatures)} votes for {len(ordered)} validators")
    signed = []
    for index, (vote, validator) in enumerate(zip(commit.signatures, ordered, strict=True)):
        if _is_absent(vote, validator):
            continue
        strict = _strictly_signed(validator, vote_sign_bytes(chain_id, commit, index), vote.signature)
        if strict and vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_COMMIT:
            signed.append(validator)
    return Signers(
        validators=tuple(signed),
        power=sum(validator.voting_power for validator in signed),
        total_power=sum(validator.voting_power for validator in ordered),
    )


def _is_absent(vote: CommitSig, validator: Validator) -> bool:
    if vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_ABSENT:
        if vote.validator_address or vote.signature:
            raise MalformedVote("an absent vote carries an address or a signature")
        return True
    if vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_UNKNOWN:
        raise MalformedVote("a vote says neither commit nor nil nor absent")
    if vote.validator_address != validator.address:
        raise MalformedVote(f"vote of {vote.validator_address.hex()} at the place of {validator.address.hex()}")
    return False


def _strictly_signed(validator: Validator, message: bytes, signature: bytes) -> bool:
    """Say whether a vote counts. Raises: ForgedVote when not even CometBFT would accept the signature."""
    key = validator.pub_key.ed25519 or b""
    try:
        ed25519.verify(key, message, signature)
    except BadSignature:
        try:
            zip215.verify(key, message, signature)
        except BadSignature:
            raise ForgedVote(f"the vote of {validator.address.hex()} is not signed by it") from None
        # K1: a validator must not stop light clients by a signature that only the engine accepts.
        return False
    return True


def more_than_two_thirds(signers: Signers) -> Signers:
    """Return the signers once more than 2/3 of their set's power signed. Raises: NotEnoughPower."""
    if 3 * signers.power <= 2 * signers.total_power:
        raise NotEnoughPower(f"power {signers.power} of {signers.total_power} signed, more than 2/3 is needed")
    return signers


def verify_commit(chain_id: str, validators: Iterable[Validator], commit: Commit, block_hash: bytes) -> Signers:
    """Return who finalised a block. Raises: MalformedSet, WrongCommit, MalformedVote, ForgedVote, NotEnoughPower."""
    return more_than_two_thirds(proven_signers(chain_id, ordered_set(validators), commit, block_hash))
