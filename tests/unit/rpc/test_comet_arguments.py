"""Parameters of JSON bodies and of URIs."""

from collections.abc import Callable

import pytest

from qos.rpc.comet.arguments import Arguments, JsonArguments, UriArguments
from qos.rpc.comet.envelope import InvalidParams

NAMES = ("height", "data", "prove")


def body(**params: object) -> Arguments:
    return JsonArguments(params, NAMES)


def uri(**params: str) -> Arguments:
    return UriArguments(params)


def test_missing_parameters_have_their_empty_value() -> None:
    for arguments in (body(), uri(), uri(height="", data="", prove="", text=""), body(height=None, data=None)):
        assert arguments.integer("height") is None
        assert arguments.text("text") == ""
        assert arguments.hex_data("data") == arguments.base64_data("data") == b""
        assert arguments.flag("prove") is False


@pytest.mark.parametrize("arguments", [body(height=5), body(height="5"), uri(height="5"), uri(height='"5"')])
def test_a_number_may_be_text(arguments: Arguments) -> None:
    assert arguments.integer("height") == 5


def test_parameters_may_come_in_order() -> None:
    assert JsonArguments([5, "6162"], NAMES).hex_data("data") == b"ab"
    with pytest.raises(InvalidParams):
        JsonArguments([1, 2, 3, 4], NAMES)


def test_bytes_are_hex_or_base64_in_a_body_and_hex_or_text_in_a_uri() -> None:
    assert body(data="6162").hex_data("data") == b"ab"
    assert body(data="0x6162").hex_data("data") == b"ab"
    assert body(data="YWI=").base64_data("data") == b"ab"
    assert uri(data="0x6162").hex_data("data") == uri(data='"ab"').base64_data("data") == b"ab"
    assert uri(data="0x6162").text("data") == uri(data='"ab"').text("data") == "ab"


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("false", False), ('"true"', True)])
def test_a_uri_writes_truth_values(value: str, expected: bool) -> None:
    assert uri(prove=value).flag("prove") is expected


@pytest.mark.parametrize(
    "read",
    [
        lambda: body(height="five").integer("height"),
        lambda: body(height=True).integer("height"),
        lambda: body(height=[]).integer("height"),
        lambda: body(height="9" * 19).integer("height"),
        lambda: body(height="9" * 400).integer("height"),
        lambda: uri(height="1e3").integer("height"),
        lambda: body(data=5).text("data"),
        lambda: uri(data='"\\ud800"').hex_data("data"),
        lambda: body(data="xyz").hex_data("data"),
        lambda: body(data="a").base64_data("data"),
        lambda: uri(data="plain").text("data"),
        lambda: uri(data="5").text("data"),
        lambda: uri(data="0xzz").hex_data("data"),
        lambda: body(prove="yes").flag("prove"),
        lambda: body(prove=1).flag("prove"),
        lambda: uri(prove="yes").flag("prove"),
    ],
)
def test_a_value_of_another_type_is_refused(read: Callable[[], object]) -> None:
    with pytest.raises(InvalidParams):
        read()
