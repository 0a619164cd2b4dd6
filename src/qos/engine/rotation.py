"""Whose turn it is to propose: priority rotation of CometBFT v0.38.

Each step every validator gains its power, the highest priority proposes and pays the total power. Priorities are
centred on zero and kept within twice the total power. A set lists its members by power, then address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from qos.base.errors import ErrorCode, RuleViolation
from qos.lightclient.hashes import in_hash_order
from qos.machine.abci import ValidatorUpdate
from qos.machine.genesis import MAX_TOTAL_POWER
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import Validator, ValidatorSet

_WINDOW_FACTOR: Final = 2


class BadValidatorUpdate(RuleViolation):
    """The application asks for a validator set that cannot be."""

    code = ErrorCode("engine", 1)


def new_set(validators: Iterable[Validator]) -> ValidatorSet:
    """Return the set of a genesis: all start equal, then the first proposer is chosen."""
    return advance(_changed((), tuple(validators), removed=frozenset()))


def validator(address: bytes, public_key: bytes, power: int) -> Validator:
    """Return a validator with an ed25519 key that has not proposed yet."""
    return Validator(address=address, pub_key=PublicKey(ed25519=public_key), voting_power=power)


def advance(members: ValidatorSet) -> ValidatorSet:
    """Return the set one step on, with its next proposer."""
    validators = _centred(_rescaled(members.validators))
    total = total_power(validators)
    raised = [replace(v, proposer_priority=v.proposer_priority + v.voting_power) for v in validators]
    chosen = min(raised, key=lambda v: (-v.proposer_priority, v.address))
    proposer = replace(chosen, proposer_priority=chosen.proposer_priority - total)
    listed = tuple(proposer if v is chosen else v for v in raised)
    return ValidatorSet(validators=listed, proposer=proposer, total_voting_power=total)


def updated(members: ValidatorSet, updates: Sequence[ValidatorUpdate], addresses: Sequence[bytes]) -> ValidatorSet:
    """Apply what the application asked for; `addresses` are those of the updates' keys, in order.

    Newcomers start at -1.125 times the total power. The proposer is chosen by the next `advance`.
    Raises: BadValidatorUpdate.
    """
    if not updates:
        return members
    current = {v.address: v for v in members.validators}
    if len(frozenset(addresses)) != len(addresses) or any(update.power < 0 for update in updates):
        raise BadValidatorUpdate("a validator update repeats a key or has negative power")
    removed = frozenset(a for a, update in zip(addresses, updates, strict=True) if update.power == 0)
    if not removed <= frozenset(current):
        raise BadValidatorUpdate("a validator update removes a key that is not in the set")
    changed = tuple(
        validator(address, update.public_key, update.power)
        for address, update in zip(addresses, updates, strict=True)
        if update.power
    )
    return replace(_changed(members.validators, changed, removed), proposer=members.proposer)


def _changed(members: tuple[Validator, ...], changes: tuple[Validator, ...], removed: frozenset[bytes]) -> ValidatorSet:
    merged = {v.address: v for v in members}
    known = {v.address: v.proposer_priority for v in members}
    merged.update((v.address, v) for v in changes)
    before_removal = sum(v.voting_power for v in merged.values())
    start = -(before_removal + (before_removal >> 3))
    kept = [
        replace(v, proposer_priority=known.get(address, start))
        for address, v in merged.items()
        if address not in removed
    ]
    total = total_power(kept)
    if not kept or total > MAX_TOTAL_POWER:
        raise BadValidatorUpdate(f"a set needs a validator and total power of at most {MAX_TOTAL_POWER}, not {total}")
    return ValidatorSet(validators=in_hash_order(_centred(_rescaled(tuple(kept)))), total_voting_power=total)


def total_power(validators: Iterable[Validator]) -> int:
    """Return the sum of powers."""
    return sum(v.voting_power for v in validators)


def _rescaled(validators: tuple[Validator, ...]) -> tuple[Validator, ...]:
    """Divide priorities so that they lie within the window; each quotient is cut towards zero."""
    window = _WINDOW_FACTOR * total_power(validators)
    priorities = [v.proposer_priority for v in validators]
    spread = max(priorities) - min(priorities)
    if spread <= window:
        return validators
    ratio = -(-spread // window)
    return tuple(replace(v, proposer_priority=_cut(v.proposer_priority, ratio)) for v in validators)


def _cut(value: int, divisor: int) -> int:
    return value // divisor if value >= 0 else -(-value // divisor)


def _centred(validators: tuple[Validator, ...]) -> tuple[Validator, ...]:
    """Shift priorities by their mean, rounded down."""
    mean = sum(v.proposer_priority for v in validators) // len(validators)
    return tuple(replace(v, proposer_priority=v.proposer_priority - mean) for v in validators)
