"""What a watcher shows of the pairs it compares: the newest comparison stays when a later look cannot compare."""

import json
from typing import Any

from qos.cassini.watcher import Sight
from qos.modules.crosschain.qcp.conservation import Comparison, Line
from qos.node.watch_pages import Sights

PAIR = ("qos-1", "shop-1")
REASON = "the answer of qos-1 is older than what shop-1 has received: ask it again"


def line(circulating: int) -> Line:
    return Line(home="qos-1", abroad="shop-1", denom="aqos", voucher="qcp/AB", set_aside=70, circulating=circulating)


def seen(*looks: Comparison) -> Sights:
    sights = Sights((PAIR,))
    for number, comparison in enumerate(looks):
        sights.see(PAIR, Sight(comparison=comparison), 5_000 + number)
    return sights


def page(sights: Sights, path: str) -> bytes:
    body = sights.pages()[path].render()
    assert isinstance(body, bytes)
    return body


def status(sights: Sights) -> dict[str, Any]:
    (pair,) = json.loads(page(sights, "/status"))["pairs"]
    assert (pair.pop("one"), pair.pop("other")) == PAIR
    found: dict[str, Any] = pair
    return found


def test_a_pair_is_listed_before_it_was_compared() -> None:
    assert status(Sights((PAIR,))) == {"compared_ms": None, "gaps": [], "incomparable": ""}


def test_a_comparison_without_gap_tells_its_time() -> None:
    assert status(seen(Comparison(lines=(line(70),)))) == {"compared_ms": 5_000, "gaps": [], "incomparable": ""}


def test_a_gap_is_told_with_both_sides_of_it() -> None:
    (gap,) = status(seen(Comparison(lines=(line(70), line(75)))))["gaps"]
    assert (gap["set_aside"], gap["circulating"], gap["gap"], gap["denom"]) == ("70", "75", "5", "aqos")


def test_what_cannot_be_compared_keeps_what_was_seen_before_and_its_time() -> None:
    sights = seen(Comparison(lines=(line(75),)), Comparison(incomparable=REASON, unsent=True))
    found = status(sights)
    assert (found["compared_ms"], found["incomparable"]) == (5_000, REASON)
    assert found["gaps"]
    assert b'qos_watcher_compared_seconds{one="qos-1",other="shop-1"} 5.0' in sights.metrics()


def test_the_figures_name_the_gap() -> None:
    expected = b'qos_watcher_gap{abroad="shop-1",denom="aqos",home="qos-1",voucher="qcp/AB"} 5.0'
    assert expected in page(seen(Comparison(lines=(line(75),))), "/metrics")
