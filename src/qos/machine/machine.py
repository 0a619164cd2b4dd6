"""A chain's replicated state machine: what an engine drives (`abci.Application`)."""

from dataclasses import replace

from qos.base.errors import InvariantBroken, RuleViolation
from qos.base.merkle import EMPTY_ROOT
from qos.base.strictjson import JsonObject
from qos.machine import beginning, execution, genesis, proposal, queries, simulation
from qos.machine.abci import (
    BlockRequest,
    BlockResult,
    CheckResult,
    Info,
    Place,
    QueryResult,
    first_place,
    refused,
)
from qos.machine.admission import Admission, gas_limit_of
from qos.machine.admitted import WatchedContext
from qos.machine.beginning import SENTINEL_KEY
from qos.machine.chain import Chain, Payment
from qos.machine.context import BlockInfo, Context, ReadContext, block_note, noted_block
from qos.machine.errors import InvalidHeight
from qos.machine.gas import UNLIMITED, GasMeter
from qos.machine.memo import AnswerMemo, Asked
from qos.machine.module import Lines
from qos.machine.signatures_ahead import Spare, verified_ahead
from qos.machine.upgrades import UpgradeUnderWay
from qos.proto.json import to_json
from qos.proto.records.tendermint_abci import Event, ExecTxResult
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay, Reader

NO_BLOCK = BlockInfo(chain_id="", height=0, time_ns=0)


