"""Assets cross from chain to chain with proofs and attestations, and come home."""

from qos.base.identifiers import BASE_DENOM
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.testing.chain import ALICE, BOB
from qos.testing.qcp_deliveries import carry, settle
from qos.testing.qcp_network import connected, events_of, expect_ok, transfer


def test_coins_become_vouchers_abroad_and_coins_again_at_home():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, to=BOB.address)))
    assert hub.balance(ESCROW) == 500
    result = expect_ok(carry(hub, shop))
    voucher = voucher_denom((hub.peer("shop-1").outgoing,), BASE_DENOM)
    assert shop.balance(BOB.address, voucher) == 500
    assert events_of(result, "qcp")[0] == {
        "to": "qos-1",
        "from": "shop-1",
        "sequence": "1",
        "hash": events_of(result, "qcp")[0]["hash"],
    }
    expect_ok(carry(shop, hub))
    before = hub.balance(ALICE.address)
    expect_ok(shop.do(BOB, transfer(BOB, hub, 200, denom=voucher, to=ALICE.address)))
    settle(hub, shop)
    assert shop.balance(BOB.address, voucher) == 300
    assert hub.balance(ALICE.address) == before + 200
    assert hub.balance(ESCROW) == 300
