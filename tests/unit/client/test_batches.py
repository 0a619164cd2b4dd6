"""Several calls in one request: each answer goes to its call, whatever order they come in."""

import json

import pytest

from qos.base.strictjson import JsonObject
from qos.client.calls import Call, batch_bytes, read_answers
from qos.client.errors import BadAnswer, CallFailed
from qos.client.fields import integer


def number(name: str) -> Call[int]:
    def read(result: JsonObject) -> int:
        return integer(result, "number")

    return Call(method=name, params={"of": name}, parse=read)


CALLS = [number("one"), number("two"), number("three")]


def answer(request_id: int) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": request_id, "result": {"number": request_id * 10}}


def test_requests_have_ids_in_order() -> None:
    asked = json.loads(batch_bytes(CALLS, 7))
    assert [(each["id"], each["method"]) for each in asked] == [(7, "one"), (8, "two"), (9, "three")]


def test_answers_in_any_order_go_to_their_calls() -> None:
    body = json.dumps([answer(9), answer(7), answer(8)]).encode()
    assert read_answers(CALLS, 7, body) == (70, 80, 90)


@pytest.mark.parametrize(
    "answers",
    [
        [answer(7), answer(8)],
        [answer(7), answer(8), answer(8)],
        [answer(7), answer(8), answer(10)],
        [answer(7), answer(8), answer(9), answer(10)],
        answer(7),
        [answer(7), answer(8), 9],
    ],
)
def test_missing_doubled_and_foreign_answers_are_refused(answers: object) -> None:
    with pytest.raises(BadAnswer):
        read_answers(CALLS, 7, json.dumps(answers).encode())


def test_one_failed_call_fails_the_batch() -> None:
    failed = {"jsonrpc": "2.0", "id": 8, "error": {"code": -32603, "message": "Internal error", "data": "no height 8"}}
    with pytest.raises(CallFailed, match="no height 8"):
        read_answers(CALLS, 7, json.dumps([answer(7), failed, answer(9)]).encode())
