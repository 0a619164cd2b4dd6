"""What `qos qcp conservation` and `qos qcp watch` do: compare what circulates abroad with what home has set aside."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from qos.base.identifiers import BASE_DENOM
from qos.base.strictjson import JsonObject, JsonValue, render_json
from qos.cassini.conservation import compared
from qos.cassini.watcher import Sight
from qos.cli.amounts import format_coin
from qos.cli.errors import Failed, UsageError
from qos.cli.options import Output
from qos.cli.output import show, table
from qos.cli.session import Session
from qos.cli.trusting import keep_state, trusted_state
from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.client.ledgers import Trust, proven_ledger
from qos.lightclient.verifier import Options
from qos.modules.crosschain.qcp.conservation import Comparison, Line, compare
from qos.node.running import RunningChain
from qos.node.sockets import listen, url_of
from qos.node.stopping import stop_event
from qos.node.watch_pages import as_json
from qos.node.watching import Watching, watch

PROVEN_READS = 4
"""How often both chains are read until neither answer is older than what the other received."""
HUB, SPOKE = "public", "business"
PAUSED_NEXT = "qos qcp watch --from PAUSER pauses both queues; then find out which chain minted what nobody sent"


def show_conservation(opened: Session, output: Output, *, prove: bool) -> None:
    """Compare the public chain with every business chain. Raises: NotRunning, Failed when there is a gap."""
    pairs = _pairs(opened)
    lines = asyncio.run(_compare_proven(opened, pairs) if prove else _compare(pairs))
    rows = [
        (
            each.home,
            each.abroad,
            each.denom or each.voucher,
            _shown(each, each.set_aside),
            _shown(each, each.circulating),
            _shown(each, each.gap),
        )
        for each in lines
    ]
    entries: list[JsonValue] = [as_json(each) for each in lines]
    text = table(("home", "abroad", "asset", "set aside", "circulating", "gap"), rows)
    gaps = [each for each in lines if each.gap]
    show({"conserved": not gaps, "proven": prove, "assets": entries}, output, text)
    if gaps:
        raise Failed(f"{len(gaps)} assets circulate beyond what is set aside for them", PAUSED_NEXT)


def _shown(line: Line, amount: int) -> str:
    return format_coin(line.denom, amount) if line.denom == BASE_DENOM else str(amount)


async def _compare(pairs: tuple[tuple[RunningChain, RunningChain], ...]) -> list[Line]:
    found: list[Line] = []
    async with AsyncExitStack() as stack:
        for hub, spoke in pairs:
            one = await stack.enter_async_context(HttpTransport(hub.rpc))
            other = await stack.enter_async_context(HttpTransport(spoke.rpc))
            comparison = await compared((hub.chain_id, one), (spoke.chain_id, other))
            if comparison.incomparable:
                raise Failed(comparison.incomparable, "try again")
            found += comparison.lines
    return found


async def _compare_proven(opened: Session, pairs: tuple[tuple[RunningChain, RunningChain], ...]) -> list[Line]:
    """Compare figures of which each is proven; assets are asked of both sides."""
    found: list[Line] = []
    async with AsyncExitStack() as stack:
        for pair in pairs:
            nodes = [await stack.enter_async_context(HttpTransport(each.rpc)) for each in pair]
            comparison = await _proven_pair(opened, pair, nodes)
            if comparison.incomparable:
                raise Failed(comparison.incomparable, "try again")
            found += comparison.lines
    return found


async def _proven_pair(
    opened: Session, pair: tuple[RunningChain, RunningChain], nodes: Sequence[Transport]
) -> Comparison:
    comparison = Comparison(incomparable="nothing was read")
    names: list[tuple[str, ...]] = [(), ()]
    for _ in range(PROVEN_READS):
        answers = []
        for at, (chain, node) in enumerate(zip(pair, nodes, strict=True)):
            state = await trusted_state(opened, node, chain.chain_id)
            trust = Trust(state=state, options=Options(), now_ns=time.time_ns())
            answer, newest = await proven_ledger(node, trust, pair[1 - at].chain_id, names[1 - at])
            keep_state(opened, chain.chain_id, newest)
            names[at] = tuple(asset.voucher for asset in answer.assets)
            answers.append(answer)
        comparison = compare(answers[0], answers[1])
        asked = {voucher.denom for voucher in answers[0].vouchers}
        if not comparison.incomparable and asked.issuperset(names[1]):
            return comparison
    return comparison


def run_watcher(opened: Session, chain: str, key: str, passphrase: Path | None, port: int) -> None:
    """Watch the public chain and one other until stopped. Raises: NotRunning, UsageError, NoSuchKey, PortTaken."""
    pairs = [(hub, spoke) for hub, spoke in _pairs(opened) if chain in (spoke.folder, spoke.chain_id)]
    if not pairs:
        raise UsageError(f"this network has no business chain {chain!r}", "qos status shows the chains it has")
    hub, spoke = pairs[0]
    signer = opened.signer(key, passphrase)
    listener = listen("127.0.0.1", port)
    print(f"watching {hub.chain_id} and {spoke.chain_id}; figures at {url_of(listener)}/metrics", flush=True)
    watching = Watching(
        chains={hub.chain_id: hub.rpc, spoke.chain_id: spoke.rpc},
        pairs=((hub.chain_id, spoke.chain_id),),
        pauser=signer,
        listener=listener,
        tell=_tell,
    )

    async def work() -> None:
        await watch(watching, stop_event(until_eof=False))

    asyncio.run(work())


def _pairs(opened: Session) -> tuple[tuple[RunningChain, RunningChain], ...]:
    chains = opened.network().chains
    hubs = [each for each in chains if each.kind == HUB]
    return tuple([(hub, spoke) for hub in hubs for spoke in chains if spoke.kind == SPOKE])


def _tell(sight: Sight) -> None:
    """Print gaps and pauses, a JSON object a line; nothing while all is well."""
    for gap in sight.comparison.gaps:
        print(render_json({"gap": as_json(gap)}), flush=True)
    for pause in sight.pauses:
        told: JsonObject = {"chain": pause.chain_id, "peer": pause.peer, "refused": pause.refused}
        print(render_json({"paused": told}), flush=True)
