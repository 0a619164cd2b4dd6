"""[L4] Supply and pause of every asset of a peer, proved under an accepted header; what is old says so."""

import json
from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import DAY_S
from qos.base.errors import RuleViolation
from qos.base.identifiers import BASE_DENOM
from qos.chains.business import BUSINESS
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank import state as ledger
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.state import CHECKPOINT_ASSETS, CHECKPOINTS
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_bank_v1 import Asset
from qos.proto.records.qos_qcp_v1 import (
    MsgCheckpoint,
    MsgDeclareGone,
    MsgRetireQueue,
    ProvenAsset,
    QueryCheckpointRequest,
    QueryCheckpointResponse,
    QueryLimitRequest,
    QueryLimitResponse,
)
from qos.testing.chain import ALICE, AUTHORITY, BOB, FUNDS, PEOPLE, VirtualChain, genesis_document
from qos.testing.qcp_deliveries import settle, update
from qos.testing.qcp_network import CARRIER, codes_of, connect, expect_ok, public_chain, transfer, voucher_at
from qos.testing.qcp_puppet import Strung

POINTS, NOTHING = "qsc/POINTS", "qsc/NOTHING"
SUPPLY = FUNDS * len((*PEOPLE, AUTHORITY))


class Net:
    """A public chain and a business chain with assets of its own, one of them paused, one without units."""

    def __init__(self) -> None:
        self.hub, self.shop = public_chain(), Strung(BUSINESS, "shop-1", price=0, first=11)
        self.shop.meddle(issue)
        connect(self.hub, self.shop)

    def header(self) -> int:
        """Give the hub the newest header of the shop; return its height."""
        self.shop.keep_up_with(self.hub)
        self.shop.run_block()
        expect_ok(self.hub.do(CARRIER, update(self.shop, self.hub)))
        return self.shop.height

    def proof(self, key: bytes, height: int) -> tuple[bytes, bytes]:
        return self.shop.machine.store.prove(height - 1, ledger.STORE, key).operations

    def message(self, height: int, *denoms: str) -> MsgCheckpoint:
        count = self.proof(ledger.NEXT_ID.prefix, height)
        return MsgCheckpoint(
            submitter=BOB.address,
            chain_id="shop-1",
            height=height,
            chain_proof=count[1],
            count_proof=count[0],
            assets=tuple(
                ProvenAsset(
                    denom=denom,
                    asset_proof=self.proof(ledger.ASSETS.raw_key(denom), height)[0],
                    supply_proof=self.proof(ledger.SUPPLY.raw_key(denom), height)[0],
                )
                for denom in denoms
            ),
        )

    def prove(self, height: int, *denoms: str) -> tuple[str, int]:
        return codes_of(self.hub.do(BOB, self.message(height, *denoms)))

    def record(self) -> QueryCheckpointResponse:
        asked = QueryCheckpointRequest(chain_id="shop-1")
        return self.hub.query("/qos.qcp.v1.Query/Checkpoint", asked, QueryCheckpointResponse)

    def supplies(self) -> dict[str, int]:
        return {row.asset.denom: row.asset.supply for row in self.record().assets if row.asset is not None}


def issue(ctx: Context) -> None:
    for denom in (POINTS, NOTHING):
        bank.create_asset(ctx, Metadata(base=denom, display=denom, symbol=denom[4:], name=denom), BOB.address)
    bank.mint(ctx, ALICE.address, Coin(denom=POINTS, amount=900))
    bank.set_paused(ctx, NOTHING, paused=True)


@pytest.fixture
def net() -> Net:
    return Net()


def test_a_whole_checkpoint_shows_supply_and_pause_of_every_asset(net):
    height = net.header()
    assert net.prove(height, BASE_DENOM, POINTS, NOTHING) == ("", 0)
    record = net.record()
    head = record.checkpoint
    assert head is not None
    assert (head.height, head.assets, head.proved, record.stale) == (height, 3, 3, False)
    assert head.whole == head.time == net.shop.header(height).signed_header.header.time
    assert net.supplies() == {BASE_DENOM: SUPPLY, POINTS: 900, NOTHING: 0}
    paused = {row.asset.denom: (row.asset.paused, row.asset.issuer) for row in record.assets if row.asset}
    assert paused[NOTHING] == (True, BOB.address)
    assert paused[POINTS] == (False, BOB.address)


