"""HTTP and JSON over the services: what clients of Cosmos chains send, and what they are told."""

from base64 import b64encode
from typing import Any

import anyio
import httpx
import pytest

from qos.base.identifiers import format_address
from qos.rpc.rest.app import create_rest
from qos.rpc.rest.gateway import MAX_BODY, MAX_URL_BYTES
from qos.testing.chain import ALICE, BOB, CAROL
from qos.testing.edge_world import EdgeWorld
from qos.testing.transactions import key_of, send

BOBS = format_address(BOB.address)
ORIGIN = {"origin": "https://wallet.example"}


@pytest.fixture
def rest(edges: EdgeWorld) -> httpx.ASGITransport:
    return httpx.ASGITransport(create_rest(edges.services))


def ask(rest: httpx.ASGITransport, verb: str, path: str, **more: Any) -> httpx.Response:
    async def send_request() -> httpx.Response:
        async with httpx.AsyncClient(transport=rest, base_url="http://node") as client:
            return await client.request(verb, path, **more)

    return anyio.run(send_request)


def get(rest: httpx.ASGITransport, path: str, **more: Any) -> Any:
    answer = ask(rest, "GET", path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_balances_come_by_account_and_by_asset(rest: httpx.ASGITransport) -> None:
    every = get(rest, f"/cosmos/bank/v1beta1/balances/{BOBS}?pagination.limit=1000")
    assert every["balances"][0]["denom"] == "aqos"
    assert every["pagination"] == {"next_key": "", "total": "1"}
    one = get(rest, f"/cosmos/bank/v1beta1/balances/{BOBS}/by_denom?denom=aqos")
    assert one["balance"] == every["balances"][0]


def test_an_answer_tells_its_height_and_an_older_one_can_be_asked_for(rest: httpx.ASGITransport) -> None:
    path = f"/cosmos/bank/v1beta1/balances/{BOBS}/by_denom?denom=aqos"
    newest, first = ask(rest, "GET", path), ask(rest, "GET", path, headers={"x-cosmos-block-height": "1"})
    assert int(newest.headers["x-cosmos-block-height"]) > 1
    assert first.headers["grpc-metadata-x-cosmos-block-height"] == "1"
    amounts = [int(each.json()["balance"]["amount"]) for each in (first, newest)]
    assert amounts[1] == amounts[0] + 12_345
    assert ask(rest, "GET", path, headers={"x-cosmos-block-height": "-3"}).status_code == 400


def test_a_literal_path_beats_a_variable(rest: httpx.ASGITransport) -> None:
    newest = get(rest, "/cosmos/base/tendermint/v1beta1/blocks/latest")
    height = newest["block"]["header"]["height"]
    assert get(rest, f"/cosmos/base/tendermint/v1beta1/blocks/{height}")["block_id"] == newest["block_id"]
    by_height = get(rest, f"/cosmos/base/tendermint/v1beta1/validatorsets/{height}")
    assert get(rest, "/cosmos/base/tendermint/v1beta1/validatorsets/latest") == by_height


def test_the_probes_of_wallets_are_answered_as_they_expect(rest: httpx.ASGITransport) -> None:
    probe = ask(rest, "GET", "/cosmos/bank/v1beta1/spendable_balances/test")
    assert (probe.status_code, probe.json()["code"]) == (400, 3)
    assert ask(rest, "GET", "/ibc/apps/transfer/v1/params").status_code == 501
    info = get(rest, "/cosmos/base/tendermint/v1beta1/node_info")
    assert info["default_node_info"]["network"] == "qos-1"


@pytest.mark.parametrize(
    "path",
    ["/cosmos/authz/v1beta1/grants", "/cosmos/group/v1/groups", "/ibc/core/client/v1/client_states", "/x"],
)
def test_a_path_nobody_answers_is_not_implemented_in_words(rest: httpx.ASGITransport, path: str) -> None:
    answer = ask(rest, "GET", path)
    assert answer.status_code == 501
    assert answer.json()["code"] == 12
    assert answer.json()["message"] == f"this chain does not answer {path}: /openapi.json lists what it answers"


def test_a_wrong_verb_is_told_the_right_one(rest: httpx.ASGITransport) -> None:
    answer = ask(rest, "DELETE", "/cosmos/tx/v1beta1/txs")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}


