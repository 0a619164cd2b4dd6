"""What `qos qcp refund` does: fetch headers and the proof from the destination, hand them in at home."""

import time
from pathlib import Path

from qos.base.identifiers import Address
from qos.base.strictjson import JsonObject
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.refunds import Expired, refund_messages
from qos.cli.errors import Failed
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.sending import DEADLINE_MS, describe
from qos.cli.session import Session, ask
from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.client.transactions import Draft, address_of, submit, wait_for
from qos.proto.codec import pack


def refund(
    opened: Session, urls: tuple[str, str], request: tuple[str, int], key: tuple[str, Path | None], output: Output
) -> None:
    """Refund a request at the first address with what the node at the second proves; shows the transaction.

    Raises: Failed with what to do next, and what pricing, signing and sending raise.
    """
    chain_id, sequence = request
    signer = opened.signer(*key)
    expired = Expired(chain_id=chain_id, sequence=sequence, submitter=Address(address_of(signer)))

    async def use(home: Transport) -> JsonObject:
        async with HttpTransport(urls[1]) as there:
            messages = await refund_messages(home, there, expired, time.time_ns())
        draft = Draft(messages=tuple([pack(each) for each in messages]))
        tx_hash = await submit(home, signer, draft)
        return describe(await wait_for(home, tx_hash, deadline_ms=DEADLINE_MS))

    try:
        shown = ask(urls[0], use)
    except AdapterUnavailable as error:
        raise Failed(str(error), f"qos query qcp packet {chain_id} --sequence {sequence}") from None
    show(shown, output)