def test_what_circulates_here_stands_beside_what_there_is_there(net):
    expect_ok(net.shop.do(ALICE, transfer(ALICE, net.hub, 30, denom=POINTS)))
    expect_ok(net.hub.do(ALICE, transfer(ALICE, net.shop, 40)))
    settle(net.hub, net.shop)
    abroad = voucher_at(net.hub, net.shop)
    assert net.prove(net.header(), BASE_DENOM, POINTS, NOTHING, abroad) == ("", 0)
    rows = {row.asset.denom: row for row in net.record().assets if row.asset}
    assert (rows[POINTS].voucher, rows[POINTS].voucher_supply) == (voucher_at(net.shop, net.hub, POINTS), 30)
    assert rows[abroad].asset is not None
    assert (rows[abroad].asset.supply, rows[abroad].voucher) == (40, "")


def test_a_peers_own_asset_is_limited_by_its_proved_supply(net):
    points = voucher_at(net.shop, net.hub, POINTS)
    expect_ok(net.shop.do(ALICE, transfer(ALICE, net.hub, 30, denom=POINTS)))
    settle(net.hub, net.shop)
    assert net.hub.balance(ALICE.address, points) == 30
    assert net.prove(net.header(), POINTS) == ("", 0)
    asked = QueryLimitRequest(chain_id="shop-1", denom=points)
    limit = net.hub.query("/qos.qcp.v1.Query/Limit", asked, QueryLimitResponse).limit
    assert limit is not None
    assert limit.capacity == 9
    expect_ok(net.shop.do(ALICE, transfer(ALICE, net.hub, 10, denom=POINTS)))
    settle(net.hub, net.shop)
    assert net.hub.balance(ALICE.address, points) == 30
    for side in (net.hub, net.shop):
        side.wait(DAY_S)
        side.run_block()
    assert net.hub.balance(ALICE.address, points) == 40


def test_a_checkpoint_may_come_in_parts_and_is_whole_with_the_last(net):
    height = net.header()
    assert net.prove(height, POINTS) == ("", 0)
    assert net.record().stale
    assert net.prove(height, POINTS, BASE_DENOM) == ("", 0)
    head = net.record().checkpoint
    assert head is not None
    assert (head.proved, head.whole) == (2, None)
    assert net.prove(height, NOTHING) == ("", 0)
    assert not net.record().stale


