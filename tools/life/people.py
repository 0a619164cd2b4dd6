"""Sending transactions and asking a chain, as the programs of people do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from qos.base.identifiers import BASE_DENOM, Address
from qos.client.io.http import HttpTransport
from qos.client.node import TxAnswer
from qos.client.queries import query
from qos.client.transactions import Signer, deliver
from qos.proto.codec import pack
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import QueryBalanceRequest, QueryBalanceResponse
from qos.proto.records.cosmos_base_v1beta1 import Coin

DEADLINE_MS = 180_000
T = TypeVar("T")
R = TypeVar("R", bound=Record)


def send(url: str, signer: Signer, *messages: Record) -> TxAnswer:
    """Send messages and wait until they took effect. Raises: Refused, NotIncluded, Unreachable."""
    packed = [pack(each) for each in messages]
    return _with(url, lambda node: deliver(node, signer, packed, deadline_ms=DEADLINE_MS))


def read(url: str, path: str, request: Record, kind: type[R]) -> R:
    """Ask a module. Raises: Refused, Unreachable."""
    return _with(url, lambda node: node.send(query(path, request, kind)))


def balance(url: str, address: Address) -> int:
    """Return what an account holds, in aqos. Raises: Refused, Unreachable."""
    asked = QueryBalanceRequest(address=address, denom=BASE_DENOM)
    found = read(url, "/cosmos.bank.v1beta1.Query/Balance", asked, QueryBalanceResponse).balance
    return found.amount if found is not None else 0


def coins(amount: int) -> Coin:
    """Return an amount of aqos."""
    return Coin(denom=BASE_DENOM, amount=amount)


def _with(url: str, use: Callable[[HttpTransport], Awaitable[T]]) -> T:
    async def run() -> T:
        async with HttpTransport(url, timeout_ms=30_000) as node:
            return await use(node)

    return asyncio.run(run())
