"""A header that convinces light clients and is not the chain's: what CometBFT calls LightClientAttackEvidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from qos.lightclient import json_values
from qos.lightclient.comet_json import parse_signed_header, parse_validators
from qos.lightclient.commits import Signers, verify_commit
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.lightclient.errors import Invalid
from qos.lightclient.hashes import header_hash, validators_hash
from qos.proto.records.tendermint_types import Header, SignedHeader, Validator

TYPE: Final = "tendermint/LightClientAttackEvidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackClaim:
    """A finished header, the set that signed it, and the last height at which both chains were one."""

    signed_header: SignedHeader
    validators: tuple[Validator, ...]
    common_height: int
    total_power: int
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHeaders:
    """What the chain has at the heights a claim names: its own header there, and header and set in common."""

    own: Header
    common: Header
    common_set: Sequence[Validator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attackers:
    """Validators of the common set proven to have signed the other header."""

    height: int
    validators: tuple[Validator, ...]


def parse_attack_claim(value: object) -> AttackClaim:
    """Read the value of the evidence in CometBFT's JSON. Raises: MalformedJson."""
    evidence = json_values.members(value, "evidence")
    block = json_values.members(evidence.get("ConflictingBlock"), "ConflictingBlock")
    members = json_values.members(block.get("validator_set"), "validator_set")
    return AttackClaim(
        signed_header=parse_signed_header(block.get("signed_header")),
        validators=parse_validators(members.get("validators")),
        common_height=json_values.int64(evidence.get("CommonHeight"), "CommonHeight"),
        total_power=json_values.int64(evidence.get("TotalVotingPower"), "TotalVotingPower"),
        time_ns=json_values.time_ns(evidence.get("Timestamp"), "Timestamp"),
    )


def verify_attack_claim(claim: AttackClaim, known: KnownHeaders, chain_id: str) -> Attackers:
    """Return who signed a header that is not the chain's. Raises: FalseEvidence."""
    header, commit = claim.signed_header.header, claim.signed_header.commit
    if header.chain_id != chain_id or not commit.height == header.height == known.own.height:
        raise FalseEvidence("the header is of another chain or height")
    if header_hash(header) == header_hash(known.own):
        raise FalseEvidence(f"header {header.height} is the chain's own")
    total = sum(each.voting_power for each in known.common_set)
    if (claim.total_power, claim.time_ns) != (total, known.common.time):
        raise FalseEvidence(f"power {claim.total_power} or time are not those of height {claim.common_height}")
    return Attackers(height=header.height, validators=_attackers(claim, _signers(claim, chain_id), known))


def _signers(claim: AttackClaim, chain_id: str) -> Signers:
    """Return who finished the header, once it names the set and more than two thirds of it signed."""
    header = claim.signed_header.header
    try:
        signers = verify_commit(chain_id, claim.validators, claim.signed_header.commit, header_hash(header))
    except Invalid as error:
        raise FalseEvidence(f"the header is not finished: {error}") from None
    if validators_hash(claim.validators) != header.validators_hash:
        raise FalseEvidence("the header names another set")
    return signers


def _attackers(claim: AttackClaim, signers: Signers, known: KnownHeaders) -> tuple[Validator, ...]:
    """Return the signers in the common set, once they are enough to convince a light client there."""
    keys = {each.pub_key.ed25519 for each in signers.validators}
    found = tuple(each for each in known.common_set if each.pub_key.ed25519 in keys)
    power = sum(each.voting_power for each in found)
    if 3 * power <= claim.total_power:
        raise FalseEvidence(f"power {power} of {claim.total_power} signed: no light client would believe the header")
    return found