def test_a_record_is_stale_after_a_day_and_fresh_with_the_next_whole_one(net):
    first = net.header()
    assert net.prove(first, BASE_DENOM, POINTS, NOTHING) == ("", 0)
    whole = net.shop.header(first).signed_header.header.time
    net.hub.wait(DAY_S - (net.hub.next_block().time_ns - whole) // 10**9)
    net.hub.run_block()
    assert not net.record().stale
    net.hub.run_block()
    assert net.record().stale
    second = net.header()
    assert net.prove(second, POINTS) == ("", 0)
    assert net.record().stale
    assert net.prove(second, BASE_DENOM, NOTHING) == ("", 0)
    assert not net.record().stale


def test_an_older_header_is_refused_and_changes_nothing(net):
    old = net.header()
    net.shop.meddle(lambda ctx: bank.mint(ctx, ALICE.address, Coin(denom=POINTS, amount=1)))
    new = net.header()
    assert net.prove(new, POINTS) == ("", 0)
    assert net.prove(old, POINTS) == ("qcp", 70)
    assert net.supplies() == {POINTS: 901}


def test_only_an_accepted_header_of_a_live_client_and_an_open_queue_proves_anything(net):
    height = net.header()
    good = net.message(height, POINTS)
    net.shop.run_block()
    assert codes_of(net.hub.do(BOB, replace(good, height=height + 1))) == ("qcp", 15)
    assert codes_of(net.hub.do(BOB, replace(good, chain_id="mall-1"))) == ("qcp", 1)
    net.hub.wait(8 * DAY_S)
    assert codes_of(net.hub.do(BOB, good)) == ("qcp", 6)
    net.hub.operations.append(lambda ctx: peers.freeze(ctx, net.hub.peer("shop-1"), "a test"))
    assert codes_of(net.hub.do(BOB, good)) == ("qcp", 4)


def test_a_proof_of_anything_else_is_refused(net):
    height = net.header()
    good = net.message(height, POINTS)
    points = good.assets[0]
    other = net.message(height, NOTHING).assets[0]
    earlier = net.message(height - 2, POINTS)
    wrong = [
        replace(good, chain_proof=b""),
        replace(good, chain_proof=earlier.chain_proof),
        replace(good, count_proof=b""),
        replace(good, count_proof=points.supply_proof),
        replace(good, assets=(replace(points, denom=NOTHING),)),
        replace(good, assets=(replace(points, denom="qsc/OTHER"),)),
        replace(good, assets=(replace(points, asset_proof=other.asset_proof),)),
        replace(good, assets=(replace(points, supply_proof=other.supply_proof),)),
        replace(good, assets=(replace(points, supply_proof=b""),)),
        replace(good, assets=(replace(points, asset_proof=b""),)),
    ]
    for message in wrong:
        assert codes_of(net.hub.do(BOB, message)) == ("qcp", 32)
    assert net.hub.ask("/qos.qcp.v1.Query/Checkpoint", QueryCheckpointRequest(chain_id="shop-1")).code != 0


def test_a_peer_that_keeps_nonsense_under_an_asset_stops_nobody(net):
    chain = net.shop.machine.chain
    net.shop.machine.chain = replace(chain, modules=tuple(replace(each, invariants=()) for each in chain.modules))
    net.shop.meddle(keep_nonsense)
    height = net.header()
    for denom in (POINTS, BASE_DENOM, NOTHING):
        assert net.prove(height, denom) == ("qcp", 32)


def keep_nonsense(ctx: Context) -> None:
    ctx.write(ledger.STORE, ledger.SUPPLY.raw_key(POINTS), b"many")
    ctx.write(ledger.STORE, ledger.SUPPLY.raw_key(BASE_DENOM), b"-5")
    ctx.write(ledger.STORE, ledger.ASSETS.raw_key(NOTHING), codec.encode(Asset(id=9, denom=POINTS)))


def test_the_record_survives_an_export(net):
    height = net.header()
    assert net.prove(height, BASE_DENOM, POINTS) == ("", 0)
    state: dict[str, Any] = json.loads(json.dumps(net.hub.machine.export_genesis()))
    again = VirtualChain(genesis_document() | {"app_state": state})
    assert json.loads(json.dumps(again.machine.export_genesis()))["qcp"] == state["qcp"]
    for change in ({"chain_id": "mall-1"}, {"supply": "-1"}):
        wrong = json.loads(json.dumps(state))
        wrong["qcp"]["checkpoint_assets"][0].update(change)
        with pytest.raises(RuleViolation):
            VirtualChain(genesis_document() | {"app_state": wrong})
    state["qcp"]["checkpoints"][0]["chain_id"] = "mall-1"
    with pytest.raises(RuleViolation):
        VirtualChain(genesis_document() | {"app_state": state})


def test_the_record_of_a_retired_chain_is_cleared_and_never_exported(net):
    assert net.prove(net.header(), BASE_DENOM, POINTS, NOTHING) == ("", 0)
    expect_ok(net.hub.do(AUTHORITY, MsgDeclareGone(authority=AUTHORITY.address, chain_id="shop-1")))
    net.hub.wait(30 * DAY_S)
    expect_ok(net.hub.do(AUTHORITY, MsgRetireQueue(authority=AUTHORITY.address, chain_id="shop-1")))
    exported: dict[str, Any] = json.loads(json.dumps(net.hub.machine.export_genesis()))
    assert not exported["qcp"].get("checkpoints")
    assert not exported["qcp"].get("checkpoint_assets")
    VirtualChain(genesis_document() | {"app_state": exported})
    for _ in range(3):
        net.hub.run_block()
    assert not list(CHECKPOINTS.items(net.hub.state()))
    assert not list(CHECKPOINT_ASSETS.items(net.hub.state()))


def test_assets_come_in_pages(net):
    assert net.prove(net.header(), BASE_DENOM, POINTS, NOTHING) == ("", 0)
    asked = QueryCheckpointRequest(chain_id="shop-1", pagination=PageRequest(limit=2))
    page = net.hub.query("/qos.qcp.v1.Query/Checkpoint", asked, QueryCheckpointResponse)
    assert [row.asset.denom for row in page.assets if row.asset] == [BASE_DENOM, NOTHING]
