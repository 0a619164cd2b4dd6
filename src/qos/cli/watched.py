"""How `qos status` tells what the watcher of a network sees."""

from collections.abc import Iterator

from qos.base.strictjson import JsonObject

LATE_S = 30
"""Chains make a block a second at least: who compared none for so long does not see them."""


def watcher_lines(answer: JsonObject | None, now_ms: int) -> Iterator[str]:
    """Yield a line for each pair of chains; one line when the watcher does not answer."""
    pairs = answer["pairs"] if answer is not None else None
    if not isinstance(pairs, list):
        yield "watcher      does not answer: watcher.log in its folder says why"
        return
    for pair in pairs:
        if isinstance(pair, dict):
            yield f"watcher      {pair['one']} and {pair['other']}: {_sight(pair, now_ms)}"


def _sight(pair: JsonObject, now_ms: int) -> str:
    compared_ms, gaps = pair["compared_ms"], pair["gaps"]
    if not isinstance(compared_ms, int):
        return f"not compared yet{_because(pair)}"
    age_s = max(now_ms - compared_ms, 0) // 1_000
    when = f"compared {age_s} s ago"
    if isinstance(gaps, list) and gaps:
        return f"GAP in {len(gaps)} asset{'s' if len(gaps) > 1 else ''}, {when}: qos qcp conservation shows it"
    if age_s > LATE_S or pair["incomparable"]:
        return f"no gap when last {when}{_because(pair)}"
    return f"no gap, {when}"


def _because(pair: JsonObject) -> str:
    return f": {pair['incomparable']}" if pair["incomparable"] else ""
