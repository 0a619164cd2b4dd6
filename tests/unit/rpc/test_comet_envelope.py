"""JSON-RPC requests: what is read and what is refused."""

import json

import pytest

from qos.rpc.comet.envelope import (
    MAX_BODY,
    InvalidParams,
    InvalidRequest,
    ParseError,
    error_answer,
    parse_requests,
)


def test_a_request_and_a_batch_are_read() -> None:
    one, is_batch = parse_requests(b'{"jsonrpc":"2.0","id":123456789012,"method":"status","params":{"a":1}}')
    assert ([(each.id, each.method, each.params) for each in one], is_batch) == (
        [(123456789012, "status", {"a": 1})],
        False,
    )
    many, is_batch = parse_requests(b'[{"id":"x","method":"a"},{"method":"b","params":[]}]')
    assert [(each.id, each.method, each.is_notification) for each in many] == [("x", "a", False), (None, "b", True)]
    assert is_batch


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"nul", b'{"id":1.5}', b'{"id":NaN}', b"[" * 100_000, b"1" * 5000, b'{"id":"\\ud800"}']
)
def test_what_is_no_json_of_ours_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_requests(body)


@pytest.mark.parametrize(
    "document",
    [
        *(5, "status", None, {}, [], [5], [[]], {"method": 5}, {"method": "a", "params": "b"}),
        *({"method": "a", "id": {}}, {"method": "a", "id": True}, [{"method": "a"}] * 21),
    ],
)
def test_what_is_no_request_is_refused(document: object) -> None:
    with pytest.raises(InvalidRequest):
        parse_requests(json.dumps(document))


def test_a_body_over_a_megabyte_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidRequest, match="1000000"):
        parse_requests(b"[" * (MAX_BODY + 1))


def test_an_error_has_the_code_and_sentence_of_comet() -> None:
    answer = error_answer(7, InvalidParams("height must be an integer"))
    assert answer["error"] == {"code": -32602, "message": "Invalid params", "data": "height must be an integer"}
