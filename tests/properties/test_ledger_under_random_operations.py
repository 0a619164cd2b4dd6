"""Random blocks on one chain: the supply and every other invariant after each, and money nowhere made or lost."""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.machine.abci import BlockRequest
from qos.machine.context import Context
from qos.machine.scope import attempt
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.state import SUPPLY
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto.records.cosmos_bank_v1beta1 import Input, Metadata, MsgMultiSend, Output
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.testing.chain import FUNDS, PEOPLE, VirtualChain
from qos.testing.transactions import GAS_PRICE, Key, send

DENOMS = ("aqos", "qsc/ABC", "qsc/DEF")
people = st.sampled_from(PEOPLE)
takers = st.sampled_from([*(key.address for key in PEOPLE), COLLECTOR, *(Address(bytes([n]) * 20) for n in range(5))])
denoms = st.sampled_from(DENOMS)
amounts = st.integers(1, 50) | st.sampled_from([0, -1, FUNDS, FUNDS // 2, 2**256 - 1])
gases = st.sampled_from([40_000, 100_000]) | st.integers(1, 40_000)


class Ledger(RuleBasedStateMachine):
    """Rules put transactions and operations into the next block; another one makes it."""

    @initialize()
    def start(self) -> None:
        self.chain = VirtualChain()
        self.chain.operations += [
            _one(bank.create_asset, Metadata(base=denom), PEOPLE[0].address) for denom in DENOMS[1:]
        ]
        self.chain.operations += [
            _one(bank.mint, key.address, Coin(denom=denom, amount=100)) for denom in DENOMS[1:] for key in PEOPLE
        ]
        self.chain.run_block()
        self.txs: list[bytes] = []
        self.waiting: dict[Key, int] = {}

    def _add(self, key: Key, message: Any, gas: int, price: int, skipped: int) -> None:
        ahead = self.waiting.get(key, 0)
        self.txs.append(self.chain.tx(key, message, ahead=ahead + skipped, gas=gas, price=price))
        self.waiting[key] = ahead + (1 if price >= GAS_PRICE and not skipped else 0)

    @rule(
        key=people,
        taker=takers,
        denom=denoms,
        amount=amounts,
        gas=gases,
        price=st.sampled_from([GAS_PRICE] * 5 + [GAS_PRICE - 1, GAS_PRICE + 1]),
        skipped=st.sampled_from([0] * 6 + [1]),
    )
    def send(self, key: Key, taker: Address, denom: str, amount: int, gas: int, price: int, skipped: int) -> None:
        self._add(key, send(key.address, taker, amount, denom), gas, price, skipped)

    @rule(key=people, outputs=st.lists(st.tuples(takers, denoms, amounts), min_size=1, max_size=4), off=st.booleans())
    def multi_send(self, key: Key, outputs: list[tuple[Address, str, int]], off: bool) -> None:
        totals: dict[str, int] = {}
        for _, denom, amount in outputs:
            totals[denom] = totals.get(denom, 0) + amount
        given = tuple(Coin(denom=denom, amount=totals[denom] + off) for denom in sorted(totals))
        if any(abs(coin.amount) >= 2**256 for coin in given):
            return
        message = MsgMultiSend(
            inputs=(Input(address=key.address, coins=given),),
            outputs=tuple(
                Output(address=taker, coins=(Coin(denom=denom, amount=amount),)) for taker, denom, amount in outputs
            ),
        )
        self._add(key, message, 100_000, GAS_PRICE, 0)

    @rule(junk=st.binary(max_size=40))
    def send_junk(self, junk: bytes) -> None:
        self.txs.append(junk)

    @rule(
        key=people, denom=denoms, amount=st.integers(1, 60), act=st.sampled_from(["mint", "burn", "freeze", "unfreeze"])
    )
    def operate(self, key: Key, denom: str, amount: int, act: str) -> None:
        self.chain.operations.append(_one(getattr(bank, act), key.address, Coin(denom=denom, amount=amount)))

    @rule(denom=st.sampled_from(DENOMS[1:]), paused=st.booleans())
    def pause(self, denom: str, paused: bool) -> None:
        self.chain.operations.append(lambda ctx: bank.set_paused(ctx, denom, paused=paused))

    @rule(rounds=st.integers(1, 3))
    def make_block(self, rounds: int) -> None:
        request = BlockRequest(block=self.chain.next_block(), txs=tuple(self.txs))
        other_rounds = [self.chain.machine.finalize_block(request) for _ in range(rounds - 1)]
        before = dict(SUPPLY.items(self.chain.state()))
        minted = any(self.chain.operations)
        result = self.chain.run_block(*self.txs)
        assert all(other == result for other in other_rounds)
        assert len(result.tx_results) == len(self.txs)
        assert minted or dict(SUPPLY.items(self.chain.state())) == before
        self.txs, self.waiting = [], {}

    @invariant()
    def nobody_owes(self) -> None:
        self.chain.machine.check_invariants()


def _one(operation: Callable[..., object], *arguments: object) -> Callable[[Context], None]:
    """Return a step that does an operation or, when a rule forbids it, nothing."""

    def step(ctx: Context) -> None:
        outcome = attempt(ctx, lambda inner: operation(inner, *arguments))
        assert outcome.ok or isinstance(outcome.violation, RuleViolation)

    return step


Ledger.TestCase.settings = settings(max_examples=min(300, settings().max_examples), stateful_step_count=60)
TestLedger = Ledger.TestCase
