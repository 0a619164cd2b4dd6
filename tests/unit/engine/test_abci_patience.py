"""A proposal of nothing is put off, once and for a while; whatever happens is proposed at once."""

from typing import Any

import pytest

from qos.engine.abci.backlog import Backlog, Turn
from qos.engine.abci.patience import AT_ONCE, Patience, Quiet
from qos.proto import codec
from qos.proto.records import tendermint_abci as abci
from qos.testing.abci_engine import MEMPOOL
from qos.testing.abci_world import AbciWorld
from qos.testing.chain import ALICE, BOB, CHAIN_ID
from qos.testing.transactions import Signer, send, transaction

QUIET = Quiet(after_block_ms=1_000, at_most_ms=600)
CONSENSUS = 1
VOTE = abci.ExtendedVoteInfo(validator=abci.Validator(address=bytes(20), power=1))
FLUSH = codec.encode(abci.Request(flush=abci.RequestFlush()))


def proposal(world: AbciWorld, votes: int = 1, **fields: Any) -> bytes:
    asked = abci.RequestPrepareProposal(
        max_tx_bytes=1_000_000,
        local_last_commit=abci.ExtendedCommitInfo(votes=(VOTE,) * votes),
        height=len(world.engine.decided) + 1,
        time=world.engine.time_ns,
        **fields,
    )
    return codec.encode(abci.Request(prepare_proposal=asked))


def transfer() -> bytes:
    return transaction(CHAIN_ID, (Signer(key=ALICE, number=0, sequence=0),), send(ALICE.address, BOB.address, 1))


class Asked:
    """A proposal that waits behind a block that was committed at 5 000 ms."""

    def __init__(self, world: AbciWorld, quiet: Quiet = QUIET, **fields: Any) -> None:
        self.backlog = Backlog()
        self.patience = Patience(self.backlog, world.handler, quiet)
        self.patience.committed(5_000)
        self.content = proposal(world, **fields)
        self.backlog.put(CONSENSUS, [self.content, FLUSH])

    def first(self, now_ms: int) -> bytes:
        """Return what is done first at a time, nothing when everything waits."""
        turn = self.patience.take(now_ms)
        return turn.contents[0] if turn is not None else b""


def quiet_world() -> AbciWorld:
    return AbciWorld().started(2)


def test_a_proposal_of_nothing_comes_when_the_block_before_is_old_enough_and_is_put_off_once() -> None:
    asked = Asked(quiet_world())
    assert asked.first(5_500) == b""
    assert asked.patience.left_ms(5_600) == 400
    assert asked.first(5_999) == b""
    assert asked.first(6_000) == asked.content
    assert asked.first(6_000) == FLUSH
    assert asked.patience.left_ms(6_000) is None


def test_an_engine_never_waits_longer_for_a_proposal_than_was_said() -> None:
    asked = Asked(quiet_world())
    assert asked.first(5_100) == b""
    assert asked.patience.left_ms(5_100) == 600
    assert asked.first(5_699) == b""
    assert asked.first(5_700) == asked.content


def test_a_proposal_is_not_put_off_when_the_engine_waited_itself() -> None:
    asked = Asked(quiet_world())
    assert asked.first(6_000) == asked.content


def test_nothing_is_put_off_where_no_pause_is_wanted() -> None:
    asked = Asked(quiet_world(), AT_ONCE)
    assert asked.first(5_000) == asked.content


def test_a_transaction_that_comes_in_meanwhile_is_proposed_at_once() -> None:
    world = quiet_world()
    asked = Asked(world)
    assert asked.first(5_100) == b""
    world.engine.call(MEMPOOL, check_tx=abci.RequestCheckTx(tx=transfer()))
    assert asked.first(5_101) == asked.content


def test_other_connections_have_their_turns_meanwhile() -> None:
    asked = Asked(quiet_world())
    asked.backlog.put(2, [FLUSH])
    assert asked.patience.take(5_100) == Turn(2, (FLUSH,))
    assert asked.first(5_100) == b""


def test_the_block_that_proves_what_transactions_did_is_not_put_off() -> None:
    world = quiet_world()
    world.engine.block(transfer())
    asked = Asked(world)
    assert asked.first(5_000) == asked.content
    world.engine.block()
    assert Asked(world).first(5_000) == b""


OFFENCE = abci.Misbehavior(type=abci.MisbehaviorType.DUPLICATE_VOTE, validator=abci.Validator(address=bytes(20)))


@pytest.mark.parametrize("fields", [{"txs": (b"unknown here",)}, {"misbehavior": (OFFENCE,)}])
def test_what_the_engine_brings_is_not_put_off(fields: dict[str, Any]) -> None:
    asked = Asked(quiet_world(), **fields)
    assert asked.first(5_000) == asked.content


@pytest.mark.parametrize("votes", [0, 2, 4])
def test_among_several_validators_nothing_is_put_off(votes: int) -> None:
    """An engine that waits for its application takes in nothing of its peers."""
    asked = Asked(quiet_world(), votes=votes)
    assert asked.first(5_000) == asked.content


def test_an_application_that_just_began_does_not_know_that_nothing_happens() -> None:
    world = quiet_world()
    world.restart()
    asked = Asked(world)
    assert asked.first(5_000) == asked.content


def test_what_cannot_be_read_does_not_wait_for_its_refusal() -> None:
    world = quiet_world()
    for content in (b"\x82\x01\x05", b"\x82\x01\x02\xff\xff"):
        assert not world.handler.may_wait(content)
