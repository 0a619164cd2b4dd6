"""A chain changes its software: two builds as two programs on one home (protocol section 7; issue 6).

The plan stands in genesis here; that governance makes one is tried in tests/chain.
"""

import asyncio
import json
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from qos.chains.public import PUBLIC
from qos.client.errors import Refused
from qos.client.io.http import HttpTransport
from qos.client.queries import query
from qos.client.transactions import PrivateKey, deliver
from qos.node.config import ChainConfig, EngineConfig, RpcConfig, render_config
from qos.node.home import ChainHome
from qos.node.program import EXIT_REFUSED
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    BasicAllowance,
    MsgGrantAllowance,
    QueryAllowancesByGranterRequest,
    QueryAllowancesByGranterResponse,
)
from qos.proto.records.cosmos_upgrade_v1beta1 import (
    QueryAppliedPlanRequest,
    QueryAppliedPlanResponse,
    QueryModuleVersionsRequest,
    QueryModuleVersionsResponse,
)
from qos.proto.records.qos_orders_v1 import MsgSettle, OrderStatus
from qos.testing import second_build
from qos.testing.chain import ALICE, BOB, CAROL, DAVE
from qos.testing.node_homes import make_home
from qos.testing.waiting import told_by

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
HEIGHT = 12
DEADLINE_S = 60
T = TypeVar("T")
R = TypeVar("R", bound=Record)
UPGRADE = "/cosmos.upgrade.v1beta1.Query/"


def ended(process: subprocess.Popen[str], code: int) -> str:
    """Return what a program said before it ended with a code."""
    try:
        words = process.communicate(timeout=DEADLINE_S)[1]
    finally:
        process.kill()
    assert process.returncode == code, words
    return words


def listening(home: ChainHome, process: subprocess.Popen[str]) -> str:
    """Return the address of a node once it listens."""
    return str(told_by(process, home.endpoints_file)["rpc"])


def ask(url: str, use: Callable[[HttpTransport], Awaitable[T]]) -> T:
    async def run() -> T:
        async with HttpTransport(url) as node:
            return await use(node)

    return asyncio.run(run())


def read(url: str, path: str, request: Record, kind: type[R]) -> R:
    return ask(url, lambda node: node.send(query(path, request, kind)))


def send(url: str, message: Record) -> object:
    return ask(url, lambda node: deliver(node, PrivateKey(ALICE.private), (codec.pack(message),)))


def planned_home(folder: Path, versions: dict[str, int]) -> ChainHome:
    home = make_home(folder)
    document = json.loads(home.genesis_file.read_text())
    document["app_state"]["upgrade"] = {
        "plan": {"name": second_build.NAME, "height": str(HEIGHT)},
        "versions": [{"name": name, "version": str(versions[name])} for name in sorted(versions)],
    }
    home.genesis_file.write_text(json.dumps(document))
    config = ChainConfig(
        kind="public", moniker="test", rpc=RpcConfig(port=0), engine=EngineConfig(heartbeat_ms=500, min_interval_ms=250)
    )
    home.config_file.write_text(render_config(config))
    return home


def test_the_first_build_stops_and_the_second_migrates_and_goes_on(tmp_path: Path) -> None:
    versions = {module.name: module.version for module in PUBLIC.modules}
    home = planned_home(tmp_path / "node", versions)
    second = second_build.build(tmp_path / "second")
    # The second build starts no chain of the first one's genesis.
    assert "app_state has no key 'orders'" in ended(second_build.start(home.folder, second), EXIT_REFUSED)
    first = second_build.start(home.folder)
    url = listening(home, first)
    for grantee in (BOB, CAROL, DAVE):
        allowance = codec.pack(BasicAllowance())
        send(url, MsgGrantAllowance(granter=ALICE.address, grantee=grantee.address, allowance=allowance))
    with pytest.raises(Refused, match=r"no message '/qos\.orders\.v1\.MsgSettle'"):
        send(url, settle())
    first.send_signal(signal.SIGTERM)
    ended(first, 0)
    # Too early, by heights.
    assert f"takes over at height {HEIGHT}" in ended(second_build.start(home.folder, second), EXIT_REFUSED)
    for _ in range(2):
        words = ended(second_build.start(home.folder), EXIT_REFUSED)
        assert f"block {HEIGHT} is made by the version of qos that knows upgrade 'second'" in words
    other = ChainHome(tmp_path / "other")
    shutil.copytree(home.folder, other.folder)

    crash = tmp_path / "crash"
    crash.touch()
    ended(second_build.start(home.folder, second, crash=crash), -signal.SIGKILL)
    assert not crash.exists()
    went_on = second_build.start(home.folder, second)
    url = listening(home, went_on)
    check_second(url)
    went_on.send_signal(signal.SIGTERM)
    ended(went_on, 0)
    assert "a later version of qos made it" in ended(second_build.start(home.folder), EXIT_REFUSED)

    # Another node of the network: the state of before, the blocks of the one that went on. It finds the same hashes.
    shutil.rmtree(other.blocks_folder)
    shutil.copytree(home.blocks_folder, other.blocks_folder)
    shutil.copy(home.sign_state_file, other.sign_state_file)
    follower = second_build.start(other.folder, second)
    check_second(listening(other, follower))
    follower.send_signal(signal.SIGTERM)
    ended(follower, 0)


def settle() -> MsgSettle:
    return MsgSettle(provider=ALICE.address, number=1, status=OrderStatus.ORDER_STATUS_DONE)


def check_second(url: str) -> None:
    """The chain goes on: what was granted is found under the new layout, and the new message is served."""
    with pytest.raises(Refused) as caught:
        send(url, settle())
    assert caught.value.codespace == "orders"
    grants = read(
        url,
        "/cosmos.feegrant.v1beta1.Query/AllowancesByGranter",
        QueryAllowancesByGranterRequest(granter=ALICE.address),
        QueryAllowancesByGranterResponse,
    )
    assert len(grants.allowances) == 3
    named = QueryAppliedPlanRequest(name=second_build.NAME)
    assert read(url, UPGRADE + "AppliedPlan", named, QueryAppliedPlanResponse).height == HEIGHT
    asked = QueryModuleVersionsRequest(module_name="feegrant")
    found = read(url, UPGRADE + "ModuleVersions", asked, QueryModuleVersionsResponse)
    assert [each.version for each in found.module_versions] == [2]
