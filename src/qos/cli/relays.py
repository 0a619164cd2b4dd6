"""What `qos cassini status` does: ask the chains and the relays of a network, show routes and members as tables."""

import asyncio
import time
from contextlib import AsyncExitStack

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import format_address
from qos.base.strictjson import JsonObject, JsonValue
from qos.cassini.overview import Overview, RouteState, overview
from qos.cli.chains import reached
from qos.cli.errors import NotRunning
from qos.cli.options import Output
from qos.cli.output import show, table
from qos.cli.own_programs import own_status
from qos.cli.session import Session
from qos.node.home import NetworkHome
from qos.node.running import Running

NOTHING = "-"


def show_status(opened: Session, output: Output) -> None:
    """Show routes, members and this machine's relays. Raises: NotRunning, Unreachable, Refused, BadAnswer."""
    found, own = asyncio.run(_ask(opened.home, opened.network()))
    show(_as_json(found, own), output, _as_text(found, own))


async def _ask(home: NetworkHome, running: Running) -> tuple[Overview, dict[int, JsonObject | None]]:
    async with AsyncExitStack() as stack:
        nodes = await reached(stack, running.chains)
        if nodes.relays is None:
            raise NotRunning("this network has no Cassini chain", "qos status shows the chains it has")
        found = await overview(nodes.chains, nodes.relays, time.time_ns())
        return found, {each.number: await own_status(home.relay(each.number)) for each in running.relays}


def _as_json(found: Overview, own: dict[int, JsonObject | None]) -> JsonObject:
    routes: list[JsonValue] = [_route_json(each) for each in found.routes]
    members: list[JsonValue] = [
        {"relay": format_address(each.address), "key": each.key.hex(), "struck": each.struck} for each in found.members
    ]
    relays: list[JsonValue] = [{"number": number, "answer": answer} for number, answer in own.items()]
    return {"routes": routes, "members": members, "batches": found.batches, "relays": relays}


def _route_json(each: RouteState) -> JsonObject:
    return {
        "from": each.source,
        "to": each.destination,
        "outbox": each.outbox,
        "inbox": each.inbox,
        "depth": each.depth,
        "oldest_age_ms": each.oldest_age_ns * 1_000 // SECOND_NS if each.oldest_age_ns is not None else None,
        "votes": each.votes,
        "under_way": each.under_way,
        "state": each.state,
    }


def _as_text(found: Overview, own: dict[int, JsonObject | None]) -> str:
    routes = [
        (each.source, each.destination, each.depth, _age(each), each.votes, each.under_way, each.state)
        for each in found.routes
    ]
    members = [
        (each.key.hex()[:16], format_address(each.address), "struck" if each.struck else "active")
        for each in found.members
    ]
    relays = [_relay_row(number, answer) for number, answer in own.items()]
    parts = [
        table(("from", "to", "waiting", "oldest", "votes", "batches", "state"), routes),
        table(("key", "relay", "state"), members),
        table(("here", "votes", "signed", "handed in", "disagreed", "p50", "p95"), relays),
    ]
    return "\n\n".join(parts)


def _age(each: RouteState) -> str:
    return NOTHING if each.oldest_age_ns is None else f"{each.oldest_age_ns // SECOND_NS} s"


def _relay_row(number: int, answer: JsonObject | None) -> tuple[object, ...]:
    name = f"relay {number}"
    if answer is None:
        return (name, "does not answer", *[NOTHING] * 5)
    disagreements = answer["disagreements"]
    counted = len(disagreements) if isinstance(disagreements, dict) else 0
    median, slow = _whole_times(answer)
    return name, answer["votes"], answer["signatures"], answer["submissions"], counted, median, slow


def _whole_times(answer: JsonObject) -> tuple[str, str]:
    """Return the slowest route's quantiles of a batch's whole way."""
    found: list[tuple[int, int]] = []
    routes = answer["routes"]
    for route in routes if isinstance(routes, list) else []:
        stages = route.get("stages") if isinstance(route, dict) else None
        whole = stages.get("whole") if isinstance(stages, dict) else None
        if isinstance(whole, dict):
            found.append((int(str(whole["p50_ms"])), int(str(whole["p95_ms"]))))
    if not found:
        return NOTHING, NOTHING
    median, slow = max(found)
    return f"{median} ms", f"{slow} ms"
