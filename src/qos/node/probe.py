"""Whether a network works: a transfer committed on every chain, and a packet delivered between two of them."""

import asyncio

from qos.client.io.http import HttpTransport
from qos.client.queries import fee_params
from qos.client.transactions import Signer, address_of, deliver
from qos.node.errors import BadConfig
from qos.node.home import NetworkHome
from qos.node.network import Link
from qos.proto.codec import pack
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.wallet.io import devkeys

DEADLINE_MS = 30_000
SENDER = "probe"


async def probe(home: NetworkHome, links: tuple[Link, ...]) -> None:
    """Send and see arrive, on every chain at once.

    Raises: BadConfig, Refused, NotIncluded, Unreachable, BadAnswer.
    """
    people = devkeys.read(home.keys_folder)
    if people is None:
        raise BadConfig(f"{home.keys_folder} has no development keys", "qos up --reset makes a new network")
    signer = people.signer(SENDER)
    await asyncio.gather(*(_transfer(link, signer) for link in links))


async def _transfer(link: Link, signer: Signer) -> None:
    """Send the least amount of the chain's fee asset from the probe account to itself."""
    sender = address_of(signer)
    async with HttpTransport(link.rpc) as node:
        coin = Coin(denom=(await fee_params(node)).denom, amount=1)
        message = MsgSend(from_address=sender, to_address=sender, amount=(coin,))
        await deliver(node, signer, [pack(message)], deadline_ms=DEADLINE_MS)
