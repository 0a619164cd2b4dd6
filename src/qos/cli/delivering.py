"""What `qos qcp deliver` does: fetch headers and proofs from one chain, hand them in at the other."""

import time
from pathlib import Path

from qos.base.identifiers import Address
from qos.base.strictjson import JsonObject
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.delivery import gas_of
from qos.cassini.adapters.unrelayed import unrelayed_messages
from qos.cli.errors import Failed
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.sending import DEADLINE_MS, describe
from qos.cli.session import Session, ask
from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.client.transactions import Draft, address_of, submit, wait_for
from qos.proto.codec import pack


def deliver(opened: Session, urls: tuple[str, str], source: str, key: tuple[str, Path | None], output: Output) -> None:
    """Deliver to the first address what the node at the second proves to have waited; shows the transaction.

    Raises: Failed with what to do next, and what pricing, signing and sending raise.
    """
    signer = opened.signer(*key)

    async def use(destination: Transport) -> JsonObject:
        async with HttpTransport(urls[1]) as there:
            payer = Address(address_of(signer))
            messages = await unrelayed_messages(destination, there, payer, time.time_ns())
        # A simulation uses less gas than the packets name, and a delivery has to have what they name (Q4).
        draft = Draft(messages=tuple([pack(each) for each in messages]), gas_limit=gas_of(messages))
        tx_hash = await submit(destination, signer, draft)
        return describe(await wait_for(destination, tx_hash, deadline_ms=DEADLINE_MS))

    try:
        shown = ask(urls[0], use)
    except AdapterUnavailable as error:
        raise Failed(str(error), f"qos query qcp queue {source}") from None
    show(shown, output)
