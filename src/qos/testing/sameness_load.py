"""Transactions of every kind a chain knows: what works, what fails, and packets there and back over a peer.

New kinds of message need nothing here to be tried: each gets a sample that is executed and, as a rule, refused. What
should also succeed has its scene.
"""

from collections.abc import Iterator
from dataclasses import replace

from qos.base.amounts import E18
from qos.base.identifiers import BASE_DENOM
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_crypto_ed25519 import PubKey
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    BasicAllowance,
    MsgGrantAllowance,
    MsgPruneAllowances,
    MsgRevokeAllowance,
)
from qos.proto.records.cosmos_staking_v1beta1 import (
    Description,
    MsgBeginRedelegate,
    MsgCancelUnbondingDelegation,
    MsgCreateValidator,
    MsgDelegate,
    MsgEditValidator,
    MsgUndelegate,
)
from qos.proto.records.cosmos_tx_v1beta1 import TxBody, TxRaw
from qos.proto.records.qos_qcp_v1 import MsgFreeze, MsgRecoverClient, MsgSendData, MsgSetFloor
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgRevokeValidator, MsgSetCompounding
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL
from qos.testing.decided_chain import DecidedChain, Follower
from qos.testing.message_samples import sample
from qos.testing.qcp_network import carry, connect, expect_ok, settle, transfer, voucher_at
from qos.testing.stake import RATES, owner_of
from qos.testing.transactions import aqos, key_of, send

PAYERS = tuple(key_of(f"payer {number}") for number in range(40))
FUNDS = 10**21
ENOUGH_GAS, TOO_LITTLE_GAS = 40_000, 12_000
"""Gas of a transfer that has some left, and of one that is admitted and then runs out."""


class Crowd:
    """Transfers that come with every block; of some the rules refuse a part, at admission or in the block."""

    def __init__(self, chain: DecidedChain, each_block: int) -> None:
        self._chain = chain
        self._each_block = each_block
        self._number = 0

    def __call__(self) -> Iterator[bytes]:
        """Yield the transactions for one more block."""
        for _ in range(self._each_block):
            number = self._number = self._number + 1
            giver, taker = PAYERS[number % len(PAYERS)], PAYERS[number * 7 % len(PAYERS)]
            amount = FUNDS * 2 if number % 17 == 0 else 10**15 + number
            gas = TOO_LITTLE_GAS if number % 13 == 0 else ENOUGH_GAS
            price = self._chain.price + number % 5
            ahead = 3 if number % 41 == 0 else 0
            yield self._chain.tx(giver, send(giver.address, taker.address, amount), gas=gas, price=price, ahead=ahead)


def run_load(chain: DecidedChain, *, blocks: int, txs: int, each_block: int) -> None:
    """Run every scene among transfers, until there were so many blocks and transactions."""
    fund(chain)
    chain.crowd = Crowd(chain, each_block)
    ledger(chain)
    modules = [module.name for module in chain.machine.chain.modules]
    for name, scene in (("feegrant", grants), ("staking", stake), ("qcp", packets)):
        if name in modules:
            scene(chain)
    samples(chain)
    while len(chain.decided) < blocks or len(chain.results) < txs:
        chain.run_block()


def fund(chain: DecidedChain) -> None:
    """Give the payers something to pay with."""
    outputs = tuple(Output(address=each.address, coins=aqos(FUNDS)) for each in PAYERS)
    everything = Input(address=CAROL.address, coins=aqos(FUNDS * len(PAYERS)))
    expect_ok(chain.do(CAROL, MsgMultiSend(inputs=(everything,), outputs=outputs)))


def ledger(chain: DecidedChain) -> None:
    """Send more than once in a transaction, also to somebody new."""
    expect_ok(chain.do(ALICE, send(ALICE.address, BOB.address, 10**18), send(ALICE.address, key_of("new").address, 5)))


def grants(chain: DecidedChain) -> None:
    """Let somebody else's fees be paid, and no longer."""
    allowance = codec.pack(BasicAllowance(spend_limit=aqos(10**18)))
    people = {"granter": ALICE.address, "grantee": BOB.address}
    expect_ok(chain.do(ALICE, MsgGrantAllowance(**people, allowance=allowance)))
    expect_ok(chain.do(ALICE, MsgRevokeAllowance(**people)))
    expect_ok(chain.do(BOB, MsgPruneAllowances(pruner=BOB.address)))


