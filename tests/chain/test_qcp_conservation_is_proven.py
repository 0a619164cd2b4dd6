"""The check of conservation on proven figures: the same lines, and a node that lies about one is caught ([Q13], K1)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from qos.base.identifiers import BASE_DENOM
from qos.client.calls import Call
from qos.client.ledgers import Trust, proven_ledger
from qos.client.lightblocks import genesis_root
from qos.client.node import QueryAnswer
from qos.lightclient.verifier import Options
from qos.machine import genesis
from qos.modules.assets.bank.state import SUPPLY
from qos.modules.crosschain.qcp.conservation import compare
from qos.modules.crosschain.qcp.state import OUTSTANDING, WAITING_COINS
from qos.proto import codec
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import LedgerAsset, MsgSendTransfer, QueryLedgerResponse
from qos.store.ics23 import BadProof
from qos.testing.chain import ALICE, BOB
from qos.testing.memory_node import MemoryNode
from qos.testing.relay_world import QOS, SHOP, RelayWorld, run_now

T = TypeVar("T")


class Between:
    """A node whose answers somebody may change on the way."""

    def __init__(self, node: MemoryNode, world: RelayWorld) -> None:
        self._node = node
        self._world = world
        self.change: Callable[[Call[Any], Any], Any] = lambda call, answer: answer

    async def send(self, call: Call[T]) -> T:
        answer = await self._node.send(call)
        changed: T = self.change(call, answer)
        return changed

    async def pause(self, duration_ms: int) -> None:
        del duration_ms
        self._world.step(10)


@pytest.fixture(scope="module")
def world() -> RelayWorld:
    """Chains between which 70 aqos are out and 5 wait, while relays rest."""
    found = RelayWorld()
    for amount in (40, 30):
        found.send(QOS, ALICE, transfer(amount))
        found.step(20)
    found.until(found.settled)
    for relay in found.relays:
        relay.down = True
    found.send(QOS, ALICE, transfer(5))
    found.step(20)
    return found


def transfer(amount: int) -> MsgSendTransfer:
    coin = Coin(denom=BASE_DENOM, amount=amount)
    return MsgSendTransfer(sender=ALICE.address, destination=SHOP, recipient=BOB.address, amount=coin)


def read(world: RelayWorld, node: Between, chain_id: str, also: tuple[str, ...] = ()) -> QueryLedgerResponse:
    root = genesis_root(genesis.parse(world.nodes[chain_id].genesis))
    trust = Trust(state=root, options=Options(), now_ns=world.now_ns)
    answer, newest = run_now(proven_ledger(node, trust, SHOP if chain_id == QOS else QOS, also))
    assert newest.height == answer.height + 1
    return answer


def both(world: RelayWorld) -> tuple[Between, Between]:
    return Between(world.nodes[QOS], world), Between(world.nodes[SHOP], world)


def test_proven_figures_say_what_the_answers_say(world: RelayWorld) -> None:
    hub, shop = both(world)
    home, abroad = read(world, hub, QOS), read(world, shop, SHOP)
    (line,) = compare(home, abroad).lines
    assert (line.denom, line.set_aside, line.circulating, line.gap) == (BASE_DENOM, 75, 70, 0)


def quiet_of_vouchers(call: Call[Any], answer: Any) -> Any:
    del call
    return replace(answer, vouchers=()) if isinstance(answer, QueryLedgerResponse) else answer


def quiet_of_assets(call: Call[Any], answer: Any) -> Any:
    del call
    return replace(answer, assets=()) if isinstance(answer, QueryLedgerResponse) else answer


def test_vouchers_a_node_keeps_quiet_are_read_when_the_other_side_knows_them(world: RelayWorld) -> None:
    hub, shop = both(world)
    home = read(world, hub, QOS)
    shop.change = quiet_of_vouchers
    abroad = read(world, shop, SHOP, tuple(asset.voucher for asset in home.assets))
    assert [line.circulating for line in compare(home, abroad).lines] == [70]


def test_assets_a_node_keeps_quiet_look_like_a_gap(world: RelayWorld) -> None:
    hub, shop = both(world)
    hub.change = quiet_of_assets
    assert [line.gap for line in compare(read(world, hub, QOS), read(world, shop, SHOP)).gaps] == [70]


def test_an_asset_that_is_only_claimed_counts_nothing(world: RelayWorld) -> None:
    hub, _ = both(world)
    claimed = LedgerAsset(denom="qsc/FAKE", outstanding=10**9, waiting=10**9)

    def invent(call: Call[Any], answer: Any) -> Any:
        del call
        if isinstance(answer, QueryLedgerResponse):
            return replace(answer, assets=(*answer.assets, claimed))
        return answer

    hub.change = invent
    amounts = {asset.denom: (asset.outstanding, asset.waiting) for asset in read(world, hub, QOS).assets}
    assert amounts == {BASE_DENOM: (70, 5), "qsc/FAKE": (0, 0)}


@pytest.mark.parametrize(
    ("chain_id", "prefix", "value"),
    [
        (SHOP, SUPPLY.prefix, b"1"),
        (SHOP, SUPPLY.prefix, b""),
        (QOS, OUTSTANDING.prefix, b"\x7f"),
        (QOS, WAITING_COINS.prefix, b"\x7f"),
    ],
)
def test_a_figure_that_is_not_what_its_proof_shows_is_caught(
    world: RelayWorld, chain_id: str, prefix: bytes, value: bytes
) -> None:
    node = Between(world.nodes[chain_id], world)

    def lie(call: Call[Any], answer: Any) -> Any:
        if isinstance(answer, QueryAnswer) and str(call.params["data"]).startswith(prefix.hex()):
            return replace(answer, value=value, proof_ops=answer.proof_ops if not value else answer.proof_ops[:1])
        return answer

    node.change = lie
    with pytest.raises(BadProof):
        read(world, node, chain_id)
    assert codec.encode(read(world, Between(world.nodes[chain_id], world), chain_id))
