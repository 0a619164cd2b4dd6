"""Signed transactions in parts: build a body and signer information, change what a test is about, sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from qos.base.identifiers import BASE_DENOM, Address
from qos.crypto import keys, secp256k1
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoSingle,
    SignDoc,
    SignerInfo,
    TxBody,
    TxRaw,
)

GAS_PRICE = 10**10
GAS_LIMIT = 100_000
DIRECT = ModeInfo(single=ModeInfoSingle(mode=SignMode.SIGN_MODE_DIRECT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A secp256k1 key with its address."""

    private: bytes
    public: bytes
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key and what its account will be at."""

    key: Key
    number: int
    sequence: int


def key_of(name: str) -> Key:
    """Return the key every test knows under a name."""
    private = sha256(b"test key " + name.encode()).digest()
    public = secp256k1.public_key(private)
    return Key(private=private, public=public, address=secp256k1.address(public))


def aqos(amount: int) -> tuple[Coin, ...]:
    """Return an amount of the native coin as a list of coins."""
    return (Coin(denom=BASE_DENOM, amount=amount),)


def send(giver: Address, taker: Address, amount: int, denom: str = BASE_DENOM) -> MsgSend:
    """Return a transfer of one asset."""
    return MsgSend(from_address=giver, to_address=taker, amount=(Coin(denom=denom, amount=amount),))


def body_of(*messages: Record, memo: str = "", timeout_height: int = 0) -> TxBody:
    """Return a body that holds the messages."""
    return TxBody(messages=tuple(codec.pack(each) for each in messages), memo=memo, timeout_height=timeout_height)


def auth_of(signers: Sequence[Signer], *, gas: int = GAS_LIMIT, price: int = GAS_PRICE) -> AuthInfo:
    """Return signer information with keys, and a fee of `gas` at `price`."""
    infos = tuple(
        SignerInfo(public_key=keys.secp256k1_key(each.key.public), mode_info=DIRECT, sequence=each.sequence)
        for each in signers
    )
    return AuthInfo(signer_infos=infos, fee=Fee(amount=aqos(gas * price) if price else (), gas_limit=gas))


def signed(chain_id: str, body: TxBody, auth: AuthInfo, signers: Sequence[Signer]) -> TxRaw:
    """Sign directly, in the order of the signers."""
    body_bytes, auth_bytes = codec.encode(body), codec.encode(auth)
    signatures = tuple(signature_of(chain_id, body_bytes, auth_bytes, each) for each in signers)
    return TxRaw(body_bytes=body_bytes, auth_info_bytes=auth_bytes, signatures=signatures)


def signature_of(chain_id: str, body_bytes: bytes, auth_bytes: bytes, signer: Signer) -> bytes:
    """Return one signer's signature over encoded parts."""
    document = SignDoc(
        body_bytes=body_bytes, auth_info_bytes=auth_bytes, chain_id=chain_id, account_number=signer.number
    )
    return secp256k1.sign(signer.key.private, sha256(codec.encode(document)).digest())


def transaction(
    chain_id: str, signers: Sequence[Signer], *messages: Record, gas: int = GAS_LIMIT, price: int = GAS_PRICE
) -> bytes:
    """Return a good transaction, encoded."""
    return codec.encode(signed(chain_id, body_of(*messages), auth_of(signers, gas=gas, price=price), signers))
