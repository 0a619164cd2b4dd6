"""Module queries as calls, and the two every sender needs: its account and what a transaction costs."""

from dataclasses import dataclass
from typing import TypeVar

from qos.base.identifiers import Address
from qos.base.strictjson import JsonObject
from qos.client.calls import Call, Transport
from qos.client.errors import BadAnswer, Refused
from qos.client.node import abci_query
from qos.client.speed import Speed
from qos.proto.codec import decode_lenient, encode, unpack
from qos.proto.record import Record
from qos.proto.records.cosmos_auth_v1beta1 import (
    BaseAccount,
    ModuleAccount,
    QueryAccountRequest,
    QueryAccountResponse,
)
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_fees_v1 import Offer, QueryQuoteRequest, QueryQuoteResponse

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What a signature has to name: the account's number and its next sequence."""

    number: int
    sequence: int


def query(path: str, request: Record, kind: type[R], *, height: int = 0) -> Call[R]:
    """Ask a module; `path` is `/<service>/<method>`. Raises (parse): Refused, BadAnswer."""
    asked = abci_query(path, encode(request), height=height)

    def read(result: JsonObject) -> R:
        return decode_lenient(kind, asked.parse(result).value)

    return Call(method=asked.method, params=asked.params, parse=read)


async def find_account(node: Transport, address: Address) -> AccountState | None:
    """Return the account, or None when nothing was ever sent to it. Raises: Refused, BadAnswer, Unreachable."""
    call = query("/cosmos.auth.v1beta1.Query/Account", QueryAccountRequest(address=address), QueryAccountResponse)
    try:
        answer = await node.send(call)
    except Refused as error:
        if error.is_missing:
            return None
        raise
    wrapped = answer.account
    if wrapped is None:
        raise BadAnswer("the node answered with no account")
    if wrapped.type_url == "/" + ModuleAccount.full_name:
        raise BadAnswer("the address belongs to a module: no key can sign for it")
    account = unpack(BaseAccount, wrapped)
    return AccountState(number=account.account_number, sequence=account.sequence)


async def fee_quote(node: Transport, gas_limit: int = 0) -> QueryQuoteResponse:
    """Return the asset fees are paid in and what a gas limit costs now. Raises: Refused, BadAnswer, Unreachable."""
    return await node.send(
        query("/qos.fees.v1.Query/Quote", QueryQuoteRequest(gas_limit=gas_limit), QueryQuoteResponse)
    )


async def fee_for(node: Transport, gas_limit: int, speed: Speed = Speed.NORMAL) -> tuple[Coin, ...]:
    """Return the fee to offer for a gas limit, no coin where gas is free. Raises: Refused, BadAnswer, Unreachable."""
    quote = await fee_quote(node, gas_limit)
    offer: Offer | None = {Speed.SLOW: quote.slow, Speed.NORMAL: quote.normal, Speed.FAST: quote.fast}[speed]
    if offer is None:
        raise BadAnswer(f"the node quoted no {speed} price")
    return (Coin(denom=quote.denom, amount=offer.fee),) if offer.fee else ()
