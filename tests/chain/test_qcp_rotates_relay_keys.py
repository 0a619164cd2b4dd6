"""Relay keys change by more than two thirds of the current ones; removals act at once, additions a day later ([R4])."""

from dataclasses import replace

import pytest

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.modules.crosschain.qcp.attestation import digest
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.testing.chain import ALICE
from qos.testing.qcp_deliveries import load, signatures
from qos.testing.qcp_network import (
    CARRIER,
    RELAYS,
    Side,
    codes_of,
    connected,
    expect_ok,
    transfer,
)
from qos.testing.qcp_rotations import (
    NEW,
    NEXT,
    PAUSER,
    by_key,
    day_over,
    deliver,
    epoch_of,
    group_of,
    pair_with,
    rotation,
)
from qos.testing.transactions import key_of


@pytest.fixture
def chains() -> tuple[Side, Side]:
    return connected(pausers=(PAUSER,))


def test_a_new_key_counts_after_a_day_and_then_only_the_new_epoch_is_accepted(chains):
    hub, shop = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    waiting = epoch_of(hub).pending
    assert waiting is not None
    assert (epoch_of(hub).epoch, waiting.epoch) == (1, 2)
    assert waiting.relay_keys == tuple(key.public for key in NEXT)
    assert deliver(shop, hub, RELAYS[:3]) == ("", 0)
    day_over(hub, shop)
    assert (epoch_of(hub).epoch, epoch_of(hub).pending) == (2, None)
    assert epoch_of(hub).relay_keys == tuple(key.public for key in NEXT)
    assert deliver(shop, hub, RELAYS[:3], epoch=1) == ("qcp", 10)
    assert deliver(shop, hub, by_key(NEW, *RELAYS[:2])) == ("", 0)


