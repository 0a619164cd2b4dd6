"""A sequencer under random transactions, clocks and crashes: one chain comes out, nothing is lost or doubled."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qos.base.blocktime import MILLISECOND_NS
from qos.engine.embedded.schedule import ScheduleConfig
from qos.engine.mempool import MempoolLimits
from qos.lightclient import hashes
from qos.machine.errors import TxInMempool
from qos.testing.engine_worlds import World, run_until, world

SUBMIT = st.tuples(st.just("submit"), st.integers(0, 40))
WAIT = st.tuples(st.just("wait"), st.integers(1, 700))
CRASH = st.tuples(st.just("crash"), st.just(0))
STEPS = st.lists(st.one_of(SUBMIT, SUBMIT, WAIT, CRASH), max_size=60)
CONFIGS = st.builds(ScheduleConfig, min_interval_ms=st.sampled_from([0, 200, 1_000]), heartbeat_ms=st.just(1_000))
LIMITS = MempoolLimits(transactions=12, per_sender=5)


def play(chain: World, config: ScheduleConfig, steps: list[tuple[str, int]]) -> list[bytes]:
    """Play the steps and then wait long enough; returns the transactions that were accepted for good."""
    sequencer, now_ms = chain.sequencer(config, LIMITS), 0
    accepted: list[bytes] = []
    for number, (action, value) in enumerate(steps):
        if action == "wait":
            now_ms += value
            run_until(sequencer, now_ms)
        elif action == "submit":
            tx = b"from:%d:k%d=v%d" % (value % 4, value, number)
            if sequencer.submit(tx).code == 0:
                accepted.append(tx)
                assert sequencer.submit(tx).code == TxInMempool.code.number
        else:
            accepted = [tx for tx in accepted if tx not in sequencer.mempool.waiting(99)]
            sequencer = chain.sequencer(config, LIMITS)
    run_until(sequencer, now_ms + 10_000)
    assert len(sequencer.mempool) == 0
    return accepted


@given(CONFIGS, STEPS)
def test_what_was_accepted_is_committed_once_and_in_one_unbroken_chain(
    config: ScheduleConfig, steps: list[tuple[str, int]]
) -> None:
    chain = world((10, 7, 3))
    accepted = play(chain, config, steps)
    blocks = [chain.store.block(height) for height in range(1, chain.store.height() + 1)]
    assert Counter(tx for block in blocks for tx in block.data.txs) == Counter(accepted)
    for before, after in pairwise(blocks):
        assert after.header.last_block_id == chain.store.meta(before.header.height).block_id
        assert after.header.time > before.header.time
        assert after.header.validators_hash == before.header.next_validators_hash
        assert after.header.last_commit_hash == hashes.commit_hash(chain.store.commit(before.header.height))


@given(CONFIGS, STEPS)
def test_a_block_with_transactions_is_always_followed_at_once(
    config: ScheduleConfig, steps: list[tuple[str, int]]
) -> None:
    chain = world()
    play(chain, config, steps)
    headers = [chain.store.meta(height) for height in range(1, chain.store.height() + 1)]
    assert headers[-1].num_txs == 0
    for full, proof in pairwise(headers):
        if full.num_txs:
            assert proof.header.time - full.header.time <= MILLISECOND_NS