def test_a_missing_thing_has_the_chains_own_code_in_its_details(rest: httpx.ASGITransport) -> None:
    nobody = format_address(key_of("nobody").address)
    answer = ask(rest, "GET", f"/cosmos/auth/v1beta1/accounts/{nobody}")
    assert answer.status_code == 404
    document = answer.json()
    assert document["code"] == 5
    assert document["message"] == f"account {nobody} not found: key not found"
    assert document["details"][0]["domain"] == "sdk"
    assert document["details"][0]["reason"] == "22"


def test_a_transaction_is_simulated_sent_and_found_in_json(edges: EdgeWorld, rest: httpx.ASGITransport) -> None:
    tx = b64encode(edges.tx(CAROL, send(CAROL.address, BOB.address, 1))).decode()
    simulated = ask(rest, "POST", "/cosmos/tx/v1beta1/simulate", json={"tx_bytes": tx})
    assert int(simulated.json()["gas_info"]["gas_used"]) > 0
    camel = ask(rest, "POST", "/cosmos/tx/v1beta1/simulate", json={"txBytes": tx})
    assert camel.json()["gas_info"] == simulated.json()["gas_info"]
    decoded = ask(rest, "POST", "/cosmos/tx/v1beta1/decode", json={"tx_bytes": tx}).json()
    whole = ask(rest, "POST", "/cosmos/tx/v1beta1/simulate", json=decoded)
    assert whole.json()["gas_info"] == simulated.json()["gas_info"]
    refused = ask(rest, "POST", "/cosmos/tx/v1beta1/txs", json={"tx_bytes": tx, "mode": "BROADCAST_MODE_BLOCK"})
    assert refused.status_code == 400
    query = f"message.sender='{format_address(ALICE.address)}'"
    newer, older = (
        get(rest, "/cosmos/tx/v1beta1/txs", params={name: query, "order_by": "ORDER_BY_DESC", "limit": "5"})
        for name in ("query", "events")
    )
    for found in (newer, older):
        assert found["total"] == "1"
        assert found["txs"][0] == {key: found["tx_responses"][0]["tx"][key] for key in found["txs"][0]}
    tx_hash, height = newer["tx_responses"][0]["txhash"], newer["tx_responses"][0]["height"]
    shown = get(rest, f"/cosmos/tx/v1beta1/txs/{tx_hash}")
    assert shown["tx"]["body"]["messages"] == shown["tx_response"]["tx"]["body"]["messages"]
    assert shown["tx"]["body"]["messages"][0]["@type"] == "/cosmos.bank.v1beta1.MsgSend"
    assert len(get(rest, f"/cosmos/tx/v1beta1/txs/block/{height}")["txs"]) == 1


def test_malformed_requests_are_the_askers_fault(rest: httpx.ASGITransport) -> None:
    bodies = (
        "no json",
        "[]",
        '{"tx_bytes": 5}',
        '{"nonsense": 1}',
        '{"tx": {"body": {"messages": [{"@type": "/x"}]}}}',
    )
    for body in bodies:
        answer = ask(rest, "POST", "/cosmos/tx/v1beta1/simulate", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, 3), body
    for query in (
        "pagination.limit=x",
        "pagination.reverse=maybe",
        "pagination.offset=-1",
        "pagination.key=AAAA&pagination.offset=1",
    ):
        answer = ask(rest, "GET", f"/cosmos/bank/v1beta1/supply?{query}")
        assert answer.status_code == 400, query


