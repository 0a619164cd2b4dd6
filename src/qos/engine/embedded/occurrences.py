"""What a block means to subscribers: the rounds and votes that made it, the block itself, what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from qos.engine.blocks import CommittedBlock
from qos.engine.event_values import Values, block_values, tx_values
from qos.proto.records.tendermint_types import BlockIDFlag, Commit


class Kind(Enum):
    """What subscribers may ask for with `tm.event`.

    One process that decides in the first round never has what tells of trouble: `TimeoutPropose`, `TimeoutWait`,
    `Relock`, `Unlock`. Who subscribes to those is heard and never told anything, as with CometBFT on a good day.
    """

    NEW_ROUND_STEP = "NewRoundStep"
    NEW_ROUND = "NewRound"
    COMPLETE_PROPOSAL = "CompleteProposal"
    VOTE = "Vote"
    VALID_BLOCK = "ValidBlock"
    POLKA = "Polka"
    LOCK = "Lock"
    NEW_BLOCK = "NewBlock"
    NEW_BLOCK_HEADER = "NewBlockHeader"
    NEW_BLOCK_EVENTS = "NewBlockEvents"
    NEW_EVIDENCE = "NewEvidence"
    TX = "Tx"
    VALIDATOR_SET_UPDATES = "ValidatorSetUpdates"


class Step(Enum):
    """Where in the making of a block something happens."""

    NEW_ROUND = "RoundStepNewRound"
    PROPOSE = "RoundStepPropose"
    PREVOTE = "RoundStepPrevote"
    PRECOMMIT = "RoundStepPrecommit"
    COMMIT = "RoundStepCommit"
    NEW_HEIGHT = "RoundStepNewHeight"
    """Of the height after the block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Something subscribers may ask for.

    `index` is the place of a `Tx` or `NewEvidence` in its block, of a `Vote` in `votes`; those are prevotes in the step
    of prevotes.
    """

    kind: Kind
    step: Step
    committed: CommittedBlock
    votes: Commit
    index: int
    values: Values


def occurrences_of(committed: CommittedBlock, prevotes: Callable[[], Commit] | None) -> tuple[Occurrence, ...]:
    """Return what a block means to subscribers, in CometBFT's order.

    Prevotes are asked for only here, as signing them takes time; None leaves them out.
    """
    result = committed.result
    happened: list[Occurrence] = []

    def add(
        kind: Kind, step: Step, values: Values | None = None, *, votes: Commit = committed.commit, index: int = 0
    ) -> None:
        shown = values or block_values(kind.value)
        happened.append(Occurrence(kind=kind, step=step, committed=committed, votes=votes, index=index, values=shown))

    def add_votes(step: Step, votes: Commit) -> None:
        for index, vote in enumerate(votes.signatures):
            if vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_COMMIT:
                add(Kind.VOTE, step, votes=votes, index=index)

    add(Kind.NEW_ROUND, Step.NEW_ROUND)
    add(Kind.NEW_ROUND_STEP, Step.PROPOSE)
    add(Kind.COMPLETE_PROPOSAL, Step.PROPOSE)
    add(Kind.NEW_ROUND_STEP, Step.PREVOTE)
    if prevotes is not None:
        add_votes(Step.PREVOTE, prevotes())
    for kind in (Kind.VALID_BLOCK, Kind.POLKA, Kind.LOCK):
        add(kind, Step.PREVOTE)
    add(Kind.NEW_ROUND_STEP, Step.PRECOMMIT)
    add_votes(Step.PRECOMMIT, committed.commit)
    add(Kind.NEW_ROUND_STEP, Step.COMMIT)
    add(Kind.NEW_BLOCK, Step.COMMIT, block_values("NewBlock", result.events))
    add(Kind.NEW_BLOCK_HEADER, Step.COMMIT)
    add(Kind.NEW_BLOCK_EVENTS, Step.COMMIT, block_values("NewBlockEvents", result.events))
    for index in range(len(committed.block.evidence.evidence)):
        add(Kind.NEW_EVIDENCE, Step.COMMIT, index=index)
    for index, (tx, outcome) in enumerate(zip(committed.block.data.txs, result.tx_results, strict=True)):
        add(Kind.TX, Step.COMMIT, tx_values(tx, committed.height, outcome), index=index)
    if result.validator_updates:
        add(Kind.VALIDATOR_SET_UPDATES, Step.COMMIT)
    add(Kind.NEW_ROUND_STEP, Step.NEW_HEIGHT)
    return tuple(happened)
