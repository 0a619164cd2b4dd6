"""A chain whose blocks somebody else decides: an engine orders the transactions, the test follows block by block.

What the test needs of the state (sequences, proofs, headers for a peer) it reads from a machine of its own, which runs
every decided block and must come to the app hash that the engine's application came to.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from qos.chains.public import PUBLIC
from qos.machine.abci import BlockResult
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_tx_v1beta1 import TxBody, TxRaw
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import Evidence
from qos.testing.qcp_network import Side
from qos.testing.stake import PARAMS, with_validators
from qos.testing.transactions import Key

BLOCKS_FOR_EVIDENCE = 20
"""How long an engine may take to put evidence into a block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A block an engine decided, and the app hash its application came to."""

    block: BlockInfo
    txs: tuple[bytes, ...]
    app_hash: bytes
    evidence: tuple[Evidence, ...] = ()


class Decider(Protocol):
    """An engine as the test sees it."""

    def begin(self, genesis: Mapping[str, Any]) -> None:
        """Start the chain."""
        ...

    def decide(self, txs: Sequence[bytes]) -> tuple[tuple[Decided, ...], tuple[tuple[bytes, ExecTxResult], ...]]:
        """Hand in transactions and return the blocks since then, once all are in one; and what was refused before."""
        ...

    def accuse(self, evidence: Evidence) -> None:
        """Hand in evidence, for a block to come."""
        ...


class DecidedChain(Side):
    """A side of a network of chains that follows an engine."""

    def __init__(
        self,
        decider: Decider,
        validator: str,
        *,
        chain: Chain = PUBLIC,
        chain_id: str = "qos-1",
        params: Mapping[str, Any],
        states: Mapping[str, object] | None = None,
        price: int,
    ) -> None:
        """Start the chain with one validator, by its key in base64."""
        self._decider = decider
        self._validator = validator
        self._params = params
        self._now: BlockInfo | None = None
        self.decided: list[Decided] = []
        self.results: dict[bytes, ExecTxResult] = {}
        self.crowd: Callable[[], Iterable[bytes]] = tuple
        """What else is handed in with every block."""

        super().__init__(chain, chain_id, price=price, states=states)

    def adjust_genesis(self, document: dict[str, Any]) -> dict[str, Any]:
        """Give the document its validator and start the engine with it."""
        whole = {"consensus_params": self._params, "initial_height": "1", "app_hash": ""}
        # The one that bonds beside the first is away, and so small that its turn to propose never comes.
        params = replace(PARAMS, max_validators=2)
        keys = (b64decode(self._validator),)
        self.genesis = with_validators(document, keys, power=100_000, params=params, spare=10**21) | whole
        self._decider.begin(self.genesis)
        return self.genesis

    def next_block(self) -> BlockInfo:
        """Return the block that is run now; between blocks the next one, at the time of the last."""
        if self._now is not None:
            return self._now
        last = self.decided[-1].block
        return replace(last, height=last.height + 1)

    def run_block(self, *txs: bytes) -> BlockResult:
        """Have transactions decided, follow, and return the result of the last block."""
        blocks, refused = self._decider.decide([*txs, *self.crowd()])
        self.results.update(refused)
        result = None
        for each in blocks:
            self.decided.append(each)
            self._now = each.block
            result = super().run_block(*each.txs)
            self._now = None
            assert result.app_hash == each.app_hash, f"block {each.block.height} gives another app hash here"
            self.results.update(zip(each.txs, result.tx_results, strict=True))
        assert result is not None
        return result

    def do(self, key: Key, *messages: Record, gas: int = 20_000_000) -> ExecTxResult:
        """Run one transaction and return its result, or why it was refused."""
        tx = self.tx(key, *messages, gas=gas, price=self.price)
        self.run_block(tx)
        return self.results[tx]

    def accuse(self, evidence: Evidence) -> Decided:
        """Hand in evidence and return the block that carries it."""
        self._decider.accuse(evidence)
        begun = len(self.decided)
        for _ in range(BLOCKS_FOR_EVIDENCE):
            self.run_block()
            found = next((each for each in self.decided[begun:] if evidence in each.evidence), None)
            if found is not None:
                return found
        raise AssertionError("no block carries the evidence")

    def record(self) -> "Recording":
        """Return what was decided, to be run again elsewhere."""
        return Recording(kind=self.machine.chain.kind, genesis=json.dumps(self.genesis).encode(), blocks=self.decided)


class Follower(Side):
    """A chain of this process that is never ahead of the time of another one."""

    def __init__(self, leader: Side, chain: Chain, chain_id: str, *, first: int) -> None:
        """Start at the leader's time."""
        self._leader = leader
        super().__init__(chain, chain_id, price=0, first=first)

    def next_block(self) -> BlockInfo:
        """Return the next block: at the leader's time, later than the one before."""
        usual = super().next_block()
        at = max(self._leader.next_block().time_ns, self._times.get(usual.height - 1, 0) + 1)
        return replace(usual, time_ns=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A genesis document and the blocks decided on it."""

    kind: str
    genesis: bytes
    blocks: Sequence[Decided]

    def write(self, file: Path) -> None:
        """Write it as lines of JSON: the genesis, then a block a line."""
        lines = [json.dumps({"kind": self.kind, "genesis": self.genesis.decode()})]
        lines += [
            json.dumps(
                {
                    "time_ns": each.block.time_ns,
                    "txs": [tx.hex() for tx in each.txs],
                    "evidence": [codec.encode(proof).hex() for proof in each.evidence],
                }
            )
            for each in self.blocks
        ]
        file.write_text("\n".join(lines) + "\n")


def kinds_of(tx: bytes) -> tuple[str, ...]:
    """Return the types of the messages of a transaction that was in a block."""
    body = codec.decode(TxBody, codec.decode(TxRaw, tx).body_bytes)
    return tuple(each.type_url for each in body.messages)