def test_large_bodies_and_addresses_are_refused(rest: httpx.ASGITransport) -> None:
    large = ask(rest, "POST", "/cosmos/tx/v1beta1/simulate", content=bytes(MAX_BODY + 1))
    assert large.status_code == 413
    assert str(MAX_BODY) in large.json()["message"]
    long = ask(rest, "GET", f"/cosmos/bank/v1beta1/supply?x={'a' * MAX_URL_BYTES}")
    assert long.status_code == 414
    many = ask(rest, "GET", "/cosmos/bank/v1beta1/supply?" + "&".join(f"a{number}=1" for number in range(65)))
    assert many.status_code == 400


def test_pages_have_a_limit_of_their_own(rest: httpx.ASGITransport) -> None:
    first = get(rest, "/cosmos/auth/v1beta1/accounts?pagination.limit=2&pagination.count_total=true")
    assert len(first["accounts"]) == 2
    assert int(first["pagination"]["total"]) > 2
    key = first["pagination"]["next_key"]
    second = get(rest, "/cosmos/auth/v1beta1/accounts", params={"pagination.key": key, "pagination.limit": "2"})
    assert second["accounts"][0] not in first["accounts"]
    everything = get(rest, "/cosmos/auth/v1beta1/accounts?pagination.limit=999999999&pagination.countTotal=true")
    assert len(everything["accounts"]) == int(first["pagination"]["total"])


def test_names_of_no_field_are_passed_over_as_gateways_do(rest: httpx.ASGITransport) -> None:
    plain = get(rest, "/cosmos/bank/v1beta1/params")
    assert get(rest, "/cosmos/bank/v1beta1/params?cache=1&a.b.c=2&status=X") == plain


def test_browsers_of_any_origin_may_ask(rest: httpx.ASGITransport) -> None:
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    allowed = ask(rest, "OPTIONS", "/cosmos/tx/v1beta1/txs", headers=ORIGIN | wanted)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "*"
    assert "POST" in allowed.headers["access-control-allow-methods"]
    for path in ("/cosmos/bank/v1beta1/params", "/cosmos/gov/v1/params/voting"):
        answer = ask(rest, "GET", path, headers=ORIGIN)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "x-cosmos-block-height" in answer.headers["access-control-expose-headers"]


def test_the_description_covers_every_route_and_refers_to_what_it_has(rest: httpx.ASGITransport) -> None:
    described = get(rest, "/openapi.json")
    assert described["openapi"].startswith("3.0")
    assert described["info"]["title"] == "QOS chain qos-1"
    operations = {(path, verb) for path, verbs in described["paths"].items() for verb in verbs}
    assert {
        ("/cosmos/bank/v1beta1/balances/{address}/by_denom", "get"),
        ("/cosmos/tx/v1beta1/txs", "get"),
        ("/cosmos/tx/v1beta1/txs", "post"),
        ("/qos/qcp/v1/peers/{chain_id}", "get"),
    } <= operations
    names = [operation["operationId"] for verbs in described["paths"].values() for operation in verbs.values()]
    assert len(set(names)) == len(names)
    schemas = described["components"]["schemas"]
    assert {reference.rsplit("/", 1)[1] for reference in references(described)} <= set(schemas)
    balances = described["paths"]["/cosmos/bank/v1beta1/balances/{address}"]["get"]
    parameters = {each["name"]: each for each in balances["parameters"]}
    assert parameters["address"]["required"] is True
    assert "pagination.limit" in parameters
    assert balances["summary"] == "All that one account holds."


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for each in value for found in references(each)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if "$ref" in value else []
    return own + [found for each in value.values() for found in references(each)]


def test_the_page_needs_nothing_from_elsewhere(rest: httpx.ASGITransport) -> None:
    page = ask(rest, "GET", "/")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    for path in ("/page.js", "/style.css"):
        assert path in page.text
        assert ask(rest, "GET", path).status_code == 200
        assert "http" + "s:" not in ask(rest, "GET", path).text
