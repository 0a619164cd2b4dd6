"""What a node on CometBFT stands on beside what every node does: engine, peers, and the risk of signing twice."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator

from qos.base.errors import QosError
from qos.base.strictjson import JsonObject
from qos.client.calls import Call
from qos.client.errors import ClientError
from qos.client.fields import integer
from qos.client.io.http import HttpTransport
from qos.crypto import ed25519
from qos.engine.cometbft.errors import EngineProgramError
from qos.engine.cometbft.identity import parse_sign_state
from qos.engine.cometbft.io.program import find_engine
from qos.node.chain_lists import chain_of
from qos.node.comet.config import CometConfig
from qos.node.comet.report import Condition, NodeReport, read_report
from qos.node.config import ChainConfig
from qos.node.doctor.findings import Finding, ok, problem, warning
from qos.node.home import ChainHome, holder
from qos.node.reading import opened_state
from qos.node.validators import read_seeds
from qos.store.errors import StoreError

ASK_TIMEOUT_MS = 3_000


def look_at_engine(home: ChainHome, engine: CometConfig, name: str) -> Iterator[Finding]:
    """Look at the engine's program, and at the peers of a node that runs."""
    try:
        found = find_engine(engine.program)
    except EngineProgramError as error:
        yield problem("engine", name, str(error), error.next_step)
    else:
        yield ok("engine", name, f"CometBFT {found.version} at {found.file}")
    if holder(home.folder) is None:
        return
    report = read_report(home)
    if report is not None:
        yield from look_at_report(home, report)


def look_at_report(home: ChainHome, report: NodeReport) -> Iterator[Finding]:
    """Look at what the supervisor of a node says of its blocks."""
    if report.condition is Condition.STALLED:
        next_step = f"see {home.engine_log_file}: too few validators, or no way to them"
        yield problem("blocks", home.folder.name, report.said, next_step)


def look_at_peers(config: ChainConfig, engine: CometConfig, name: str) -> Iterator[Finding]:
    """Look at how many peers a running node has; one that should have some and has none hears of no block."""
    count = asyncio.run(_peers(f"http://{config.rpc.host}:{config.rpc.port}"))
    if count is not None:
        yield look_at_number_of_peers(count, engine, name)


def look_at_number_of_peers(count: int, engine: CometConfig, name: str) -> Finding:
    """Look whether anybody is connected to who should have peers."""
    wanted = len(engine.peers) + len(engine.seeds)
    if wanted and not count:
        listens = f"{engine.p2p_host}:{engine.p2p_port}"
        said = f"none of {wanted} peers is connected"
        return problem("peers", name, said, f"check [engine] peers, and that {listens} is open for them")
    return ok("peers", name, f"{count} peers are connected")


async def _peers(url: str) -> int | None:
    def read(result: JsonObject) -> int:
        return integer(result, "n_peers")

    async with HttpTransport(url, timeout_ms=ASK_TIMEOUT_MS) as node:
        try:
            return await node.send(Call(method="net_info", params={}, parse=read))
        except ClientError:
            return None


def look_at_data(home: ChainHome, config: ChainConfig, name: str) -> Iterator[Finding]:
    """Look at the state, and at what the key signed last compared with it."""
    if not home.state_folder.exists():
        yield ok("stores", name, "no block was made yet")
        return
    try:
        store = opened_state(home, chain_of(config.kind))
    except (StoreError, OSError) as error:
        next_step = f"move {home.state_folder} and {home.comet_data_folder} away: the node syncs anew from its peers"
        yield problem("stores", name, str(error), next_step)
        return
    version = store.version
    store.close()
    yield ok("stores", name, f"the state is at {version}")
    yield _signed(home, version, name)


def _signed(home: ChainHome, version: int, name: str) -> Finding:
    """Compare what was signed with the state: a copy of either from another time may sign twice, or never."""
    try:
        signed = parse_sign_state(home.comet_sign_state_file.read_bytes()).height
    except (QosError, OSError) as error:
        return problem("sign state", name, str(error), "find the last signed height in another copy of the file")
    if signed > version + 1:
        said = f"this key signed height {signed}, the state is at {version}"
        next_step = "the data is an older copy: it syncs from peers; never run this key anywhere else meanwhile"
        return warning("sign state", name, said, next_step)
    if 0 < signed < version - 1:
        said = f"this key signed height {signed} last, the state is at {version}"
        next_step = "right for a node that lost its vote; else the file is an old copy: restore the newest one"
        return warning("sign state", name, said, next_step)
    return ok("sign state", name, f"the key signed up to height {signed}")


def look_for_twins(homes: Iterable[ChainHome]) -> Iterator[Finding]:
    """Look for one validator key in two homes: both signing is punished, and cannot be taken back."""
    places: dict[bytes, list[str]] = defaultdict(list)
    for home in homes:
        try:
            seeds = read_seeds(home.validator_keys_file)
        except QosError:
            continue
        for seed in seeds:
            places[ed25519.public_key(seed)].append(home.folder.name)
    twins = [names for names in places.values() if len(names) > 1]
    for names in twins:
        said = f"one validator key lies in {' and '.join(names)}"
        yield problem("double sign", "network", said, "stop all but one of them now, and give the others new keys")
    if not twins:
        yield ok("double sign", "network", "no validator key lies in two homes")
