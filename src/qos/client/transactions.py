"""Building, signing and sending SIGN_MODE_DIRECT transactions (protocol T2, T3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol

from qos.base.amounts import mul_div_ceil
from qos.base.identifiers import Address
from qos.client.calls import Transport
from qos.client.errors import CallFailed, NotIncluded, Refused
from qos.client.node import TxAnswer, broadcast_tx_sync, status, tx
from qos.client.queries import AccountState, fee_params, find_account, query
from qos.crypto import secp256k1
from qos.machine.errors import UnknownAddress, WrongSequence
from qos.proto.codec import encode, pack
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_crypto_secp256k1 import PubKey
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoSingle,
    SignDoc,
    SignerInfo,
    SimulateRequest,
    SimulateResponse,
    TxBody,
    TxRaw,
)

GAS_MARGIN_PERCENT = 130
"""Offered gas over simulated gas: the state may have changed when the transaction runs."""

POLL_MS = 100
DEFAULT_WAIT_MS = 30_000


class Signer(Protocol):
    """Something that holds a key and signs digests with it."""

    @property
    def public_key(self) -> bytes:
        """The 33-byte compressed secp256k1 key."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """Return the 64-byte signature over a digest."""
        ...


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A signer with its key in memory; the key is not shown by repr."""

    secret: bytes = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """The 33-byte compressed key."""
        return secp256k1.public_key(self.secret)

    def sign(self, digest: bytes) -> bytes:
        """Return the 64-byte signature over a digest."""
        return secp256k1.sign(self.secret, digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A transaction before it is signed. Gas 0 means: simulate; fee None means: the least the chain takes."""

    messages: tuple[AnyRecord, ...]
    memo: str = ""
    timeout_height: int = 0
    gas_limit: int = 0
    fee: tuple[Coin, ...] | None = None


def address_of(signer: Signer) -> Address:
    """Return the account a signer signs for."""
    return secp256k1.address(signer.public_key)


def sign_tx(signer: Signer, draft: Draft, account: AccountState, chain_id: str) -> bytes:
    """Return the signed transaction as bytes. The draft's gas and fee are taken as they are."""
    body = encode(_body(draft))
    auth_info = encode(_auth_info(signer.public_key, draft, account, SignMode.SIGN_MODE_DIRECT))
    document = SignDoc(body_bytes=body, auth_info_bytes=auth_info, chain_id=chain_id, account_number=account.number)
    signature = signer.sign(sha256(encode(document)).digest())
    return encode(TxRaw(body_bytes=body, auth_info_bytes=auth_info, signatures=(signature,)))


def _body(draft: Draft) -> TxBody:
    return TxBody(messages=draft.messages, memo=draft.memo, timeout_height=draft.timeout_height)


def _auth_info(public_key: bytes, draft: Draft, account: AccountState, mode: SignMode) -> AuthInfo:
    signer = SignerInfo(
        public_key=pack(PubKey(key=public_key)),
        mode_info=ModeInfo(single=ModeInfoSingle(mode=mode)),
        sequence=account.sequence,
    )
    return AuthInfo(signer_infos=(signer,), fee=Fee(amount=draft.fee or (), gas_limit=draft.gas_limit))


async def simulate(node: Transport, public_key: bytes, draft: Draft, account: AccountState) -> SimulateResponse:
    """Run a draft on the node's newest state. Raises: Refused as the transaction would be, Unreachable."""
    raw = TxRaw(
        body_bytes=encode(_body(draft)),
        auth_info_bytes=encode(_auth_info(public_key, draft, account, SignMode.SIGN_MODE_UNSPECIFIED)),
        signatures=(b"",),
    )
    request = SimulateRequest(tx_bytes=encode(raw))
    return await node.send(query("/cosmos.tx.v1beta1.Service/Simulate", request, SimulateResponse))


async def priced(node: Transport, signer: Signer, draft: Draft, account: AccountState) -> Draft:
    """Fill in gas by simulation and the least fee for it, where the draft leaves them open. Raises: as `simulate`."""
    if not draft.gas_limit:
        simulated = await simulate(node, signer.public_key, draft, account)
        used = simulated.gas_info.gas_used if simulated.gas_info is not None else 0
        draft = replace(draft, gas_limit=mul_div_ceil(used, GAS_MARGIN_PERCENT, 100))
    if draft.fee is not None:
        return draft
    params = await fee_params(node)
    amount = draft.gas_limit * params.gas_price
    return replace(draft, fee=(Coin(denom=params.denom, amount=amount),) if amount else ())


async def account_of(node: Transport, signer: Signer) -> AccountState:
    """Return the signer's account. Raises: UnknownAddress, Refused, Unreachable."""
    address = address_of(signer)
    account = await find_account(node, address)
    if account is None:
        raise UnknownAddress(address)
    return account


async def submit(node: Transport, signer: Signer, draft: Draft) -> bytes:
    """Price, sign and hand in a transaction; returns its hash once the node accepted it.

    When another transaction of the signer came in between, it is signed once more with the new sequence.
    Raises: UnknownAddress, Refused, Unreachable.
    """
    chain_id = (await node.send(status())).chain_id
    account = await account_of(node, signer)
    draft = await priced(node, signer, draft, account)
    try:
        return await node.send(broadcast_tx_sync(sign_tx(signer, draft, account, chain_id)))
    except Refused as error:
        if (error.codespace, error.code) != (WrongSequence.code.codespace, WrongSequence.code.number):
            raise
    expected = await account_of(node, signer)
    return await node.send(broadcast_tx_sync(sign_tx(signer, draft, expected, chain_id)))


async def wait_for(node: Transport, tx_hash: bytes, *, deadline_ms: int = DEFAULT_WAIT_MS) -> TxAnswer:
    """Return a transaction once it is in a block. Raises: Refused when it failed there, NotIncluded, Unreachable."""
    for _ in range(max(deadline_ms // POLL_MS, 1)):
        try:
            found = await node.send(tx(tx_hash))
        except CallFailed:
            await node.pause(POLL_MS)
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
