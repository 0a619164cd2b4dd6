"""What a node counts of its application and its edges."""

from typing import Any

import anyio
import pytest

from qos.base.identifiers import CONSENSUS_PREFIX, Address, format_address
from qos.engine.embedded.ports import BlockStore
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo, Vote
from qos.node.measuring import Figures, MeasuredApplication, Stage, measured
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.testing.engine_worlds import produce, world
from qos.testing.kvstore import KeyValueStore


def test_every_call_is_counted_and_nothing_is_changed() -> None:
    figures, plain, counted = Figures(), world(), world()
    counted.application = MeasuredApplication(KeyValueStore(), figures)
    txs: tuple[list[bytes], ...] = ([b"a=1", b"b=2"], [], [b"c=3"])
    stored: BlockStore = counted.store
    assert [each.block_id for each in produce(counted.producer(), *txs)] == [
        each.block_id for each in produce(plain.producer(), *txs)
    ]
    assert stored.height() == 3
    calls = {stage: spent.calls for stage, spent in figures.stages.items()}
    assert (calls[Stage.EXECUTE], calls[Stage.COMMIT], calls[Stage.PREPARE], calls[Stage.PROCESS]) == (3, 3, 2, 2)
    assert figures.txs == 3
    assert all(spent.ns > 0 for spent in figures.stages.values() if spent.calls)


def test_votes_left_out_count_by_who_proposed() -> None:
    """[V1] A vote for no block was shown; one that is absent was not."""
    figures, node = Figures(), world()
    application = MeasuredApplication(KeyValueStore(), figures)
    application.init_chain(node.genesis)
    flags = (BlockIDFlag.BLOCK_ID_FLAG_ABSENT, BlockIDFlag.BLOCK_ID_FLAG_NIL, BlockIDFlag.BLOCK_ID_FLAG_COMMIT)
    votes = tuple(Vote(address=bytes((number,)) * 20, power=1, flag=flag) for number, flag in enumerate(flags * 2))
    for height, shown in ((1, ()), (2, votes), (3, votes[1:3]), (4, votes[:1])):
        proposer = (b"a" if height % 2 else b"b") * 20
        block = BlockInfo(chain_id="c", height=height, time_ns=height, proposer_address=proposer, votes=shown)
        application.finalize_block(BlockRequest(block=block, txs=()))
        application.commit()
    assert dict(figures.left_out) == {format_address(Address(b"b" * 20), CONSENSUS_PREFIX): 3}


def test_refused_transactions_count_by_code_and_rechecks_apart() -> None:
    figures = Figures()
    application = MeasuredApplication(KeyValueStore(), figures)
    assert application.check_tx(b"a=1").code == 0
    for _ in range(3):
        assert application.check_tx(b"malformed").code == 1
    assert application.check_tx(b"malformed", recheck=True).code == 1
    assert dict(figures.refused) == {("kv", 1): 3}
    assert (figures.stages[Stage.CHECK].calls, figures.stages[Stage.RECHECK].calls) == (4, 1)


@pytest.mark.parametrize("fails", [False, True])
def test_requests_count_by_edge_and_status_also_those_that_break(fails: bool) -> None:
    figures = Figures()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404})
        await send({"type": "http.response.body"})
        if fails:
            raise OSError("gone")

    sent: list[Any] = []

    async def scenario() -> None:
        async def send(message: Any) -> None:
            sent.append(message["type"])

        async def receive() -> Any:
            return {}

        await measured(app, "rpc", figures)({"type": "http"}, receive, send)

    if fails:
        with pytest.raises(OSError, match="gone"):
            anyio.run(scenario)
    else:
        anyio.run(scenario)
    assert sent == ["http.response.start", "http.response.body"]
    assert figures.requests["rpc", 404].calls == 1
