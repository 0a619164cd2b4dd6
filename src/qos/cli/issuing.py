"""What `qos economics` does: ask a chain for its issuance, show it, and draw it as planned."""

from dataclasses import dataclass
from pathlib import Path

from qos.base.amounts import E18, mul_div_floor
from qos.base.blocktime import MILLISECOND_NS, rfc3339
from qos.base.identifiers import BASE_DENOM
from qos.base.strictjson import JsonObject
from qos.cli.amounts import format_coin
from qos.cli.errors import UsageError
from qos.cli.options import Output
from qos.cli.output import show, table
from qos.cli.session import Session, ask
from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.queries import query
from qos.modules.economics.mint.issuance import Issuance, Terms
from qos.modules.economics.mint.params import filled
from qos.proto.records import cosmos_staking_v1beta1 as staking
from qos.proto.records import qos_distribution_v1 as distribution
from qos.proto.records import qos_mint_v1 as mint

KINDS = (".png", ".svg")
POINTS = 560
"""Points of the plot: 80 a phase of the whitepaper."""

PERCENT_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """What a chain tells of its issuance; amounts in aqos."""

    phases: mint.QueryPhasesResponse
    params: mint.Params
    progress: mint.QueryProgressResponse
    sharing: distribution.Params
    bonded: int

    @property
    def apr_e18(self) -> int:
        """What a year like now would add to bonded tokens, as a share of them before commission: an estimate."""
        if not self.bonded:
            return 0
        shared = E18 - self.sharing.proposer_reward_rate - self.sharing.community_reward_rate
        return mul_div_floor(self.progress.year_estimate, shared, self.bonded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Issuance as planned, at even times: supply in aqos and what a block mints then."""

    times_ms: tuple[int, ...]
    supply: tuple[int, ...]
    reward: tuple[int, ...]


def show_economics(opened: Session, place: tuple[str, str], plot: Path | None, output: Output) -> None:
    """Show issuance, and draw it when a file is given. Raises: UsageError, Refused, BadAnswer, Unreachable."""
    if plot is not None and plot.suffix not in KINDS:
        raise UsageError(f"{plot} is neither a .png nor a .svg file", "--plot supply.svg")
    found = ask(opened.url(*place), _asked)
    if plot is not None:
        from qos.cli import plotting

        plotting.draw(planned(found), plot)
    document = as_json(found)
    text = as_text(found)
    if plot is not None:
        document["plot"], text = str(plot), f"{text}\ndrawn as planned, at even blocks: {plot}"
    show(document, output, text)


async def _asked(node: Transport) -> Economics:
    phases = await node.send(query("/qos.mint.v1.Query/Phases", mint.QueryPhasesRequest(), mint.QueryPhasesResponse))
    params = await node.send(query("/qos.mint.v1.Query/Params", mint.QueryParamsRequest(), mint.QueryParamsResponse))
    progress = await node.send(
        query("/qos.mint.v1.Query/Progress", mint.QueryProgressRequest(), mint.QueryProgressResponse)
    )
    sharing = await node.send(
        query(
            "/qos.distribution.v1.Query/Params",
            distribution.QueryParamsRequest(),
            distribution.QueryParamsResponse,
        )
    )
    pool = await node.send(
        query("/cosmos.staking.v1beta1.Query/Pool", staking.QueryPoolRequest(), staking.QueryPoolResponse)
    )
    if params.params is None or sharing.params is None or pool.pool is None:
        raise BadAnswer("the node left out what was asked for")
    return Economics(
        phases=phases,
        params=params.params,
        progress=progress,
        sharing=sharing.params,
        bonded=pool.pool.bonded_tokens,
    )


def planned(found: Economics) -> Curve:
    """Return issuance from its start on as if all blocks came evenly, by the rules of the chain.

    Raises: UsageError when nothing is to be issued.
    """
    begin_ms = found.phases.start // MILLISECOND_NS
    if not found.phases.phases:
        raise UsageError("this chain issues nothing: there is nothing to draw")
    ends = [each.endtime // MILLISECOND_NS for each in found.phases.phases]
    terms = [
        Terms(begin_ms=start, end_ms=end, total=each.total_amount)
        for start, end, each in zip([begin_ms, *ends], ends, found.phases.phases, strict=False)
    ]
    rules = filled(found.params)
    run = Issuance(terms, rules, time_ms=begin_ms)
    supply = found.progress.supply - found.progress.minted
    times, supplies, rewards = [], [], []
    for point in range(1, POINTS + 1):
        until_ms = begin_ms + mul_div_floor(ends[-1] - begin_ms, point, POINTS)
        run.steady(rules.block_ms, max((until_ms - run.time_ms) // rules.block_ms, 0))
        before = run.minted
        reward = run.block(run.time_ms + rules.block_ms)
        times.append(run.time_ms)
        supplies.append(supply + before + reward)
        rewards.append(reward)
    return Curve(times_ms=(begin_ms, *times), supply=(supply, *supplies), reward=(rewards[0], *rewards))


def percent(share_e18: int) -> str:
    """Write a share as percent, rounded down."""
    scaled = mul_div_floor(share_e18, 100 * 10**PERCENT_PLACES, E18)
    return f"{scaled // 10**PERCENT_PLACES}.{scaled % 10**PERCENT_PLACES:0{PERCENT_PLACES}d} %"


def _state(found: Economics, index: int) -> str:
    if index == found.phases.current:
        return "running"
    return "done" if index < found.phases.current else ""


def as_text(found: Economics) -> str:
    """Write issuance for people."""
    rows = [
        (
            index + 1,
            rfc3339(each.endtime),
            format_coin(BASE_DENOM, each.total_amount),
            format_coin(BASE_DENOM, each.applied_amount),
            _state(found, index),
        )
        for index, each in enumerate(found.phases.phases)
    ]
    progress = found.progress
    lines = [
        table(("phase", "until", "mints", "minted", ""), rows),
        "",
        f"supply               {format_coin(BASE_DENOM, progress.supply)}",
        f"minted               {format_coin(BASE_DENOM, progress.minted)}"
        f" of {format_coin(BASE_DENOM, progress.planned)} planned",
        f"newest block         {format_coin(BASE_DENOM, progress.block_reward)}",
        f"mean interval        {(progress.mean_interval or 0) // MILLISECOND_NS} ms",
        f"a year (estimate)    {format_coin(BASE_DENOM, progress.year_estimate)} if all blocks were like the newest",
        f"bonded               {format_coin(BASE_DENOM, found.bonded)}",
        f"APR (estimate)       {percent(found.apr_e18)} of what is bonded, before commission, while nothing changes",
    ]
    return "\n".join(lines)


def as_json(found: Economics) -> JsonObject:
    """Write issuance for programs."""
    progress = found.progress
    return {
        "phases": [
            {
                "endtime": rfc3339(each.endtime),
                "total_amount": str(each.total_amount),
                "applied_amount": str(each.applied_amount),
            }
            for each in found.phases.phases
        ],
        "current_phase": str(found.phases.current),
        "supply": str(progress.supply),
        "minted": str(progress.minted),
        "planned": str(progress.planned),
        "block_reward": str(progress.block_reward),
        "mean_interval_ms": str((progress.mean_interval or 0) // MILLISECOND_NS),
        "bonded": str(found.bonded),
        "year_estimate": str(progress.year_estimate),
        "apr_estimate": percent(found.apr_e18),
    }
