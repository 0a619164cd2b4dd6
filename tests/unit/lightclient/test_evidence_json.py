"""Evidence in CometBFT's JSON: read as it is written, and refused when it is cut."""

from collections.abc import Callable
from typing import Any

import pytest

from qos.engine import evidence as proofs
from qos.lightclient.evidence_json import ATTACK, DUPLICATE_VOTES, parse_evidence, render_evidence
from qos.lightclient.json_values import MalformedJson
from qos.proto.records.tendermint_types import Evidence
from qos.testing.engine_worlds import World, produce, seed_of, seeds_of, world
from qos.testing.offences import double_vote_on, lunatic_attack, second_block_on

CHAIN: World = world((10, 10, 10, 10))
BLOCKS = produce(CHAIN.producer(), *([] for _ in range(4)))
VOTES = double_vote_on(CHAIN.store, seed_of(2), 3)
LUNATIC = lunatic_attack(CHAIN.store, seeds_of(2), 3, common=2)
AMNESIA = second_block_on(CHAIN.store, seeds_of(4), 3, round_=1, byzantine=())


@pytest.mark.parametrize("evidence", [VOTES, LUNATIC, AMNESIA], ids=["votes", "lunatic", "amnesia"])
def test_evidence_is_read_as_it_is_written(evidence: Evidence) -> None:
    read = parse_evidence(render_evidence(evidence))
    assert read == evidence
    assert proofs.encode(read) == proofs.encode(evidence)


def test_nobody_accused_is_null_in_go() -> None:
    shown: Any = render_evidence(AMNESIA)
    shown["value"]["ByzantineValidators"] = None
    assert parse_evidence(shown) == AMNESIA


MEMBERS = {
    DUPLICATE_VOTES: ("vote_a", "vote_b", "TotalVotingPower", "ValidatorPower", "Timestamp"),
    ATTACK: ("ConflictingBlock", "CommonHeight", "TotalVotingPower", "Timestamp"),
}


@pytest.mark.parametrize(("kind", "missing"), [(kind, each) for kind, names in MEMBERS.items() for each in names])
def test_evidence_without_a_member_is_malformed(kind: str, missing: str) -> None:
    shown: Any = render_evidence(VOTES if kind == DUPLICATE_VOTES else LUNATIC)
    del shown["value"][missing]
    with pytest.raises(MalformedJson):
        parse_evidence(shown)


def proposal(shown: Any) -> None:
    shown["value"]["vote_a"]["type"] = 32


def extension(shown: Any) -> None:
    shown["value"]["vote_b"]["extension"] = "AA=="


def unknown(shown: Any) -> None:
    shown["type"] = "tendermint/Rumour"


@pytest.mark.parametrize("change", [proposal, extension, unknown])
def test_what_is_no_evidence_here_is_malformed(change: Callable[[Any], None]) -> None:
    shown = render_evidence(VOTES)
    change(shown)
    with pytest.raises(MalformedJson):
        parse_evidence(shown)


def test_evidence_of_no_kind_has_no_form() -> None:
    with pytest.raises(ValueError, match="no kind"):
        render_evidence(Evidence())
    with pytest.raises(proofs.NoEvidence):
        proofs.encode(Evidence())
