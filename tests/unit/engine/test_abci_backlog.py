"""Whose turn it is: a block never waits long for transactions to check, and what waits is bounded."""

from qos.engine.abci.backlog import MAX_CHECKS, SLICE, UNREAD, Backlog
from qos.proto import codec
from qos.proto.records import tendermint_abci as abci

CHECK = codec.encode(abci.Request(check_tx=abci.RequestCheckTx(tx=b"x")))
FLUSH = codec.encode(abci.Request(flush=abci.RequestFlush()))
COMMIT = codec.encode(abci.Request(commit=abci.RequestCommit()))


def test_what_is_not_a_transaction_goes_first_and_checks_go_in_slices() -> None:
    backlog = Backlog()
    backlog.put(1, [CHECK] * (SLICE + 5) + [FLUSH])
    backlog.put(2, [COMMIT, FLUSH])
    turns = [backlog.take() for _ in range(5)]
    assert [(turn.connection, len(turn.contents)) for turn in turns if turn] == [(2, 1), (2, 1), (1, SLICE), (1, 6)]
    assert turns[4] is None
    assert turns[3] is not None
    assert turns[3].contents == (CHECK,) * 5 + (FLUSH,)


def test_a_connection_keeps_its_order() -> None:
    backlog = Backlog()
    backlog.put(1, [FLUSH])
    backlog.put(1, [CHECK, FLUSH])
    turn = backlog.take()
    assert turn is not None
    assert turn.contents == (FLUSH, CHECK, FLUSH)


def test_transactions_above_the_bound_are_not_kept_and_answered_in_their_place() -> None:
    backlog = Backlog()
    backlog.put(1, [CHECK] * (MAX_CHECKS + 3) + [FLUSH])
    taken: list[bytes] = []
    while (turn := backlog.take()) is not None:
        taken += turn.contents
    assert taken == [CHECK] * MAX_CHECKS + [UNREAD] * 3 + [FLUSH]
    backlog.put(1, [CHECK])
    turn = backlog.take()
    assert turn is not None
    assert turn.contents == (CHECK,)


def test_a_closed_connection_leaves_nothing_behind() -> None:
    backlog = Backlog()
    backlog.put(1, [CHECK] * MAX_CHECKS)
    backlog.drop(1)
    assert backlog.take() is None
    backlog.put(2, [CHECK])
    turn = backlog.take()
    assert turn is not None
    assert (turn.connection, turn.contents) == (2, (CHECK,))


def test_a_held_connection_waits_in_its_order_while_others_have_their_turns() -> None:
    backlog = Backlog()
    backlog.put(1, [COMMIT, FLUSH])
    backlog.put(2, [CHECK])
    turn = backlog.take()
    assert turn is not None
    backlog.hold(turn)
    assert backlog.is_holding
    checks, nothing = backlog.take(), backlog.take()
    assert checks is not None
    assert (checks.connection, nothing) == (2, None)
    assert not backlog.is_empty
    backlog.release()
    assert [turn.contents for turn in (backlog.take(), backlog.take()) if turn] == [(COMMIT,), (FLUSH,)]
    assert backlog.is_empty


def test_a_held_connection_that_closes_holds_nothing_any_more() -> None:
    backlog = Backlog()
    backlog.put(1, [COMMIT])
    turn = backlog.take()
    assert turn is not None
    backlog.hold(turn)
    backlog.drop(1)
    assert not backlog.is_holding
