"""[Q14] More of an asset than its limit waits up to a day and is paid then; the queue goes on; senders are bounded."""

from dataclasses import replace

import pytest

from qos.base.blocktime import DAY_NS, DAY_S, HOUR_NS, HOUR_S
from qos.base.identifiers import BASE_DENOM
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import OUTSTANDING, RELEASES, RELEASES_DUE
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    Limit,
    MsgCancelRelease,
    MsgClaimRelease,
    MsgFreeze,
    MsgRecoverClient,
    MsgSetFloor,
    QueryLimitRequest,
    QueryLimitResponse,
    QueryLimitsRequest,
    QueryLimitsResponse,
    QueryReleaseRequest,
    QueryReleaseResponse,
    QueryReleasesRequest,
    QueryReleasesResponse,
    QueryWaitingRequest,
    QueryWaitingResponse,
)
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL
from qos.testing.qcp_deliveries import carry, settle, update
from qos.testing.qcp_network import (
    CAPACITY,
    CARRIER,
    Side,
    codes_of,
    connected,
    events_of,
    expect_ok,
    transfer,
    voucher_at,
)
from qos.testing.transactions import Key

OUT = 3 * CAPACITY


def away(*, pausers: tuple[Key, ...] = ()) -> tuple[Side, Side, str]:
    """Return two chains with three capacities of the hub's coin at the shop, and what it is called there."""
    hub, shop = connected(pausers=pausers)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, OUT)))
    settle(hub, shop)
    return hub, shop, voucher_at(hub, shop)


def home(shop: Side, hub: Side, denom: str, *amounts: int) -> None:
    for amount in amounts:
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, amount, denom=denom, to=CAROL.address)))
    expect_ok(carry(shop, hub))


def limit(side: Side, peer: str, denom: str = BASE_DENOM) -> Limit:
    request = QueryLimitRequest(chain_id=peer, denom=denom)
    found = side.query("/qos.qcp.v1.Query/Limit", request, QueryLimitResponse).limit
    assert found is not None
    return found


def claim(sequence: int) -> MsgClaimRelease:
    return MsgClaimRelease(submitter=CARRIER.address, chain_id="shop-1", sequence=sequence)


def pass_time(seconds: int, *sides: Side) -> None:
    for side in sides:
        side.wait(seconds)


def test_what_fits_the_limit_is_paid_at_once_to_the_last_unit():
    hub, shop, voucher = away()
    before = hub.balance(CAROL.address)
    home(shop, hub, voucher, CAPACITY)
    assert hub.balance(CAROL.address) == before + CAPACITY
    assert limit(hub, "shop-1").free == 0


def test_one_unit_more_than_the_limit_waits_and_what_comes_behind_it_is_paid():
    hub, shop, voucher = away()
    before = hub.balance(CAROL.address)
    home(shop, hub, voucher, CAPACITY + 1, 5)
    assert hub.balance(CAROL.address) == before + 5
    assert hub.queue("shop-1").inbox == 3
    assert not hub.peer("shop-1").frozen_because
    assert hub.balance(ESCROW) == OUT - 5
    out = OUTSTANDING.get(hub.state(), (hub.peer("shop-1").outgoing, BASE_DENOM))
    assert out == OUT - CAPACITY - 6


