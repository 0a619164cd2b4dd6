"""Building, signing and sending transactions, in SIGN_MODE_DIRECT (protocol T2, T3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from qos.base.amounts import mul_div_ceil
from qos.base.identifiers import Address
from qos.client.calls import Transport
from qos.client.errors import BadAnswer, CallFailed, NotIncluded, Refused
from qos.client.node import TxAnswer, broadcast_tx_sync, status, tx
from qos.client.polling import attempts
from qos.client.queries import AccountState, fee_for, find_account, query
from qos.client.speed import Speed
from qos.crypto import keys, multisig, secp256k1
from qos.machine.errors import InsufficientFee, UnknownAddress, WrongSequence
from qos.machine.signing import direct_document
from qos.modules.assets.bank.operations import VALUE_FEE
from qos.proto.codec import encode
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoSingle,
    SignerInfo,
    SimulateRequest,
    SimulateResponse,
    TxBody,
    TxRaw,
)
from qos.proto.records.tendermint_abci import Event

GAS_MARGIN_PERCENT = 130
"""Offered gas over simulated gas: the state may have changed when the transaction runs."""

_AMOUNT = re.compile(r"([0-9]{1,78})([a-zA-Z][a-zA-Z0-9/:._-]{1,127})", re.ASCII)
DEFAULT_WAIT_MS = 30_000
_STALE = tuple((each.code.codespace, each.code.number) for each in (WrongSequence, InsufficientFee))


class Signer(Protocol):
    """Something that holds a single key and signs with it."""

    @property
    def key(self) -> AnyRecord:
        """The public key as transactions carry it."""
        ...

    def sign(self, document: bytes) -> bytes:
        """Return the 64-byte signature over sign bytes."""
        ...


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A signer with a secp256k1 key in memory; the key is not shown by repr."""

    secret: bytes = field(repr=False)

    @property
    def key(self) -> AnyRecord:
        """The public key as transactions carry it."""
        return keys.secp256k1_key(secp256k1.public_key(self.secret))

    def sign(self, document: bytes) -> bytes:
        """Return the 64-byte signature over sign bytes."""
        return keys.SECP256K1.sign(self.secret, document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A transaction before it is signed. Gas 0 means: simulate; fee None means: what the chain quotes for `speed`."""

    messages: tuple[AnyRecord, ...]
    memo: str = ""
    timeout_height: int = 0
    gas_limit: int = 0
    fee: tuple[Coin, ...] | None = None
    speed: Speed = Speed.NORMAL
    granter: Address | None = None
    """Who pays the fee, having granted that; None for the signer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A draft with gas and fee, and what the chain will take beside the fee as far as a simulation has shown."""

    draft: Draft
    value_fee: tuple[Coin, ...] = ()


def address_of(signer: Signer) -> Address:
    """Return the account a signer signs for."""
    key = signer.key
    return multisig.address_of(key.type_url, key.value)


def sign_tx(signer: Signer, draft: Draft, account: AccountState, chain_id: str) -> bytes:
    """Return the signed transaction as bytes. The draft's gas and fee are taken as they are."""
    auth_info = _auth_info(signer.key, draft, account, SignMode.SIGN_MODE_DIRECT)
    raw = TxRaw(body_bytes=encode(body_of(draft)), auth_info_bytes=encode(auth_info))
    signature = signer.sign(direct_document(raw, chain_id, account.number))
    return encode(replace(raw, signatures=(signature,)))


def body_of(draft: Draft) -> TxBody:
    """Return what a draft would do, as the body of a transaction."""
    return TxBody(messages=draft.messages, memo=draft.memo, timeout_height=draft.timeout_height)


def _auth_info(public_key: AnyRecord, draft: Draft, account: AccountState, mode: SignMode) -> AuthInfo:
    signer = SignerInfo(
        public_key=public_key,
        mode_info=ModeInfo(single=ModeInfoSingle(mode=mode)),
        sequence=account.sequence,
    )
    fee = Fee(amount=draft.fee or (), gas_limit=draft.gas_limit, granter=draft.granter or Address(b""))
    return AuthInfo(signer_infos=(signer,), fee=fee)


async def simulate(node: Transport, public_key: AnyRecord, draft: Draft, account: AccountState) -> SimulateResponse:
    """Run a draft on the node's newest state. Raises: Refused as the transaction would be, Unreachable."""
    raw = TxRaw(
        body_bytes=encode(body_of(draft)),
        auth_info_bytes=encode(_auth_info(public_key, draft, account, SignMode.SIGN_MODE_UNSPECIFIED)),
        signatures=(b"",),
    )
    request = SimulateRequest(tx_bytes=encode(raw))
    return await node.send(query("/cosmos.tx.v1beta1.Service/Simulate", request, SimulateResponse))


async def priced(node: Transport, key: AnyRecord, draft: Draft, account: AccountState) -> Draft:
    """Fill in gas by simulation and the quoted fee for it, where the draft leaves them open. Raises: as `simulate`."""
    return (await quoted(node, key, draft, account)).draft


async def quoted(node: Transport, key: AnyRecord, draft: Draft, account: AccountState) -> Quoted:
    """Price a draft, and say what it costs beside the fee when that had to be simulated. Raises: as `simulate`."""
    value_fee: tuple[Coin, ...] = ()
    if not draft.gas_limit:
        simulated = await simulate(node, key, draft, account)
        used = simulated.gas_info.gas_used if simulated.gas_info is not None else 0
        draft = replace(draft, gas_limit=mul_div_ceil(used, GAS_MARGIN_PERCENT, 100))
        value_fee = value_fees(simulated.result.events if simulated.result is not None else ())
    if draft.fee is None:
        draft = replace(draft, fee=await fee_for(node, draft.gas_limit, draft.speed))
    return Quoted(draft=draft, value_fee=value_fee)


def value_fees(events: Sequence[Event]) -> tuple[Coin, ...]:
    """Return what transfers cost beside the fee, by their events. Raises: BadAnswer."""
    totals: dict[str, int] = {}
    for attribute in [each for event in events for each in event.attributes if each.key == VALUE_FEE]:
        found = _AMOUNT.fullmatch(attribute.value)
        if found is None:
            raise BadAnswer(f"{attribute.value[:80]!r} is no value fee")
        totals[found[2]] = totals.get(found[2], 0) + int(found[1])
    return tuple([Coin(denom=denom, amount=totals[denom]) for denom in sorted(totals)])


async def account_of(node: Transport, signer: Signer) -> AccountState:
    """Return the signer's account. Raises: UnknownAddress, Refused, Unreachable."""
    return await account_at(node, address_of(signer))


async def account_at(node: Transport, address: Address) -> AccountState:
    """Return the account of an address. Raises: UnknownAddress, Refused, Unreachable."""
    account = await find_account(node, address)
    if account is None:
        raise UnknownAddress(address)
    return account


async def submit(node: Transport, signer: Signer, draft: Draft) -> bytes:
    """Price, sign and hand in a transaction; returns its hash once the node accepted it.

    When another transaction of the signer came in between, or gas became dearer, it is priced and signed once more.
    Raises: UnknownAddress, Refused, Unreachable.
    """
    chain_id = (await node.send(status())).chain_id
    account = await account_of(node, signer)
    offered = await priced(node, signer.key, draft, account)
    try:
        return await node.send(broadcast_tx_sync(sign_tx(signer, offered, account, chain_id)))
    except Refused as error:
        if (error.codespace, error.code) not in _STALE:
            raise
    expected = await account_of(node, signer)
    offered = await priced(node, signer.key, replace(draft, gas_limit=offered.gas_limit), expected)
    return await node.send(broadcast_tx_sync(sign_tx(signer, offered, expected, chain_id)))


async def wait_for(node: Transport, tx_hash: bytes, *, deadline_ms: int = DEFAULT_WAIT_MS) -> TxAnswer:
    """Return a transaction once it is in a block. Raises: Refused when it failed there, NotIncluded, Unreachable."""
    async for _ in attempts(node, deadline_ms):
        try:
            found = await node.send(tx(tx_hash))
        except CallFailed:
            continue
        if found.result.code:
            raise Refused(codespace=found.result.codespace, code=found.result.code, log=found.result.log)
        return found
    raise NotIncluded(tx_hash, deadline_ms)


async def deliver(
    node: Transport, signer: Signer, messages: Sequence[AnyRecord], *, deadline_ms: int = DEFAULT_WAIT_MS
) -> TxAnswer:
    """Send messages and wait until they took effect. Raises: as `submit` and `wait_for`."""
    tx_hash = await submit(node, signer, Draft(messages=tuple(messages)))
    return await wait_for(node, tx_hash, deadline_ms=deadline_ms)
