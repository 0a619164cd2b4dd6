import json
from collections.abc import Callable
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.errors import RuleViolation
from qos.base.identifiers import Address, format_address, module_address
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo
from qos.machine.machine import Machine
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL, COMMUNITY_POOL_NAME
from qos.modules.economics.fees.operations import COLLECTOR
from qos.modules.validators.staking.state import PAST
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, FUNDS, PEOPLE, VirtualChain, genesis_document
from qos.testing.stake import POWER
from qos.testing.transactions import send

TOKEN = "qsc/ABC"
A, B = format_address(ALICE.address), format_address(BOB.address)


def lived() -> VirtualChain:
    """Return a chain that has been used: a token, a frozen part, a pause, a burnt-out asset, used keys."""
    chain = VirtualChain()
    chain.operations += [
        lambda ctx: bank.create_asset(ctx, Metadata(base=TOKEN, symbol="ABC"), BOB.address),
        lambda ctx: bank.create_asset(ctx, Metadata(base="qsc/AAA"), Address(b"")),
        lambda ctx: bank.mint(ctx, ALICE.address, Coin(denom=TOKEN, amount=10)),
        lambda ctx: bank.mint(ctx, ALICE.address, Coin(denom="qsc/AAA", amount=1)),
        lambda ctx: bank.burn(ctx, ALICE.address, Coin(denom="qsc/AAA", amount=1)),
        lambda ctx: bank.freeze(ctx, ALICE.address, Coin(denom=TOKEN, amount=4)),
        lambda ctx: bank.set_paused(ctx, TOKEN, paused=True),
        lambda ctx: accounts.ensure(ctx, Address(b"n" * 20)),
    ]
    chain.run_block(
        chain.tx(ALICE, send(ALICE.address, BOB.address, 5)), chain.tx(BOB, send(BOB.address, COLLECTOR, 5))
    )
    chain.run_block()  # what the block before collected is paid
    return chain


def exported(chain: VirtualChain) -> dict[str, Any]:
    """Return a genesis with the state a chain is at."""
    state: dict[str, Any] = json.loads(json.dumps(chain.machine.export_genesis()))
    return genesis_document(**state)


def states(chain: VirtualChain) -> dict[str, Any]:
    """Return all stores' contents as stored, without versions, which trees know, and headers, which hold app hashes."""
    reader = chain.machine.store.reader()
    stored = {name: list(reader.scan(name, b"", None)) for name in chain.machine.chain.stores}
    return stored | {"staking": [pair for pair in stored["staking"] if not pair[0].startswith(PAST.prefix)]}


def test_import_and_export_return_the_same() -> None:
    first = lived()
    second = VirtualChain(exported(first))
    assert exported(second) == exported(first)
    assert states(second) == states(first)


def test_two_imports_of_one_export_agree_on_every_app_hash_from_then_on() -> None:
    second = VirtualChain(exported(lived()))
    third = VirtualChain(exported(second))
    for _ in range(3):
        assert second.app_hash == third.app_hash
        tx = second.tx(ALICE, send(ALICE.address, BOB.address, 1))
        assert second.run_block(tx) == third.run_block(tx)


def test_an_imported_chain_goes_on_as_the_old_one_would_have() -> None:
    old = lived()
    new = VirtualChain(exported(old))
    for _ in range(2):
        new.run_block()  # the quote remembers when blocks were: both go on at the same time
    txs = [
        old.tx(ALICE, send(ALICE.address, BOB.address, 1)),
        old.tx(ALICE, send(ALICE.address, BOB.address, 1, TOKEN)),
    ]
    assert old.run_block(*txs).tx_results == new.run_block(*txs).tx_results
    assert states(old) == states(new)


def bank_state(**changes: object) -> dict[str, Any]:
    state: dict[str, Any] = genesis_document()["app_state"]["bank"]
    return state | changes


def account(address: str = A, number: str = "0", **more: object) -> dict[str, Any]:
    return {"address": address, "account_number": number} | more


def module(name: str, address: Address, number: str = "9") -> dict[str, Any]:
    return {"name": name, "base_account": {"address": format_address(address), "account_number": number}}


def holding(amount: str = "1", address: str = A, denom: str = "aqos") -> dict[str, Any]:
    return {"address": address, "coins": [{"denom": denom, "amount": amount}]}


