"""What the services ask of CometBFT's RPC, and how its refusals read through gRPC and REST."""

from base64 import b64encode
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import anyio
import pytest

from qos.client.calls import Call
from qos.client.errors import CallFailed, Unreachable
from qos.lightclient.evidence_json import render_evidence
from qos.machine.errors import MempoolFull, TxInMempool, TxTooLarge
from qos.rpc.services.comet_ledger import CometLedger
from qos.rpc.services.ledger import Wish
from qos.rpc.services.status import CallRefused, Status
from qos.testing.engine_worlds import produce, seed_of, seeds_of, world
from qos.testing.offences import double_vote_on, lunatic_attack

T = TypeVar("T")
HASH = "AB" * 32
ID = {"hash": HASH, "parts": {"total": 1, "hash": HASH}}
TXS = 25


def header(height: int) -> dict[str, Any]:
    names = "last_commit_hash data_hash validators_hash next_validators_hash consensus_hash app_hash"
    hashes = dict.fromkeys((*names.split(), "last_results_hash", "evidence_hash"), HASH)
    return {
        "version": {"block": "11", "app": "1"},
        "chain_id": "qos-1",
        "height": str(height),
        "time": f"2026-01-01T00:00:{height:02}Z",
        "last_block_id": ID,
        "proposer_address": "CD" * 20,
        **hashes,
    }


def tx(number: int) -> dict[str, Any]:
    """Return a transaction of block 3 or 4."""
    height = 3 + number % 2
    result: dict[str, object] = {"code": 0, "data": None, "gas_wanted": "5", "gas_used": "4", "events": []}
    return {"hash": HASH, "height": str(height), "index": number, "tx": text(b"%d" % number), "tx_result": result}


def text(data: bytes) -> str:
    return b64encode(data).decode()


def failed(words: str) -> CallFailed:
    return CallFailed(code=-32603, message="Internal error", data=words)


class Engine:
    """Answers as CometBFT does, of a chain with 25 transactions; `fails` comes before any answer."""

    def __init__(self, fails: Exception | None = None, evidence: Sequence[object] = ()) -> None:
        self.fails = fails
        self.evidence = evidence
        self.asked: list[str] = []

    async def send(self, call: Call[T]) -> T:
        self.asked.append(call.method)
        if self.fails is not None:
            raise self.fails
        answers: dict[str, Callable[[Any], Any]] = {
            "header": lambda params: {"header": header(int(params["height"]))},
            "block": self._block,
            "tx_search": _search,
            "tx": lambda params: tx(1),
            "consensus_params": lambda params: {"consensus_params": {"block": {"max_gas": params["height"]}}},
            "status": lambda params: {
                "node_info": {"protocol_version": {}},
                "sync_info": {"latest_block_height": "9", "earliest_block_height": "2", "catching_up": True},
            },
        }
        return call.parse(answers[call.method](call.params))

    async def send_all(self, calls: Sequence[Call[T]]) -> tuple[T, ...]:
        return tuple([await self.send(each) for each in calls])

    async def pause(self, duration_ms: int) -> None:
        raise NotImplementedError

    def _block(self, params: Any) -> Any:
        commit = {"height": "2", "round": 0, "block_id": ID, "signatures": []}
        shown = {"header": header(3), "data": {"txs": [text(b"one")]}, "last_commit": commit}
        return {"block_id": ID, "block": {**shown, "evidence": {"evidence": [*self.evidence]}}}


def _search(params: Any) -> Any:
    page, per_page = int(params["page"]), int(params["per_page"])
    numbers = [*range(TXS)][::-1] if params["order_by"] == "desc" else [*range(TXS)]
    if (page - 1) * per_page >= TXS:
        raise failed(f"page should be within [1, {-(-TXS // per_page)}] range, given {page}")
    shown = numbers[(page - 1) * per_page : page * per_page]
    return {"txs": [tx(number) for number in shown], "total_count": str(TXS)}


