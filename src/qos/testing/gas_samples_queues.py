"""One transaction of each kind of message that queues seldom need, of seats and of orders, ready to be run."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from qos.base.blocktime import DAY_S
from qos.base.identifiers import format_address
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.machine.chain import Chain
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp import transfer as transfers
from qos.modules.crosschain.qcp.module import qcp_module
from qos.modules.validators.consortium import formulas
from qos.proto.record import Record
from qos.proto.records import qos_consortium_v1
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_orders_v1 import MsgSettle, OrderStatus
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL, FUNDS, VirtualChain, genesis_document
from qos.testing.consortium import CHAIN_ID, consortium, consortium_state
from qos.testing.gas_costs import Sample
from qos.testing.qcp_deliveries import carry, settle
from qos.testing.qcp_network import (
    BOTH,
    CAPACITY,
    CARRIER,
    Side,
    connect,
    connected,
    expect_ok,
    public_chain,
    registration,
    transfer,
    voucher_at,
)
from qos.testing.qcp_puppet import hub_and_puppet

"""What of the coin comes home at once: 1 % of what there is."""

TOKEN = "qsc/TOK"
SWITCH = qcp.MsgSwitchVersion(authority=AUTHORITY.address, chain_id="shop-1", version=2)
OFFER = qcp.MsgOfferVersion(authority=AUTHORITY.address, chain_id="shop-1", version=2)
GONE = qcp.MsgDeclareGone(authority=AUTHORITY.address, chain_id="shop-1")
RETIRE = qcp.MsgRetireQueue(authority=AUTHORITY.address, chain_id="shop-1")


def _held() -> Side:
    """Return a hub where twice as much came home as is paid at once, so that it waits."""
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 3 * CAPACITY)))
    settle(hub, shop)
    back = transfer(ALICE, hub, 2 * CAPACITY, denom=voucher_at(hub, shop), to=CAROL.address)
    expect_ok(shop.do(ALICE, back))
    expect_ok(carry(shop, hub))
    return hub


def _release() -> Sample:
    hub = _held()
    hub.wait(DAY_S)
    claim = qcp.MsgClaimRelease(submitter=CARRIER.address, chain_id="shop-1", sequence=2)
    return Sample(chain=hub, key=CARRIER, messages=(claim,))


def _cancelled() -> Sample:
    hub = _held()
    expect_ok(hub.do(AUTHORITY, GONE))
    cancel = qcp.MsgCancelRelease(authority=AUTHORITY.address, chain_id="shop-1", sequence=2)
    return Sample(chain=hub, key=AUTHORITY, messages=(cancel,))


def _owed() -> Sample:
    """A refund of a token that was stopped when it came, and is not any more."""
    hub, puppet = hub_and_puppet()
    _meddle(hub, _issue)
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 40, denom=TOKEN)))
    puppet.plant(puppet.result(hub.packet("shop-1", 1), 1))
    _meddle(hub, lambda ctx: bank.set_paused(ctx, TOKEN, paused=True))
    expect_ok(carry(puppet, hub))
    _meddle(hub, lambda ctx: bank.set_paused(ctx, TOKEN, paused=False))
    return Sample(chain=hub, key=ALICE, messages=(qcp.MsgClaim(owner=ALICE.address, denom=TOKEN),))


def _issue(ctx: Context) -> None:
    bank.create_asset(ctx, Metadata(base=TOKEN, symbol="TOK"), BOB.address)
    bank.mint(ctx, ALICE.address, Coin(denom=TOKEN, amount=100))


def _meddle(side: Side, change: Callable[[Context], object]) -> None:
    side.operations.append(change)
    side.run_block()


def _speaking(chain: Chain) -> Chain:
    spoken = qcp_module(
        payloads={transfers.PAYLOAD_TYPE: transfers.receive}, trust_modes=frozenset((BOTH,)), spoken=frozenset((1, 2))
    )
    return replace(chain, modules=tuple([spoken if each.name == "qcp" else each for each in chain.modules]))


def _versions(message: Record, *, is_agreed: bool) -> Callable[[], Sample]:
    def make() -> Sample:
        hub = Side(_speaking(PUBLIC))
        shop = Side(_speaking(BUSINESS), "shop-1", price=0, first=11)
        connect(hub, shop)
        if is_agreed:
            expect_ok(hub.do(AUTHORITY, OFFER))
            settle(hub, shop)
        return Sample(chain=hub, key=AUTHORITY, messages=(message,))

    return make


def _named_failure() -> Sample:
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    named = qcp.MsgConsumeFailed(authority=AUTHORITY.address, chain_id="qos-1", sequence=1)
    return Sample(chain=shop, key=AUTHORITY, messages=(named,), price=0)


def _retirement() -> Sample:
    hub, shop = connected()
    expect_ok(hub.do(ALICE, *[transfer(ALICE, shop, 5)] * 20))
    expect_ok(hub.do(AUTHORITY, GONE))
    hub.wait(30 * DAY_S)
    return Sample(chain=hub, key=AUTHORITY, messages=(RETIRE,))


def _registration() -> Sample:
    hub = public_chain()
    shop = Side(BUSINESS, "shop-1", price=0, first=11)
    return Sample(chain=hub, key=AUTHORITY, messages=(registration(hub, shop, pausers=(BOB,)),))


def _recovery() -> Sample:
    hub, shop = connected()
    hub.wait(8 * DAY_S)
    shop.wait(8 * DAY_S)
    shop.run_block()
    hub.keep_up_with(shop)
    block = shop.header(shop.height)
    message = qcp.MsgRecoverClient(authority=AUTHORITY.address, chain_id="shop-1", light_block=block)
    return Sample(chain=hub, key=AUTHORITY, messages=(message,))


def _seat() -> Sample:
    """One seat more on a chain whose validator has one."""
    group, key = consortium(), ed25519.public_key(b"s" * 32)
    node = group.node("alice")
    document = genesis_document(BUSINESS, chain_id=CHAIN_ID, gas_price=0, funds={AUTHORITY.address: FUNDS})
    (validator,) = document["validators"]
    held = {
        "consensus_key": validator["pub_key"]["value"],
        "power": validator["power"],
        "node": b64encode(node.certificate).decode(),
        "member": b64encode(group.member.certificate).decode(),
    }
    document["app_state"]["consortium"] = consortium_state([(ALICE, node)]) | {"seats": [held]}
    seat = qos_consortium_v1.Seat(consensus_key=key, power=5, node=node.certificate, member=group.member.certificate)
    proof = node.sign(formulas.seat_bytes(CHAIN_ID, key))
    message = qos_consortium_v1.MsgSetSeat(authority=AUTHORITY.address, seat=seat, proof=proof)
    return Sample(chain=VirtualChain(document, chain=BUSINESS), key=AUTHORITY, messages=(message,), price=0)


def _order() -> Sample:
    hub = public_chain()
    taken = {"params": {"provider": format_address(BOB.address)}}
    shop = Side(BUSINESS, "shop-1", price=0, first=11, states={"orders": taken})
    connect(hub, shop)
    order = qcp.MsgSendData(
        sender=ALICE.address, destination="shop-1", application="orders", body=b"tea" * 300, payload_gas=100_000
    )
    expect_ok(hub.do(ALICE, order))
    expect_ok(carry(hub, shop))
    settled = MsgSettle(provider=BOB.address, number=1, status=OrderStatus.ORDER_STATUS_DONE, note="ready at noon")
    return Sample(chain=shop, key=BOB, messages=(settled,), price=0)


SAMPLES: Mapping[str, Callable[[], Sample]] = MappingProxyType(
    {
        "a payment that waited": _release,
        "its end": _cancelled,
        "a refund that waited": _owed,
        "an offer of a version": _versions(OFFER, is_agreed=False),
        "the switch to it": _versions(SWITCH, is_agreed=True),
        "a request named to fail": _named_failure,
        "the end of a queue": _retirement,
        "a peer": _registration,
        "a new trust root": _recovery,
        "a seat": _seat,
        "an order settled": _order,
    }
)
"""By what happens."""
