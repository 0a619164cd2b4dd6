"""What `qos qcp trace` does: ask all chains of the network, show each packet's way."""

import asyncio
import time
from contextlib import AsyncExitStack

from qos.base.blocktime import rfc3339
from qos.base.strictjson import JsonObject, JsonValue
from qos.cassini.tracking import Leg, Network, Stage, Trace, trace
from qos.cli.asking import hash_of
from qos.cli.chains import TIMEOUT_MS, reached
from qos.cli.errors import Failed
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.session import Session
from qos.client.io.http import HttpTransport
from qos.client.node import status
from qos.node.running import RunningChain


def show_trace(opened: Session, tx_hash: str, chain: str, node: str, output: Output) -> None:
    """Show the way of every packet a transaction sent. Raises: UsageError, CallFailed, Unreachable, Failed."""
    wanted = hash_of(tx_hash)
    running = opened.running
    known = running.chains if running is not None else ()
    source, traces = asyncio.run(_ask(opened.url(chain, node), known, wanted))
    if not traces:
        raise Failed(f"transaction {tx_hash} sent no packet from {source}", f"qos query tx {tx_hash}")
    shown: list[JsonValue] = [_as_json(each) for each in traces]
    show({"packets": shown}, output, "\n\n".join([_as_text(each) for each in traces]))


async def _ask(url: str, known: tuple[RunningChain, ...], tx_hash: bytes) -> tuple[str, tuple[Trace, ...]]:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(HttpTransport(url, timeout_ms=TIMEOUT_MS))
        source = (await first.send(status())).chain_id
        nodes = await reached(stack, known)
        network = Network(chains={**nodes.chains, source: first}, relays=nodes.relays, now_ns=time.time_ns())
        return source, await trace(network, source, tx_hash)


def _as_json(found: Trace) -> JsonObject:
    return {
        "request": _leg_json(found.request),
        "result": _leg_json(found.result) if found.result is not None else None,
        "done": found.result is not None and found.result.receipt is not None,
        "waiting_for": _waiting(found),
    }


def _waiting(found: Trace) -> str:
    return found.request.waiting or (found.result.waiting if found.result is not None else "")


def _leg_json(leg: Leg) -> JsonObject:
    stages: list[JsonValue] = [_stage_json(stage) for stage in leg.stages]
    return {
        "from": leg.source,
        "to": leg.destination,
        "sequence": leg.sequence,
        "hash": leg.hash.hex(),
        "code": leg.receipt.code if leg.receipt is not None else None,
        "stages": stages,
        "waiting_for": leg.waiting,
    }


def _stage_json(stage: Stage) -> JsonObject:
    return {
        "stage": stage.name,
        "chain": stage.chain,
        "height": stage.height or None,
        "time": rfc3339(stage.time_ns) if stage.time_ns is not None else None,
        "detail": stage.detail,
    }


def _as_text(found: Trace) -> str:
    legs = [("request", found.request)] + ([("result", found.result)] if found.result is not None else [])
    lines = [line for name, leg in legs for line in _leg_lines(name, leg)]
    waiting = _waiting(found)
    return "\n".join([*lines, f"waits for {waiting}" if waiting else "done"])


def _leg_lines(name: str, leg: Leg) -> list[str]:
    head = f"{name} {leg.sequence} from {leg.source} to {leg.destination}  {leg.hash.hex()}"
    return [head, *[_stage_line(stage) for stage in leg.stages]]


def _stage_line(stage: Stage) -> str:
    at = rfc3339(stage.time_ns) if stage.time_ns is not None else ""
    where = f"{stage.chain} {stage.height}" if stage.height else stage.chain
    return f"  {stage.name:<10} {where:<16} {at:<31} {stage.detail}".rstrip()
