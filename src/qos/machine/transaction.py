"""Bytes to a transaction: bounded, strict at every layer, decoded once (T2, T4)."""

from hashlib import sha256
from typing import NamedTuple

from qos.base.identifiers import Address
from qos.machine.abci import Terms
from qos.machine.chain import Chain
from qos.machine.context import MessageRoute
from qos.machine.errors import (
    InvalidAddress,
    NoSignatures,
    TooManySignatures,
    TxDecodeError,
    TxTooLarge,
    UnknownRequest,
)
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records.cosmos_tx_v1beta1 import AuthInfo, TxBody, TxRaw

MAX_TX_BYTES = 256 * 1024
MAX_PLAIN_TX_BYTES = 64 * 1024
MAX_MESSAGES = 100
MAX_SIGNERS = 8
SIGNATURE_BYTES_LIMIT = 1024


class Step(NamedTuple):
    """One message with the route that handles it."""

    message: Record
    route: MessageRoute
    signers: tuple[Address, ...]


class Transaction(NamedTuple):
    """A decoded transaction. `signers` are those of all messages, each once, in order of first use."""

    hash: bytes
    size: int
    raw: TxRaw
    body: TxBody
    auth_info: AuthInfo
    steps: tuple[Step, ...]
    signers: tuple[Address, ...]
    terms: Terms


def decode(chain: Chain, data: bytes) -> Transaction:
    """Decode a transaction of a chain.

    Raises: TxTooLarge, MalformedBytes, MalformedField, MalformedAddress, UnknownRequest, TxDecodeError,
    NoSignatures, TooManySignatures, InvalidAddress.
    """
    if len(data) > MAX_TX_BYTES:
        raise TxTooLarge(f"transaction has {len(data)} bytes, at most {MAX_TX_BYTES} are allowed: tx too large")
    raw = codec.decode(TxRaw, data)
    if not raw.body_bytes or not raw.auth_info_bytes:
        raise TxDecodeError("transaction has no body or no signer information: tx parse error")
    body = codec.decode(TxBody, raw.body_bytes)
    auth_info = codec.decode(AuthInfo, raw.auth_info_bytes)
    _refuse_unsupported(body, auth_info)
    steps = tuple([_step(chain, wrapped) for wrapped in body.messages])
    if len(data) > MAX_PLAIN_TX_BYTES and not any(wrapped.type_url in chain.bulky for wrapped in body.messages):
        raise TxTooLarge(f"transaction has {len(data)} bytes, at most {MAX_PLAIN_TX_BYTES} are allowed: tx too large")
    signers = tuple(dict.fromkeys([address for step in steps for address in step.signers]))
    _check_signatures(raw, auth_info, signers)
    return Transaction(
        hash=sha256(data).digest(),
        size=len(data),
        raw=raw,
        body=body,
        auth_info=auth_info,
        steps=steps,
        signers=signers,
        terms=_terms(body, auth_info, signers),
    )


def _terms(body: TxBody, auth_info: AuthInfo, signers: tuple[Address, ...]) -> Terms:
    fee = auth_info.fee
    assert fee is not None  # refused above
    offered = fee.amount[0].amount if fee.amount else 0
    sequences = [info.sequence for info in auth_info.signer_infos]
    return Terms(
        signers=tuple(zip(signers, sequences, strict=True)),
        payer=fee.granter or fee.payer or signers[0],
        fee=offered,
        gas_limit=fee.gas_limit,
        price=offered // fee.gas_limit if fee.gas_limit else 0,
        timeout_height=body.timeout_height,
    )


def _refuse_unsupported(body: TxBody, auth_info: AuthInfo) -> None:
    if not 1 <= len(body.messages) <= MAX_MESSAGES:
        raise TxDecodeError(f"transaction must hold 1 to {MAX_MESSAGES} messages: tx parse error")
    if body.extension_options or body.non_critical_extension_options:
        raise UnknownRequest("extension options are not supported: unknown extension options")
    if auth_info.tip is not None:
        raise UnknownRequest("the tip field is not supported: raise the fee instead")
    if auth_info.fee is None:
        raise TxDecodeError("transaction names no fee: tx parse error")


def _step(chain: Chain, wrapped: AnyRecord) -> Step:
    route = chain.messages.get(wrapped.type_url)
    if route is None:
        raise UnknownRequest(f"this chain has no message {wrapped.type_url[:100]!r}: unknown request")
    message = codec.decode(route.kind, wrapped.value)
    signers = signers_of(message)
    if not signers or not all(signers):
        raise InvalidAddress(f"{wrapped.type_url} names no signer: invalid address")
    return Step(message=message, route=route, signers=signers)


def signers_of(message: Record) -> tuple[Address, ...]:
    """Return the addresses that must sign a message, from the fields its definition names."""
    found: list[Address] = []
    for name in message.signer_fields:
        value = getattr(message, name)
        for item in value if isinstance(value, tuple) else (value,):
            found.extend(signers_of(item) if isinstance(item, Record) else (item,))
    return tuple(found)


def _check_signatures(raw: TxRaw, auth_info: AuthInfo, signers: tuple[Address, ...]) -> None:
    if not raw.signatures or not auth_info.signer_infos:
        raise NoSignatures("the transaction is not signed: no signatures supplied")
    if len(signers) > MAX_SIGNERS:
        raise TooManySignatures(f"{len(signers)} signers, at most {MAX_SIGNERS}: maximum number of signatures exceeded")
    if not len(raw.signatures) == len(auth_info.signer_infos) == len(signers):
        raise NoSignatures(
            f"{len(signers)} signers, {len(auth_info.signer_infos)} signer infos and {len(raw.signatures)} signatures "
            "do not match: no signatures supplied",
        )
    if any(len(signature) > SIGNATURE_BYTES_LIMIT for signature in raw.signatures):
        raise TooManySignatures("a signature is too long: maximum number of signatures exceeded")
