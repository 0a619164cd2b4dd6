"""Transactions of every kind a chain knows: what works, what fails, and packets there and back over a peer.

New kinds of message need nothing here to be tried: each gets a sample that is executed and, as a rule, refused. What
should also succeed has its scene.
"""

from collections.abc import Iterator

from qos.base.identifiers import Address
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    BasicAllowance,
    MsgGrantAllowance,
    MsgPruneAllowances,
    MsgRevokeAllowance,
)
from qos.proto.records.qos_qcp_v1 import MsgFreeze, MsgRecoverClient, MsgSendData, MsgSetFloor
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL
from qos.testing.decided_chain import DecidedChain, Follower, kinds_of
from qos.testing.message_samples import sample
from qos.testing.qcp_deliveries import carry, settle
from qos.testing.qcp_network import connect, expect_ok, transfer, voucher_at
from qos.testing.sameness_stake import proposals, rewards, stake
from qos.testing.transactions import aqos, key_of, send

PAYERS = tuple(key_of(f"payer {number}") for number in range(40))
SAMPLERS = tuple(key_of(f"sampler {number}") for number in range(40))
SAMPLE_GAS = 2_000_000
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
    scenes = {"feegrant": grants, "staking": stake, "distribution": rewards, "gov": proposals, "qcp": packets}
    for name in (each for each in scenes if each in modules):
        scenes[name](chain)
    samples(chain)
    while len(chain.decided) < blocks or len(chain.results) < txs:
        chain.run_block()


def fund(chain: DecidedChain) -> None:
    """Give the crowd something to pay with."""
    people = (*PAYERS, *SAMPLERS)
    outputs = tuple(Output(address=each.address, coins=aqos(FUNDS)) for each in people)
    everything = Input(address=CAROL.address, coins=aqos(FUNDS * len(people)))
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
    kinds = [route.kind for _, route in sorted(chain.machine.chain.messages.items())]
    for start in range(0, len(kinds), len(SAMPLERS)):
        drawn = list(zip(SAMPLERS, kinds[start:], strict=False))
        for about in ("", peer_of(chain)):
            given = [(key, _sample(kind, key.address, about)) for key, kind in drawn]
            chain.run_block(*[chain.tx(key, each, gas=SAMPLE_GAS, price=chain.price) for key, each in given if each])
    for kind in kinds:
        if message := _sample(kind, AUTHORITY.address, peer_of(chain)):
            chain.do(AUTHORITY, message)


def _sample(kind: type[Record], signer: Address, chain_id: str) -> Record | None:
    """Return a message about a chain; None when its kind names none, or its signer in no field of its own."""
    if not kind.signer_fields or "." in kind.signer_fields[0]:
        return None
    if chain_id and "chain_id" not in kind.__slots__:
        return None
    return sample(kind, signer, chain_id)


def kinds_in(chain: DecidedChain) -> frozenset[str]:
    """Return the types of all messages that were in blocks."""
    return frozenset(kind for block in chain.decided for tx in block.txs for kind in kinds_of(tx))


def codes_in(chain: DecidedChain) -> frozenset[tuple[str, int]]:
    """Return codespace and code of every result, of blocks and of admission."""
    return frozenset((result.codespace, result.code) for result in chain.results.values())
