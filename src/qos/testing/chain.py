"""One chain on one machine, without an engine: blocks when the test says so, virtual time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from qos.base.blocktime import SECOND_NS, parse_rfc3339
from qos.base.errors import RuleViolation
from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest, BlockResult, QueryResult
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.authority import GOVERNANCE, execute
from qos.machine.beginning import no_file
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo, Context, ReadContext
from qos.machine.gas import UNLIMITED, GasMeter
from qos.machine.machine import Machine
from qos.machine.module import Lines
from qos.machine.signatures_ahead import Spare
from qos.modules.assets.accounts.state import ACCOUNTS
from qos.modules.assets.bank import operations as bank
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay
from qos.testing.stake import with_validators
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, Key, Signer, key_of, transaction

R = TypeVar("R", bound=Record)
CHAIN_ID = "qos-1"
GENESIS_TIME = "2026-01-01T00:00:00Z"
ALICE, BOB, CAROL, DAVE = (key_of(name) for name in ("alice", "bob", "carol", "dave"))
PEOPLE = (ALICE, BOB, CAROL, DAVE)
PUBLIC_FEES = {
    "target_gas": str(MAX_BLOCK_GAS // 2),
    "base_fee_denominator": "8",
    "value_fee_ppm": "10",
    "value_fee_cap": str(10**18),
}
"""The fee parameters of a public chain beside the floor price (F1)."""

AUTHORITY = key_of("authority")
"""Who registers peers, until governance does."""

FUNDS = 10**24
"""What each of the people holds at genesis, in aqos."""


def genesis_document(
    chain: Chain = PUBLIC,
    *,
    chain_id: str = CHAIN_ID,
    funds: Mapping[Address, int] | None = None,
    gas_price: int = GAS_PRICE,
    fee_params: Mapping[str, object] | None = None,
    **app_state: object,
) -> dict[str, Any]:
    """Return a genesis with one validator; `funds` in aqos; `app_state` replaces whole modules' states.

    The price of gas stands still and transfers cost no value fee, unless `fee_params` names such parameters.
    """
    held = {key.address: FUNDS for key in PEOPLE} if funds is None else funds
    balances = [
        {"address": format_address(who), "coins": [{"denom": BASE_DENOM, "amount": str(amount)}]}
        for who, amount in held.items()
    ]
    metadata = {"base": BASE_DENOM, "display": "qos", "symbol": "QOS", "name": "QOS"}
    states: dict[str, object] = {module.name: {} for module in chain.modules}
    states["bank"] = {"assets": [{"denom": BASE_DENOM}], "denom_metadata": [metadata], "balances": balances}
    if "qcp" in states:
        states["qcp"] = {"params": {"authority": format_address(AUTHORITY.address), "dev": True}}
    params = {"denom": BASE_DENOM, "gas_price": str(gas_price), "value_fee_cap": "0"}
    states["fees"] = {"params": params | dict(fee_params or {})}
    document = {"chain_id": chain_id, "genesis_time": GENESIS_TIME, "app_state": states}
    made = with_validators(document, (b"v" * 32,))
    return made | {"app_state": made["app_state"] | app_state}


class VirtualChain:
    """Drives a machine through blocks five seconds apart, and runs every invariant after each."""

    def __init__(
        self,
        genesis: Mapping[str, object] | None = None,
        *,
        chain: Chain = PUBLIC,
        backend: MemoryBackend | None = None,
        keep_versions: int = 100,
        beside: Lines = no_file,
        spare: Spare | None = None,
    ) -> None:
        """Start from a genesis document and make the first block, or go on from what a backend holds."""
        document = genesis_document(chain) if genesis is None else genesis
        self.backend = backend or MemoryBackend()
        self.chain_id = str(document["chain_id"])
        self._genesis_ns = parse_rfc3339(GENESIS_TIME)
        self.operations: list[Callable[[Context], object]] = []
        """What runs at the beginning of the next block: things that no message of the chain does."""
        wired = self._with_operations(chain)
        store = MultiStore(self.backend, wired.stores, keep_versions=keep_versions)
        self.machine = Machine(wired, store, beside=beside, spare=spare)
        if self.height == 0:
            self.machine.init_chain(json.dumps(document).encode())
            self.run_block()

    def _with_operations(self, chain: Chain) -> Chain:
        first, *others = chain.modules
        before = first.begin_block

        def begin(ctx: Context) -> None:
            if before is not None:
                before(ctx)
            for operation in self.operations:
                operation(ctx)

        return replace(chain, modules=(replace(first, begin_block=begin), *others))

    @property
    def height(self) -> int:
        """Height of the newest committed block."""
        return self.machine.info().height

    @property
    def app_hash(self) -> bytes:
        """App hash of the newest committed block."""
        return self.machine.info().app_hash

    def next_block(self) -> BlockInfo:
        """Return the block to be made next."""
        height = self.height + 1
        return BlockInfo(chain_id=self.chain_id, height=height, time_ns=self._genesis_ns + 5 * height * SECOND_NS)

    def run_block(self, *txs: bytes) -> BlockResult:
        """Finalize and commit a block that holds the transactions, whatever they are."""
        result = self.machine.finalize_block(BlockRequest(block=self.next_block(), txs=txs))
        self.machine.commit()
        self.operations.clear()
        self.machine.check_invariants()
        return result

    def idle_hash(self) -> bytes:
        """Return the app hash that the next block would have without transactions."""
        return self.machine.finalize_block(BlockRequest(block=self.next_block(), txs=())).app_hash

    def state(self) -> ReadContext:
        """Return the committed state."""
        block = BlockInfo(chain_id=self.chain_id, height=self.height, time_ns=self.next_block().time_ns)
        return ReadContext(self.machine.store.reader(), block)

    def scratch(self, gas: int = UNLIMITED) -> Context:
        """Return a context over the committed state whose changes are lost."""
        routes = self.machine.chain.messages
        return Context(Overlay(self.machine.store.reader()), self.next_block(), GasMeter(gas), [], routes=routes)

    def signer(self, key: Key, *, ahead: int = 0) -> Signer:
        """Return a key with its account's number and its sequence, `ahead` of the committed one."""
        account = ACCOUNTS.get(self.state(), key.address)
        if not isinstance(account, BaseAccount):
            return Signer(key=key, number=0, sequence=ahead)
        return Signer(key=key, number=account.account_number, sequence=account.sequence + ahead)

    def tx(self, key: Key, *messages: Record, ahead: int = 0, gas: int = GAS_LIMIT, price: int = GAS_PRICE) -> bytes:
        """Return a transaction by one key that is good at the committed state."""
        return transaction(self.chain_id, (self.signer(key, ahead=ahead),), *messages, gas=gas, price=price)

    def balance(self, address: Address, denom: str = BASE_DENOM) -> int:
        """Return what an account holds."""
        return bank.balance(self.state(), address, denom)

    def query(self, path: str, request: Record, kind: type[R], *, height: int = 0) -> R:
        """Ask a module query that must succeed."""
        return codec.decode(kind, self.ask(path, request, height=height).value)

    def ask(self, path: str, request: Record, *, height: int = 0) -> QueryResult:
        """Ask a module query, whatever comes of it."""
        return self.machine.query(path, codec.encode(request), height, prove=False)


def by_governance(ctx: Context, message: Record) -> RuleViolation | None:
    """Execute a message as an accepted proposal does; returns what refused it."""
    return execute(ctx, (codec.pack(message),), GOVERNANCE, 10**6).violation


def code_of(error: type[RuleViolation]) -> tuple[str, int]:
    """Return codespace and number of an error."""
    return error.code.codespace, error.code.number


def expect(result: ExecTxResult, error: type[RuleViolation] | None) -> None:
    """Fail unless a transaction was refused with this error, or did well for None."""
    assert (result.codespace, result.code) == (("", 0) if error is None else code_of(error)), result.log
