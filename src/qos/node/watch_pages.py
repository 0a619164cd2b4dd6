"""What a watcher saw last of each pair of chains, as pages for operators and for `qos status`."""

from qos.base.strictjson import JsonObject, JsonValue, render_json
from qos.cassini.watcher import Sight
from qos.modules.crosschain.qcp.conservation import Line
from qos.node.pages import JSON, TEXT, Page

GAP_METRIC = "qos_watcher_gap"
COMPARED_METRIC = "qos_watcher_compared_seconds"


class Sights:
    """The newest look at each pair, and when a pair was last compared, milliseconds since 1970."""

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        """Have seen nothing yet of these pairs."""
        self._newest: dict[tuple[str, str], Sight | None] = dict.fromkeys(pairs)
        self._compared: dict[tuple[str, str], tuple[Sight, int]] = {}

    def see(self, pair: tuple[str, str], sight: Sight, now_ms: int) -> None:
        """Remember a look."""
        self._newest[pair] = sight
        if not sight.comparison.incomparable:
            self._compared[pair] = (sight, now_ms)

    def pages(self) -> dict[str, Page]:
        """Return the pages to serve, by path."""
        return {
            "/metrics": Page(content_type=TEXT, render=self.metrics),
            "/status": Page(content_type=JSON, render=lambda: render_json(self.status()).encode()),
        }

    def metrics(self) -> bytes:
        """Write the figures in the text format Prometheus scrapes."""
        from prometheus_client import CollectorRegistry, Gauge, generate_latest

        registry = CollectorRegistry()
        names = ("home", "abroad", "denom", "voucher")
        gap = Gauge(GAP_METRIC, "What circulates abroad without being set aside, base units.", names, registry=registry)
        text = "When two chains were last compared, seconds since 1970."
        compared = Gauge(COMPARED_METRIC, text, ("one", "other"), registry=registry)
        for pair, (sight, compared_ms) in self._compared.items():
            compared.labels(*pair).set(compared_ms / 1_000)
            for each in sight.comparison.lines:
                gap.labels(each.home, each.abroad, each.denom, each.voucher).set(each.gap)
        return generate_latest(registry)

    def status(self) -> JsonObject:
        """Return for each pair when it was last compared, the gaps there were, and why it cannot be compared now."""
        pairs: list[JsonValue] = []
        for (one, other), newest in self._newest.items():
            sight, compared_ms = self._compared.get((one, other), (None, None))
            gaps: list[JsonValue] = [as_json(each) for each in sight.comparison.gaps] if sight is not None else []
            pairs.append(
                {
                    "one": one,
                    "other": other,
                    "compared_ms": compared_ms,
                    "gaps": gaps,
                    "incomparable": newest.comparison.incomparable if newest is not None else "",
                }
            )
        return {"pairs": pairs}


def as_json(line: Line) -> JsonObject:
    """Return what circulates of an asset and what is set aside for it."""
    return {
        "home": line.home,
        "abroad": line.abroad,
        "denom": line.denom,
        "voucher": line.voucher,
        "set_aside": str(line.set_aside),
        "circulating": str(line.circulating),
        "gap": str(line.gap),
    }
