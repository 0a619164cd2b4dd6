"""Amounts as people write them: 5qos, 0.25qos, 5aqos, 3qsc/SHOP. Exact: decimals never pass through floats."""

import re

from qos.base.amounts import E18
from qos.base.identifiers import BASE_DENOM, is_denom

_AMOUNT = re.compile(r"([0-9]{1,78})(?:\.([0-9]{1,18}))?([a-zA-Z][a-zA-Z0-9/:._-]{1,127})", re.ASCII)
_NATIVE = "qos"
_DECIMALS = 18


class BadAmount(ValueError):
    """A text is no amount."""


def parse_coin(text: str) -> tuple[str, int]:
    """Return (denomination, amount in base units); `qos` has 18 decimals, all else is whole. Raises: BadAmount."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise BadAmount(f"{text[:60]!r} is no amount: write a number and an asset, like 5qos or 250aqos")
    whole, fraction, denom = match.groups()
    if denom.lower() == _NATIVE:
        return BASE_DENOM, int(whole) * E18 + int((fraction or "").ljust(_DECIMALS, "0"))
    if fraction is not None:
        raise BadAmount(f"{text[:60]!r}: only qos may have decimals, give {denom} in whole base units")
    if not is_denom(denom):
        raise BadAmount(f"{denom!r} names no asset")
    return denom, int(whole)


def parse_coins(text: str) -> list[tuple[str, int]]:
    """Return amounts separated by commas, in order of asset. Raises: BadAmount, also when an asset stands twice."""
    coins = sorted(parse_coin(part) for part in text.split(","))
    if len({denom for denom, _ in coins}) != len(coins):
        raise BadAmount(f"{text[:60]!r} names an asset twice")
    return coins


def format_coin(denom: str, amount: int) -> str:
    """Write an amount for people; QOS in QOS, the rest in base units."""
    if denom != BASE_DENOM:
        return f"{amount} {denom}"
    whole, fraction = divmod(abs(amount), E18)
    sign = "-" if amount < 0 else ""
    decimals = f"{fraction:018d}".rstrip("0")
    return f"{sign}{whole:,}{'.' + decimals if decimals else ''} QOS"
