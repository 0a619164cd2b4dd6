"""`qos query ... --prove --witness URL`: a second node is asked, and a fork is refused with both hashes."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from qos.base.identifiers import format_address
from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.machine.machine import Machine
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, CHAIN_ID, genesis_document
from qos.testing.command_line import qos
from qos.testing.engine_worlds import seeds_of
from qos.testing.served_engine import Served, open_engine, serving
from qos.testing.stake import with_validators
from qos.testing.transactions import Signer, send, transaction

GENESIS = json.dumps(with_validators(genesis_document(), [ed25519.public_key(seed) for seed in seeds_of(1)])).encode()
BALANCE = ("query", "bank", "balance", format_address(BOB.address), "--denom", "aqos", "--prove")


def gift(amount: int, sequence: int = 0) -> bytes:
    message = send(ALICE.address, BOB.address, amount)
    return transaction(CHAIN_ID, (Signer(key=ALICE, number=0, sequence=sequence),), message)


def served(stack: ExitStack, folder: Path, *txs: bytes) -> Served:
    """Serve a chain of its own over one genesis and one validator key, with these transactions in blocks."""
    folder.mkdir()
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    node = stack.enter_context(serving(open_engine(folder, machine, genesis=GENESIS)))
    for tx in txs:
        answer = node.call("broadcast_tx_commit", tx=b64encode(tx).decode())
        assert answer["result"]["tx_result"]["code"] == 0, answer
    return node


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    with ExitStack() as stack:
        yield served(stack, tmp_path / "a", gift(1), gift(2, 1)), served(stack, tmp_path / "b", gift(3), gift(4, 1))


def address_of(node: Served) -> str:
    return str(node.http.base_url).rstrip("/")


def run(home: Path, *arguments: str) -> tuple[int, Any, str]:
    code, out, err = qos(*arguments, "--home", home, "--output", "json")
    return code, json.loads(out or "null"), err


def trust(node: Served, height: int) -> str:
    block_hash = node.get(f"/block?height={height}")["result"]["block_id"]["hash"]
    return f"{height}:{block_hash}"


def test_a_second_node_of_the_chain_confirms_a_proof_and_a_fork_is_refused(
    forks: tuple[Served, Served], tmp_path: Path
) -> None:
    one, other = forks
    node = ("--node", address_of(one), "--trust", trust(one, 2))
    again = address_of(one).replace("127.0.0.1", "localhost")
    code, answer, error = run(tmp_path, *BALANCE, *node, "--witness", again)
    assert code == 0, error
    assert answer["proof"]["witnesses"] == [again]
    kept = (tmp_path / "light" / f"{CHAIN_ID}.json").read_bytes()
    code, answer, error = run(tmp_path, *BALANCE, *node, "--witness", again, "--witness", address_of(other))
    assert (code, answer) == (1, None)
    said = json.loads(error)
    assert (said["codespace"], said["code"]) == ("client", 7)
    assert "two proven headers of height" in said["message"]
    assert address_of(other) in said["message"]
    assert "believe neither node" in said["next"]
    assert (tmp_path / "light" / f"{CHAIN_ID}.json").read_bytes() == kept


def test_what_makes_no_witness_is_told(forks: tuple[Served, Served], tmp_path: Path) -> None:
    one = address_of(forks[0])
    trusted = (*BALANCE, "--node", one, "--trust", trust(forks[0], 2))
    code, _, error = run(tmp_path, *trusted, "--witness", one)
    assert code == 2
    assert "no witness of itself" in error
    code, _, error = run(tmp_path, *BALANCE[:-1], "--node", one, "--witness", "http://127.0.0.1:1")
    assert code == 2
    assert "--witness goes with --prove" in error
    code, _, error = run(tmp_path, *trusted, "--witness", "http://127.0.0.1:1")
    assert code == 3
    assert "no answer from http://127.0.0.1:1" in error
