"""What the node's services answer and refuse, before any edge writes it down."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import anyio
import pytest

from qos.base.identifiers import format_address
from qos.proto import codec
from qos.proto.records.cosmos_auth_v1beta1 import QueryAccountRequest
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend, QueryBalanceRequest, QueryBalanceResponse
from qos.proto.records.cosmos_base_node_v1beta1 import ConfigResponse, StatusResponse
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.cosmos_base_tendermint_v1beta1 import (
    ABCIQueryRequest,
    ABCIQueryResponse,
    GetBlockByHeightRequest,
    GetBlockByHeightResponse,
    GetLatestBlockResponse,
    GetLatestValidatorSetRequest,
    GetLatestValidatorSetResponse,
    GetNodeInfoResponse,
    GetValidatorSetByHeightRequest,
    GetValidatorSetByHeightResponse,
)
from qos.proto.records.cosmos_consensus_v1 import QueryParamsResponse
from qos.proto.records.cosmos_params_v1beta1 import QueryParamsRequest as OlderParamsRequest
from qos.proto.records.cosmos_params_v1beta1 import QueryParamsResponse as OlderParamsResponse
from qos.proto.records.cosmos_tx_v1beta1 import (
    BroadcastMode,
    BroadcastTxRequest,
    BroadcastTxResponse,
    GetBlockWithTxsRequest,
    GetBlockWithTxsResponse,
    GetTxRequest,
    GetTxResponse,
    GetTxsEventRequest,
    GetTxsEventResponse,
    OrderBy,
    SimulateRequest,
    SimulateResponse,
    TxDecodeRequest,
    TxDecodeResponse,
    TxEncodeRequest,
    TxEncodeResponse,
)
from qos.rpc.services.status import CallRefused, Status
from qos.rpc.services.table import MAX_REQUEST_BYTES, read_height
from qos.testing.chain import ALICE, BOB, CAROL, DAVE
from qos.testing.edge_world import EdgeWorld, edge_world
from qos.testing.transactions import key_of, send

TX = "/cosmos.tx.v1beta1.Service"
COMET = "/cosmos.base.tendermint.v1beta1.Service"
NODE = "/cosmos.base.node.v1beta1.Service"
SENDER = f"message.sender='{format_address(ALICE.address)}'"


def refusal(world: EdgeWorld, path: str, request, height: int = 0) -> CallRefused:
    with pytest.raises(CallRefused) as caught:
        world.call(path, codec.encode(request), height)
    return caught.value


def transfers(world: EdgeWorld, **changes) -> GetTxsEventResponse:
    answer = world.ask(f"{TX}/GetTxsEvent", GetTxsEventRequest(query=SENDER, **changes))
    return codec.decode(GetTxsEventResponse, answer)


def test_a_query_is_answered_at_the_height_asked_for(edges: EdgeWorld) -> None:
    asked = codec.encode(QueryBalanceRequest(address=BOB.address, denom="aqos"))
    path = "/cosmos.bank.v1beta1.Query/Balance"
    newest, first = edges.call(path, asked), edges.call(path, asked, 1)
    amounts = [codec.decode(QueryBalanceResponse, each.value).balance.amount for each in (first, newest)]
    assert amounts[1] == amounts[0] + 12_345
    assert (first.height, newest.height) == (1, edges.engine.height)


def test_a_height_that_is_not_kept_is_out_of_range(edges: EdgeWorld) -> None:
    request = QueryBalanceRequest(address=BOB.address, denom="aqos")
    refused = refusal(edges, "/cosmos.bank.v1beta1.Query/Balance", request, height=9_999_999)
    assert refused.status is Status.OUT_OF_RANGE
    assert (refused.codespace, refused.number) == ("sdk", 26)


def test_what_does_not_exist_is_not_found_and_what_is_malformed_is_the_askers(edges: EdgeWorld) -> None:
    nobody = refusal(edges, "/cosmos.auth.v1beta1.Query/Account", QueryAccountRequest(address=key_of("x").address))
    assert nobody.status is Status.NOT_FOUND
    assert str(nobody).endswith("not found: key not found")
    assert not str(nobody).startswith("rpc error")
    unnamed = refusal(edges, "/cosmos.bank.v1beta1.Query/Balance", QueryBalanceRequest(address=BOB.address))
    assert unnamed.status is Status.INVALID_ARGUMENT
    with pytest.raises(CallRefused) as broken:
        edges.call("/cosmos.bank.v1beta1.Query/Balance", b"\xff\xff")
    assert broken.value.status is Status.INVALID_ARGUMENT


def test_a_call_nobody_answers_is_unimplemented_in_words(edges: EdgeWorld) -> None:
    for path, words in (
        ("/cosmos.authz.v1beta1.Query/Grants", "see the list of services"),
        (f"{TX}/NoSuchMethod", "no such method"),
        ("nonsense", "see the list of services"),
    ):
        with pytest.raises(CallRefused, match=words) as caught:
            edges.call(path, b"")
        assert caught.value.status is Status.UNIMPLEMENTED


def test_a_request_above_the_limit_is_refused_before_it_is_read(edges: EdgeWorld) -> None:
    with pytest.raises(CallRefused, match="at most") as caught:
        edges.call(f"{TX}/TxDecode", bytes(MAX_REQUEST_BYTES + 1))
    assert caught.value.status is Status.INVALID_ARGUMENT


def test_a_height_is_a_whole_number() -> None:
    assert [read_height(text) for text in ("", "0", "17")] == [0, 0, 17]
    for text in ("-1", "1.5", "x", "9" * 19, "\u0661"):
        with pytest.raises(CallRefused):
            read_height(text)


def test_a_transaction_is_found_by_its_hash_with_its_parts_and_its_outcome(edges: EdgeWorld) -> None:
    (listed,) = transfers(edges).tx_responses
    found = codec.decode(GetTxResponse, edges.ask(f"{TX}/GetTx", GetTxRequest(hash=listed.txhash.lower())))
    assert found.tx_response == listed
    assert (listed.code, listed.gas_wanted) == (0, 100_000)
    assert codec.unpack(MsgSend, found.tx.body.messages[0]).amount[0].amount == 12_345
    assert [event.type for event in listed.events] == ["message", "transfer"]
    assert listed.timestamp.endswith("Z")
    assert "." not in listed.timestamp


def test_an_unknown_hash_is_not_found_and_a_bad_one_is_refused(edges: EdgeWorld) -> None:
    unknown = refusal(edges, f"{TX}/GetTx", GetTxRequest(hash="ab" * 32))
    assert unknown.status is Status.NOT_FOUND
    assert "tx not found" in str(unknown)
    for text in ("", "xyz", "ab" * 31):
        assert refusal(edges, f"{TX}/GetTx", GetTxRequest(hash=text)).status is Status.INVALID_ARGUMENT


def test_transactions_are_searched_by_query_or_by_older_events_in_pages(edges: EdgeWorld) -> None:
    assert transfers(edges).total == 1
    assert transfers(edges, page=2, limit=1).tx_responses == ()
    assert transfers(edges, order_by=OrderBy.ORDER_BY_DESC).total == 1
    older = GetTxsEventRequest(events=(SENDER, "message.action='/cosmos.bank.v1beta1.MsgSend'"))
    found = codec.decode(GetTxsEventResponse, edges.ask(f"{TX}/GetTxsEvent", older))
    assert len(found.txs) == len(found.tx_responses) == 1
    paged = GetTxsEventRequest(query=SENDER, pagination=PageRequest(offset=1, limit=5))
    assert codec.decode(GetTxsEventResponse, edges.ask(f"{TX}/GetTxsEvent", paged)).txs == ()
    for query in ("", "tx.height >", "message.sender CONTAINS 'x'"):
        refused = refusal(edges, f"{TX}/GetTxsEvent", GetTxsEventRequest(query=query))
        assert refused.status is Status.INVALID_ARGUMENT


def test_a_block_comes_with_its_transactions_decoded(edges: EdgeWorld) -> None:
    height = transfers(edges).tx_responses[0].height
    request = GetBlockWithTxsRequest(height=height)
    found = codec.decode(GetBlockWithTxsResponse, edges.ask(f"{TX}/GetBlockWithTxs", request))
    assert found.block.header.height == height
    assert len(found.txs) == found.pagination.total == 1
    assert found.txs[0].body.messages[0].type_url == "/cosmos.bank.v1beta1.MsgSend"
    for bad in (0, -1, edges.engine.height + 1):
        refused = refusal(edges, f"{TX}/GetBlockWithTxs", GetBlockWithTxsRequest(height=bad))
        assert refused.status is Status.INVALID_ARGUMENT


def test_decoding_and_encoding_a_transaction_are_inverse(edges: EdgeWorld) -> None:
    tx = edges.tx(BOB, send(BOB.address, CAROL.address, 1))
    parts = codec.decode(TxDecodeResponse, edges.ask(f"{TX}/TxDecode", TxDecodeRequest(tx_bytes=tx))).tx
    back = codec.decode(TxEncodeResponse, edges.ask(f"{TX}/TxEncode", TxEncodeRequest(tx=parts)))
    assert back.tx_bytes == tx
    assert refusal(edges, f"{TX}/TxEncode", TxEncodeRequest()).status is Status.INVALID_ARGUMENT
    assert refusal(edges, f"{TX}/TxDecode", TxDecodeRequest(tx_bytes=b"\xff")).status is Status.INVALID_ARGUMENT


def test_simulation_takes_the_transaction_in_either_form(edges: EdgeWorld) -> None:
    tx = edges.tx(BOB, send(BOB.address, CAROL.address, 1))
    parts = codec.decode(TxDecodeResponse, edges.ask(f"{TX}/TxDecode", TxDecodeRequest(tx_bytes=tx))).tx
    answers = [
        codec.decode_lenient(SimulateResponse, edges.ask(f"{TX}/Simulate", request))
        for request in (SimulateRequest(tx_bytes=tx), SimulateRequest(tx=parts))
    ]
    assert answers[0].gas_info.gas_used == answers[1].gas_info.gas_used > 0
    poor = edges.tx(DAVE, send(DAVE.address, CAROL.address, 10**30))
    refused = refusal(edges, f"{TX}/Simulate", SimulateRequest(tx_bytes=poor))
    assert (refused.status, refused.codespace, refused.number) == (Status.FAILED_PRECONDITION, "sdk", 5)


def test_a_broadcast_answers_with_the_hash_and_the_verdict(tmp_path: Path) -> None:
    with edge_world(tmp_path) as world:
        tx = world.tx(CAROL, send(CAROL.address, BOB.address, 7))
        request = BroadcastTxRequest(tx_bytes=tx, mode=BroadcastMode.BROADCAST_MODE_SYNC)
        first = codec.decode(BroadcastTxResponse, world.ask(f"{TX}/BroadcastTx", request)).tx_response
        assert (first.code, first.txhash) == (0, sha256(tx).hexdigest().upper())
        again = codec.decode(BroadcastTxResponse, world.ask(f"{TX}/BroadcastTx", request)).tx_response
        assert (again.codespace, again.code) == ("sdk", 19)
        asynchronous = BroadcastTxRequest(tx_bytes=b"junk", mode=BroadcastMode.BROADCAST_MODE_ASYNC)
        answer = codec.decode(BroadcastTxResponse, world.ask(f"{TX}/BroadcastTx", asynchronous)).tx_response
        assert (answer.code, answer.txhash) == (0, sha256(b"junk").hexdigest().upper())
        world.commit()
        found = codec.decode(GetTxResponse, world.ask(f"{TX}/GetTx", GetTxRequest(hash=first.txhash)))
        assert found.tx_response.code == 0


@pytest.mark.parametrize("mode", [BroadcastMode.BROADCAST_MODE_UNSPECIFIED, BroadcastMode.BROADCAST_MODE_BLOCK])
def test_other_ways_to_broadcast_are_refused_with_the_way_that_works(edges: EdgeWorld, mode: BroadcastMode) -> None:
    refused = refusal(edges, f"{TX}/BroadcastTx", BroadcastTxRequest(tx_bytes=b"x", mode=mode))
    assert refused.status is Status.INVALID_ARGUMENT
    assert "BROADCAST_MODE_SYNC" in str(refused)
    empty = BroadcastTxRequest(mode=BroadcastMode.BROADCAST_MODE_SYNC)
    assert "empty tx" in str(refusal(edges, f"{TX}/BroadcastTx", empty))


def test_node_information_names_software_clients_choose_their_forms_by(edges: EdgeWorld) -> None:
    info = codec.decode(GetNodeInfoResponse, edges.call(f"{COMET}/GetNodeInfo", b"").value)
    assert info.default_node_info.network == "qos-1"
    assert info.default_node_info.version.startswith("0.38.")
    assert info.default_node_info.other.tx_index == "on"
    deps = {each.path: each.version for each in info.application_version.build_deps}
    assert deps["github.com/cosmos/cosmos-sdk"] == info.application_version.cosmos_sdk_version == "v0.50.14"
    assert deps["github.com/cometbft/cometbft"].startswith("v0.38.")


def test_blocks_come_under_both_names_of_their_proposer(edges: EdgeWorld) -> None:
    newest = codec.decode(GetLatestBlockResponse, edges.call(f"{COMET}/GetLatestBlock", b"").value)
    request = GetBlockByHeightRequest(height=newest.block.header.height)
    found = codec.decode(GetBlockByHeightResponse, edges.ask(f"{COMET}/GetBlockByHeight", request))
    assert found.block == newest.block
    assert found.sdk_block.header.proposer_address.startswith("qosvalcons1")
    assert found.sdk_block.header.app_hash == found.block.header.app_hash
    beyond = refusal(edges, f"{COMET}/GetBlockByHeight", GetBlockByHeightRequest(height=10**9))
    assert "bigger than the chain length" in str(beyond)


def test_validators_come_in_pages(edges: EdgeWorld) -> None:
    request = GetLatestValidatorSetRequest(pagination=PageRequest(limit=1))
    newest = codec.decode(GetLatestValidatorSetResponse, edges.ask(f"{COMET}/GetLatestValidatorSet", request))
    assert (newest.block_height, len(newest.validators)) == (edges.engine.height, 1)
    assert newest.validators[0].pub_key.type_url == "/cosmos.crypto.ed25519.PubKey"
    later = GetValidatorSetByHeightRequest(height=1, pagination=PageRequest(offset=1))
    found = codec.decode(GetValidatorSetByHeightResponse, edges.ask(f"{COMET}/GetValidatorSetByHeight", later))
    assert (found.validators, found.pagination.total) == ((), 1)
    both = GetValidatorSetByHeightRequest(height=1, pagination=PageRequest(offset=1, key=b"1"))
    assert refusal(edges, f"{COMET}/GetValidatorSetByHeight", both).status is Status.INVALID_ARGUMENT


def test_abci_queries_prove_as_the_rpc_does_and_carry_refusals_as_answers(edges: EdgeWorld) -> None:
    request = ABCIQueryRequest(path="/store/bank/key", data=b"\x00aqos", prove=True)
    found = codec.decode(ABCIQueryResponse, edges.ask(f"{COMET}/ABCIQuery", request))
    assert [op.type for op in found.proof_ops.ops] == ["ics23:iavl", "ics23:simple"]
    refused = codec.decode(ABCIQueryResponse, edges.ask(f"{COMET}/ABCIQuery", ABCIQueryRequest(path="/nothing")))
    assert (refused.codespace, refused.code) == ("sdk", 6)
    negative = refusal(edges, f"{COMET}/ABCIQuery", ABCIQueryRequest(path="/nothing", height=-1))
    assert negative.status is Status.INVALID_ARGUMENT


def test_block_limits_are_told_under_both_names(edges: EdgeWorld) -> None:
    newer = codec.decode(QueryParamsResponse, edges.call("/cosmos.consensus.v1.Query/Params", b"").value)
    assert newer.params.block.max_gas == 200_000_000
    path = "/cosmos.params.v1beta1.Query/Params"
    older = OlderParamsRequest(subspace="baseapp", key="BlockParams")
    assert '"max_gas": "200000000"' in codec.decode(OlderParamsResponse, edges.ask(path, older)).param.value
    unknown = OlderParamsRequest(subspace="staking", key="MaxValidators")
    assert refusal(edges, path, unknown).status is Status.NOT_FOUND


def test_the_node_tells_its_gas_price_and_how_far_it_is(edges: EdgeWorld) -> None:
    config = codec.decode(ConfigResponse, edges.call(f"{NODE}/Config", b"").value)
    assert config.minimum_gas_price.endswith("aqos")
    assert config.pruning_keep_recent == "100"
    status = codec.decode(StatusResponse, edges.call(f"{NODE}/Status", b"").value)
    assert status.height == edges.engine.height
    assert status.earliest_store_height == 1


def test_what_the_node_knows_is_answered_through_the_applications_door_too(edges: EdgeWorld) -> None:
    (listed,) = transfers(edges).tx_responses
    found = anyio.run(edges.services.result, f"{TX}/GetTx", codec.encode(GetTxRequest(hash=listed.txhash)))
    assert codec.decode(GetTxResponse, found.value).tx_response == listed
    unknown = anyio.run(edges.services.result, f"{TX}/GetTx", codec.encode(GetTxRequest(hash="ab" * 32)))
    assert (unknown.codespace, unknown.code) == ("sdk", 22)
    assert unknown.log.startswith("rpc error: code = NotFound")
    bad = anyio.run(edges.services.result, f"{TX}/GetTx", codec.encode(GetTxRequest(hash="x")))
    assert (bad.codespace, bad.code) == ("sdk", 18)


def test_every_call_answers_or_refuses_a_request_that_says_nothing(edges: EdgeWorld) -> None:
    for path in sorted(edges.services.paths):
        with suppress(CallRefused):
            edges.call(path, b"")
    with pytest.raises(CallRefused) as nobody:
        edges.call("/cosmos.staking.v1beta1.Query/DelegatorDelegations", b"")
    assert (nobody.value.status, str(nobody.value)) == (Status.INVALID_ARGUMENT, "delegator_addr is missing")
