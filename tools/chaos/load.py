"""Transfers all the time, whatever happens to the nodes: each account hands in runs of them until all are in blocks.

A transaction is handed in again, as it was, until the account's sequence says that it is in a block. So each has to
be in exactly one block at the end, and what arrived is what was sent.
"""

import asyncio
import random
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import sha256

from qos.base.identifiers import BASE_DENOM, Address
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.node import broadcast_tx_sync, status
from qos.client.queries import AccountState, fee_for, find_account
from qos.client.speed import Speed
from qos.client.transactions import Draft, Signer, address_of, sign_tx
from qos.proto.codec import pack
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.wallet.io.devkeys import DevKeys

SENDERS = ("alice", "bob", "carol", "dave", "probe")
SINK = Address(b"chaos sink account..")
RUN = 8
GAS = 60_000
FEE_TIMES = 5
"""The price of gas may rise while a transaction waits."""

PAUSE_S = 0.3
AGAIN_AFTER = 6


class Load:
    """A thread that sends. `sent` are the hashes of everything that is in a block or has to come into one."""

    def __init__(self, urls: Sequence[str], people: DevKeys, seed: int) -> None:
        self._urls = tuple(urls)
        self._people = people
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self.sent: list[bytes] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let each account finish its run, and return when all of it is in blocks."""
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            transports = [HttpTransport(url, timeout_ms=3_000) for url in self._urls]
            nodes = [await stack.enter_async_context(each) for each in transports]
            async with asyncio.TaskGroup() as tasks:
                for name in SENDERS:
                    tasks.create_task(self._send(nodes, self._people.signer(name)))

    async def _send(self, nodes: list[HttpTransport], signer: Signer) -> None:
        address = address_of(signer)
        account = await self._account(nodes, address)
        chain_id, fee = await self._terms(nodes)
        while not self._stop.is_set():
            coin = Coin(denom=BASE_DENOM, amount=1)
            message = pack(MsgSend(from_address=address, to_address=SINK, amount=(coin,)))
            draft = Draft(messages=(message,), gas_limit=GAS, fee=fee)
            run = [
                sign_tx(signer, draft, AccountState(number=account.number, sequence=account.sequence + each), chain_id)
                for each in range(RUN)
            ]
            self.sent += [sha256(tx).digest() for tx in run]
            account = await self._until_in_blocks(nodes, address, account, run)

    async def _until_in_blocks(
        self, nodes: list[HttpTransport], address: Address, account: AccountState, run: list[bytes]
    ) -> AccountState:
        done, waited = account.sequence, AGAIN_AFTER
        while done < account.sequence + RUN:
            if waited >= AGAIN_AFTER:
                await self._hand_in(nodes, run[done - account.sequence :])
                waited = 0
            await asyncio.sleep(PAUSE_S)
            waited += 1
            # A node that lags tells an older sequence.
            done = max(done, (await self._account(nodes, address)).sequence)
        return AccountState(number=account.number, sequence=done)

    async def _hand_in(self, nodes: list[HttpTransport], txs: list[bytes]) -> None:
        node = self._random.choice(nodes)
        for tx in txs:
            try:
                await node.send(broadcast_tx_sync(tx))
            except ClientError:
                continue

    async def _account(self, nodes: list[HttpTransport], address: Address) -> AccountState:
        while True:
            try:
                found = await find_account(self._random.choice(nodes), address)
            except ClientError:
                found = None
            if found is not None:
                return found
            await asyncio.sleep(PAUSE_S)

    async def _terms(self, nodes: list[HttpTransport]) -> tuple[str, tuple[Coin, ...]]:
        while True:
            node = self._random.choice(nodes)
            try:
                chain_id = (await node.send(status())).chain_id
                fee = await fee_for(node, GAS, Speed.FAST)
            except ClientError:
                await asyncio.sleep(PAUSE_S)
            else:
                return chain_id, tuple([Coin(denom=each.denom, amount=each.amount * FEE_TIMES) for each in fee])
