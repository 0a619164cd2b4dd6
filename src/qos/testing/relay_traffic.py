"""What tests send over a `RelayWorld`: transfers of Alice to Bob on the shop's chain."""

from hashlib import sha256

from qos.base.identifiers import BASE_DENOM
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_world import QOS, SHOP, RelayWorld

TRANSFER = MsgSendTransfer(
    sender=ALICE.address, destination=SHOP, recipient=BOB.address, amount=Coin(denom=BASE_DENOM, amount=7)
)


def send_some(world: RelayWorld, count: int = 3, message: MsgSendTransfer = TRANSFER) -> None:
    """Send transfers in one transaction and wait until they stand in the queue."""
    sent = world.queue(QOS, SHOP).outbox
    world.send(QOS, ALICE, *[message] * count)
    world.until(lambda: world.queue(QOS, SHOP).outbox == sent + count)


def newest_tx(world: RelayWorld) -> bytes:
    """Return the hash of the last transaction of the public chain."""
    return sha256([tx for block in world.blocks(QOS) for tx in block.data.txs][-1]).digest()
