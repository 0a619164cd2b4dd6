"""Random rotations of relay keys: an attestation of an epoch that is over is never accepted ([R4])."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.attestation import quorum
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.proto.records.qos_qcp_v1 import MsgRotateRelays, RelaySignature
from qos.testing.chain import ALICE
from qos.testing.qcp_deliveries import load, update
from qos.testing.qcp_network import CARRIER, RELAYS, Side, codes_of, connected, expect_ok, transfer
from qos.testing.transactions import Key, key_of

POOL = tuple(key_of(f"attester {i}") for i in range(12))
STEPS = st.tuples(st.integers(0, 11), st.integers(0, 11), st.booleans())
"""Which key goes, which comes, and whether a day passes."""


def by_key(keys: frozenset[Key]) -> tuple[Key, ...]:
    return tuple(sorted(keys, key=lambda key: key.public))


def rotated(keys: tuple[Key, ...], goes: int, comes: int) -> tuple[Key, ...]:
    """Return the keys with at most one gone and one new, as a group of four or five may."""
    leaver, joiner = keys[goes % len(keys)], POOL[comes]
    rest = frozenset(keys) - {leaver} if len(keys) > 4 or joiner not in keys else frozenset(keys)
    return by_key(rest | {joiner})


def rotate(hub: Side, epoch: int, before: tuple[Key, ...], after: tuple[Key, ...]) -> bool:
    public = tuple(key.public for key in after)
    signed = rotation_digest(hub.peer("shop-1").incoming, epoch, public, 10_000)
    signers = [key for key in before if key.public not in hub.peer("shop-1").struck_keys]
    message = MsgRotateRelays(
        submitter=CARRIER.address,
        chain_id="shop-1",
        epoch=epoch,
        relay_keys=public,
        height=10_000,
        signatures=tuple(
            RelaySignature(key=key.public, signature=secp256k1.sign(key.private, signed)) for key in signers
        ),
    )
    return hub.do(CARRIER, message).code == 0


def deliver(shop: Side, hub: Side, groups: dict[int, tuple[Key, ...]]) -> None:
    """Deliver one packet: refused for each other epoch and its keys, accepted for the current one if enough sign."""
    peer = hub.peer("shop-1")
    first = hub.queue("shop-1").inbox + 1
    batch = load(shop, hub, first, first)
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    for epoch, keys in groups.items():
        signers = tuple(key for key in keys if key.public not in peer.struck_keys)
        claimed = replace(batch, abstract=replace(batch.abstract, epoch=epoch))
        accepted = hub.do(CARRIER, claimed.message(signers)).code == 0
        assert accepted == (epoch == peer.epoch and len(signers) >= quorum(len(keys)))
        if epoch != peer.epoch:
            relabelled = replace(batch, abstract=replace(batch.abstract, epoch=peer.epoch))
            now = {key.public for key in groups[peer.epoch]} - set(peer.struck_keys)
            # Keys that all stayed may well sign for the new epoch, and the packet would be gone.
            if any(key.public not in now for key in signers):
                assert codes_of(hub.do(CARRIER, relabelled.message(signers)))[1] != 0


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=5))
def test_no_attestation_of_another_epoch_is_ever_accepted(steps):
    hub, shop = connected()
    groups, planned = {1: RELAYS}, dict[int, tuple[Key, ...]]()
    for goes, comes, day in steps:
        current = hub.peer("shop-1").epoch
        after = rotated(groups[current], goes, comes)
        if rotate(hub, current + 1, groups[current], after):
            planned[current + 1] = after
        if day:
            for side in (hub, shop):
                side.wait(86_400)
                side.run_block()
        current = hub.peer("shop-1").epoch
        groups |= {epoch: keys for epoch, keys in planned.items() if epoch <= current}
        expect_ok(hub.do(CARRIER, update(shop, hub)))
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, 1)))
        shop.run_block()
        deliver(shop, hub, groups | planned)
