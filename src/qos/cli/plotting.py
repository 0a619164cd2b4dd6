"""Drawing issuance into a file. The chart library is an extra: `pip install qos[plot]`."""

from pathlib import Path
from typing import TYPE_CHECKING

from qos.base.amounts import E18
from qos.base.blocktime import MILLISECOND_NS, rfc3339
from qos.cli.errors import UsageError

if TYPE_CHECKING:
    from qos.cli.issuing import Curve

SIZE = (10, 6)
DPI = 120


def draw(curve: "Curve", file: Path) -> None:
    """Draw supply and reward over time; the kind of file follows from its name. Raises: UsageError."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("drawing needs matplotlib", "pip install 'qos[plot]'") from None
    begin_ms, end_ms = curve.times_ms[0], curve.times_ms[-1]
    years = [(each - begin_ms) / (365 * 86_400_000) for each in curve.times_ms]
    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(years, [each / E18 / 10**9 for each in curve.supply])
    above.set_ylabel("supply, 10^9 QOS")
    above.set_title(f"QOS as planned, {_day(begin_ms)} to {_day(end_ms)}")
    below.plot(years, [each / E18 for each in curve.reward], drawstyle="steps-post")
    below.set_ylabel("a block mints, QOS")
    below.set_xlabel("years")
    for axes in (above, below):
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
    figure.savefig(file)


def _day(time_ms: int) -> str:
    return rfc3339(time_ms * MILLISECOND_NS)[:10]
