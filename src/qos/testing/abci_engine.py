"""An engine in miniature that drives an application through ABCI 2.0 as CometBFT does: one validator, no rounds.

It keeps a mempool in order of arrival, the blocks it decided, and what the application answered to them, so that it
can begin anew and replay what the application misses.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from qos.base.blocktime import DAY_NS, SECOND_NS, parse_rfc3339
from qos.crypto import ed25519
from qos.machine.context import Misbehavior
from qos.proto import codec
from qos.proto.records import tendermint_abci as abci
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import (
    BlockIDFlag,
    BlockParams,
    ConsensusParams,
    EvidenceParams,
    ValidatorParams,
)

Ask = Callable[[int, bytes], bytes]
"""Sends the content of a frame on a numbered connection and returns that of the answer."""

CONSENSUS, MEMPOOL, QUERY, SNAPSHOT = range(4)
MAX_TX_BYTES: Final = 4_000_000
MEMPOOL_TXS: Final = 5_000


class AppRefused(AssertionError):
    """The application answered with an exception, which stops an engine."""


@dataclass
class FakeEngine:
    """Drives the application behind `ask`; `generation` counts how often it began anew."""

    ask: Ask
    genesis: Mapping[str, Any]
    waiting: list[bytes] = field(default_factory=list)
    decided: list[abci.RequestFinalizeBlock] = field(default_factory=list)
    answers: list[abci.ResponseFinalizeBlock] = field(default_factory=list)
    generation: int = 0
    rechecks: bool = True
    _offences: tuple[abci.Misbehavior, ...] = ()

    def call(self, connection: int, **request: Any) -> Any:
        """Send one request and return its answer. Raises: AppRefused."""
        content = self.ask(10 * self.generation + connection, codec.encode(abci.Request(**request)))
        answer = codec.decode_lenient(abci.Response, content)
        if answer.exception is not None:
            raise AppRefused(answer.exception.error)
        return next(value for name in answer.__slots__ if (value := getattr(answer, name)) is not None)

    @property
    def time_ns(self) -> int:
        """Time of the next block: the first has that of genesis, each other one five seconds more."""
        return parse_rfc3339(str(self.genesis["genesis_time"])) + 5 * SECOND_NS * len(self.decided)

    def handshake(self) -> int:
        """Begin anew: ask where the application stands and replay what it misses; returns how many blocks."""
        self.generation += 1
        self.waiting.clear()
        info: abci.ResponseInfo = self.call(QUERY, info=abci.RequestInfo(version="0.38.26", abci_version="2.0.0"))
        done = info.last_block_height
        assert done <= len(self.decided), "the application is ahead of the engine"
        if done:
            assert info.last_block_app_hash == self.answers[done - 1].app_hash
        else:
            self.call(CONSENSUS, init_chain=self.init_chain())
        for request, known in zip(self.decided[done:], self.answers[done:], strict=True):
            assert self.call(CONSENSUS, finalize_block=request).app_hash == known.app_hash
            self.call(CONSENSUS, commit=abci.RequestCommit())
        return len(self.decided) - done

    def init_chain(self) -> abci.RequestInitChain:
        """Return the genesis document as an engine hands it over."""
        document = self.genesis
        validators = tuple(
            abci.ValidatorUpdate(
                pub_key=PublicKey(ed25519=b64decode(each["pub_key"]["value"])), power=int(each["power"])
            )
            for each in document["validators"]
        )
        params = ConsensusParams(
            block=BlockParams(max_bytes=4_194_304, max_gas=200_000_000),
            evidence=EvidenceParams(max_age_num_blocks=1, max_age_duration=14 * DAY_NS, max_bytes=1_048_576),
            validator=ValidatorParams(pub_key_types=("ed25519",)),
        )
        return abci.RequestInitChain(
            time=parse_rfc3339(str(document["genesis_time"])),
            chain_id=str(document["chain_id"]),
            consensus_params=params,
            validators=validators,
            app_state_bytes=json.dumps(document["app_state"]).encode(),
            initial_height=1,
        )

    def broadcast(self, tx: bytes) -> abci.ResponseCheckTx:
        """Have a transaction checked and let it wait when it is good and there is room."""
        answer: abci.ResponseCheckTx = self.call(MEMPOOL, check_tx=abci.RequestCheckTx(tx=tx))
        if not answer.code and len(self.waiting) < MEMPOOL_TXS and tx not in self.waiting:
            self.waiting.append(tx)
        return answer

    def block(self, *txs: bytes, offences: Sequence[Misbehavior] = ()) -> abci.ResponseFinalizeBlock:
        """Decide the next block, of what waits or of the given transactions, execute and commit it.

        `offences` is what the block's evidence proves.
        """
        self._offences = tuple(_told(each) for each in offences)
        chosen = txs or self.propose()
        if not txs:
            assert self.judge(chosen), "the application refuses what it proposed itself"
        answer = self.finalize(chosen)
        self.commit()
        return answer

    def propose(self, *, max_tx_bytes: int = MAX_TX_BYTES) -> tuple[bytes, ...]:
        """Return what the application would put into the next block."""
        request = abci.RequestPrepareProposal(
            max_tx_bytes=max_tx_bytes,
            txs=tuple(self.waiting),
            local_last_commit=self.local_last_commit,
            misbehavior=self._offences,
            height=len(self.decided) + 1,
            time=self.time_ns,
            proposer_address=self.proposer,
        )
        answer: abci.ResponsePrepareProposal = self.call(CONSENSUS, prepare_proposal=request)
        return answer.txs

    def judge(self, txs: tuple[bytes, ...]) -> bool:
        """Tell whether the application would vote for a block."""
        request = abci.RequestProcessProposal(
            txs=txs,
            proposed_last_commit=self.last_commit,
            misbehavior=self._offences,
            height=len(self.decided) + 1,
            time=self.time_ns,
            proposer_address=self.proposer,
        )
        answer: abci.ResponseProcessProposal = self.call(CONSENSUS, process_proposal=request)
        return answer.status is abci.ResponseProcessProposalProposalStatus.ACCEPT

    def finalize(self, txs: tuple[bytes, ...]) -> abci.ResponseFinalizeBlock:
        """Execute a block; it is decided from then on."""
        request = abci.RequestFinalizeBlock(
            txs=txs,
            decided_last_commit=self.last_commit,
            misbehavior=self._offences,
            height=len(self.decided) + 1,
            time=self.time_ns,
            proposer_address=self.proposer,
        )
        answer: abci.ResponseFinalizeBlock = self.call(CONSENSUS, finalize_block=request)
        self.decided.append(request)
        self.answers.append(answer)
        return answer

    def commit(self) -> int:
        """Commit what was executed and check again what waits; returns from where on blocks are to be kept."""
        answer: abci.ResponseCommit = self.call(CONSENSUS, commit=abci.RequestCommit())
        txs = self.decided[-1].txs
        left = [tx for tx in self.waiting if tx not in txs]
        self.waiting = [tx for tx in left if not self.rechecks or self._recheck(tx)]
        return answer.retain_height

    def _recheck(self, tx: bytes) -> bool:
        request = abci.RequestCheckTx(tx=tx, type=abci.CheckTxType.RECHECK)
        answer: abci.ResponseCheckTx = self.call(MEMPOOL, check_tx=request)
        return not answer.code

    @property
    def proposer(self) -> bytes:
        """Address of the only validator."""
        return bytes(ed25519.address(b64decode(self.genesis["validators"][0]["pub_key"]["value"])))

    @property
    def last_commit(self) -> abci.CommitInfo:
        """The votes for the block before: ours is there, everybody else's is missing."""
        if not self.decided:
            return abci.CommitInfo()
        voted, absent = BlockIDFlag.BLOCK_ID_FLAG_COMMIT, BlockIDFlag.BLOCK_ID_FLAG_ABSENT
        members = [(bytes(ed25519.address(key)), power) for key, power in self.members(len(self.decided)).items()]
        return abci.CommitInfo(
            votes=tuple(
                abci.VoteInfo(
                    validator=abci.Validator(address=address, power=power),
                    block_id_flag=voted if address == self.proposer else absent,
                )
                for address, power in sorted(members, key=lambda each: (-each[1], each[0]))
            )
        )

    @property
    def local_last_commit(self) -> abci.ExtendedCommitInfo:
        """The same votes as a proposer is shown them."""
        votes = tuple(
            abci.ExtendedVoteInfo(validator=each.validator, block_id_flag=each.block_id_flag)
            for each in self.last_commit.votes
        )
        return abci.ExtendedCommitInfo(votes=votes)

    def members(self, height: int) -> dict[bytes, int]:
        """Return the power of each consensus key in the set that votes for a block."""
        members = {b64decode(each["pub_key"]["value"]): int(each["power"]) for each in self.genesis["validators"]}
        for answer in self.answers[: max(height - 2, 0)]:
            for update in answer.validator_updates:
                members[update.pub_key.ed25519 or b""] = update.power
        return {key: power for key, power in members.items() if power}


def _told(offence: Misbehavior) -> abci.Misbehavior:
    return abci.Misbehavior(
        type=abci.MisbehaviorType(offence.kind),
        validator=abci.Validator(address=offence.address, power=offence.power),
        height=offence.height,
        time=offence.time_ns,
        total_voting_power=offence.total_power,
    )