def run(work: Coroutine[Any, Any, T]) -> T:
    async def awaited() -> T:
        return await work

    return anyio.run(awaited)


def refusal(engine: Engine, ask: Callable[[CometLedger], Coroutine[Any, Any, object]]) -> CallRefused:
    with pytest.raises(CallRefused) as caught:
        run(ask(CometLedger(engine, "")))
    return caught.value


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("start", [0, 1, 7, 10, 19, 20, 24, 25, 26, 500])
def test_a_search_may_begin_anywhere(start: int, descending: bool) -> None:
    wish = Wish(query="a.b='c'", start=start, limit=10, descending=descending)
    found = run(CometLedger(Engine(), "").search(wish))
    numbers = [*range(TXS)][::-1] if descending else [*range(TXS)]
    assert [int(each.tx) for each in found.txs] == numbers[start : start + 10]
    assert found.total == TXS
    assert all(each.time_ns // 10**9 % 60 == each.height for each in found.txs)


def test_a_page_asks_for_the_time_of_each_block_once() -> None:
    engine = Engine()
    run(CometLedger(engine, "").search(Wish(query="a.b='c'", start=0, limit=20, descending=False)))
    assert engine.asked == ["tx_search", "header", "header"]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("tx already exists in cache", TxInMempool),
        ("mempool is full: number of txs 5000 (max: 5000)", MempoolFull),
        ("Tx too large. Max size is 262144, but got 262145", TxTooLarge),
    ],
)
def test_what_the_engine_refuses_before_the_application_has_the_code_of_our_rule(words: str, rule: Any) -> None:
    checked = run(CometLedger(Engine(failed(words)), "").submit(b"tx"))
    assert (checked.codespace, checked.code) == (rule.code.codespace, rule.code.number)


def test_a_transaction_is_found_with_its_time_or_not_at_all() -> None:
    found = run(CometLedger(Engine(), "").transaction(b"\xab" * 32))
    assert found is not None
    assert (found.height, found.tx) == (4, b"1")
    absent = Engine(failed(f"tx ({HASH}) not found"))
    assert run(CometLedger(absent, "").transaction(b"\xab" * 32)) is None
    assert refusal(Engine(failed("disk")), lambda ledger: ledger.transaction(b"")).status is Status.INVALID_ARGUMENT


def test_an_engine_that_is_away_is_unavailable() -> None:
    away = Engine(Unreachable("http://127.0.0.1:9", "connection refused"))
    for ask in (CometLedger.identity, CometLedger.tip, CometLedger.params):
        refused = refusal(away, ask)
        assert (refused.status, str(refused)) == (
            Status.UNAVAILABLE,
            "the engine does not answer: connection refused",
        )
    assert refusal(away, lambda ledger: ledger.submit(b"tx")).status is Status.UNAVAILABLE


def test_a_block_is_read_whole_with_its_evidence() -> None:
    named = run(CometLedger(Engine(), "").block(3))
    assert (named.block.header.height, named.block.data.txs) == (3, (b"one",))
    assert named.block_id.hash == bytes.fromhex(HASH)
    chain = world((10, 10))
    produce(chain.producer(), [], [], [])
    proofs = double_vote_on(chain.store, seed_of(1), 2), lunatic_attack(chain.store, seeds_of(2), 3, common=2)
    shown = run(CometLedger(Engine(evidence=[render_evidence(each) for each in proofs]), "").block(3))
    assert shown.block.evidence.evidence == proofs
    assert refusal(Engine(evidence=[{"type": "x"}]), lambda ledger: ledger.block(3)).status is Status.INTERNAL


def test_limits_are_those_of_a_block_that_is_stored() -> None:
    assert run(CometLedger(Engine(), "").params()).block_max_gas == 9


def test_a_node_behind_others_says_so() -> None:
    tip = run(CometLedger(Engine(), "").tip())
    assert (tip.height, tip.base, tip.catching_up) == (9, 2, True)
