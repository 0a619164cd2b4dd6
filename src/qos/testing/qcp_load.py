"""The load of the QCP benchmark: transfers signed beforehand, handed in at a steady rate."""

import asyncio
import time
from dataclasses import dataclass
from hashlib import sha256

from qos.base.identifiers import BASE_DENOM, Address
from qos.client.io.http import HttpTransport
from qos.client.node import broadcast_tx_sync
from qos.client.queries import AccountState, fee_for
from qos.client.speed import Speed
from qos.client.transactions import Draft, PrivateKey, account_of, address_of, deliver, sign_tx
from qos.node.home import NetworkHome
from qos.proto.codec import pack
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer
from qos.wallet.io import devkeys

SENDERS = 500
ALLOWANCE = 10 * 10**18
OUTPUTS = 250
GAS = 40_000
FEE_TIMES = 4
"""What is offered, in fast fees: all is signed beforehand, and gas becomes dearer while blocks catch up."""
SLICE_S = 0.1
CHAIN, DESTINATION = "qos-1", "shop-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Transactions in order, and what each sender must hold at the destination once all arrived."""

    txs: tuple[bytes, ...]
    amounts: dict[Address, int]
    started_ms: int


def sender(number: int) -> PrivateKey:
    """Return the key of a sender."""
    return PrivateKey(sha256(b"qcp benchmark sender %d" % number).digest())


async def fund(node: HttpTransport, home: NetworkHome) -> None:
    """Give every sender some coins."""
    people = devkeys.read(home.keys_folder)
    if people is None:
        raise SystemExit("the network has no development keys")
    giver = people.signer("alice")
    for first in range(0, SENDERS, OUTPUTS):
        takers = [address_of(sender(number)) for number in range(first, min(first + OUTPUTS, SENDERS))]
        coins = (Coin(denom=BASE_DENOM, amount=ALLOWANCE),)
        total = (Coin(denom=BASE_DENOM, amount=ALLOWANCE * len(takers)),)
        message = MsgMultiSend(
            inputs=(Input(address=address_of(giver), coins=total),),
            outputs=tuple(Output(address=taker, coins=coins) for taker in takers),
        )
        await deliver(node, giver, [pack(message)])


async def prepare_load(node: HttpTransport, count: int) -> Load:
    """Sign transfers, the senders taking turns; each sends to itself, a different amount every time."""
    fee = await fee_for(node, FEE_TIMES * GAS, Speed.FAST)
    keys = [sender(number) for number in range(SENDERS)]
    accounts = [await account_of(node, key) for key in keys]
    amounts: dict[Address, int] = {}
    txs: list[bytes] = []
    for number in range(count):
        key, account = keys[number % SENDERS], accounts[number % SENDERS]
        owner, amount = address_of(key), number + 1
        amounts[owner] = amounts.get(owner, 0) + amount
        coin = Coin(denom=BASE_DENOM, amount=amount)
        message = MsgSendTransfer(sender=owner, destination=DESTINATION, recipient=owner, amount=coin)
        now = AccountState(number=account.number, sequence=account.sequence + number // SENDERS)
        txs.append(sign_tx(key, Draft(messages=(pack(message),), gas_limit=GAS, fee=fee), now, CHAIN))
    return Load(txs=tuple(txs), amounts=amounts, started_ms=time.time_ns() // 1_000_000)


async def send_all(url: str, load: Load, rate: int) -> None:
    """Hand the transactions in, a slice every 100 ms in batches of 20. Raises: Refused when one is not taken."""
    started = time.monotonic()
    async with HttpTransport(url) as node:
        size = max(int(rate * SLICE_S), 1)
        for turn, first in enumerate(range(0, len(load.txs), size)):
            await asyncio.sleep(max(started + turn * size / rate - time.monotonic(), 0))
            await node.send_all([broadcast_tx_sync(tx) for tx in load.txs[first : first + size]])
