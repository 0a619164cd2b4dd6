"""What `qos qcp refund` and `qos qcp deliver` do: read headers and proofs from one chain, hand them in at the other."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from qos.base.identifiers import Address
from qos.base.strictjson import JsonObject
from qos.cassini.adapters.contract import AdapterUnavailable
from qos.cassini.adapters.delivery import gas_of
from qos.cassini.adapters.refunds import Expired, refund_messages
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

MakeDraft = Callable[[Transport, Transport, Address], Awaitable[Draft]]
"""Reads both chains and returns what the first is to be brought, paid by an account. Raises: AdapterUnavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who brings something, and between which nodes: the first takes it, the second proves it."""

    urls: tuple[str, str]
    key: str
    passphrase: Path | None
    output: Output


def refund(opened: Session, errand: Errand, chain_id: str, sequence: int) -> None:
    """Refund a request at home with what a node of its destination proves; shows the transaction.

    Raises: Failed with what to do next, and what pricing, signing and sending raise.
    """

    async def draft(home: Transport, there: Transport, payer: Address) -> Draft:
        expired = Expired(chain_id=chain_id, sequence=sequence, submitter=payer)
        messages = await refund_messages(home, there, expired, time.time_ns())
        return Draft(messages=tuple([pack(each) for each in messages]))

    _bring(opened, errand, draft, f"qos query qcp packet {chain_id} --sequence {sequence}")


def deliver(opened: Session, errand: Errand, source: str) -> None:
    """Deliver what a node of the source proves to have waited; shows the transaction.

    Raises: Failed with what to do next, and what pricing, signing and sending raise.
    """

    async def draft(destination: Transport, there: Transport, payer: Address) -> Draft:
        messages = await unrelayed_messages(destination, there, payer, time.time_ns())
        # A simulation uses less gas than the packets name, and a delivery has to have what they name (Q4).
        return Draft(messages=tuple([pack(each) for each in messages]), gas_limit=gas_of(messages))

    _bring(opened, errand, draft, f"qos query qcp queue {source}")


def _bring(opened: Session, errand: Errand, make: MakeDraft, instead: str) -> None:
    """Read, sign, hand in and wait; `instead` is the command that shows why there is nothing to bring."""
    signer = opened.signer(errand.key, errand.passphrase)

    async def use(here: Transport) -> JsonObject:
        async with HttpTransport(errand.urls[1]) as there:
            draft = await make(here, there, Address(address_of(signer)))
        tx_hash = await submit(here, signer, draft)
        return describe(await wait_for(here, tx_hash, deadline_ms=DEADLINE_MS))

    try:
        shown = ask(errand.urls[0], use)
    except AdapterUnavailable as error:
        raise Failed(str(error), instead) from None
    show(shown, errand.output)
