"""Evidence of misbehaviour in blocks: its encoding, what names it, and what it means to the application."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from qos.base.encoding import varint
from qos.crypto import ed25519
from qos.lightclient import hashes
from qos.machine.context import Misbehavior, MisbehaviorKind
from qos.proto import codec
from qos.proto.records.tendermint_types import Evidence, EvidenceList, LightClientAttackEvidence

_HASH_KEPT: Final = 31
"""Of the block hash; CometBFT leaves the last byte zero."""


class NoEvidence(ValueError):
    """Evidence of no kind."""


def encode(evidence: Evidence) -> bytes:
    """Return the encoding without the wrapper that names its kind. Raises: NoEvidence."""
    found = evidence.duplicate_vote_evidence or evidence.light_client_attack_evidence
    if found is None:
        raise NoEvidence
    return codec.encode(found)


def root(evidence: Sequence[Evidence]) -> bytes:
    """Return what a header has as evidence hash."""
    return hashes.evidence_hash([encode(each) for each in evidence])


def size(evidence: Sequence[Evidence]) -> int:
    """Return how many bytes of a block evidence takes."""
    return len(codec.encode(EvidenceList(evidence=tuple(evidence))))


def height(evidence: Evidence) -> int:
    """Return the height of the offence; of an attack the last one both chains have in common. Raises: NoEvidence."""
    if evidence.duplicate_vote_evidence is not None:
        return evidence.duplicate_vote_evidence.vote_a.height
    if evidence.light_client_attack_evidence is not None:
        return evidence.light_client_attack_evidence.common_height
    raise NoEvidence


def name(evidence: Evidence) -> bytes:
    """Return the hash evidence is known by. Of an attack it does not depend on who signed. Raises: NoEvidence."""
    attack = evidence.light_client_attack_evidence
    return sha256(encode(evidence) if attack is None else _attack_name(attack)).digest()


def _attack_name(attack: LightClientAttackEvidence) -> bytes:
    header = hashes.header_hash(attack.conflicting_block.signed_header.header)
    return header[:_HASH_KEPT] + b"\0" + varint(attack.common_height)


def misbehavior_of(evidence: Sequence[Evidence]) -> tuple[Misbehavior, ...]:
    """Return what the application is told of a block's evidence: an offence a validator. Raises: NoEvidence."""
    return tuple([shown for each in evidence for shown in _offences(each)])


def _offences(evidence: Evidence) -> tuple[Misbehavior, ...]:
    if (votes := evidence.duplicate_vote_evidence) is not None:
        double = Misbehavior(
            kind=MisbehaviorKind.DUPLICATE_VOTE,
            address=votes.vote_a.validator_address,
            power=votes.validator_power,
            height=votes.vote_a.height,
            time_ns=votes.timestamp,
            total_power=votes.total_voting_power,
        )
        return (double,)
    if (attack := evidence.light_client_attack_evidence) is None:
        raise NoEvidence
    return tuple(
        Misbehavior(
            kind=MisbehaviorKind.LIGHT_CLIENT_ATTACK,
            address=ed25519.address(each.pub_key.ed25519 or b""),
            power=each.voting_power,
            height=attack.common_height,
            time_ns=attack.timestamp,
            total_power=attack.total_voting_power,
        )
        for each in attack.byzantine_validators
    )
