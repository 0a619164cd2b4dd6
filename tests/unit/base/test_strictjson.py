import pytest

from qos.base.strictjson import BadJson, parse_json, render_json


def test_a_document_survives_writing_and_reading() -> None:
    value = parse_json('{"b": [1, true, null, "ü"], "a": {"n": -12345678901234567890}}')
    assert parse_json(render_json(value)) == value
    assert parse_json(render_json(value, indent=2)) == value


@pytest.mark.parametrize(
    "document", ['{"a":1,"a":2}', "[1.0]", "[1e5]", "NaN", "[-Infinity]", "[" * 100_000, "", b"\xff", '"\x00"']
)
def test_a_document_that_two_readers_could_read_differently_is_refused(document: str | bytes) -> None:
    with pytest.raises(BadJson):
        parse_json(document)
