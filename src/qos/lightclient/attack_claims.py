"""A header that convinces light clients and is not the chain's: what CometBFT calls LightClientAttackEvidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from qos.lightclient.commits import Signers, verify_commit
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.lightclient.errors import Invalid
from qos.lightclient.evidence import attackers, state_fields
from qos.lightclient.hashes import header_hash, validators_hash
from qos.proto.records.tendermint_types import (
    Header,
    LightClientAttackEvidence,
    SignedHeader,
    Validator,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHeaders:
    """What the chain has at the heights a claim names.

    `own` is its header at the claimed height, or its newest where it is not so far yet; `common` and `common_set` are
    header and set of the common height.
    """

    own: SignedHeader
    common: Header
    common_set: Sequence[Validator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attackers:
    """Validators proven to have made the other header, by power descending; none where it cannot be told."""

    height: int
    validators: tuple[Validator, ...]


def verify_attack_claim(claim: LightClientAttackEvidence, known: KnownHeaders, chain_id: str) -> Attackers:
    """Return who made a header that is not the chain's. Raises: FalseEvidence."""
    signed = claim.conflicting_block.signed_header
    header = signed.header
    if header.chain_id != chain_id or signed.commit.height != header.height:
        raise FalseEvidence("the header is of another chain or height")
    if not 0 < claim.common_height <= header.height:
        raise FalseEvidence(f"height {claim.common_height} cannot be common to header {header.height}")
    _check_difference(header, known.own.header)
    total = sum(each.voting_power for each in known.common_set)
    if (claim.total_voting_power, claim.timestamp) != (total, known.common.time):
        raise FalseEvidence(f"power {claim.total_voting_power} or time are not those of height {claim.common_height}")
    signers = _signers(claim, chain_id)
    _check_reach(claim, signers, known)
    proven = attackers(known.own, signed, claim.conflicting_block.validator_set.validators, known.common_set)
    if [_named(each) for each in claim.byzantine_validators] != [_named(each) for each in proven]:
        raise FalseEvidence(f"it is {len(proven)} validators who provably did it, and not those named")
    return Attackers(height=header.height, validators=proven)


def _named(validator: Validator) -> tuple[bytes, bytes | None, int]:
    return validator.address, validator.pub_key.ed25519, validator.voting_power


def _check_difference(header: Header, own: Header) -> None:
    """Return when a header cannot stand beside the chain's own."""
    if header.height > own.height and header.time > own.time:
        raise FalseEvidence(f"the chain is at height {own.height}, and header {header.height} is later: it may come")
    if header.height < own.height:
        raise FalseEvidence(f"the chain's header {header.height} is needed, not {own.height}")
    if header_hash(header) == header_hash(own):
        raise FalseEvidence(f"header {header.height} is the chain's own")


def _signers(claim: LightClientAttackEvidence, chain_id: str) -> Signers:
    """Return who finished the header, once it names the set and more than two thirds of it signed."""
    block = claim.conflicting_block
    header, members = block.signed_header.header, block.validator_set
    try:
        signers = verify_commit(chain_id, members.validators, block.signed_header.commit, header_hash(header))
    except Invalid as error:
        raise FalseEvidence(f"the header is not finished: {error}") from None
    if validators_hash(members.validators) != header.validators_hash:
        raise FalseEvidence("the header names another set")
    proposer = members.proposer
    if proposer is None or _named(proposer) not in [_named(each) for each in members.validators]:
        raise FalseEvidence("the set names no proposer of its own")
    if members.total_voting_power:
        raise FalseEvidence("the set names its power, which is never encoded")
    return signers


def _check_reach(claim: LightClientAttackEvidence, signers: Signers, known: KnownHeaders) -> None:
    """Return when a light client that trusts the common height would believe the header."""
    header = claim.conflicting_block.signed_header.header
    if claim.common_height == header.height:
        if state_fields(header) != state_fields(known.own.header):
            raise FalseEvidence("a header that follows from another state has its common height below")
        return
    keys = {each.pub_key.ed25519 for each in signers.validators}
    power = sum(each.voting_power for each in known.common_set if each.pub_key.ed25519 in keys)
    if 3 * power <= claim.total_voting_power:
        total = claim.total_voting_power
        raise FalseEvidence(f"power {power} of {total} signed: no light client would believe the header")
