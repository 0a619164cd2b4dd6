"""Votes and their running sums (G1): moved by every vote and every bond change, counted once a proposal."""

from collections.abc import Iterator

from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.governance.proposals import formulas, params
from qos.modules.governance.proposals.errors import NoBond
from qos.modules.governance.proposals.formulas import NO_ROW, ZERO
from qos.modules.governance.proposals.state import BALLOTS, ROWS, VOTES, VOTING
from qos.modules.validators.staking import operations as staking
from qos.modules.validators.staking.hooks import StakeHooks
from qos.proto.records.qos_gov_v1 import Ballots, Counts, Row, Vote
from qos.proto.records.qos_staking_v1 import Bond, Status, Validator
from qos.store.access import Reads


def cast(ctx: Context, vote: Vote) -> None:
    """Count a vote with all bonds of the voter, in place of an earlier one. Raises: NoBond."""
    number, voter = vote.proposal_id, vote.voter
    _check_bonds(ctx, voter)
    before = VOTES.get(ctx, (number, voter))
    if before is not None:
        for bond in _countable(ctx, voter):
            _move(ctx, bond, before, -1)
    _enter(ctx, vote)
    if before is None:
        known = BALLOTS.get(ctx, voter) or Ballots()
        BALLOTS.set(ctx, voter, Ballots(proposals=(*known.proposals, number)))


def restore(ctx: Context, vote: Vote) -> None:
    """Count a vote of genesis, whatever is bonded now."""
    _enter(ctx, vote)
    known = BALLOTS.get(ctx, vote.voter) or Ballots()
    BALLOTS.set(ctx, vote.voter, Ballots(proposals=(*known.proposals, vote.proposal_id)))


def _enter(ctx: Context, vote: Vote) -> None:
    for bond in _countable(ctx, vote.voter):
        _move(ctx, bond, vote, 1)
    VOTES.set(ctx, (vote.proposal_id, vote.voter), vote)


def _countable(ctx: Reads, voter: Address) -> Iterator[Bond]:
    """Yield an account's bonds, but those of closed validators, which return and cannot count again."""
    for bond in staking.bonds_of(ctx, voter):
        if staking.require_validator(ctx, bond.validator).status is not Status.STATUS_CLOSED:
            yield bond


def _check_bonds(ctx: Context, voter: Address) -> None:
    held = 0
    for bond in staking.bonds_of(ctx, voter):
        validator = staking.require_validator(ctx, bond.validator)
        if staking.is_active(validator):
            held += staking.bond_value(validator, bond.shares)
    least = params.require(ctx).least_bond
    if held < least:
        raise NoBond(held, least)


def _move(ctx: Context, bond: Bond, vote: Vote, sign: int) -> None:
    key = (vote.proposal_id, bond.validator)
    row = formulas.moved(ROWS.get(ctx, key) or NO_ROW, bond.shares, vote.weights, sign)
    if row.spoken < 0:
        raise InvariantBroken(f"more bonds left the votes on proposal {vote.proposal_id} than were in them")
    ROWS.set(ctx, key, row)


def _shift(ctx: Context, delegator: Address, validator: Validator, bond: Bond | None, sign: int) -> None:
    if bond is None or validator.status is Status.STATUS_CLOSED:
        return
    ballots = BALLOTS.get(ctx, delegator)
    if ballots is None:
        return
    for number in ballots.proposals:
        vote = VOTES.get(ctx, (number, delegator)) if VOTING.has(ctx, number) else None
        if vote is not None:
            _move(ctx, bond, vote, sign)


def bond_changing(ctx: Context, delegator: Address, validator: Validator, bond: Bond | None) -> None:
    """Take a bond out of the sums before it changes."""
    _shift(ctx, delegator, validator, bond, -1)


def bond_changed(ctx: Context, delegator: Address, validator: Validator, bond: Bond | None) -> None:
    """Put a bond into the sums as it is now."""
    _shift(ctx, delegator, validator, bond, 1)


def removed(ctx: Context, validator: Validator) -> None:
    """Forget the sums of a validator that is no more: its owner may found another."""
    for number in tuple(VOTING.keys(ctx)):
        if ROWS.has(ctx, (number, validator.owner)):
            ROWS.delete(ctx, (number, validator.owner))


HOOKS = StakeHooks(bond_changing=bond_changing, bond_changed=bond_changed, removed=removed)
"""What staking tells governance."""


def count(ctx: Reads, number: int) -> tuple[Counts, int]:
    """Return the bonded aqos by option as votes stand, and all that could vote: one step a validator."""
    tally, electorate = ZERO, 0
    for validator in staking.active_validators(ctx):
        row = ROWS.get(ctx, (number, validator.owner)) or NO_ROW
        said = VOTES.get(ctx, (number, validator.owner))
        own = None if said is None else said.weights
        tally = formulas.plus(tally, formulas.of_validator(validator.tokens, validator.shares, row, own))
        electorate += validator.tokens
    return tally, electorate


def sums_agree(ctx: Reads, number: int) -> bool:
    """Tell whether the running sums of a proposal are what its votes give when they are counted anew."""
    recounted: dict[Address, Row] = {}
    for (_, voter), vote in VOTES.items(ctx, _within(number)):
        for bond in _countable(ctx, voter):
            row = recounted.get(bond.validator, NO_ROW)
            recounted[bond.validator] = formulas.moved(row, bond.shares, vote.weights, 1)
    kept = {owner: row for (_, owner), row in ROWS.items(ctx, _within(number)) if row != NO_ROW}
    closed = [owner for owner in kept if owner not in recounted and _is_closed(ctx, owner)]
    return {owner: row for owner, row in kept.items() if owner not in closed} == recounted


def _is_closed(ctx: Reads, owner: Address) -> bool:
    validator = staking.get_validator(ctx, owner)
    return validator is None or validator.status is Status.STATUS_CLOSED


def forget(ctx: Context, number: int, most: int) -> int:
    """Erase votes and sums of a proposal that was counted, up to a number of them; returns how many."""
    erased = 0
    for (_, voter), _ in tuple(VOTES.items(ctx, _within(number), limit=most)):
        VOTES.delete(ctx, (number, voter))
        _forget_ballot(ctx, voter, number)
        erased += 1
    for key, _ in tuple(ROWS.items(ctx, _within(number), limit=most - erased)):
        ROWS.delete(ctx, key)
        erased += 1
    return erased


def _forget_ballot(ctx: Context, voter: Address, number: int) -> None:
    known = BALLOTS.get(ctx, voter)
    kept = () if known is None else tuple([each for each in known.proposals if each != number])
    if kept:
        BALLOTS.set(ctx, voter, Ballots(proposals=kept))
    else:
        BALLOTS.delete(ctx, voter)


def _within(number: int) -> bytes:
    return number.to_bytes(8, "big")
