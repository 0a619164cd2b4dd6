"""Sending a packet once per key, whatever is cut, retried or restarted in between.

A transaction is signed with a timeout height and written down before it is handed in. Until that height has passed
the same bytes are handed in again, which count once; after it, and not found in a block, they never will be.
"""

import asyncio
from dataclasses import replace
from hashlib import sha256

from qos.client.calls import Transport
from qos.client.errors import CallFailed, Refused
from qos.client.node import TxAnswer, broadcast_tx_sync, status, tx
from qos.client.polling import attempts
from qos.client.transactions import Draft, Signer, account_of, address_of, priced, sign_tx
from qos.machine.errors import TimeoutHeightPassed, TxInMempool, WrongSequence
from qos.proto.codec import decode, encode, pack
from qos.proto.record import AnyRecord
from qos.proto.records.qos_qcp_v1 import SendRequest, SendResponse
from qos.rpc.backend.journal import Entry, Journal
from qos.rpc.services.status import CallRefused, Status

TIMEOUT_BLOCKS = 20
"""How many blocks a signed transaction may wait: so long a key stays open when its transaction got lost."""

DEADLINE_MS = 60_000
_LATER = "the transaction is in no block yet: call again with the same key"
_SEQUENCE = (WrongSequence.code.codespace, WrongSequence.code.number)
_OVERTAKEN = {_SEQUENCE, (TimeoutHeightPassed.code.codespace, TimeoutHeightPassed.code.number)}
_WAITING = (TxInMempool.code.codespace, TxInMempool.code.number)
_NOT_FOUND = "not found"


class Sending:
    """Sends with one account, one transaction after the other."""

    def __init__(self, node: Transport, signer: Signer, journal: Journal) -> None:
        self._node = node
        self._signer = signer
        self._journal = journal
        self._turn = asyncio.Lock()

    async def send(self, caller: str, request: SendRequest) -> SendResponse:
        """Send what was asked for, or return what was sent for this key before.

        Raises: CallRefused (a key used for something else, no message, still waiting), Refused (nothing was sent and
        the key is free again), Unreachable.
        """
        message = self._message(request)
        request_hash = sha256(encode(request)).digest()
        async with self._turn:
            entry = self._journal.find(caller, request.key)
            if entry is None:
                return await self._begin(caller, request.key, request_hash, message)
            if entry.request_hash != request_hash:
                text = f"key {request.key!r} was used for something else: choose one key for each thing to be done"
                raise CallRefused(Status.ALREADY_EXISTS, text)
            if entry.response:
                return decode(SendResponse, entry.response)
            return await self._resume(entry, message)

    def _message(self, request: SendRequest) -> AnyRecord:
        given = [each for each in (request.transfer, request.data) if each is not None]
        if len(given) != 1 or given[0].sender:
            text = "set exactly one of transfer and data, and leave its sender empty: the gateway sends"
            raise CallRefused(Status.INVALID_ARGUMENT, text)
        return pack(replace(given[0], sender=address_of(self._signer)))

    async def _begin(self, caller: str, key: str, request_hash: bytes, message: AnyRecord) -> SendResponse:
        newest = await self._node.send(status())
        account = await account_of(self._node, self._signer)
        draft = Draft(messages=(message,), timeout_height=newest.height + TIMEOUT_BLOCKS)
        draft = await priced(self._node, self._signer.key, draft, account)
        signed = sign_tx(self._signer, draft, account, newest.chain_id)
        entry = Entry(
            caller=caller,
            key=key,
            request_hash=request_hash,
            tx=signed,
            tx_hash=sha256(signed).digest(),
            timeout_height=draft.timeout_height,
        )
        self._journal.put(entry)
        try:
            await self._node.send(broadcast_tx_sync(signed))
        except Refused as error:
            # Never handed in before, so nowhere else either.
            self._journal.drop(entry)
            if (error.codespace, error.code) != _SEQUENCE:
                raise
            text = "another transaction of the gateway's account came in between: call again with the same key"
            raise CallRefused(Status.UNAVAILABLE, text) from None
        return await self._included(entry)

    async def _resume(self, entry: Entry, message: AnyRecord) -> SendResponse:
        """Go on with a transaction that was handed in, perhaps, and whose fate nobody knows."""
        async for _ in attempts(self._node, DEADLINE_MS):
            # The height is read first: what is not found afterwards is in no block up to it.
            height = (await self._node.send(status())).height
            found = await self._find(entry)
            if found is not None:
                return self._done(entry, found)
            if height > entry.timeout_height:
                self._journal.drop(entry)
                return await self._begin(entry.caller, entry.key, entry.request_hash, message)
            await self._hand_in_again(entry)
        raise CallRefused(Status.UNAVAILABLE, _LATER)

    async def _hand_in_again(self, entry: Entry) -> None:
        try:
            await self._node.send(broadcast_tx_sync(entry.tx))
        except Refused as error:
            # Overtaken or waiting already: its timeout decides. What else refuses it may pass, too.
            if (error.codespace, error.code) not in _OVERTAKEN | {_WAITING}:
                raise CallRefused(Status.UNAVAILABLE, f"{_LATER}; the node says: {error}") from None
        except CallFailed as error:
            raise CallRefused(Status.UNAVAILABLE, f"{_LATER}; the node says: {error}") from None

    async def _included(self, entry: Entry) -> SendResponse:
        async for _ in attempts(self._node, DEADLINE_MS):
            found = await self._find(entry)
            if found is not None:
                return self._done(entry, found)
        raise CallRefused(Status.UNAVAILABLE, _LATER)

    async def _find(self, entry: Entry) -> TxAnswer | None:
        try:
            return await self._node.send(tx(entry.tx_hash))
        except CallFailed as error:
            if _NOT_FOUND not in str(error):
                raise
            return None

    def _done(self, entry: Entry, found: TxAnswer) -> SendResponse:
        """Note and return what a transaction in a block sent. Raises: Refused when it failed there and sent nothing."""
        if found.result.code:
            self._journal.drop(entry)
            raise Refused(codespace=found.result.codespace, code=found.result.code, log=found.result.log)
        (sent,) = [event for event in found.result.events if event.type == "qcp"]
        attributes = {each.key: each.value for each in sent.attributes}
        response = SendResponse(
            chain_id=attributes["to"],
            sequence=int(attributes["sequence"]),
            packet_hash=bytes.fromhex(attributes["hash"]),
            tx_hash=entry.tx_hash,
            height=found.height,
        )
        self._journal.put(replace(entry, response=encode(response)))
        return response