def stake(chain: DecidedChain) -> None:
    """Bond behind the validator and behind one that waits; move, take back, think better of it."""
    first, second = owner_of(0).address, BOB.address
    creation = MsgCreateValidator(
        description=Description(moniker="second"),
        commission=RATES,
        validator_address=second,
        pubkey=codec.pack(PubKey(key=ed25519.public_key(b"s" * 32))),
        value=stake_of(20),
    )
    expect_ok(chain.do(BOB, creation))
    keep = "[do-not-modify]"
    said = Description(moniker="the second", identity=keep, website=keep, security_contact=keep, details=keep)
    expect_ok(chain.do(BOB, MsgEditValidator(description=said, validator_address=second)))
    people = {"delegator_address": ALICE.address}
    for owner in (first, second):
        expect_ok(chain.do(ALICE, MsgDelegate(**people, validator_address=owner, amount=stake_of(9))))
    moved = {"validator_src_address": second, "validator_dst_address": first}
    expect_ok(chain.do(ALICE, MsgBeginRedelegate(**people, **moved, amount=stake_of(4))))
    expect_ok(chain.do(ALICE, MsgUndelegate(**people, validator_address=second, amount=stake_of(3))))
    height = newest_with(chain, codec.type_url(MsgUndelegate))
    back = MsgCancelUnbondingDelegation(**people, validator_address=second, amount=stake_of(1), creation_height=height)
    expect_ok(chain.do(ALICE, back))
    expect_ok(chain.do(ALICE, MsgSetCompounding(**people, validator_address=first, compounding=True)))
    chain.do(BOB, MsgRevokeValidator(validator_address=second))
    chain.do(BOB, MsgActivateValidator(validator_address=second, top_up=stake_of(1)))


def stake_of(qos: int) -> Coin:
    """Return an amount of QOS."""
    return Coin(denom=BASE_DENOM, amount=qos * E18)


def peer_of(chain: DecidedChain) -> str:
    """Return the id of the chain that packets go to: the hub's is a business chain, any other's is the hub."""
    return "shop-1" if chain.chain_id == "qos-1" else "qos-1"


def packets(chain: DecidedChain) -> None:
    """Register a peer, send assets and data there and back, stop and go on."""
    peer = peer_of(chain)
    shop = Follower(chain, BUSINESS if peer == "shop-1" else PUBLIC, peer, first=11)
    hub, spoke = (chain, shop) if peer == "shop-1" else (shop, chain)
    connect(hub, spoke, pausers=(BOB,))
    expect_ok(chain.do(ALICE, *[transfer(ALICE, shop, 10**6 + number) for number in range(5)]))
    data = MsgSendData(sender=ALICE.address, destination=peer, application="nobody", body=b"x", payload_gas=100_000)
    expect_ok(chain.do(ALICE, data))
    expect_ok(carry(chain, shop))
    abroad = voucher_at(chain, shop)
    expect_ok(shop.do(ALICE, transfer(ALICE, chain, 700, denom=abroad)))
    settle(chain, shop)
    floor = MsgSetFloor(authority=AUTHORITY.address, chain_id=peer, floor=Coin(denom=abroad, amount=10))
    chain.do(AUTHORITY, floor)
    expect_ok(chain.do(BOB, MsgFreeze(submitter=BOB.address, chain_id=peer)))
    chain.do(ALICE, transfer(ALICE, shop, 5))
    recover = MsgRecoverClient(authority=AUTHORITY.address, chain_id=peer, light_block=shop.header(shop.height))
    chain.do(AUTHORITY, recover)


def samples(chain: DecidedChain) -> None:
    """Have one message of every kind executed for whoever may do least and most, also about a chain there is."""
    for key in (ALICE, AUTHORITY):
        for _, route in sorted(chain.machine.chain.messages.items()):
            message = sample(route.kind, key.address)
            if message.signer_fields and "." not in message.signer_fields[0]:
                chain.do(key, message)
            if "chain_id" in type(message).__slots__:
                chain.do(key, replace(message, chain_id=peer_of(chain)))  # type: ignore[type-var]


def kinds_of(tx: bytes) -> tuple[str, ...]:
    """Return the types of the messages of a transaction that was in a block."""
    body = codec.decode(TxBody, codec.decode(TxRaw, tx).body_bytes)
    return tuple(each.type_url for each in body.messages)


def newest_with(chain: DecidedChain, kind: str) -> int:
    """Return the height of the newest block with a message of a type."""
    return max(each.block.height for each in chain.decided if any(kind in kinds_of(tx) for tx in each.txs))


def kinds_in(chain: DecidedChain) -> frozenset[str]:
    """Return the types of all messages that were in blocks."""
    return frozenset(kind for block in chain.decided for tx in block.txs for kind in kinds_of(tx))


def codes_in(chain: DecidedChain) -> frozenset[tuple[str, int]]:
    """Return codespace and code of every result, of blocks and of admission."""
    return frozenset((result.codespace, result.code) for result in chain.results.values())
