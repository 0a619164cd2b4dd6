"""Whether a network works: a transfer committed on every chain, and a packet delivered to every business chain."""

import asyncio

from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.client.node import TxAnswer
from qos.client.polling import attempts
from qos.client.queries import fee_quote, query
from qos.client.transactions import Signer, address_of, deliver
from qos.node.errors import BadConfig, StartFailed
from qos.node.home import NetworkHome
from qos.node.links import Link
from qos.proto.codec import pack
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    MsgSendTransfer,
    QueryQueueRequest,
    QueryQueueResponse,
    QueryReceiptRequest,
    QueryReceiptResponse,
)
from qos.wallet.io import devkeys

DEADLINE_MS = 60_000
SENDER = "probe"


async def probe(home: NetworkHome, links: tuple[Link, ...]) -> None:
    """Send and see arrive, all at once.

    Raises: BadConfig, StartFailed, Refused, NotIncluded, Unreachable, BadAnswer.
    """
    people = devkeys.read(home.keys_folder)
    if people is None:
        raise BadConfig(f"{home.keys_folder} has no development keys", "qos up --reset makes a new network")
    signer = people.signer(SENDER)
    hub = next((link for link in links if link.chain.kind == "public"), None)
    spokes = [link for link in links if link.chain.kind == "business"]
    # One account sends one transaction after the other: the public chain's follow its packets below.
    await asyncio.gather(*(_transfer(link, signer) for link in links if link is not hub))
    if hub is None:
        return
    await _transfer(hub, signer)
    await asyncio.gather(*[_packet(home, hub, spoke, await _send_packet(hub, spoke, signer)) for spoke in spokes])


async def _transfer(link: Link, signer: Signer) -> None:
    """Send the least amount of the chain's fee asset from the probe account to itself."""
    sender = address_of(signer)
    async with HttpTransport(link.rpc) as node:
        coin = Coin(denom=(await fee_quote(node)).denom, amount=1)
        await _commit(node, signer, MsgSend(from_address=sender, to_address=sender, amount=(coin,)))


async def _send_packet(hub: Link, spoke: Link, signer: Signer) -> int:
    """Send the least amount to the probe account on the other chain; returns the packet's sequence."""
    sender = address_of(signer)
    async with HttpTransport(hub.rpc) as node:
        coin = Coin(denom=(await fee_quote(node)).denom, amount=1)
        message = MsgSendTransfer(sender=sender, destination=spoke.chain.chain_id, recipient=sender, amount=coin)
        found = await _commit(node, signer, message)
    for event in found.result.events:
        for attribute in event.attributes:
            if (event.type, attribute.key) == ("qcp", "sequence"):
                return int(attribute.value)
    raise StartFailed("the probe packet was sent but is in no queue")


async def _commit(node: Transport, signer: Signer, message: Record) -> TxAnswer:
    return await deliver(node, signer, [pack(message)], deadline_ms=DEADLINE_MS)


async def _packet(home: NetworkHome, hub: Link, spoke: Link, sequence: int) -> None:
    """Wait until the other chain has applied a packet."""
    source = hub.chain.chain_id
    inbox = query("/qos.qcp.v1.Query/Queue", QueryQueueRequest(chain_id=source), QueryQueueResponse)
    request = QueryReceiptRequest(chain_id=source, sequence=sequence)
    async with HttpTransport(spoke.rpc) as node:
        async for _ in attempts(node, DEADLINE_MS):
            queue = (await node.send(inbox)).queue
            if queue is not None and queue.inbox >= sequence:
                break
        else:
            said = f"no relay delivered packet {sequence} to {spoke.chain.chain_id} within {DEADLINE_MS} ms"
            raise StartFailed(said, f"see {home.folder}/relays/*/relay.log")
        receipt = (await node.send(query("/qos.qcp.v1.Query/Receipt", request, QueryReceiptResponse))).receipt
    if receipt is None or receipt.code:
        raise StartFailed(f"the probe packet failed on {spoke.chain.chain_id}")
