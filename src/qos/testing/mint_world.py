"""Issuance alone: the rules of the mint over an overlay, with blocks at whatever time the test says."""

from collections.abc import Iterable, Mapping

from qos.base.amounts import E18
from qos.base.blocktime import MILLISECOND_NS, parse_rfc3339, rfc3339
from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.context import BlockInfo, Context, ReadContext
from qos.machine.gas import UNLIMITED, GasMeter
from qos.modules.assets.bank import genesis as bank_genesis
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.mint import genesis, operations, phases
from qos.modules.economics.mint.paper import GENESIS_SUPPLY
from qos.proto.json import from_json
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_bank_v1 import GenesisState as BankState
from qos.proto.records.qos_mint_v1 import GenesisState, Phase
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay

STORES = {"acc": 1, "bank": 2, "mint": 11}
HOLDER = Address(b"h" * 20)
GENESIS_NS = parse_rfc3339("2026-01-01T00:00:00Z")
GENESIS_MS = GENESIS_NS // MILLISECOND_NS


def written(listed: Iterable[Phase]) -> list[dict[str, str]]:
    """Return phases as genesis writes them."""
    return [
        {
            "endtime": rfc3339(each.endtime),
            "total_amount": str(each.total_amount),
            "applied_amount": str(each.applied_amount),
        }
        for each in listed
    ]


def digits(aqos: int, count: int) -> str:
    """Write an amount in QOS to so many decimal digits, the rest cut off."""
    return f"{aqos // E18}.{aqos % E18:018d}"[: len(str(aqos // E18)) + 1 + count]


class MintWorld:
    """Mints block after block; what was minted is paid to HOLDER before the next one."""

    def __init__(
        self,
        inflation_phrases: Iterable[Phase],
        *,
        supply: int = GENESIS_SUPPLY,
        genesis_ms: int = GENESIS_MS,
        start_ms: int | None = None,
        **state: object,
    ) -> None:
        """Load genesis as a chain does; the first phase begins at `start_ms`, or at genesis."""
        self._overlay = Overlay(MultiStore(MemoryBackend(), STORES).reader())
        self.height = 0
        ctx = self.context(genesis_ms)
        bank_genesis.load(ctx, from_json(BankState, {"assets": [{"denom": BASE_DENOM}]}))
        if supply:
            bank.mint(ctx, HOLDER, Coin(denom=BASE_DENOM, amount=supply))
        document: Mapping[str, object] = {"inflation_phrases": written(inflation_phrases), **state}
        if start_ms is not None:
            document = {**document, "start": rfc3339(start_ms * MILLISECOND_NS)}
        genesis.load(ctx, from_json(GenesisState, document))

    def context(self, time_ms: int, sub_ms: int = 0) -> Context:
        """Return a context that writes to this world at a time."""
        time_ns = time_ms * MILLISECOND_NS + sub_ms
        block = BlockInfo(chain_id="qos-1", height=self.height, time_ns=time_ns)
        return Context(self._overlay, block, GasMeter(UNLIMITED), [])

    def block(self, time_ms: int, sub_ms: int = 0) -> int:
        """Make a block at a time and return what it minted; `sub_ms` are nanoseconds beside."""
        self.height += 1
        ctx = self.context(time_ms, sub_ms)
        before = operations.last_minted(ctx)
        if before:
            bank.move(ctx, operations.MINTED, HOLDER, Coin(denom=BASE_DENOM, amount=before))
        operations.mint_block(ctx)
        return operations.last_minted(ctx)

    def phases(self) -> tuple[Phase, ...]:
        """Return the phases as they stand."""
        return phases.all_phases(self.context(0))

    def supply(self) -> int:
        """Return how much QOS there is."""
        return bank.supply(self.context(0), BASE_DENOM)

    def check(self) -> None:
        """Run the invariants. Raises: InvariantBroken."""
        for invariant in genesis.INVARIANTS:
            invariant(ReadContext(self._overlay, self.context(0).block))
