"""Four relays, each a process of its own: packets arrive once while relays are killed and stopped."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from qos.base.identifiers import BASE_DENOM
from qos.cassini.io.signlog import FileSignLog
from qos.client.io.http import HttpTransport
from qos.client.queries import query
from qos.client.transactions import address_of, deliver
from qos.node.home import NetworkHome
from qos.proto.codec import pack
from qos.proto.records.cosmos_bank_v1beta1 import QueryAllBalancesRequest, QueryAllBalancesResponse
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer, QueryQueueRequest, QueryQueueResponse, QueueState
from qos.testing.waiting import until
from qos.wallet.io import devkeys

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
PUBLIC, SHOP = "qos-1", "shop-1"


def qos(*arguments: object) -> str:
    command = [sys.executable, "-m", "qos.cli.main", *(str(argument) for argument in arguments), "--output", "json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=True).stdout


class Net:
    """A running network, asked over RPC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        people = devkeys.read(NetworkHome(folder).keys_folder)
        assert people is not None
        self.people = people

    def state(self) -> Any:
        return json.loads(qos("status", "--home", self.folder))

    def rpc(self, chain_id: str) -> str:
        return next(str(each["rpc"]) for each in self.state()["chains"].values() if each["chain_id"] == chain_id)

    def relay_pids(self) -> list[int]:
        return [each["pid"] for each in self.state()["relays"]]

    def send(self, chain_id: str, giver: str, taker: str, coin: Coin, count: int = 1) -> str:
        """Send packets in one transaction and return its hash."""
        signer, destination = self.people.signer(giver), SHOP if chain_id == PUBLIC else PUBLIC
        message = MsgSendTransfer(
            sender=address_of(signer), destination=destination, recipient=self.people.address(taker), amount=coin
        )

        async def work() -> str:
            async with HttpTransport(self.rpc(chain_id)) as node:
                return (await deliver(node, signer, [pack(message)] * count)).tx_hash.hex()

        return asyncio.run(work())

    def waits_for(self, tx_hash: str) -> str:
        """Return what the packet of a transaction waits for, in words."""
        (packet,) = json.loads(qos("qcp", "trace", tx_hash, "--home", self.folder))["packets"]
        return str(packet["waiting_for"])

    def queue(self, chain_id: str, peer: str) -> QueueState:
        async def work() -> QueueState:
            async with HttpTransport(self.rpc(chain_id)) as node:
                asked = query("/qos.qcp.v1.Query/Queue", QueryQueueRequest(chain_id=peer), QueryQueueResponse)
                found = (await node.send(asked)).queue
                assert found is not None
                return found

        return asyncio.run(work())

    def settled(self) -> bool:
        there, back = self.queue(PUBLIC, SHOP), self.queue(SHOP, PUBLIC)
        return (there.outbox, back.outbox) == (back.inbox, there.inbox)

    def vouchers(self, chain_id: str, owner: str) -> dict[str, int]:
        request = QueryAllBalancesRequest(address=self.people.address(owner))

        async def work() -> QueryAllBalancesResponse:
            async with HttpTransport(self.rpc(chain_id)) as node:
                asked = query("/cosmos.bank.v1beta1.Query/AllBalances", request, QueryAllBalancesResponse)
                return await node.send(asked)

        return {coin.denom: coin.amount for coin in asyncio.run(work()).balances if coin.denom.startswith("qcp/")}


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    folder = tmp_path_factory.mktemp("relays") / "net"
    qos("up", "--home", folder, "--port-base", 0, "--detach")
    yield Net(folder)
    qos("down", "--home", folder)


def kill(pid: int) -> None:
    """Kill a process that may have ended by itself; 0 stands for one that is not there now."""
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def arrived(net: Net, owner: str) -> int:
    return sum(net.vouchers(SHOP, owner).values())


def test_coins_arrive_and_come_home(net: Net) -> None:
    before = arrived(net, "bob")
    net.send(PUBLIC, "alice", "bob", Coin(denom=BASE_DENOM, amount=500))
    until(lambda: arrived(net, "bob") == before + 500, "the coins")
    [voucher] = net.vouchers(SHOP, "bob")
    net.send(SHOP, "bob", "carol", Coin(denom=voucher, amount=500))
    until(net.settled, "the last packet")
    assert arrived(net, "bob") == before


def test_relays_killed_in_the_middle_come_back_and_carry_everything_once(net: Net) -> None:
    before = arrived(net, "carol")
    for round_ in range(3):
        net.send(PUBLIC, "alice", "carol", Coin(denom=BASE_DENOM, amount=1), count=20)
        for pid in net.relay_pids()[round_ : round_ + 2]:
            kill(pid)
    until(net.settled, "the last packet")
    assert arrived(net, "carol") == before + 60
    until(lambda: all(net.relay_pids()), "all relays")


def test_two_stopped_relays_of_four_stop_everything_until_one_goes_on(net: Net) -> None:
    until(lambda: all(net.relay_pids()), "all relays")
    stopped = net.relay_pids()[:2]
    before = arrived(net, "dave")
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        inbox = net.queue(SHOP, PUBLIC).inbox
        tx_hash = net.send(PUBLIC, "alice", "dave", Coin(denom=BASE_DENOM, amount=3))
        until(lambda: "2 of 4 relays have seen it, 3 are needed" in net.waits_for(tx_hash), "two votes")
        assert net.queue(SHOP, PUBLIC).inbox == inbox
        os.kill(stopped[0], signal.SIGCONT)
        until(net.settled, "the last packet")
        assert arrived(net, "dave") == before + 3
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_every_relay_kept_what_it_signed(net: Net) -> None:
    qos("down", "--home", net.folder)
    histories = []
    for number in range(4):
        log = FileSignLog(net.folder / "relays" / str(number) / "signed.log")
        histories.append(log.history)
        log.close()
    assert all(histories)
    qos("up", "--home", net.folder, "--detach")
    net.send(PUBLIC, "alice", "bob", Coin(denom=BASE_DENOM, amount=9))
    until(net.settled, "the last packet")


def test_a_second_process_on_the_home_of_a_relay_is_refused(net: Net) -> None:
    home = net.folder / "relays" / "0"
    command = [sys.executable, "-m", "qos.node.run_relay", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 78
    assert str(home) in done.stderr


def test_a_relay_without_chains_says_which_file_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"account": "01" * 32, "attestation": "02" * 32}))
    command = [sys.executable, "-m", "qos.node.run_relay", "--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 78
    assert "chains.json" in done.stderr
