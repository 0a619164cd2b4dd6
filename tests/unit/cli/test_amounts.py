import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.cli.amounts import BadAmount, format_coin, parse_coin, parse_coins


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5qos", ("aqos", 5 * 10**18)),
        ("5QOS", ("aqos", 5 * 10**18)),
        ("0.000000000000000001qos", ("aqos", 1)),
        ("5aqos", ("aqos", 5)),
        ("007aqos", ("aqos", 7)),
        ("3qsc/SHOP", ("qsc/SHOP", 3)),
        (f"12qcp/{'ab' * 32}", ("qcp/" + "ab" * 32, 12)),
    ],
)
def test_amounts_read_as_people_write_them(text: str, expected: tuple[str, int]) -> None:
    assert parse_coin(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "5", "qos", "-5qos", "+5qos", "5 qos", "1.5aqos", "0.0000000000000000001qos", ".5qos", "\u0665qos", "5q"],
)
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        parse_coin(text)


def test_a_list_is_sorted_and_names_an_asset_once() -> None:
    assert parse_coins("3qsc/SHOP,5aqos") == [("aqos", 5), ("qsc/SHOP", 3)]
    with pytest.raises(BadAmount, match="twice"):
        parse_coins("1aqos,1qos")


@given(st.integers(min_value=0, max_value=10**40))
def test_a_written_amount_reads_back_to_the_last_unit(amount: int) -> None:
    written = format_coin("aqos", amount).replace(",", "").replace(" ", "")
    assert parse_coin(written) == ("aqos", amount)