class Machine:
    """One chain over one store. Blocks run on an overlay; nothing reaches the store before `commit`.

    `query_reads` bounds the work of one query, which then raises BudgetSpent; None is no bound. `beside` reads the file
    that a genesis document may name; on `spare` signatures of a block are verified beside its execution.

    Raises: WrongVersion when another version of the software makes the next block.
    """

    def __init__(
        self,
        chain: Chain,
        store: MultiStore,
        *,
        query_reads: int | None = None,
        beside: Lines = beginning.no_file,
        spare: Spare | None = None,
    ) -> None:
        self.chain = chain
        self.store = store
        self._query_reads = query_reads
        self._beside = beside
        self._spare = spare
        self._admission = Admission(chain)
        self._last = _committed_block(store)
        self._next = _after(self._last)
        self._genesis: Overlay | None = None
        self._pending: BlockInfo | None = None
        self._check: Reader = store.reader()
        self._finalized_txs: tuple[bytes, ...] = ()
        if store.version and chain.software is not None:
            chain.software.check_start(ReadContext(store.reader(), self._last))
        self._upgrading, self._readable_from = self._upgrade_state()
        self._answers = AnswerMemo()

    def info(self) -> Info:
        """Return the last committed height and app hash."""
        app_hash = self.store.app_hash if self.store.version else b""
        return Info(
            height=self.store.version,
            app_hash=app_hash,
            app_version=self.chain.app_version,
            chain_id=self._last.chain_id,
            time_ns=self._last.time_ns,
        )

    def init_chain(self, genesis_json: bytes) -> bytes:
        """Load genesis; it is committed with the first block. Returns the first app hash.

        Raises: BadGenesis and whatever a module's genesis refuses; InvariantBroken when there are blocks already.
        """
        if self.store.version:
            raise InvariantBroken(f"genesis given to a chain at height {self.store.version}")
        document = genesis.parse(genesis_json)
        overlay = beginning.begun(self.chain, self.store, document, self._beside)
        block = beginning.block_before(document)
        self._genesis, self._last, self._next = overlay, block, _after(block)
        voucher = beginning.voucher(self.chain, document) if self.store.has_foundation else b""
        if not self.store.is_vouched(voucher):
            self.check_invariants(ReadContext(overlay, block))
            self.store.vouch(voucher)
        self._check = overlay
        self._admission.new_state()
        return EMPTY_ROOT

    def export_genesis(self, height: int | None = None) -> JsonObject:
        """Return every module's state as its genesis JSON, by module name; at a kept height when one is given.

        Raises: UnknownVersion.
        """
        if height is None:
            return self._exported(ReadContext(self.store.reader(), self._last))
        with self.store.at(height) as state:
            return self._exported(ReadContext(state, noted_block(state.note(), height)))

    def _exported(self, ctx: ReadContext) -> JsonObject:
        return {module.name: to_json(module.genesis.dump(ctx)) for module in self.chain.modules}

    def check_tx(self, tx: bytes, *, recheck: bool = False, place: Place = first_place) -> CheckResult:
        """Decide whether a transaction may wait behind what `place` says, on the state of the last block."""
        del recheck
        try:
            self._refuse_while_upgrading()
            decoded = self._admission.decode(tx)
            meter = GasMeter(gas_limit_of(decoded))
            ahead = place(decoded.terms)
            block = self._next
            ctx = WatchedContext(Overlay(self._check), block, meter, decoded.signers)
            fee = self._admission.admit(ctx, block, decoded, ahead=ahead)
            admitted = ctx.admitted(fee)
            if admitted is not None and not ahead.counts and not ahead.promised:
                self._admission.keep(decoded, admitted)
        except RuleViolation as error:
            self._admission.forget(tx)
            return refused(error)
        return CheckResult(code=0, gas_wanted=meter.limit, gas_used=meter.used, terms=decoded.terms)

    def gas_price(self) -> int:
        """Return what a unit of gas costs at least in the next block."""
        return self.chain.gas_price(ReadContext(self._check, self._last))

    def prepare_proposal(self, txs: list[bytes], block: BlockInfo, max_bytes: int) -> list[bytes]:
        """Choose from waiting transactions what `process_proposal` accepts, the best-paying first."""
        if self._upgrading:
            return []
        state = Overlay(self._base())
        return proposal.prepare(self._admission, state, block, txs, max_bytes, self.gas_price())

    def process_proposal(self, txs: tuple[bytes, ...], block: BlockInfo) -> str:
        """Return why a proposed block is refused, or an empty text."""
        if self._upgrading and txs:
            return f"block {block.height} migrates the state and holds no transactions"
        return proposal.refusal(self._admission, Overlay(self._base()), block, txs)

    def finalize_block(self, request: BlockRequest) -> BlockResult:
        """Execute a decided block in memory and prepare its trees.

        Raises: InvariantBroken when the block does not follow or a hook breaks a rule, WrongVersion when the block
        is for another version: the node must stop.
        """
        block, last = replace(request.block, app_hash=self.store.app_hash or EMPTY_ROOT), self._last
        if (block.chain_id, block.height) != (last.chain_id, last.height + 1):
            raise InvariantBroken(f"block {block.height} of {block.chain_id} after {last.height} of {last.chain_id}")
        self._pending = None
        overlay = Overlay(self._base())
        events: list[Event] = []
        hook_ctx = Context(overlay, block, GasMeter(UNLIMITED), events, routes=self.chain.messages)
        try:
            self._upgrade(hook_ctx)
            for module in self.chain.modules:
                if module.begin_block is not None:
                    module.begin_block(hook_ctx)
            results = self._run_transactions(hook_ctx, request)
            for module in self.chain.modules:
                if module.end_block is not None:
                    module.end_block(hook_ctx)
            rules = self.chain.validators
            updates = rules.updates(hook_ctx) if rules is not None else ()
        except RuleViolation as error:
            raise InvariantBroken(f"a block hook refused block {block.height}: {error}") from error
        app_hash = self.store.apply(block.height, self._writes(overlay), block_note(block))
        self._pending, self._finalized_txs = block, request.txs
        return BlockResult(tx_results=results, events=tuple(events), validator_updates=updates, app_hash=app_hash)

    def _run_transactions(self, ctx: Context, request: BlockRequest) -> tuple[ExecTxResult, ...]:
        """Execute a block's transactions on the state of `ctx` and collect what they paid."""
        results: list[ExecTxResult] = []
        payments: list[Payment] = []
        with verified_ahead(self._spare, self._admission, ctx, request.txs):
            for data in request.txs:
                executed = execution.execute(self._admission, ctx.state, request.block, data)
                results.append(executed.result)
                if executed.payment is not None:
                    payments.append(executed.payment)
                ctx.dues.extend(executed.dues)
        self.chain.collect(ctx, tuple(payments))
        return tuple(results)

    def _writes(self, overlay: Overlay) -> dict[str, dict[bytes, bytes | None]]:
        if self._genesis is None:
            return overlay.writes
        merged = {name: dict(entries) for name, entries in self._genesis.writes.items()}
        for name, entries in overlay.writes.items():
            merged.setdefault(name, {}).update(entries)
        return merged

    def commit(self) -> None:
        """Make the finalized block durable in one atomic write."""
        if self._pending is None:
            raise InvariantBroken("commit without a finalized block")
        self.store.commit()
        self._last, self._next = self._pending, _after(self._pending)
        self._pending = self._genesis = None
        self._check = self.store.reader()
        self._upgrading, self._readable_from = self._upgrade_state()
        self._admission.new_state()
        for data in self._finalized_txs:
            self._admission.forget(data)
        self._finalized_txs = ()

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer from committed state; height 0 is the newest, or with proof the newest whose root is in a header.

        Raises: BudgetSpent when the query would do more than this machine allows.
        """
        latest = self.store.version
        try:
            if path == simulation.PATH:
                self._refuse_while_upgrading()
                value = simulation.simulate(self._admission, Overlay(self._base()), self._next, data)
                return QueryResult(value=value, height=max(latest, 1))
            if not latest:
                raise InvalidHeight("no block is committed yet: ask again after the first block: invalid height")
            asked = Asked(path, data, height or (max(latest - 1, 1) if prove else latest), prove)
            return self._answers.get(asked) or self._answer(asked)
        except RuleViolation as error:
            return queries.refused(error, latest)

    def _answer(self, asked: Asked) -> QueryResult:
        path, data, height, prove = asked
        if path.startswith(("/store/", "store/")):
            answer = queries.read_store(self.chain, self.store, path, data, height, prove=prove)
        elif 0 <= height < self._readable_from:
            raise InvalidHeight(
                f"states before height {self._readable_from} are those of an earlier version of qos: "
                "ask a node that runs it: invalid height"
            )
        else:
            answer = queries.answer(self.chain, self.store, path, data, height, self._query_reads)
        self._answers.put(asked, answer)
        return answer

    def check_invariants(self, ctx: ReadContext | None = None) -> None:
        """Run every invariant of every module. Raises: InvariantBroken."""
        ctx = ctx or ReadContext(self.store.reader(), self._last)
        for module in self.chain.modules:
            for invariant in module.invariants:
                invariant(ctx)

    def _upgrade(self, ctx: Context) -> None:
        """Make the upgrade this block is planned for. Raises: WrongVersion."""
        if not self._upgrading or self.chain.software is None:
            return
        self.chain.software.run(ctx)
        for module in self.chain.modules:
            if ctx.read(module.store, SENTINEL_KEY) is None:
                ctx.write(module.store, SENTINEL_KEY, ctx.block.chain_id.encode())

    def _upgrade_state(self) -> tuple[bool, int]:
        """Tell whether the next block makes an upgrade, and from which height on this build can read states."""
        software = self.chain.software
        if software is None:
            return False, 0
        ctx = ReadContext(self._check, self._last)
        return software.due(ctx, self._last.height + 1) is not None, software.readable_from(ctx)

    def _refuse_while_upgrading(self) -> None:
        if self._upgrading:
            raise UpgradeUnderWay(
                f"block {self._last.height + 1} upgrades the chain: send it again when that block is there"
            )

    def _base(self) -> Reader:
        return self._genesis if self._genesis is not None else self.store.reader()


def _after(last: BlockInfo) -> BlockInfo:
    """Return what is known by now of the block behind another: nothing can be in it before the time of that one."""
    return BlockInfo(chain_id=last.chain_id, height=last.height + 1, time_ns=last.time_ns)


def _committed_block(store: MultiStore) -> BlockInfo:
    """Return the block the store stands at."""
    if not store.version:
        return NO_BLOCK
    with store.at(store.version) as state:
        return noted_block(state.note(), state.version)
