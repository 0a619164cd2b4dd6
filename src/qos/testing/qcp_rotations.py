"""Changes of relay keys on a pair of chains: what relays sign, what the authority decides, and a day that passes."""

from dataclasses import replace

from qos.base.blocktime import DAY_S
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.proto.records.qos_qcp_v1 import (
    MsgHoldRotation,
    MsgRotateRelays,
    QueryEpochRequest,
    QueryEpochResponse,
)
from qos.testing.chain import ALICE, AUTHORITY, CAROL
from qos.testing.qcp_deliveries import load, signatures, update
from qos.testing.qcp_network import (
    CARRIER,
    RELAYS,
    Side,
    business_chain,
    codes_of,
    expect_ok,
    public_chain,
    registration,
    transfer,
)
from qos.testing.transactions import Key, key_of

NEW = key_of("attester new")
PAUSER = CAROL


def by_key(*keys: Key) -> tuple[Key, ...]:
    """Return keys in their order."""
    return tuple(sorted(keys, key=lambda key: key.public))


NEXT = by_key(*RELAYS[:3], NEW)
"""The last relay goes, a new one comes."""


def group_of(size: int) -> tuple[Key, ...]:
    """Return so many relay keys."""
    return by_key(*(key_of(f"attester {i}") for i in range(size)))


def pair_with(relays: tuple[Key, ...]) -> tuple[Side, Side]:
    """Return two chains that registered each other with these relays."""
    hub, shop = public_chain(), business_chain()
    for here, there in ((hub, shop), (shop, hub)):
        expect_ok(here.do(AUTHORITY, registration(here, there, relays=relays, pausers=(PAUSER,))))
    return hub, shop


def rotation(
    side: Side,
    keys: tuple[Key, ...],
    signers: tuple[Key, ...] = RELAYS[:3],
    *,
    epoch: int = 2,
    height: int = 1_000,
    queue: bytes | None = None,
) -> MsgRotateRelays:
    """Return a change of keys that relays signed."""
    public = tuple(key.public for key in keys)
    signed = rotation_digest(queue or side.peer("shop-1").incoming, epoch, public, height)
    return MsgRotateRelays(
        submitter=CARRIER.address,
        chain_id="shop-1",
        epoch=epoch,
        relay_keys=public,
        height=height,
        signatures=signatures(signed, signers),
    )


def decided(keys: tuple[Key, ...]) -> MsgRotateRelays:
    """Return a change by the authority."""
    public = tuple(key.public for key in keys)
    return MsgRotateRelays(submitter=AUTHORITY.address, chain_id="shop-1", epoch=2, relay_keys=public, height=1_000)


def deliver(shop: Side, hub: Side, relays: tuple[Key, ...], *, epoch: int | None = None) -> tuple[str, int]:
    """Send a packet to the hub and deliver it, signed by these relays for this epoch; return codespace and code."""
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 1)))
    shop.run_block()
    first = hub.queue("shop-1").inbox + 1
    batch = load(shop, hub, first, shop.queue("qos-1").outbox)
    if epoch is not None:
        batch = replace(batch, abstract=replace(batch.abstract, epoch=epoch))
    return codes_of(hub.do(CARRIER, update(shop, hub), batch.message(relays)))


def day_over(*sides: Side) -> None:
    """Let the day pass that additions wait."""
    for side in sides:
        side.wait(DAY_S)
        side.run_block()


def epoch_of(side: Side) -> QueryEpochResponse:
    """Return the keys of the shop's queue, and those that wait, as clients see them."""
    return side.query("/qos.qcp.v1.Query/Epoch", QueryEpochRequest(chain_id="shop-1"), QueryEpochResponse)


def hold(key: Key = PAUSER) -> MsgHoldRotation:
    """Return the message with which a pauser holds new keys."""
    return MsgHoldRotation(pauser=key.address, chain_id="shop-1")
