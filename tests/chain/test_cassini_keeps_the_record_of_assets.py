"""[L4] Relays prove the assets of a business chain to the public chain daily, and nothing to business chains."""

from qos.base.blocktime import HOUR_NS
from qos.modules.crosschain.qcp.state import CHECKPOINT_ASSETS, CHECKPOINTS
from qos.proto.records.qos_qcp_v1 import Checkpoint
from qos.testing.chain import ALICE
from qos.testing.relay_group import RELAYS
from qos.testing.relay_traffic import TRANSFER
from qos.testing.relay_world import QOS, SHOP, RelayWorld


def record(world: RelayWorld, chain_id: str = QOS, of: str = SHOP) -> Checkpoint | None:
    return CHECKPOINTS.get(world.state(chain_id), of)


def test_assets_are_proved_at_the_start_and_before_a_day_is_over() -> None:
    world = RelayWorld(records=True)
    world.until(lambda: record(world) is not None, seconds=300)
    first = record(world)
    assert first is not None
    assert (first.assets, first.proved, first.whole) == (1, 1, first.time)
    world.send(QOS, ALICE, TRANSFER)
    world.step(20)
    world.until(world.settled)
    world.now_ns += 10 * HOUR_NS
    world.step(2_500)
    assert record(world) == first, "not due yet"
    world.now_ns += 7 * HOUR_NS
    world.step(2_500)
    second = record(world)
    assert second is not None
    assert second.whole is not None
    assert second.whole - first.time > 16 * HOUR_NS
    supplies = [asset.supply for _, asset in CHECKPOINT_ASSETS.items(world.state(QOS))]
    assert len(supplies) == second.assets == 2
    assert min(supplies) == 7
    assert record(world, SHOP, QOS) is None, "a business chain keeps no record of the public chain"


def test_one_proof_is_enough_for_all_relays() -> None:
    world = RelayWorld(records=True)
    before = [world.balance(QOS, key.address) for key in RELAYS]
    world.step(3_000)
    assert record(world) is not None
    paid = [one != world.balance(QOS, key.address) for one, key in zip(before, RELAYS, strict=True)]
    assert paid.count(True) == 1
