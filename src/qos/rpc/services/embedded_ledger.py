"""The blocks of an engine in this process."""

from dataclasses import dataclass

from qos.engine.consensus_params import ConsensusParams
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.engine.embedded.producer import BLOCK_VERSION
from qos.engine.embedded.search import MAX_MATCHES, Position, TooManyMatches, search_transactions
from qos.engine.query_language import BadQuery, parse_query
from qos.machine.abci import CheckResult
from qos.proto.records.tendermint_types import Block, Validator
from qos.rpc.comet.chain_routes import COMET_VERSION, NO_CHANNELS, NO_PEERS_ADDRESS, P2P_VERSION, node_id
from qos.rpc.comet.node import MATCHES_HERE
from qos.rpc.ports import Place
from qos.rpc.reads import Reads
from qos.rpc.services.ledger import Found, Identity, NamedBlock, PlacedTx, Tip, Wish
from qos.rpc.services.reading import asked
from qos.rpc.services.status import CallRefused, Status
from qos.rpc.workers import WorkerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Positions:
    """Where the transactions of one page stand, and how many there are in all."""

    shown: tuple[Position, ...]
    total: int


class EmbeddedLedger:
    """Implements `ledger.Ledger`. `place` is where the engine runs; `workers` do long searches."""

    def __init__(
        self, engine: EmbeddedEngine, place: Place, rpc_address: str, workers: WorkerPool | None = None
    ) -> None:
        self._engine = engine
        self._place = place
        self._rpc_address = rpc_address
        self._workers = workers

    async def identity(self) -> Identity:
        """Return who the node is."""
        engine = self._engine
        return Identity(
            chain_id=engine.genesis.document.chain_id,
            node_id=node_id(engine.validator_key),
            moniker=engine.config.moniker,
            listen_addr=NO_PEERS_ADDRESS,
            channels=bytes.fromhex(NO_CHANNELS),
            engine_version=COMET_VERSION,
            p2p_version=P2P_VERSION,
            block_version=BLOCK_VERSION,
            app_version=engine.application.info().app_version,
            rpc_address=self._rpc_address,
        )

    async def tip(self) -> Tip:
        """Return how far the node is: it makes all blocks itself."""
        return Tip(height=self._engine.height, base=self._engine.store.base(), catching_up=False)

    async def params(self) -> ConsensusParams:
        """Return the limits of blocks; genesis sets them once."""
        return self._engine.genesis.params

    async def block(self, height: int) -> NamedBlock:
        """Return a stored block."""
        store = self._engine.store
        return NamedBlock(block_id=store.meta(height).block_id, block=store.block(height))

    async def validators(self, height: int) -> tuple[Validator, ...]:
        """Return who signs a height, at most one beyond the newest."""
        return self._engine.store.validators(height).validators

    async def transaction(self, tx_hash: bytes) -> PlacedTx | None:
        """Return the transaction with a hash."""
        found = self._engine.store.find_tx(tx_hash)
        return None if found is None else self._placed(self._engine.store.block(found[0]), found[1])

    async def search(self, wish: Wish) -> Found:
        """Return a page of the transactions that match; a long search is a reader process's. Raises: CallRefused."""
        found = await self._positions(wish)
        blocks: dict[int, Block] = {}
        for height, _ in found.shown:
            if height not in blocks:
                blocks[height] = self._engine.store.block(height)
        txs = tuple(self._placed(blocks[height], index) for height, index in found.shown)
        return Found(txs=txs, total=found.total)

    async def submit(self, tx: bytes) -> CheckResult:
        """Hand a transaction in; its code says whether it may wait."""
        return await self._place.run(_submit(self._engine, tx))

    def _placed(self, block: Block, index: int) -> PlacedTx:
        height = block.header.height
        result = self._engine.store.tx_result(height, index)
        return PlacedTx(height=height, tx=block.data.txs[index], result=result, time_ns=block.header.time)

    async def _positions(self, wish: Wish) -> _Positions:
        here = MAX_MATCHES if self._workers is None else MATCHES_HERE
        try:
            return _found(self._engine.store, wish, here)
        except TooManyMatches as error:
            if self._workers is None:
                raise CallRefused(Status.INVALID_ARGUMENT, str(error)) from None
        except BadQuery as error:
            raise CallRefused(Status.INVALID_ARGUMENT, str(error)) from None
        return await self._place.run(asked(self._workers, searched, wish))


async def _submit(engine: EmbeddedEngine, tx: bytes) -> CheckResult:
    return engine.submit(tx)


def searched(reads: Reads, wish: Wish) -> _Positions:
    """Search as far as any search goes. Raises: BadQuery."""
    return _found(reads.blocks, wish, MAX_MATCHES)


def _found(blocks: LmdbBlockStore, wish: Wish, at_most: int) -> _Positions:
    found = search_transactions(blocks, parse_query(wish.query), at_most)
    ordered = found[::-1] if wish.descending else found
    return _Positions(shown=tuple(ordered[wish.start : wish.start + wish.limit]), total=len(found))
