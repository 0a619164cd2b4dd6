"""Evidence of a conflict between two headers as a node takes it: LightClientAttackEvidence of CometBFT."""

from collections.abc import Sequence

from qos.lightclient.evidence import AttackEvidence, Kind
from qos.lightclient.hashes import in_hash_order
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.tendermint_types import (
    Evidence,
    LightClientAttackEvidence,
    Validator,
    ValidatorSet,
)
from qos.proto.records.tendermint_types import LightBlock as ConflictingBlock


def attack_evidence(accused: AttackEvidence, common_set: Sequence[Validator]) -> Evidence | None:
    """Return what the chain of `accused.trusted` is told; `common_set` signed the last header both sides have.

    None when nobody can be named: no block carries that, and CometBFT 0.38 stops on it.
    """
    if accused.kind is Kind.LUNATIC:
        height, time_ns, members = accused.common.height, accused.common.time, common_set
    else:
        own = accused.trusted.signed_header.header
        height, time_ns, members = own.height, own.time, accused.trusted.validators
    byzantine = accused.byzantine(common_set)
    if height <= 0 or not byzantine:
        return None
    attack = LightClientAttackEvidence(
        conflicting_block=_with_proposer(accused.conflicting),
        common_height=height,
        byzantine_validators=byzantine,
        total_voting_power=sum(each.voting_power for each in members),
        timestamp=time_ns,
    )
    return Evidence(light_client_attack_evidence=attack)


def _with_proposer(block: LightBlock) -> ConflictingBlock:
    named = block.signed_header.header.proposer_address
    proposer = next((each for each in block.validators if each.address == named), block.validators[0])
    return ConflictingBlock(
        signed_header=block.signed_header,
        validator_set=ValidatorSet(validators=in_hash_order(block.validators), proposer=proposer),
    )