REFUSED: dict[str, Callable[[], dict[str, Any]]] = {
    "account without address": lambda: {"accounts": {"accounts": [account("")]}},
    "account twice": lambda: {"accounts": {"accounts": [account(), account(number="1")]}},
    "number twice": lambda: {"accounts": {"accounts": [account(), account(B)]}},
    "number shared with a module": lambda: {
        "accounts": {"accounts": [account(number="9")], "module_accounts": [module("x", module_address("x"))]},
    },
    "module at a person's address": lambda: {"accounts": {"module_accounts": [module("x", ALICE.address)]}},
    "module without account": lambda: {"accounts": {"module_accounts": [{"name": "x"}]}},
    "module without name": lambda: {"accounts": {"module_accounts": [module("", ALICE.address)]}},
    "collector as a plain account": lambda: {"accounts": {"accounts": [account(format_address(COLLECTOR))]}},
    "collector made by a balance": lambda: {"bank": bank_state(balances=[holding(address=format_address(COLLECTOR))])},
    "negative number": lambda: {"accounts": {"accounts": [account(number="-1")]}},
    "asset out of order": lambda: {"bank": bank_state(assets=[{"denom": "aqos", "id": "1"}])},
    "asset twice": lambda: {"bank": bank_state(assets=[{"denom": "aqos"}, {"denom": "aqos", "id": "1"}])},
    "asset without name": lambda: {"bank": bank_state(assets=[{"denom": ""}])},
    "asset of a bad name": lambda: {"bank": bank_state(assets=[{"denom": "a b"}], denom_metadata=[])},
    "metadata of no asset": lambda: {"bank": bank_state(assets=[])},
    "metadata twice": lambda: {"bank": bank_state(denom_metadata=[{"base": "aqos"}, {"base": "aqos"}])},
    "balance of nobody": lambda: {"bank": bank_state(balances=[holding(address="")])},
    "balance of no asset": lambda: {"bank": bank_state(balances=[holding(denom="qsc/NONE")])},
    "balance twice": lambda: {"bank": bank_state(balances=[holding(), holding()])},
    "balance of zero": lambda: {"bank": bank_state(balances=[holding("0")])},
    "negative balance": lambda: {"bank": bank_state(balances=[holding("-1")])},
    "more coins than ever": lambda: {"bank": bank_state(balances=[holding(str(10**28 + 1))])},
    "balance beyond 256 bits": lambda: {"bank": bank_state(balances=[holding(str(2**256))])},
    "frozen above the balance": lambda: {
        "bank": bank_state(frozen=[{"address": A, "denom": "aqos", "amount": str(FUNDS + 1)}]),
    },
    "frozen nothing": lambda: {"bank": bank_state(frozen=[{"address": A, "denom": "aqos", "amount": "0"}])},
    "frozen of nobody": lambda: {"bank": bank_state(frozen=[{"denom": "aqos", "amount": "1"}])},
    "frozen twice": lambda: {"bank": bank_state(frozen=[{"address": A, "denom": "aqos", "amount": "1"}] * 2)},
    "no fee rules": lambda: {"fees": {}},
    "fees in nothing": lambda: {"fees": {"params": {"denom": ""}}},
    "fees in a bad name": lambda: {"fees": {"params": {"denom": "?", "gas_price": "1"}}},
    "negative price": lambda: {"fees": {"params": {"denom": "aqos", "gas_price": "-1"}}},
    "price above its bound": lambda: {"fees": {"params": {"denom": "aqos", "gas_price": str(10**18 + 1)}}},
    "a price that is no number": lambda: {"fees": {"params": {"denom": "aqos", "gas_price": "1e3"}}},
    "an unknown field": lambda: {"fees": {"params": {"denom": "aqos", "gasprice": "1"}}},
    "an unknown module": lambda: {"fee": {}},
}


@pytest.mark.parametrize("state", REFUSED.values(), ids=REFUSED)
def test_a_state_no_chain_may_start_from_is_refused(state: Callable[[], dict[str, Any]]) -> None:
    with pytest.raises(RuleViolation):
        VirtualChain(genesis_document(**state()))


def test_the_largest_supply_and_price_are_accepted() -> None:
    rest = 10**28 - POWER * E18
    chain = VirtualChain(genesis_document(funds={ALICE.address: rest}, gas_price=10**18))
    assert chain.balance(ALICE.address) == rest


def test_a_module_account_may_be_listed_with_its_balance() -> None:
    listed = {"module_accounts": [module(COMMUNITY_POOL_NAME, COMMUNITY_POOL)]}
    people = {key.address: FUNDS for key in PEOPLE}
    chain = VirtualChain(genesis_document(funds={**people, COMMUNITY_POOL: 5}, accounts=listed))
    assert chain.balance(COMMUNITY_POOL) == 5
    result = chain.run_block(chain.tx(ALICE, send(ALICE.address, COMMUNITY_POOL, 1))).tx_results[0]
    assert result.codespace == "bank"


def test_a_chain_may_begin_above_height_one() -> None:
    document = genesis_document() | {"initial_height": "7"}
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    machine.init_chain(json.dumps(document).encode())
    machine.finalize_block(BlockRequest(block=BlockInfo(chain_id="qos-1", height=7, time_ns=0), txs=()))
    machine.commit()
    assert machine.info().height == 7
