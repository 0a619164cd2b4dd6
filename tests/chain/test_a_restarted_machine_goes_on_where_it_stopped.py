import json
from dataclasses import replace
from pathlib import Path

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.errors import InvariantBroken
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo, ReadContext, block_note, noted_block
from qos.machine.machine import Machine
from qos.machine.module import Module
from qos.modules.economics.fees import queries
from qos.proto import codec
from qos.proto.records.qos_fees_v1 import QueryParamsRequest, QueryParamsResponse, QueryServer
from qos.store.io.lmdb import open_store
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import send


def test_a_restart_changes_neither_check_nor_execution() -> None:
    chain = VirtualChain()
    chain.run_block(chain.tx(ALICE, send(ALICE.address, BOB.address, 5)))
    again = VirtualChain(backend=chain.backend)
    assert again.machine.info() == chain.machine.info()
    good, stale = again.tx(ALICE, send(ALICE.address, BOB.address, 6)), chain.tx(BOB, send(BOB.address, BOB.address, 1))
    assert again.machine.check_tx(good).code == 0
    assert again.machine.check_tx(stale).code == 0
    request = BlockRequest(block=chain.next_block(), txs=(good, stale))
    assert again.machine.finalize_block(request) == chain.machine.finalize_block(request)


def test_a_restart_without_the_engines_help_knows_chain_and_time() -> None:
    asked: list[BlockInfo] = []

    def params(ctx: ReadContext, request: QueryParamsRequest) -> QueryParamsResponse:
        del request
        asked.append(ctx.block)
        return QueryParamsResponse()

    def watched(module: Module) -> Module:
        server = QueryServer(params=params, quote=queries.quote)
        return replace(module, queries=(server,)) if module.name == "fees" else module

    chain = replace(PUBLIC, modules=tuple(watched(module) for module in PUBLIC.modules))
    driver = VirtualChain(chain=chain)
    for _ in range(3):
        driver.run_block()
    again = VirtualChain(chain=chain, backend=driver.backend)
    path = "/qos.fees.v1.Query/Params"
    for height in (0, 3, 2):
        assert again.ask(path, QueryParamsRequest(), height=height).code == 0
    heights = [(block.chain_id, block.height) for block in asked]
    assert heights == [("qos-1", 4), ("qos-1", 3), ("qos-1", 2)]
    assert [asked[0].time_ns - block.time_ns for block in asked] == [0, 5 * SECOND_NS, 10 * SECOND_NS]


def test_a_store_on_disk_keeps_the_note_and_loses_it_with_its_version(tmp_path: Path) -> None:
    with_note = open_store(tmp_path, {"bank": 1}, keep_versions=2)
    for version in (1, 2, 3):
        with_note.apply(version, {"bank": {b"k": b"%d" % version}}, note=b"note %d" % version)
        with_note.commit()
    with_note.close()
    again = open_store(tmp_path, {"bank": 1}, keep_versions=2)
    notes = []
    for version in (2, 3):
        with again.at(version) as reader:
            notes.append(reader.note())
    again.close()
    assert notes == [b"note 2", b"note 3"]


@pytest.mark.parametrize("time_ns", [0, 1, -62_135_596_800 * 10**9, 253_402_300_799 * 10**9])
def test_a_note_says_which_block_was_committed(time_ns: int) -> None:
    block = BlockInfo(chain_id="qos-1", height=9, time_ns=time_ns)
    assert noted_block(block_note(block), 9) == block


def test_before_the_first_commit_checks_see_genesis_and_queries_are_told_to_wait() -> None:
    chain = VirtualChain()
    tx = chain.tx(ALICE, send(ALICE.address, BOB.address, 5))
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    assert machine.check_tx(tx).code == 9
    machine.init_chain(json.dumps(genesis_document()).encode())
    assert machine.check_tx(tx).code == 0
    request = codec.encode(QueryParamsRequest())
    answer = machine.query("/qos.fees.v1.Query/Params", request, 0, prove=False)
    assert (answer.code, answer.codespace) == (26, "sdk")
    first = BlockInfo(chain_id="qos-1", height=1, time_ns=0)
    machine.finalize_block(BlockRequest(block=first, txs=(tx,)))
    machine.commit()
    assert machine.query("/qos.fees.v1.Query/Params", request, 0, prove=False).code == 0


def test_a_machine_that_holds_a_chain_takes_no_other_genesis() -> None:
    chain = VirtualChain()
    with pytest.raises(InvariantBroken):
        chain.machine.init_chain(json.dumps(genesis_document()).encode())
    assert chain.balance(ALICE.address) == FUNDS
