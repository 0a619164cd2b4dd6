"""Holders too many for a genesis document stand in a file beside it: the same state, the same rules, exact sums."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.beginning import no_file
from qos.machine.context import BlockInfo
from qos.machine.genesis import BadGenesis
from qos.machine.machine import Machine
from qos.modules.assets.bank.holdings import Reading, line_of
from qos.proto.json import to_json
from qos.proto.records.cosmos_bank_v1beta1 import Balance
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, send

TOKEN = "qsc/ABC"
HOLDERS = [Address(sha256(b"%d" % number).digest()[:20]) for number in range(60)]
FIRST = {"chain_id": "qos-1", "genesis_time": "2026-01-01T00:00:00Z"}


def lines() -> list[bytes]:
    """Return a file: sixty holders, Alice with two assets, Bob."""
    held = [line_of(holder, BASE_DENOM, 1000 + place) for place, holder in enumerate(HOLDERS)]
    held += [line_of(key.address, BASE_DENOM, FUNDS) for key in (ALICE, BOB)]
    return sorted([*held, line_of(ALICE.address, TOKEN, 7)])


def named(file: list[bytes]) -> dict[str, Any]:
    reading = Reading()
    list(reading.holdings(iter(file)))
    shown: Any = to_json(reading.found())
    return dict(shown)


def document(**holdings: Any) -> dict[str, Any]:
    """Return a genesis that names the file; Carol stands in the document itself."""
    made = genesis_document(funds={CAROL.address: FUNDS})
    bank = made["app_state"]["bank"]
    bank["assets"] = [{"denom": BASE_DENOM}, {"id": "1", "denom": TOKEN, "issuer": format_address(BOB.address)}]
    bank["holdings"] = named(lines()) | holdings
    return made


def begin(genesis: dict[str, Any], file: list[bytes] | None = None) -> Machine:
    """Load a genesis beside a file, given as lines; without one the file of these tests."""
    held = lines() if file is None else file
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores), beside=lambda: iter(held))
    machine.init_chain(json.dumps(genesis).encode())
    return machine


def test_the_state_is_that_of_a_document_with_the_same_balances() -> None:
    """Accounts, numbers, balances and supplies, to the byte."""
    plain = document()
    bank = plain["app_state"]["bank"]
    del bank["holdings"]
    people = sorted({bytes.fromhex(line[:40].decode()) for line in lines()})
    coins: dict[bytes, list[Coin]] = {person: [] for person in people}
    for line in lines():
        digits, denom, amount = line.split()
        coins[bytes.fromhex(digits.decode())].append(Coin(denom=denom.decode(), amount=int(amount)))
    held = [to_json(Balance(address=Address(who), coins=tuple(has))) for who, has in coins.items()]
    bank["balances"] = [*held, *bank["balances"]]
    ours = VirtualChain(document(), beside=lambda: iter(lines()))
    theirs = VirtualChain(plain)
    for name in PUBLIC.stores:
        assert list(ours.state().scan(name, b"", None)) == list(theirs.state().scan(name, b"", None))


def test_its_holders_send_like_any_other() -> None:
    chain = VirtualChain(document(), beside=lambda: iter(lines()))
    before = chain.balance(HOLDERS[3])
    result = chain.run_block(
        chain.tx(ALICE, send(ALICE.address, HOLDERS[3], 5)), chain.tx(CAROL, send(CAROL.address, BOB.address, 9))
    )
    assert [each.code for each in result.tx_results] == [0, 0]
    assert chain.balance(HOLDERS[3]) == before + 5
    assert chain.balance(BOB.address) == FUNDS + 9
    assert chain.balance(ALICE.address) == FUNDS - 5 - GAS_LIMIT * GAS_PRICE
    assert chain.balance(ALICE.address, TOKEN) == 7


def test_every_node_comes_to_the_same_state_also_after_a_restart_before_block_one() -> None:
    """The file is read at the first start only; what was checked is not checked again."""
    block = BlockRequest(block=BlockInfo(chain_id="qos-1", height=1, time_ns=1_767_225_605 * 10**9), txs=())
    hashes = {begin(document()).finalize_block(block).app_hash}
    backend = MemoryBackend()
    genesis = json.dumps(document()).encode()
    Machine(PUBLIC, MultiStore(backend, PUBLIC.stores), beside=lambda: iter(lines())).init_chain(genesis)
    again = Machine(PUBLIC, MultiStore(backend, PUBLIC.stores), beside=no_file)
    again.init_chain(genesis)
    hashes.add(again.finalize_block(block).app_hash)
    again.commit()
    hashes.add(again.info().app_hash)
    restarted = Machine(PUBLIC, MultiStore(backend, PUBLIC.stores), beside=no_file)
    hashes.add(restarted.info().app_hash)
    assert len(hashes) == 1
    restarted.check_invariants()


def test_another_document_over_the_same_file_is_checked_anew() -> None:
    backend = MemoryBackend()
    first = Machine(PUBLIC, MultiStore(backend, PUBLIC.stores), beside=lambda: iter(lines()))
    first.init_chain(json.dumps(document()).encode())
    other = document()
    other["app_state"]["bank"]["balances"][0]["coins"][0]["amount"] = "5"
    ran: list[bool] = []
    modules = (replace(PUBLIC.modules[0], invariants=(lambda ctx: ran.append(True),)), *PUBLIC.modules[1:])
    watched = Machine(replace(PUBLIC, modules=modules), MultiStore(backend, PUBLIC.stores), beside=no_file)
    watched.init_chain(json.dumps(document()).encode())
    assert not ran
    watched.init_chain(json.dumps(other).encode())
    assert ran


def test_a_document_without_a_file_forgets_what_was_laid() -> None:
    backend = MemoryBackend()
    first = Machine(PUBLIC, MultiStore(backend, PUBLIC.stores), beside=lambda: iter(lines()))
    first.init_chain(json.dumps(document()).encode())
    block = BlockRequest(block=BlockInfo(chain_id="qos-1", height=1, time_ns=1_767_225_605 * 10**9), txs=())
    plain = json.dumps(genesis_document()).encode()
    second = Machine(PUBLIC, MultiStore(backend, PUBLIC.stores))
    second.init_chain(plain)
    fresh = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    fresh.init_chain(plain)
    assert second.finalize_block(block).app_hash == fresh.finalize_block(block).app_hash


def swapped() -> list[bytes]:
    file = lines()
    file[3], file[4] = file[4], file[3]
    return file


def changed(old: bytes, new: bytes) -> list[bytes]:
    return [line.replace(old, new) for line in lines()]


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (lines()[:-1], "SHA-256"),
        ([], "SHA-256"),
        (swapped(), "line 5 .* does not follow"),
        ([lines()[0], *lines()], "line 2 .* does not follow"),
        (changed(b"aqos 1007", b"aqos 01007"), "malformed"),
        (changed(b"aqos 1007", b"aqos 0"), "malformed"),
        (changed(b"aqos 1007", b"aqos -1007"), "malformed"),
        (changed(b" aqos 1007", b"  aqos 1007"), "malformed"),
        (changed(b"aqos 1007", b"aqos 1008"), "SHA-256"),
        ([*lines(), b"f" * 300], "malformed"),
        ([*lines()[:-1], lines()[-1].rstrip()], "malformed"),
    ],
)
def test_no_other_file_is_believed(file: list[bytes], sentence: str) -> None:
    with pytest.raises(BadGenesis, match=sentence):
        begin(document(), file)


def test_a_file_that_changes_between_two_readings_is_refused() -> None:
    files = iter((lines(), lines()[:-1]))

    def beside() -> Iterator[bytes]:
        return iter(next(files))

    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores), beside=beside)
    with pytest.raises(BadGenesis, match="SHA-256"):
        machine.init_chain(json.dumps(document()).encode())


def test_a_missing_file_is_said() -> None:
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    with pytest.raises(BadGenesis, match="put it there"):
        machine.init_chain(json.dumps(document()).encode())


def listed_twice(genesis: Any) -> None:
    coins = [{"denom": BASE_DENOM, "amount": "1"}]
    genesis["app_state"]["bank"]["balances"].append({"address": format_address(HOLDERS[0]), "coins": coins})


def account_twice(genesis: Any) -> None:
    account = {"address": format_address(HOLDERS[0]), "account_number": "900"}
    genesis["app_state"]["accounts"] = {"accounts": [account]}


def number_taken(genesis: Any) -> None:
    account = {"address": format_address(CAROL.address), "account_number": "61"}
    genesis["app_state"]["accounts"] = {"accounts": [account]}


def asset_missing(genesis: Any) -> None:
    genesis["app_state"]["bank"]["assets"].pop()


def too_much(genesis: Any) -> None:
    genesis["app_state"]["bank"]["balances"][0]["coins"][0]["amount"] = str(10**28)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (listed_twice, "stands twice"),
        (account_twice, "stands twice"),
        (number_taken, "0 to 61 are those of the file"),
        (asset_missing, "not listed"),
        (too_much, "exceeds its maximum"),
    ],
)
def test_file_and_document_may_not_contradict_each_other(change: Callable[[Any], None], sentence: str) -> None:
    genesis = document()
    change(genesis)
    with pytest.raises(BadGenesis, match=sentence):
        begin(genesis)


@pytest.mark.parametrize(
    ("holdings", "sentence"),
    [
        ({"accounts": "61"}, "the document says 61"),
        ({"total": [{"denom": BASE_DENOM, "amount": "5"}]}, "the document says 62"),
        ({"total": [{"denom": TOKEN, "amount": "7"}, {"denom": BASE_DENOM, "amount": "5"}]}, "in order"),
        ({"sha256": "AB" * 32}, "lower case"),
        ({"sha256": "ab"}, "64 hexadecimal"),
    ],
)
def test_the_document_says_exactly_what_the_file_holds(holdings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadGenesis, match=sentence):
        begin(document(**holdings))


def test_numbers_of_the_document_follow_those_of_the_file() -> None:
    genesis = document()
    account = {"address": format_address(CAROL.address), "account_number": "62"}
    genesis["app_state"]["accounts"] = {"accounts": [account]}
    chain = VirtualChain(genesis, beside=lambda: iter(lines()))
    assert chain.signer(CAROL).number == 62
    assert chain.signer(ALICE).number == sorted(line[:40] for line in lines() if b"aqos" in line).index(
        ALICE.address.hex().encode()
    )
