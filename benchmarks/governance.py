"""What counting 100 000 votes costs: the time of the blocks around a proposal's end, beside that of an empty one.

`python -m benchmarks.governance --json`. Everybody delegates to one of 21 validators and votes; votes are cast by the
rules themselves, without transactions. Printed: CPU of an empty block while all those votes are there (median), how
much longer the block took that counted the proposal, and the longest of those that forgot the votes, and how much a
vote and a bond change cost. Goal: no block takes more than 100 ms longer.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS, parse_rfc3339
from qos.base.identifiers import Address
from qos.chains.public import PUBLIC, STAKE
from qos.machine.abci import BlockRequest
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo, Context, ReadContext
from qos.machine.machine import Machine
from qos.modules.governance.proposals import formulas, lifecycle, votes
from qos.modules.governance.proposals.state import VOTES
from qos.modules.validators.staking import bonding
from qos.proto.json import to_json
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import Counts, GenesisState, Proposal, Vote
from qos.store.io.lmdb import open_store
from qos.testing.chain import GENESIS_TIME, genesis_document
from qos.testing.governance import SHORT
from qos.testing.stake import owner_of, with_validators

VALIDATORS = 21
PER_BLOCK = 2_000
BOND = 5 * E18
BLOCKS_BEFORE = 20
GOAL_MS = 100
VOTED_ON = ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD
Step = Callable[[Context], object]


class Bench:
    """A chain whose blocks do what the benchmark says at their beginning."""

    def __init__(self, folder: Path, delegators: int) -> None:
        """Start with validators and people who can delegate."""
        self.people = [Address(sha256(b"delegator %d" % number).digest()[:20]) for number in range(delegators)]
        self.step: Step | None = None
        self.chain = self._wired()
        self.machine = Machine(self.chain, open_store(folder, PUBLIC.stores, keep_versions=20))
        self.machine.init_chain(json.dumps(self._genesis()).encode())
        self.start_ns = parse_rfc3339(GENESIS_TIME)
        self.height = 0

    def _wired(self) -> Chain:
        first, *others = PUBLIC.modules
        before = first.begin_block

        def begin(ctx: Context) -> None:
            if before is not None:
                before(ctx)
            if self.step is not None:
                self.step(ctx)

        return replace(PUBLIC, modules=(replace(first, begin_block=begin), *others))

    def _genesis(self) -> dict[str, Any]:
        # Voting takes as long as it takes to cast the votes, at 5 s a block.
        blocks = 2 * len(self.people) // PER_BLOCK + 3 * BLOCKS_BEFORE
        normal = replace(SHORT.normal, voting_period=blocks * 5 * SECOND_NS)
        params = replace(
            SHORT,
            normal=normal,
            important=replace(SHORT.important, voting_period=normal.voting_period),
            critical=replace(SHORT.critical, voting_period=normal.voting_period),
        )
        document = genesis_document(
            funds={**dict.fromkeys(self.people, 2 * BOND), owner_of(0).address: 1_000 * E18},
            gov=to_json(GenesisState(params=params)),
        )
        return with_validators(document, [bytes([number]) * 32 for number in range(VALIDATORS)], spare=1_000 * E18)

    def block(self, step: Step | None = None) -> float:
        """Make a block; returns its CPU seconds."""
        self.step = step
        self.height += 1
        info = BlockInfo(chain_id="qos-1", height=self.height, time_ns=self.start_ns + 5 * SECOND_NS * self.height)
        began = time.process_time()
        self.machine.finalize_block(BlockRequest(block=info, txs=()))
        self.machine.commit()
        return time.process_time() - began

    def state(self) -> ReadContext:
        """Return the committed state."""
        block = BlockInfo(chain_id="qos-1", height=self.height, time_ns=self.start_ns)
        return ReadContext(self.machine.store.reader(), block)

    def in_chunks(self, run: Callable[[Context, Address, int], object]) -> list[float]:
        """Do something for everybody, some people a block; returns CPU seconds of each block."""
        spent = []
        for start in range(0, len(self.people), PER_BLOCK):
            chunk = self.people[start : start + PER_BLOCK]

            def step(ctx: Context, chunk: list[Address] = chunk, start: int = start) -> None:
                for number, who in enumerate(chunk, start):
                    run(ctx, who, number)

            spent.append(self.block(step))
        return spent


def measure(folder: Path, delegators: int) -> dict[str, object]:
    """Cast everybody's vote and measure the blocks around the count."""
    bench = Bench(folder, delegators)
    bench.block()
    owners = [owner_of(number).address for number in range(VALIDATORS)]
    bench.in_chunks(lambda ctx, who, n: bonding.delegate(ctx, STAKE, who, owners[n % VALIDATORS], BOND))
    bench.block(_submit)
    bench.block()
    weights = (Counts(yes=E18), Counts(no=E18 // 2, abstain=E18 - E18 // 2))
    casting = bench.in_chunks(
        lambda ctx, who, n: votes.cast(ctx, Vote(proposal_id=1, voter=who, weights=weights[n % 3 == 0]))
    )
    some = bench.people[: min(500, delegators)]
    changing = bench.block(
        lambda ctx: [bonding.delegate(ctx, STAKE, who, owners[n % VALIDATORS], E18) for n, who in enumerate(some)]
    )
    gc.collect()
    gc.freeze()
    empty = [bench.block() for _ in range(BLOCKS_BEFORE)]
    counting = 0.0
    while _proposal(bench).status is VOTED_ON:
        counting = bench.block()
    forgetting = []
    while next(VOTES.items(bench.state(), limit=1), None) is not None:
        forgetting.append(bench.block())
    usual = median(empty)
    ended = _proposal(bench)
    return {
        "votes": delegators,
        "outcome": ended.outcome.name,
        "counted_qos": formulas.total(ended.tally or Counts()) // E18,
        "empty_block_ms": round(usual * 1_000, 3),
        "counting_block_longer_ms": round((counting - usual) * 1_000, 3),
        "forgetting_block_longer_ms": round((max(forgetting) - usual) * 1_000, 3),
        "forgetting_blocks": len(forgetting),
        "vote_us": round(sum(casting) / delegators * 1_000_000, 1),
        "bond_change_of_a_voter_us": round(changing / len(some) * 1_000_000, 1),
    }


def _submit(ctx: Context) -> None:
    proposer, now_ns = owner_of(0).address, ctx.block.time_ns
    draft = Proposal(proposer=proposer, title="t", summary="s", submit_time=now_ns, deposit_end=now_ns)
    lifecycle.submit(ctx, draft, SHORT.normal.deposit, {})


def _proposal(bench: Bench) -> Proposal:
    return lifecycle.require(bench.state(), 1)


def main() -> int:
    """Print what was measured; returns 1 when a block took more than 100 ms longer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--votes", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), arguments.votes)
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:28} {value}")
    longest = max(float(str(found[f"{what}_block_longer_ms"])) for what in ("counting", "forgetting"))
    return int(longest > GOAL_MS)


if __name__ == "__main__":
    sys.exit(main())
