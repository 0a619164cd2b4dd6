"""Doing what an engine asks, one call after the other, in the order the protocol gives them."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from qos.base.errors import RuleViolation
from qos.engine.abci import requests, responses, wire
from qos.engine.abci.frames import BadFrame
from qos.engine.abci.mempool import EngineMempool
from qos.engine.abci.statesync import StateSync
from qos.engine.abci.wire import Kind
from qos.machine import queries
from qos.machine.abci import Application, CheckResult, QueryResult, refused
from qos.machine.context import BlockInfo
from qos.machine.errors import InvalidRequest, MempoolFull, UnknownRequest
from qos.proto.codec import decode_lenient
from qos.proto.record import Record
from qos.proto.records import tendermint_abci as abci
from qos.store.budget import BudgetSpent

PEER_FILTER_PREFIX: Final = "/p2p/filter/"
TOO_BUSY: Final = wire.response(
    Kind.CHECK_TX, responses.checked(refused(MempoolFull("the node is busy: send it again later: mempool is full")))
)
"""Answers a CheckTx that was not looked at."""

_ACCEPT: Final = abci.ResponseProcessProposalProposalStatus.ACCEPT
_REJECT: Final = abci.ResponseProcessProposalProposalStatus.REJECT
_READY_ANSWERS: Final = 1_024
"""How many pairs of gas wanted and used have their answer to CheckTx ready."""


class Handler:
    """Answers requests over an application. Not to be used again once it raised: the node must stop.

    A refusal by a rule is an answer, of the kind the engine expects or, where it knows none, an exception that stops
    the engine; everything else raises, before anything is committed. `retain_blocks` is how many of the newest blocks
    the engine should keep, 0 for all. `log` is told of refusals nobody else would see.
    """

    def __init__(
        self,
        application: Application,
        mempool: EngineMempool,
        state_sync: StateSync,
        *,
        version: str,
        retain_blocks: int,
        log: Callable[[str, str], None],
    ) -> None:
        self._application = application
        self._mempool = mempool
        self._state_sync = state_sync
        self._version = version
        self._retain_blocks = retain_blocks
        self._log = log
        self._chain_id = application.info().chain_id
        self._checking = -1
        self._prepared: tuple[int, int, tuple[bytes, ...]] | None = None
        self._finalized: tuple[int, tuple[bytes, ...]] = (0, ())
        self._is_quiet = False
        self._ready: dict[tuple[int, int], bytes] = {}
        self._answers: dict[Kind, Callable[[bytes], Record]] = {
            Kind.ECHO: _echo,
            Kind.FLUSH: _flush,
            Kind.INFO: self._info,
            Kind.INIT_CHAIN: self._init_chain,
            Kind.QUERY: self._query,
            Kind.COMMIT: self._commit,
            Kind.PREPARE_PROPOSAL: self._prepare,
            Kind.PROCESS_PROPOSAL: self._process,
            Kind.FINALIZE_BLOCK: self._finalize,
            Kind.EXTEND_VOTE: _extend_vote,
            Kind.VERIFY_VOTE_EXTENSION: _verify_vote_extension,
            Kind.LIST_SNAPSHOTS: self._list_snapshots,
            Kind.OFFER_SNAPSHOT: self._offer_snapshot,
            Kind.LOAD_SNAPSHOT_CHUNK: self._load_chunk,
            Kind.APPLY_SNAPSHOT_CHUNK: self._apply_chunk,
        }

    @property
    def has_waiting(self) -> bool:
        """Whether transactions wait for a block."""
        return len(self._mempool) > 0

    def may_wait(self, content: bytes) -> bool:
        """Tell whether a frame asks a chain's sole validator for a proposal while nothing happens.

        The block behind one with transactions does not wait: its header proves what they did. What cannot be read does
        not wait for its refusal.
        """
        if not content.startswith(wire.PREPARE_HEAD) or not self._is_quiet or self.has_waiting:
            return False
        with suppress(BadFrame, RuleViolation):
            request = decode_lenient(abci.RequestPrepareProposal, wire.read_frame(content)[1])
            is_alone = len(request.local_last_commit.votes) == 1
            return is_alone and not request.txs and not request.misbehavior
        return False

    def handle(self, content: bytes, connection: int) -> bytes:
        """Return the frame that answers a frame's content. Raises: BadFrame, and whatever stops a node.

        A connection has a number of its own; transactions of another one than before come from an engine that began
        anew.
        """
        if content[:1] == wire.CHECK_TX_HEAD:
            return self._check(content, connection)
        kind, body = wire.read_frame(content)
        try:
            return wire.response(kind, self._answers[kind](body))
        except RuleViolation as error:
            self._log(kind.name.lower(), str(error))
            return wire.exception(str(error))

    def _check(self, content: bytes, connection: int) -> bytes:
        if connection != self._checking:
            self._checking = connection
            self._mempool.restart()
        tx, is_recheck = wire.read_check_tx(wire.read_frame(content)[1])
        result = self._mempool.recheck(tx) if is_recheck else self._mempool.check(tx)
        if result.code:
            return wire.response(Kind.CHECK_TX, responses.checked(result))
        return self._passed(result)

    def _passed(self, result: CheckResult) -> bytes:
        """Return the answer to what is good; transfers come in few sizes, so most have theirs ready."""
        gas = result.gas_wanted, result.gas_used
        answer = self._ready.get(gas)
        if answer is None:
            if len(self._ready) >= _READY_ANSWERS:
                self._ready.clear()
            answer = self._ready[gas] = wire.response(Kind.CHECK_TX, responses.checked(result))
        return answer

    def _info(self, body: bytes) -> Record:
        del body
        return responses.info(self._application.info(), self._version)

    def _init_chain(self, body: bytes) -> Record:
        request = decode_lenient(abci.RequestInitChain, body)
        app_hash = self._application.init_chain(requests.genesis_document(request))
        self._chain_id = request.chain_id
        return abci.ResponseInitChain(app_hash=app_hash)

    def _query(self, body: bytes) -> Record:
        request = decode_lenient(abci.RequestQuery, body)
        if request.path.startswith(PEER_FILTER_PREFIX):
            return abci.ResponseQuery()
        return responses.answered(self._asked(request))

    def _asked(self, request: abci.RequestQuery) -> QueryResult:
        try:
            return self._application.query(request.path, request.data, request.height, prove=request.prove)
        except BudgetSpent as spent:
            return queries.refused(InvalidRequest(f"{spent}: invalid request"), spent.height)

    def _prepare(self, body: bytes) -> Record:
        request = decode_lenient(abci.RequestPrepareProposal, body)
        block = requests.proposed_block(self._chain_id, request)
        waiting = self._mempool.candidates(request.txs)
        txs = tuple(self._application.prepare_proposal(waiting, block, request.max_tx_bytes)) if waiting else ()
        self._prepared = (block.height, block.time_ns, txs)
        return abci.ResponsePrepareProposal(txs=txs)

    def _process(self, body: bytes) -> Record:
        request = decode_lenient(abci.RequestProcessProposal, body)
        block = requests.judged_block(self._chain_id, request)
        fault = "" if self._is_ours(block, request.txs) else self._application.process_proposal(request.txs, block)
        if fault:
            self._log("proposal refused", f"height {block.height}: {fault}")
        return abci.ResponseProcessProposal(status=_REJECT if fault else _ACCEPT)

    def _is_ours(self, block: BlockInfo, txs: tuple[bytes, ...]) -> bool:
        """Tell whether this node just chose these transactions for this block: then they were admitted already."""
        return self._prepared == (block.height, block.time_ns, txs)

    def _finalize(self, body: bytes) -> Record:
        request = requests.decided_block(self._chain_id, decode_lenient(abci.RequestFinalizeBlock, body))
        result = self._application.finalize_block(request)
        self._finalized = (request.block.height, request.txs)
        return responses.finalized(result)

    def _commit(self, body: bytes) -> Record:
        del body
        self._application.commit()
        height, txs = self._finalized
        self._mempool.committed(txs, height)
        self._prepared, self._finalized, self._is_quiet = None, (height, ()), not txs
        retain = max(height - self._retain_blocks + 1, 0) if self._retain_blocks else 0
        return abci.ResponseCommit(retain_height=retain)

    def _list_snapshots(self, body: bytes) -> Record:
        del body
        return abci.ResponseListSnapshots(snapshots=self._state_sync.snapshots())

    def _offer_snapshot(self, body: bytes) -> Record:
        result = self._state_sync.offer(decode_lenient(abci.RequestOfferSnapshot, body))
        return abci.ResponseOfferSnapshot(result=result)

    def _load_chunk(self, body: bytes) -> Record:
        chunk = self._state_sync.load(decode_lenient(abci.RequestLoadSnapshotChunk, body))
        return abci.ResponseLoadSnapshotChunk(chunk=chunk)

    def _apply_chunk(self, body: bytes) -> Record:
        answer = self._state_sync.apply(decode_lenient(abci.RequestApplySnapshotChunk, body))
        self._chain_id = self._application.info().chain_id
        return answer


def _echo(body: bytes) -> Record:
    return abci.ResponseEcho(message=decode_lenient(abci.RequestEcho, body).message)


def _flush(body: bytes) -> Record:
    del body
    return abci.ResponseFlush()


def _extend_vote(body: bytes) -> Record:
    del body
    raise UnknownRequest(f"{requests.EXTENSIONS_ARE_OFF}: unknown request")


def _verify_vote_extension(body: bytes) -> Record:
    del body
    return abci.ResponseVerifyVoteExtension(status=abci.ResponseVerifyVoteExtensionVerifyStatus.REJECT)