def test_additions_wait_24_hours_to_the_second(chains):
    hub, _ = chains
    sent = hub.next_block().time_ns
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    pending = epoch_of(hub).pending
    assert pending is not None
    assert pending.ready == sent + DAY_NS
    hub.wait((pending.ready - hub.next_block().time_ns) // SECOND_NS - 5)
    assert hub.next_block().time_ns == pending.ready - 5 * SECOND_NS
    hub.run_block()
    assert epoch_of(hub).epoch == 1
    hub.run_block()
    assert epoch_of(hub).epoch == 2


def test_a_removed_key_signs_no_more_at_once_and_still_counts_in_n(chains):
    hub, shop = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    assert deliver(shop, hub, RELAYS) == ("qcp", 12)
    assert deliver(shop, hub, RELAYS[:2]) == ("qcp", 14)
    assert epoch_of(hub).quorum == 3


def test_a_change_that_only_removes_begins_its_epoch_at_once():
    relays = group_of(7)
    hub, shop = pair_with(relays)
    expect_ok(hub.do(CARRIER, rotation(hub, relays[:5], relays[:5])))
    assert (epoch_of(hub).epoch, len(epoch_of(hub).relay_keys), epoch_of(hub).quorum) == (2, 5, 4)
    assert deliver(shop, hub, relays[:4], epoch=1) == ("qcp", 10)
    assert deliver(shop, hub, relays[:4]) == ("", 0)


def test_exactly_more_than_two_thirds_of_the_current_keys_are_needed():
    relays = group_of(7)
    hub, _ = pair_with(relays)
    assert codes_of(hub.do(CARRIER, rotation(hub, relays[:6], relays[:4]))) == ("qcp", 14)
    assert epoch_of(hub).epoch == 1
    expect_ok(hub.do(CARRIER, rotation(hub, relays[:6], relays[:5])))


@pytest.mark.parametrize(
    ("size", "removed", "added", "accepted"),
    [
        (4, 1, 1, True),
        (4, 0, 1, True),
        (4, 0, 2, False),
        (5, 1, 0, True),
        (6, 1, 1, True),
        (6, 2, 0, False),
        (7, 2, 2, True),
        (7, 3, 0, False),
        (7, 0, 3, False),
        (4, 1, 0, False),
        (4, 0, 0, False),
    ],
)
def test_fewer_than_a_third_change_and_four_remain(size, removed, added, accepted):
    relays = group_of(size)
    hub, _ = pair_with(relays)
    keys = by_key(*relays[: size - removed], *(key_of(f"later {i}") for i in range(added)))
    code = codes_of(hub.do(CARRIER, rotation(hub, keys, relays[: 2 * size // 3 + 1])))
    assert code == (("", 0) if accepted else ("qcp", 63))


def test_what_relays_signed_counts_for_one_queue_epoch_height_and_set_of_keys(chains):
    hub, shop = chains
    good = rotation(hub, NEXT)
    other = tuple(key.public for key in by_key(*RELAYS[:3], key_of("attester other")))
    wrong = [
        rotation(hub, NEXT, queue=hub.peer("shop-1").outgoing),
        rotation(hub, NEXT, queue=shop.peer("qos-1").outgoing[::-1]),
        replace(good, height=999),
        replace(good, relay_keys=other),
    ]
    for message in wrong:
        assert codes_of(hub.do(CARRIER, message)) == ("qcp", 13)
    assert codes_of(hub.do(CARRIER, rotation(hub, NEXT, (NEW, *RELAYS[:2])))) in {("qcp", 11), ("qcp", 12)}
    assert codes_of(hub.do(CARRIER, rotation(hub, NEXT, (RELAYS[0], RELAYS[0], RELAYS[1])))) == ("qcp", 11)
    assert epoch_of(hub).pending is None


def test_signatures_of_an_attestation_install_no_keys(chains):
    hub, shop = chains
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 1)))
    shop.run_block()
    signed = digest(load(shop, hub, 1, 1).abstract)
    message = replace(rotation(hub, NEXT), signatures=signatures(signed, RELAYS[:3]))
    assert codes_of(hub.do(CARRIER, message)) == ("qcp", 13)


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_only_the_next_epoch_follows(chains, epoch):
    hub, _ = chains
    assert codes_of(hub.do(CARRIER, rotation(hub, NEXT, epoch=epoch))) == ("qcp", 10)


def test_a_rotation_does_not_count_twice(chains):
    hub, shop = chains
    message = rotation(hub, NEXT)
    expect_ok(hub.do(CARRIER, message))
    day_over(hub, shop)
    assert codes_of(hub.do(CARRIER, message)) == ("qcp", 10)


def test_a_rotation_lapses_with_its_height(chains):
    hub, _ = chains
    late = rotation(hub, NEXT, height=hub.height)
    assert codes_of(hub.do(CARRIER, late)) == ("qcp", 64)
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT, height=hub.height + 1)))


def test_while_new_keys_wait_relays_choose_no_others(chains):
    hub, _ = chains
    expect_ok(hub.do(CARRIER, rotation(hub, NEXT)))
    other = by_key(*RELAYS[:3], key_of("attester other"))
    assert codes_of(hub.do(CARRIER, rotation(hub, other))) == ("qcp", 65)


@pytest.mark.parametrize(
    "keys",
    [NEXT[::-1], (*NEXT[:3], NEXT[2]), by_key(*RELAYS[:3], PAUSER), (*RELAYS[:3],)],
    ids=["unsorted", "twice", "a pauser", "three"],
)
def test_keys_that_are_no_group_are_refused(chains, keys):
    hub, _ = chains
    assert codes_of(hub.do(CARRIER, rotation(hub, keys))) == ("qcp", 63)


def test_bytes_that_are_no_key_are_refused(chains):
    hub, _ = chains
    keys = (*(key.public for key in RELAYS[:3]), b"\xff" * 33)
    signed = rotation_digest(hub.peer("shop-1").incoming, 2, keys, 1_000)
    message = replace(rotation(hub, NEXT), relay_keys=keys, signatures=signatures(signed, RELAYS[:3]))
    assert codes_of(hub.do(CARRIER, message)) == ("qcp", 63)
