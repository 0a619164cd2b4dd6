"""What `qos proposals` shows people, and that a text by somebody else cannot pass for the program's own."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.cli.deciding import details, listing
from qos.cli.options import Output
from qos.cli.output import show
from qos.modules.validators.staking.parameters import PUBLIC
from qos.proto import codec
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgCancelUpgrade
from qos.proto.records.qos_gov_v1 import Counts, Level, Outcome, Proposal, Standing
from qos.proto.records.qos_staking_v1 import MsgUpdateParams
from qos.testing.chain import ALICE

NOW = 1_000_000 * SECOND_NS
DEPOSIT, VOTING = ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD, ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD
PROPOSAL = Proposal(
    id=7,
    level=Level.LEVEL_CRITICAL,
    status=VOTING,
    proposer=ALICE.address,
    title="Raise the window",
    summary="Because.\nIt is small.",
    submit_time=NOW - SECOND_NS,
    deposit_end=NOW,
    deposit=10_000 * E18,
    voting_end=NOW + 93_784 * SECOND_NS,
    messages=(codec.pack(MsgCancelUpgrade(authority=ALICE.address)),),
)
TALLY = Counts(yes=2 * E18, no=E18 // 2, no_with_veto=0, abstain=E18 // 2)
FOUND = Standing(proposal=PROPOSAL, tally=TALLY, electorate=9 * E18, next="500000000000000000 aqos more must vote")


def cells(found: Standing) -> list[str]:
    head, row, title = listing((found,), NOW).splitlines()
    assert title == "  Raise the window"
    starts = [head.index(word) for word in head.split()]
    return [row[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]


def test_a_vote_that_runs_shows_shares_of_what_voted_and_the_time_left() -> None:
    assert cells(FOUND) == [
        "7", "critical", "voting period", "33.3%", "66.6%", "16.6%", "0.0%", "16.6%", "1d 2h",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0s"), (0, "0s"), (59, "59s"), (61, "1m 1s"), (3_600, "1h"), (86_399, "23h 59m"), (14 * 86_400, "14d")],
)
def test_the_time_left_has_two_units_and_ends_at_nothing(seconds: int, words: str) -> None:
    assert cells(replace(FOUND, proposal=replace(PROPOSAL, voting_end=NOW + seconds * SECOND_NS)))[-1] == words


@pytest.mark.parametrize(
    ("changes", "status", "left"),
    [
        ({"status": DEPOSIT, "deposit_end": NOW + 60 * SECOND_NS}, "deposit period", "1m"),
        ({"status": DEPOSIT, "ready": True}, "waits for a place", "-"),
        ({"status": ProposalStatus.PROPOSAL_STATUS_PASSED, "outcome": Outcome.OUTCOME_PASSED}, "passed", "-"),
        ({"status": ProposalStatus.PROPOSAL_STATUS_REJECTED, "outcome": Outcome.OUTCOME_VETOED}, "vetoed", "-"),
        ({"status": ProposalStatus.PROPOSAL_STATUS_FAILED, "outcome": Outcome.OUTCOME_FAILED}, "failed", "-"),
    ],
)
def test_each_stage_is_told_in_words(changes: dict[str, Any], status: str, left: str) -> None:
    shown = cells(replace(FOUND, proposal=replace(PROPOSAL, **changes)))
    assert (shown[2], shown[-1]) == (status, left)


def test_without_votes_there_are_no_shares() -> None:
    assert cells(replace(FOUND, tally=Counts()))[3:8] == ["0.0%", "-", "-", "-", "-"]
    assert listing((), NOW) == "there are no proposals"


def test_columns_are_as_wide_as_their_widest_cell_and_long_titles_are_cut() -> None:
    long = replace(PROPOSAL, id=12_345, title="t" * 200)
    lines = listing((FOUND, replace(FOUND, proposal=long)), NOW).splitlines()
    assert lines[4] == "  " + "t" * 77 + "…"
    assert max(map(len, lines)) <= 80
    assert lines[0].index("level") == lines[1].index("critical") == lines[3].index("critical")


def test_one_proposal_shows_votes_in_qos_its_messages_and_what_is_missing() -> None:
    told = details(FOUND)
    for line in (
        "proposal 7: Raise the window",
        "deposit: 10,000 QOS",
        "yes: 2 QOS",
        "no with veto: 0 QOS",
        "bonded: 9 QOS",
        "message: /cosmos.upgrade.v1beta1.MsgCancelUpgrade",
        "next: 0.5 QOS more must vote",
        "It is small.",
    ):
        assert line in told.splitlines()
    assert "outcome" not in told


def test_a_proposal_shows_what_its_messages_say() -> None:
    """Parameters with rates as people write them; texts of others cannot pass for lines of the program's own."""
    change = MsgUpdateParams(authority=ALICE.address, params=replace(PUBLIC, bond_denom="aqos\nstatus: passed"))
    told = details(replace(FOUND, proposal=replace(PROPOSAL, messages=(codec.pack(change),)))).splitlines()
    start = told.index("message: /qos.staking.v1.MsgUpdateParams")
    assert told[start + 1].startswith("  authority: qos1")
    for line in (
        "    max_validators: 21",
        "    commission_step: 0.010000000000000000",
        "    bond_denom: aqos\\nstatus: passed",
    ):
        assert line in told


def test_a_title_cannot_steer_the_terminal_or_pass_for_other_lines(capsys: pytest.CaptureFixture[str]) -> None:
    bad = "\x1b[2Jfine\nstatus: passed\u202e\x9b1m"
    found = replace(FOUND, proposal=replace(PROPOSAL, title=bad, summary=bad))
    for text in (listing((found,), NOW), details(found)):
        show({}, Output.TEXT, text)
    show({"memo": bad, "list": [bad]}, Output.TEXT)
    printed = capsys.readouterr().out
    assert not any(ord(each) < 32 and each != "\n" for each in printed)
    assert not {"\x9b", "\u202e"} & set(printed)
    assert "\\u001b[2Jfine\\nstatus: passed\\u202e" in printed
    assert printed.count("\nstatus: passed") == 1  # in the text of the proposal, which has lines of its own


def test_json_keeps_what_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    show({"title": "a\x1bb"}, Output.JSON)
    assert "a\\u001bb" in capsys.readouterr().out