def test_who_waits_sees_from_when_it_is_paid():
    hub, shop, voucher = away()
    home(shop, hub, voucher, CAPACITY, CAPACITY // 4)
    request = QueryReleaseRequest(chain_id="shop-1", sequence=3)
    found = hub.query("/qos.qcp.v1.Query/Release", request, QueryReleaseResponse)
    assert found.release is not None
    assert found.release.coin == Coin(denom=BASE_DENOM, amount=CAPACITY // 4)
    received_ns = hub._times[hub.height]
    assert found.release.due == received_ns + DAY_NS
    # A quarter of the bucket fills in a quarter of a day.
    assert found.payable == received_ns + 6 * HOUR_NS
    listed = hub.query("/qos.qcp.v1.Query/Releases", QueryReleasesRequest(), QueryReleasesResponse)
    assert listed.releases == (found.release,)
    assert hub.ask("/qos.qcp.v1.Query/Release", replace(request, sequence=9)).code != 0


def test_what_waits_is_claimed_when_the_bucket_allows_it_and_not_a_block_before():
    hub, shop, voucher = away()
    home(shop, hub, voucher, CAPACITY, CAPACITY // 4)
    before = hub.balance(CAROL.address)
    free_ns = hub._times[hub.height] + 6 * HOUR_NS
    hub.wait((free_ns - hub.next_block().time_ns) // 10**9 - 1)
    assert codes_of(hub.do(CARRIER, claim(3))) == ("qcp", 38)
    hub.wait(-4)
    assert hub.next_block().time_ns == free_ns
    result = expect_ok(hub.do(CARRIER, claim(3)))
    assert events_of(result, "qcp_released") == [{"from": "shop-1", "sequence": "3"}]
    assert hub.balance(CAROL.address) == before + CAPACITY // 4
    assert codes_of(hub.do(CARRIER, claim(3))) == ("qcp", 37)
    assert limit(hub, "shop-1").free < CAPACITY // 1000


def test_what_never_fits_is_paid_by_itself_after_a_day():
    hub, shop, voucher = away()
    home(shop, hub, voucher, 2 * CAPACITY)
    before, due_ns = hub.balance(CAROL.address), hub._times[hub.height] + DAY_NS
    hub.wait((due_ns - hub.next_block().time_ns) // 10**9 - 1)
    assert codes_of(hub.do(CARRIER, claim(2))) == ("qcp", 38)
    hub.run_block()
    assert codes_of(hub.do(CARRIER, claim(2))) == ("qcp", 37)
    assert hub.balance(CAROL.address) == before + 2 * CAPACITY
    assert not list(RELEASES_DUE.keys(hub.state()))


def test_two_bursts_a_moment_apart_pass_no_more_than_one_bucket():
    hub, shop, voucher = away()
    pass_time(DAY_S - HOUR_S, hub, shop)
    before = hub.balance(CAROL.address)
    home(shop, hub, voucher, CAPACITY)
    pass_time(2 * HOUR_S, hub, shop)
    home(shop, hub, voucher, CAPACITY)
    assert hub.balance(CAROL.address) == before + CAPACITY
    home(shop, hub, voucher, CAPACITY // 12)
    assert hub.balance(CAROL.address) == before + CAPACITY + CAPACITY // 12


def test_what_goes_out_again_and_arrives_refills_at_most_half():
    hub, shop, voucher = away()
    home(shop, hub, voucher, CAPACITY)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, CAPACITY)))
    assert limit(hub, "shop-1").free < CAPACITY // 1000
    settle(hub, shop)
    assert limit(hub, "shop-1").free == pytest.approx(CAPACITY // 2, rel=0.001)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, CAPACITY)))
    settle(hub, shop)
    assert limit(hub, "shop-1").free == pytest.approx(CAPACITY // 2, rel=0.001)


def test_a_failed_way_out_refills_nothing():
    hub, shop, voucher = away()
    home(shop, hub, voucher, CAPACITY)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, CAPACITY, to=ESCROW)))
    settle(hub, shop)
    assert limit(hub, "shop-1").free < CAPACITY // 1000


def test_a_registered_floor_raises_and_a_voucher_without_one_has_the_general_one():
    hub, shop, voucher = away()
    floor = MsgSetFloor(
        authority=AUTHORITY.address, chain_id="shop-1", floor=Coin(denom=BASE_DENOM, amount=2 * CAPACITY)
    )
    assert codes_of(hub.do(ALICE, replace(floor, authority=ALICE.address))) == ("qcp", 3)
    assert codes_of(hub.do(AUTHORITY, replace(floor, chain_id="mall-1"))) == ("qcp", 1)
    expect_ok(hub.do(AUTHORITY, floor))
    assert limit(hub, "shop-1").capacity == 2 * CAPACITY
    # Smaller than 1 % of the supply it counts for nothing.
    expect_ok(hub.do(AUTHORITY, replace(floor, floor=Coin(denom=BASE_DENOM, amount=1))))
    assert limit(hub, "shop-1").capacity == CAPACITY
    expect_ok(hub.do(AUTHORITY, replace(floor, floor=Coin(denom=BASE_DENOM, amount=0))))
    assert limit(hub, "shop-1").floor == 0
    assert limit(shop, "qos-1", voucher).capacity == 10**26


def test_a_voucher_above_its_limit_is_minted_when_it_is_paid():
    hub, shop, voucher = away()
    small = Coin(denom=voucher, amount=OUT // 10)
    expect_ok(shop.do(AUTHORITY, MsgSetFloor(authority=AUTHORITY.address, chain_id="qos-1", floor=small)))
    expect_ok(hub.do(BOB, transfer(BOB, shop, OUT)))
    settle(hub, shop)
    assert bank.supply(shop.state(), voucher) == OUT
    assert shop.balance(BOB.address, voucher) == 0
    pass_time(DAY_S, hub, shop)
    shop.run_block()
    assert shop.balance(BOB.address, voucher) == OUT
    assert bank.supply(shop.state(), voucher) == hub.balance(ESCROW) == 2 * OUT


def test_nothing_held_back_is_paid_while_the_queue_is_paused():
    hub, shop, voucher = away(pausers=(BOB,))
    home(shop, hub, voucher, 2 * CAPACITY)
    before = hub.balance(CAROL.address)
    expect_ok(hub.do(BOB, MsgFreeze(submitter=BOB.address, chain_id="shop-1")))
    pass_time(2 * DAY_S, hub, shop)
    hub.run_block()
    assert codes_of(hub.do(CARRIER, claim(2))) == ("qcp", 5)
    assert hub.balance(CAROL.address) == before
    pass_time(DAY_S, hub, shop)
    hub.run_block()
    pass_time(HOUR_S, hub, shop)
    hub.run_block()
    assert hub.balance(CAROL.address) == before + 2 * CAPACITY


def frozen_with_release() -> tuple[Side, Side]:
    hub, shop, voucher = away()
    home(shop, hub, voucher, 2 * CAPACITY)
    shop.run_block()
    good = update(shop, hub)
    expect_ok(hub.do(CARRIER, good))
    expect_ok(hub.do(CARRIER, replace(good, light_block=shop.header(shop.height, app_hash=b"f" * 32))))
    assert hub.peer("shop-1").frozen_because
    return hub, shop


def test_freezing_keeps_back_what_waits_and_the_authority_may_cancel_it():
    hub, shop = frozen_with_release()
    before = hub.balance(CAROL.address)
    pass_time(3 * DAY_S, hub, shop)
    hub.run_block()
    assert codes_of(hub.do(CARRIER, claim(2))) == ("qcp", 4)
    cancel = MsgCancelRelease(authority=AUTHORITY.address, chain_id="shop-1", sequence=2)
    assert codes_of(hub.do(ALICE, replace(cancel, authority=ALICE.address))) == ("qcp", 3)
    assert codes_of(hub.do(AUTHORITY, replace(cancel, sequence=9))) == ("qcp", 37)
    assert codes_of(hub.do(AUTHORITY, replace(cancel, chain_id="mall-1"))) == ("qcp", 1)
    expect_ok(hub.do(AUTHORITY, cancel))
    assert not list(RELEASES.items(hub.state()))
    # It is out at the peer again.
    assert OUTSTANDING.get(hub.state(), (hub.peer("shop-1").outgoing, BASE_DENOM)) == OUT
    pass_time(DAY_S, hub, shop)
    hub.run_block()
    assert hub.balance(CAROL.address) == before


def test_an_open_queue_loses_nothing_to_the_authority():
    hub, shop, voucher = away()
    home(shop, hub, voucher, 2 * CAPACITY)
    cancel = MsgCancelRelease(authority=AUTHORITY.address, chain_id="shop-1", sequence=2)
    assert codes_of(hub.do(AUTHORITY, cancel)) == ("qcp", 39)


def test_what_waited_through_a_freeze_is_paid_after_it():
    hub, shop = frozen_with_release()
    before = hub.balance(CAROL.address)
    pass_time(2 * DAY_S, hub, shop)
    hub.run_block()
    shop.run_block()
    recover = MsgRecoverClient(authority=AUTHORITY.address, chain_id="shop-1", light_block=shop.header(shop.height))
    expect_ok(hub.do(AUTHORITY, recover))
    expect_ok(hub.do(CARRIER, claim(2)))
    assert hub.balance(CAROL.address) == before + 2 * CAPACITY


def test_limits_are_listed_by_asset():
    hub, shop, voucher = away()
    home(shop, hub, voucher, 7)
    found = hub.query("/qos.qcp.v1.Query/Limits", QueryLimitsRequest(chain_id="shop-1"), QueryLimitsResponse)
    assert [each.denom for each in found.limits] == [BASE_DENOM]


def test_a_sender_waits_for_answers_before_it_sends_one_too_many():
    hub, shop = connected(limits={"voucher_floor": "0", "max_waiting": "5", "max_waiting_of_sender": "3"})
    for _ in range(3):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, 5))) == ("qcp", 40)
    for _ in range(2):
        expect_ok(hub.do(BOB, transfer(BOB, shop, 5)))
    refused = hub.do(CAROL, transfer(CAROL, shop, 5))
    assert codes_of(refused) == ("qcp", 40)
    assert hub.queue("shop-1").outbox == 5
    request = QueryWaitingRequest(chain_id="shop-1", sender=ALICE.address)
    found = hub.query("/qos.qcp.v1.Query/Waiting", request, QueryWaitingResponse)
    assert found == QueryWaitingResponse(total=5, most=5, of_sender=3, most_of_sender=3)
    expect_ok(carry(hub, shop, count=1))
    expect_ok(carry(shop, hub))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))


def test_by_default_30_000_requests_of_a_queue_and_100_of_a_sender_may_wait():
    hub, shop = connected()
    found = hub.query("/qos.qcp.v1.Query/Waiting", QueryWaitingRequest(chain_id="shop-1"), QueryWaitingResponse)
    assert (found.most, found.most_of_sender) == (30_000, 100)
    for _ in range(10):
        expect_ok(hub.do(ALICE, *[transfer(ALICE, shop, 1)] * 10))
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, 1))) == ("qcp", 40)
