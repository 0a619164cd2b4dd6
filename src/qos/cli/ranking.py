"""What `qos validators` does: stake and penalties of one height, side by side."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from qos.base.amounts import E18
from qos.base.blocktime import DAY_S, HOUR_S, SECOND_NS
from qos.base.identifiers import BASE_DENOM, CONSENSUS_PREFIX, VALIDATOR_PREFIX, Address, format_address
from qos.base.strictjson import JsonObject, JsonValue
from qos.cli.amounts import format_coin
from qos.cli.options import Output
from qos.cli.output import paired, show
from qos.cli.session import ask
from qos.client import node as calls
from qos.client.calls import Transport
from qos.client.queries import query
from qos.proto.record import Record
from qos.proto.records import qos_slashing_v1 as slashing
from qos.proto.records import qos_staking_v1 as staking
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest

R = TypeVar("R", bound=Record)
PAGE = 200
MINUTE_S = 60
HEAD = ("validator", "status", "power", "bonded {}", "takes", "may miss", "left")
MONIKER = 12
"""Characters of a name that are shown: with its address on a line of its own a row fits a terminal."""
WORDS = {staking.Status.STATUS_INACTIVE: "inactive", staking.Status.STATUS_CLOSED: "closed"}


def show_validators(url: str, output: Output) -> None:
    """Print all validators, most bonded first. Raises: Refused, BadAnswer, Unreachable."""
    standings, windows, denom, now_ns = ask(url, _read)
    left = {window.info.consensus_address: window.left for window in windows if window.info is not None}
    ranked = sorted(standings, key=_rank)
    entries: list[JsonValue] = [_entry(each, left, now_ns) for each in ranked]
    show({"denom": denom, "validators": entries}, output, listing(ranked, left, now_ns, denom))


def listing(ranked: Sequence[staking.Standing], left: Mapping[Address, int], now_ns: int, denom: str) -> str:
    """Write validators as a table; below each its address, its own bond, and why it is inactive. `left` is misses."""
    symbol = format_coin(denom, 0).rpartition(" ")[2]
    heads = [head.format(symbol) for head in HEAD]
    rows = [_row(each, left, now_ns, denom) for each in ranked]
    return paired(heads, rows, [_below(each, denom) for each in ranked])


async def _read(node: Transport) -> tuple[list[staking.Standing], list[slashing.Window], str, int]:
    standings: list[staking.Standing] = []
    windows: list[slashing.Window] = []
    key = b""
    while True:
        asked = staking.QueryStandingsRequest(pagination=PageRequest(key=key, limit=PAGE))
        page = await node.send(query("/qos.staking.v1.Query/Standings", asked, staking.QueryStandingsResponse))
        standings += page.standings
        key = page.pagination.next_key if page.pagination is not None else b""
        if not key:
            break
    while True:
        wanted = slashing.QueryWindowsRequest(pagination=PageRequest(key=key, limit=PAGE))
        found = await node.send(query("/qos.slashing.v1.Query/Windows", wanted, slashing.QueryWindowsResponse))
        windows += found.windows
        key = found.pagination.next_key if found.pagination is not None else b""
        if not key:
            break
    asking = query("/qos.staking.v1.Query/Rules", staking.QueryRulesRequest(), staking.QueryRulesResponse)
    rules = await node.send(asking)
    denom = rules.params.bond_denom if rules.params is not None else ""
    return standings, windows, denom, (await node.send(calls.block(None))).time_ns


def _rank(each: staking.Standing) -> tuple[bool, int, int]:
    found = _validator(each)
    return not each.power, -found.tokens, found.number


def _validator(each: staking.Standing) -> staking.Validator:
    if each.validator is None:
        raise ValueError("a standing without its validator")
    return each.validator


def _entry(each: staking.Standing, left: Mapping[Address, int], now_ns: int) -> JsonObject:
    found = _validator(each)
    address = Address(each.consensus_address)
    return {
        "moniker": found.description.moniker,
        "operator": format_address(found.owner, VALIDATOR_PREFIX),
        "consensus_address": format_address(address, CONSENSUS_PREFIX),
        "status": status_of(each),
        "reason": found.reason.name.removeprefix("REASON_").lower() if found.reason else "",
        "tombstoned": found.tombstoned,
        "power": str(each.power),
        "bonded": str(found.tokens),
        "self_bond": str(each.self_bond),
        "commission": percent(found.commission.commission_rates.rate),
        "misses_left": str(left[address]) if address in left and each.power else "",
        "closes_in_seconds": str(max(found.closes - now_ns, 0) // SECOND_NS) if found.closes is not None else "",
    }


def _row(each: staking.Standing, left: Mapping[Address, int], now_ns: int, denom: str) -> tuple[object, ...]:
    found = _validator(each)
    address = Address(each.consensus_address)
    closing = found.closes is not None and found.status is staking.Status.STATUS_INACTIVE
    name = found.description.moniker
    return (
        name if len(name) <= MONIKER else name[: MONIKER - 1] + "…",
        _status(each),
        each.power,
        _whole(denom, found.tokens).rpartition(" ")[0],
        percent(found.commission.commission_rates.rate),
        left[address] if address in left and each.power else "",
        span(max((found.closes or 0) - now_ns, 0) // SECOND_NS) if closing else "",
    )


def _below(each: staking.Standing, denom: str) -> list[str]:
    told = f"{format_address(_validator(each).owner, VALIDATOR_PREFIX)}  own {_whole(denom, each.self_bond)}"
    return [told, *filter(None, [_reason(each)])]


def _whole(denom: str, amount: int) -> str:
    """Write an amount of QOS without its decimals: power counts whole ones too."""
    return format_coin(denom, amount - amount % E18 if denom == BASE_DENOM else amount)


def status_of(each: staking.Standing) -> str:
    """Return the status in the paper's words, and why where that is known."""
    why = _reason(each)
    return f"{_status(each)} ({why})" if why else _status(each)


def _status(each: staking.Standing) -> str:
    found = _validator(each)
    if found.status is staking.Status.STATUS_ACTIVE:
        return "bonded" if each.power else "candidate"
    return WORDS.get(found.status, "unknown")


def _reason(each: staking.Standing) -> str:
    found = _validator(each)
    if found.status is staking.Status.STATUS_ACTIVE:
        return ""
    why = found.reason.name.removeprefix("REASON_").lower().replace("_", " ")
    return f"{why}, for ever" if found.tombstoned else why


def percent(rate_e18: int) -> str:
    """Write a rate in percent, two places, rounded down."""
    hundredths = rate_e18 * 10_000 // E18
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def span(seconds: int) -> str:
    """Write how long something takes, in its two largest units."""
    parts = ((seconds // DAY_S, "d"), (seconds % DAY_S // HOUR_S, "h"), (seconds % HOUR_S // MINUTE_S, "min"))
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown[:2]) or "less than a minute"
