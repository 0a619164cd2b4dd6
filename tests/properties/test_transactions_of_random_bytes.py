"""Whatever bytes arrive, the answer is a result with a code: nothing else is raised and nothing changes."""

from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from qos.base.encoding import uvarint
from qos.chains.public import PUBLIC
from qos.machine import simulation
from qos.machine.abci import BlockRequest
from qos.proto import codec
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.cosmos_tx_v1beta1 import SimulateRequest, TxRaw
from qos.testing.chain import ALICE, BOB, VirtualChain
from qos.testing.message_samples import sample
from qos.testing.transactions import send, signature_of

CHAIN = VirtualChain()
GOOD = CHAIN.tx(ALICE, send(ALICE.address, BOB.address, 5))
RAW = codec.decode(TxRaw, GOOD)
UNTOUCHED = CHAIN.machine.finalize_block(BlockRequest(block=CHAIN.next_block(), txs=())).app_hash
PATHS = (*sorted(PUBLIC.queries), "/store/acc/key", "/store/bank/key", "store/bank/key", "/store//key", "/store", "")
LISTS = [
    path for path in PATHS if path in PUBLIC.queries and "pagination" in PUBLIC.queries[path].request.__annotations__
]

positions = st.integers(0, 2**16)


@st.composite
def damaged(draw: st.DrawFn, source: bytes) -> bytes:
    """Return bytes with some cut out, put in, flipped or repeated."""
    data = source
    for _ in range(draw(st.integers(1, 4))):
        start = draw(positions) % (len(data) + 1)
        end = min(len(data), start + draw(st.integers(0, 8)))
        data = data[:start] + draw(st.binary(max_size=8)) + data[end if draw(st.booleans()) else start :]
    return data


@st.composite
def damaged_inside(draw: st.DrawFn) -> bytes:
    """Return a transaction rightly signed over a damaged body or damaged signer information."""
    body, auth = RAW.body_bytes, RAW.auth_info_bytes
    if draw(st.booleans()):
        body = draw(damaged(body))
    else:
        auth = draw(damaged(auth))
    signature = signature_of(CHAIN.chain_id, body, auth, CHAIN.signer(ALICE))
    return codec.encode(TxRaw(body_bytes=body, auth_info_bytes=auth, signatures=(signature,)))


@given(st.one_of(st.binary(max_size=300), damaged(GOOD), damaged_inside()))
@example(b"")
@example(b"\x0a" + uvarint(2**63))
@example(GOOD + GOOD)
def test_a_block_of_any_bytes_has_one_result_for_them(data: bytes) -> None:
    block = CHAIN.machine.finalize_block(BlockRequest(block=CHAIN.next_block(), txs=(data,)))
    result = block.tx_results[0]
    assert result.code == 0 or (result.codespace and result.log)
    assert (block.app_hash == UNTOUCHED) == (result.gas_used == 0)
    assert CHAIN.machine.process_proposal((data,), CHAIN.next_block()) == "" or result.gas_used == 0


@given(st.one_of(st.binary(max_size=300), damaged(codec.encode(SimulateRequest(tx_bytes=GOOD)))))
def test_a_simulation_of_any_bytes_is_answered(data: bytes) -> None:
    answer = CHAIN.machine.query(simulation.PATH, data, 0, prove=False)
    assert answer.code == 0 or answer.log


@given(
    st.sampled_from(PATHS) | st.text(max_size=40),
    st.binary(max_size=100),
    st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 5),
    st.booleans(),
)
def test_a_query_of_any_bytes_is_answered(path: str, data: bytes, height: int, prove: bool) -> None:
    answer = CHAIN.machine.query(path, data, height, prove=prove)
    assert answer.code == 0 or answer.log


@given(
    st.sampled_from(LISTS),
    st.builds(
        PageRequest,
        key=st.binary(max_size=60) | st.just(b"\x14" + ALICE.address + b"aqos") | st.just(ALICE.address),
        offset=st.integers(0, 2**64 - 1) | st.integers(0, 5),
        limit=st.integers(0, 2**64 - 1) | st.integers(0, 5),
        count_total=st.booleans(),
        reverse=st.booleans(),
    ),
)
def test_a_list_asked_for_with_any_page_is_answered(path: str, page: PageRequest) -> None:
    route = PUBLIC.queries[path]
    asked: Any = sample(route.request, ALICE.address)
    request = replace(asked, pagination=page)
    answer = CHAIN.machine.query(path, codec.encode(request), 0, prove=False)
    assert answer.code == 0 or answer.log
