"""The same blocks give the same app hashes, whatever the process around them looks like."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.machine import Machine
from qos.modules.assets.bank import operations as bank
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, PEOPLE, VirtualChain, genesis_document
from qos.testing.hosts import HOSTS, lines_of
from qos.testing.transactions import send


def blocks() -> list[str]:
    """Run some blocks; return every app hash in hex, each with the results of its block."""
    chain = VirtualChain()
    hashes = [chain.app_hash.hex(), ""]
    chain.operations += [
        lambda ctx: bank.create_asset(ctx, Metadata(base="qsc/ABC"), BOB.address),
        lambda ctx: bank.mint(ctx, ALICE.address, Coin(denom="qsc/ABC", amount=10)),
        lambda ctx: bank.freeze(ctx, ALICE.address, Coin(denom="qsc/ABC", amount=4)),
    ]
    for height in range(6):
        txs = [
            chain.tx(giver, send(giver.address, Address(bytes([height, number]) * 10), 10**number), gas=30_000 + number)
            for number, giver in enumerate(PEOPLE)
        ]
        txs += [chain.tx(ALICE, send(ALICE.address, BOB.address, 3, "qsc/ABC"), ahead=1), b"no transaction"]
        result = chain.run_block(*txs)
        hashes += [result.app_hash.hex(), repr(result.tx_results)]
    return hashes


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host["TZ"])
def test_hash_seed_time_zone_and_locale_change_nothing(host: dict[str, str]) -> None:
    here = blocks()
    assert len(set(here[::2])) == len(here[::2])
    assert lines_of(host, [str(Path(__file__).resolve())]) == here


def test_a_block_finalized_in_several_rounds_is_the_block_of_the_last_one() -> None:
    chain, plain = VirtualChain(), VirtualChain()
    good, other = chain.tx(ALICE, send(ALICE.address, BOB.address, 5)), chain.tx(BOB, send(BOB.address, BOB.address, 1))
    for txs in ((other,), (), (other, good), (good, good)):
        first = chain.machine.finalize_block(BlockRequest(block=chain.next_block(), txs=txs))
        again = chain.machine.finalize_block(BlockRequest(block=chain.next_block(), txs=txs))
        assert first == again
        chain.machine.check_tx(good)
        assert chain.balance(ALICE.address) == plain.balance(ALICE.address)
    assert chain.run_block(good) == plain.run_block(good)
    assert chain.app_hash == plain.app_hash


def test_a_genesis_finalized_in_several_rounds_gives_the_same_first_block() -> None:
    plain = VirtualChain()
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    machine.init_chain(json.dumps(genesis_document()).encode())
    tx = plain.tx(ALICE, send(ALICE.address, BOB.address, 5))
    # The time of a block is part of the state, in its historical info.
    block = replace(plain.next_block(), height=1, time_ns=plain.next_block().time_ns - 5 * SECOND_NS)
    first = [machine.finalize_block(BlockRequest(block=block, txs=txs)).app_hash for txs in ((), (tx,), (), (tx,))]
    assert first[0] == first[2] != first[1] == first[3]
    machine.finalize_block(BlockRequest(block=block, txs=()))
    machine.commit()
    assert machine.info().app_hash == plain.app_hash


if __name__ == "__main__":
    sys.stdout.write("\n".join(blocks()))
