"""Votes as clients write them: one option, or weighted ones as decimals (v1) or parts of 10^18 (v1beta1)."""

import re
from collections.abc import Iterable
from enum import IntEnum

from qos.base.amounts import E18
from qos.modules.governance.proposals.errors import BadVote
from qos.modules.governance.proposals.formulas import total
from qos.proto.records.cosmos_gov_v1 import VoteOption
from qos.proto.records.qos_gov_v1 import Counts

_DECIMAL = re.compile(r"([01])(?:\.([0-9]{1,18}))?", re.ASCII)
_FIELDS = {
    VoteOption.VOTE_OPTION_YES: "yes",
    VoteOption.VOTE_OPTION_ABSTAIN: "abstain",
    VoteOption.VOTE_OPTION_NO: "no",
    VoteOption.VOTE_OPTION_NO_WITH_VETO: "no_with_veto",
}


def single(option: IntEnum) -> Counts:
    """Return a vote for one option. Raises: BadVote."""
    return weighted(((option, E18),))


def weighted(parts: Iterable[tuple[IntEnum, int]]) -> Counts:
    """Return a vote of parts. Raises: BadVote unless each option is named once and the parts add up to 1."""
    weights: dict[str, int] = {}
    for option, weight in parts:
        name = _FIELDS.get(VoteOption(option))
        if name is None:
            raise BadVote("a vote is yes, abstain, no or no-with-veto")
        if name in weights or weight <= 0:
            raise BadVote(f"{name} is named twice or with no positive weight")
        weights[name] = weight
    found = Counts(**weights)
    if total(found) != E18:
        raise BadVote("the weights of a vote add up to 1")
    return found


def read_decimal(text: str) -> int:
    """Read a weight as a part of 10^18. Raises: BadVote."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise BadVote(f"{text[:40]!r} is no weight: write a decimal from 0 to 1")
    return int(match[1]) * E18 + int((match[2] or "").ljust(18, "0"))


def write_decimal(part: int) -> str:
    """Write a part of 10^18 as a decimal with 18 places, as Cosmos does."""
    return f"{part // E18}.{part % E18:018d}"


def parts_of(weights: Counts) -> tuple[tuple[VoteOption, int], ...]:
    """Return the options a vote names, with their parts of 10^18."""
    found = ((option, getattr(weights, name)) for option, name in _FIELDS.items())
    return tuple([(option, part) for option, part in found if part])
