"""Engines that decide blocks for a `DecidedChain`: the real one, and the fake one over ABCI in this process."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from qos.base.blocktime import parse_rfc3339
from qos.chains.public import PUBLIC
from qos.engine import evidence as proofs
from qos.engine.abci import requests
from qos.lightclient.evidence_json import parse_evidence, render_evidence
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo, Vote
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import Evidence
from qos.testing.abci_world import AbciWorld
from qos.testing.comet_node import CometNode
from qos.testing.decided_chain import Decided
from qos.testing.waiting import until

Refused = tuple[tuple[bytes, ExecTxResult], ...]


class CometDecider:
    """CometBFT, of one validator."""

    def __init__(self, node: CometNode) -> None:
        self._node = node
        self._next = 1
        self._chain_id = ""

    def begin(self, genesis: Mapping[str, Any]) -> None:
        """Start engine and application."""
        self._chain_id = str(genesis["chain_id"])
        self._node.write_genesis(genesis)
        self._node.start()

    def decide(self, txs: Sequence[bytes]) -> tuple[tuple[Decided, ...], Refused]:
        """Hand in transactions and return the blocks since then, once all are in one; and what was refused before."""
        refused: list[tuple[bytes, ExecTxResult]] = []
        missing: dict[bytes, None] = {}
        for tx in txs:
            answer = self._node.broadcast(tx)
            if answer["code"]:
                result = ExecTxResult(code=answer["code"], codespace=answer["codespace"], log=answer["log"])
                refused.append((tx, result))
            else:
                missing[tx] = None
        blocks: list[Decided] = []
        while missing or not blocks:
            until(lambda: self._node.height >= self._next, f"block {self._next}")
            blocks.append(self._block(self._next))
            for tx in blocks[-1].txs:
                missing.pop(tx, None)
            self._next += 1
        return tuple(blocks), tuple(refused)

    def accuse(self, evidence: Evidence) -> None:
        """Hand in evidence, for a block to come."""
        answer = self._node.call("broadcast_evidence", evidence=render_evidence(evidence))
        assert b64decode(answer["hash"]) == proofs.name(evidence)

    def _block(self, height: int) -> Decided:
        block = self._node.call("block", height=str(height))["block"]
        header = block["header"]
        evidence = tuple(parse_evidence(each) for each in block["evidence"]["evidence"])
        results = until(lambda: self._node.find("block_results", height=str(height)), f"results of {height}")
        info = BlockInfo(
            chain_id=self._chain_id,
            height=height,
            time_ns=parse_rfc3339(header["time"]),
            proposer_address=bytes.fromhex(header["proposer_address"]),
            votes=self._votes(height - 1, block["last_commit"]["signatures"]),
            misbehavior=proofs.misbehavior_of(evidence),
        )
        txs = tuple(b64decode(each) for each in block["data"]["txs"] or ())
        return Decided(block=info, txs=txs, app_hash=b64decode(results["app_hash"]), evidence=evidence)

    def _votes(self, height: int, signatures: Sequence[Mapping[str, Any]]) -> tuple[Vote, ...]:
        if not signatures:
            return ()
        members = self._node.call("validators", height=str(height))["validators"]
        return tuple(
            Vote(
                address=bytes.fromhex(member["address"]),
                power=int(member["voting_power"]),
                flag=signature["block_id_flag"],
            )
            for member, signature in zip(members, signatures, strict=True)
        )


class FakeDecider:
    """The fake engine over the ABCI handler, in memory."""

    def __init__(self, chain: Chain = PUBLIC) -> None:
        self._chain = chain
        self._world: AbciWorld | None = None
        self._next = 0
        self._accused: tuple[Evidence, ...] = ()

    def begin(self, genesis: Mapping[str, Any]) -> None:
        """Start the application."""
        self._world = AbciWorld(json.loads(json.dumps(genesis)), chain=self._chain)
        self._world.engine.handshake()

    def decide(self, txs: Sequence[bytes]) -> tuple[tuple[Decided, ...], Refused]:
        """Hand in transactions and return the blocks since then, once all are in one; and what was refused before."""
        assert self._world is not None
        engine = self._world.engine
        answers = [(tx, engine.broadcast(tx)) for tx in txs]
        refused = tuple(
            (tx, ExecTxResult(code=answer.code, codespace=answer.codespace, log=answer.log))
            for tx, answer in answers
            if answer.code
        )
        evidence, self._accused = self._accused, ()
        engine.block(offences=proofs.misbehavior_of(evidence))
        while engine.waiting:
            engine.block()
        chain_id = str(engine.genesis["chain_id"])
        blocks: list[Decided] = []
        for request, answer in zip(engine.decided[self._next :], engine.answers[self._next :], strict=True):
            block = requests.decided_block(chain_id, request)
            carried = () if blocks else evidence
            blocks.append(Decided(block=block.block, txs=block.txs, app_hash=answer.app_hash, evidence=carried))
        self._next = len(engine.decided)
        return tuple(blocks), refused

    def accuse(self, evidence: Evidence) -> None:
        """Hand in evidence for the next block; nobody examines it here."""
        self._accused = (*self._accused, evidence)
