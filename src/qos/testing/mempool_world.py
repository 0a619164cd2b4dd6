"""A mempool before a machine, without an engine: blocks of what waits when the test says so."""

from collections.abc import Mapping

from qos.engine.mempool import Mempool, MempoolLimits
from qos.machine.abci import BlockResult, CheckResult
from qos.machine.proposal import MAX_BLOCK_BYTES
from qos.proto.record import Record
from qos.testing.chain import VirtualChain
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, Key, send


class MempoolWorld:
    """A chain and what waits for it."""

    def __init__(self, genesis: Mapping[str, object] | None = None, **limits: int) -> None:
        """Start a chain from a genesis; `limits` are fields of MempoolLimits."""
        self.chain = VirtualChain(genesis)
        self.mempool = Mempool(self.chain.machine, MempoolLimits(**limits))

    def tx(self, key: Key, *messages: Record, ahead: int = 0, gas: int = GAS_LIMIT, price: int = GAS_PRICE) -> bytes:
        """Return a transaction; without messages a transfer of one unit to oneself."""
        given = messages or (send(key.address, key.address, 1),)
        return self.chain.tx(key, *given, ahead=ahead, gas=gas, price=price)

    def submit(self, key: Key, *, ahead: int = 0, gas: int = GAS_LIMIT, price: int = GAS_PRICE) -> CheckResult:
        """Hand in a transfer."""
        return self.mempool.submit(self.tx(key, ahead=ahead, gas=gas, price=price))

    def block(self, max_bytes: int = MAX_BLOCK_BYTES) -> BlockResult:
        """Make a block of what waits, which this node must accept itself, and tell the mempool."""
        machine, info = self.chain.machine, self.chain.next_block()
        offered = self.mempool.candidates()
        chosen = tuple(machine.prepare_proposal([entry.tx for entry in offered], info, max_bytes))
        refusal = machine.process_proposal(chosen, info)
        if refusal:
            raise AssertionError(f"the proposal is refused: {refusal}")
        result = self.chain.run_block(*chosen)
        self.mempool.committed(chosen, info.height, offered)
        return result

    def foreign_block(self, *txs: bytes) -> BlockResult:
        """Make a block of other transactions than were offered and tell the mempool."""
        offered = self.mempool.candidates()
        result = self.chain.run_block(*txs)
        self.mempool.committed(txs, self.chain.height, offered)
        return result
