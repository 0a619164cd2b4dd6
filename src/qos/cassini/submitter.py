"""Sending transactions of one account to one chain, one after another."""

from collections.abc import Sequence
from hashlib import sha256

from qos.client.calls import Transport
from qos.client.errors import Refused
from qos.client.node import broadcast_tx_sync
from qos.client.queries import AccountState, fee_for
from qos.client.speed import Speed
from qos.client.transactions import Draft, Signer, account_of, address_of, sign_tx
from qos.machine.errors import InsufficientFee, WrongSequence
from qos.proto.codec import pack
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin

PRICE_USES = 16
"""How many transactions go out at one price: packets do not wait, and asking each time would cost a round trip."""


class Submitter:
    """Keeps the account's sequence, so that several transactions can wait in one mempool. Not for several tasks."""

    def __init__(self, chain_id: str, signer: Signer) -> None:
        """Know nothing of the account yet."""
        self.chain_id = chain_id
        self.address = address_of(signer)
        self._signer = signer
        self._account: AccountState | None = None
        self._price: tuple[Coin, ...] | None = None
        self._uses_left = 0

    async def send(self, node: Transport, messages: Sequence[Record], gas: int) -> bytes:
        """Sign and hand in; returns the hash once the node took it into its mempool.

        When the sequence or the price was not the node's, both are read again for the next time.
        Raises: UnknownAddress, Refused, Unreachable, BadAnswer, CallFailed.
        """
        if self._account is None:
            self._account = await account_of(node, self._signer)
        fee = await self._fee(node, gas)
        draft = Draft(messages=tuple([pack(each) for each in messages]), gas_limit=gas, fee=fee)
        account = self._account
        tx = sign_tx(self._signer, draft, account, self.chain_id)
        try:
            await node.send(broadcast_tx_sync(tx))
        except Refused as error:
            if (error.codespace, error.code) in _STALE:
                self._account = self._price = None
            raise
        self._account = AccountState(number=account.number, sequence=account.sequence + 1)
        return sha256(tx).digest()

    async def _fee(self, node: Transport, gas: int) -> tuple[Coin, ...]:
        """Return the fast offer, at a price that is asked for anew now and then."""
        if self._price is None or not self._uses_left:
            self._price, self._uses_left = await fee_for(node, 1, Speed.FAST), PRICE_USES
        self._uses_left -= 1
        return tuple([Coin(denom=price.denom, amount=gas * price.amount) for price in self._price])


_STALE = tuple((each.code.codespace, each.code.number) for each in (WrongSequence, InsufficientFee))
