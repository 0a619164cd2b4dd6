"""One transaction of each kind of message between chains, of relays and of a consortium, ready to be run."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from types import MappingProxyType

from qos.base.blocktime import HOUR_S, SECOND_NS
from qos.base.identifiers import BASE_DENOM
from qos.modules.assets.bank import state as ledger
from qos.modules.crosschain.qcp.attestation import pause_digest
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.proto.record import Record
from qos.proto.records import qos_consortium_v1, qos_relay_v1
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.testing import relay_group
from qos.testing.chain import ALICE, AUTHORITY, BOB, VirtualChain
from qos.testing.consortium import consortium, consortium_chain, revocation, wanted
from qos.testing.gas_costs import Sample
from qos.testing.qcp_deliveries import carry, equivocation, inbox_proof, load, refund, signatures, update
from qos.testing.qcp_network import CARRIER, RELAYS, Side, business_chain, connect, connected, expect_ok, transfer
from qos.testing.transactions import Key, key_of
from qos.wallet.certificates import issue_root

BATCH = 16
COIN = Coin(denom=BASE_DENOM, amount=5)
SERIALS = 200
"""Certificates on a list of revoked ones."""


def _hub(message: Callable[[Side, Side], Record], key: Key = CARRIER) -> Callable[[], Sample]:
    """Return a sample of one message on a public chain that knows a business chain."""

    def make() -> Sample:
        hub, shop = connected(pausers=(BOB,))
        return Sample(chain=hub, key=key, messages=(message(hub, shop),))

    return make


def _packets(count: int) -> Callable[[], Sample]:
    def make() -> Sample:
        hub, shop = connected()
        expect_ok(hub.do(ALICE, *[transfer(ALICE, shop, 5)] * count))
        hub.run_block()
        expect_ok(shop.do(CARRIER, update(hub, shop)))
        return Sample(chain=shop, key=CARRIER, messages=(load(hub, shop, 1, count).message(),))

    return make


def _header() -> Sample:
    hub, shop = connected()
    hub.run_block()
    return Sample(chain=shop, key=CARRIER, messages=(update(hub, shop),))


def _known(hub: Side, shop: Side) -> int:
    """Give the hub the newest header of the shop; returns its height."""
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    return shop.height


def _without_relays() -> Sample:
    hub, shop = connected()
    expect_ok(shop.do(ALICE, *[transfer(ALICE, hub, 5)] * BATCH))
    height = _known(hub, shop)
    hub.wait(7 * HOUR_S)
    packets = load(shop, hub, 1, BATCH, height=height).packets
    message = qcp.MsgReceiveProven(
        submitter=BOB.address, source="shop-1", height=height, packets=packets, waited_height=height
    )
    return Sample(chain=hub, key=BOB, messages=(message,))


def _refund() -> Sample:
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=600 * SECOND_NS)))
    for side in (hub, shop):
        side.wait(700)
    _known(hub, shop)
    return Sample(chain=hub, key=CARRIER, messages=(refund(hub, shop, 1),))


def _inbox() -> Sample:
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    expect_ok(carry(hub, shop))
    _known(hub, shop)
    message = qcp.MsgProveInbox(submitter=CARRIER.address, chain_id="shop-1", proof=inbox_proof(hub, shop))
    return Sample(chain=hub, key=CARRIER, messages=(message,))


def _record() -> Sample:
    hub, shop = connected()
    height = _known(hub, shop)

    def proof(key: bytes) -> tuple[bytes, bytes]:
        return shop.machine.store.prove(height - 1, ledger.STORE, key).operations

    count = proof(ledger.NEXT_ID.prefix)
    asset = qcp.ProvenAsset(
        denom=BASE_DENOM,
        asset_proof=proof(ledger.ASSETS.raw_key(BASE_DENOM))[0],
        supply_proof=proof(ledger.SUPPLY.raw_key(BASE_DENOM))[0],
    )
    message = qcp.MsgCheckpoint(
        submitter=BOB.address,
        chain_id="shop-1",
        height=height,
        chain_proof=count[1],
        count_proof=count[0],
        assets=(asset,),
    )
    return Sample(chain=hub, key=BOB, messages=(message,))


def _contradiction() -> Sample:
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    return Sample(chain=hub, key=ALICE, messages=(equivocation(hub, shop),))


def _rotation(hub: Side, shop: Side) -> qcp.MsgRotateRelays:
    del shop
    keys = tuple(sorted((*[key.public for key in RELAYS[:3]], key_of("attester new").public)))
    signed = rotation_digest(hub.peer("shop-1").incoming, 2, keys, 1_000)
    return qcp.MsgRotateRelays(
        submitter=CARRIER.address,
        chain_id="shop-1",
        epoch=2,
        relay_keys=keys,
        height=1_000,
        signatures=signatures(signed, RELAYS[:3]),
    )


def _hold() -> Sample:
    hub, shop = connected(pausers=(BOB,))
    expect_ok(hub.do(CARRIER, _rotation(hub, shop)))
    return Sample(chain=hub, key=BOB, messages=(qcp.MsgHoldRotation(pauser=BOB.address, chain_id="shop-1"),))


def _relays_pause(hub: Side, shop: Side) -> qcp.MsgFreeze:
    del shop
    signed = signatures(pause_digest(hub.peer("shop-1").incoming, 0), RELAYS[:2])
    return qcp.MsgFreeze(submitter=CARRIER.address, chain_id="shop-1", signatures=signed)


def _paid_deliveries() -> Side:
    hub, shop = Side(quote=5), business_chain()
    connect(hub, shop)
    return hub


def _deposit() -> Sample:
    message = qcp.MsgDeposit(owner=ALICE.address, chain_id="shop-1", amount=COIN)
    return Sample(chain=_paid_deliveries(), key=ALICE, messages=(message,))


def _withdrawal() -> Sample:
    hub = _paid_deliveries()
    expect_ok(hub.do(ALICE, qcp.MsgDeposit(owner=ALICE.address, chain_id="shop-1", amount=COIN)))
    message = qcp.MsgWithdrawDeposit(owner=ALICE.address, chain_id="shop-1", amount=COIN)
    return Sample(chain=hub, key=ALICE, messages=(message,))


def _group(messages: Callable[[VirtualChain], tuple[Key, Record]]) -> Callable[[], Sample]:
    """Return a sample on a Cassini chain, whose members pay nothing."""

    def make() -> Sample:
        chain = relay_group.cassini()
        key, message = messages(chain)
        return Sample(chain=chain, key=key, messages=(message,), price=0)

    return make


def _vote(chain: VirtualChain) -> tuple[Key, Record]:
    del chain
    return relay_group.RELAYS[0], relay_group.observe(relay_group.RELAYS[0], relay_group.abstract_of(1, 64))


def _submission(chain: VirtualChain) -> tuple[Key, Record]:
    batch = relay_group.fixed(chain)
    relay_group.run(chain, *[relay_group.signature(position, batch) for position in range(3)])
    relay = relay_group.RELAYS[0]
    record = qos_relay_v1.MsgRecordSubmission(
        relay=relay.address, batch=batch.number, tx_hash=sha256(b"delivered").digest()
    )
    return relay, record


def _consortium(message: Callable[[], Record], key: Key = AUTHORITY) -> Callable[[], Sample]:
    def make() -> Sample:
        chain = consortium_chain([(ALICE, consortium().node("alice"))])
        return Sample(chain=chain, key=key, messages=(message(),), price=0)

    return make


def _revocation() -> Record:
    serials = [b"\x01" + number.to_bytes(15, "big") for number in range(SERIALS)]
    return revocation(ALICE, consortium().member, 1, *serials)


SAMPLES: Mapping[str, Callable[[], Sample]] = MappingProxyType(
    {
        "sending a packet": _hub(lambda hub, shop: transfer(ALICE, shop, 5), ALICE),
        "sending data": _hub(
            lambda hub, shop: qcp.MsgSendData(
                sender=ALICE.address, destination="shop-1", application="orders", body=b"x" * 4_000, payload_gas=99_000
            ),
            ALICE,
        ),
        "receiving a packet": _packets(1),
        "receiving 16 packets": _packets(BATCH),
        "receiving 16 packets without relays": _without_relays,
        "a header": _header,
        "a refund": _refund,
        "a proof of the inbox": _inbox,
        "a record of assets": _record,
        "a relay's contradiction": _contradiction,
        "new relay keys": _hub(_rotation),
        "holding them": _hold,
        "a pause by relays": _hub(_relays_pause),
        "a pause by a pauser": _hub(lambda hub, shop: qcp.MsgFreeze(submitter=BOB.address, chain_id="shop-1"), BOB),
        "a deposit": _deposit,
        "its withdrawal": _withdrawal,
        "a floor": _hub(
            lambda hub, shop: qcp.MsgSetFloor(authority=AUTHORITY.address, chain_id="shop-1", floor=COIN), AUTHORITY
        ),
        "the end of a chain": _hub(
            lambda hub, shop: qcp.MsgDeclareGone(authority=AUTHORITY.address, chain_id="shop-1"), AUTHORITY
        ),
        "a vote for 64 packets": _group(_vote),
        "a relay's signature": _group(lambda chain: relay_group.signature(0, relay_group.fixed(chain))),
        "a submission": _group(_submission),
        "a contradiction on the Cassini chain": _group(
            lambda chain: (relay_group.RELAYS[3], relay_group.contradiction(0))
        ),
        "a consortium's root for relays": _group(
            lambda chain: (
                relay_group.RELAYS[0],
                qos_relay_v1.MsgHoldConsortium(
                    relay=relay_group.RELAYS[0].address, chain_id="shop-1", root=consortium().root.certificate
                ),
            )
        ),
        "a member's certificate": _consortium(
            lambda: consortium().register(ALICE, BOB.address, consortium().node("bob")), ALICE
        ),
        "a list of revoked certificates": _consortium(_revocation, ALICE),
        "a root": _consortium(
            lambda: qos_consortium_v1.MsgSetRoot(
                authority=AUTHORITY.address,
                root=qos_consortium_v1.Root(certificate=issue_root(wanted("More", "root")).certificate),
            )
        ),
    }
)
"""By what happens."""
