"""Transactions that are made, signed and combined on machines of their own, and only then handed in.

They travel as `cosmos.tx.v1beta1.Tx`. Members of a multisig sign its amino JSON, because who signs is not known
beforehand; their signatures travel as `SignatureDescriptors`.
"""

from collections.abc import Sequence
from dataclasses import replace

from qos.client.errors import CannotCombine
from qos.client.queries import AccountState
from qos.client.transactions import Draft, Signer, body_of
from qos.crypto import keys, multisig
from qos.crypto.errors import BadSignature
from qos.machine.signing import AMINO, DIRECT, amino_document, direct_document
from qos.proto.codec import encode
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_crypto_multisig_v1beta1 import MultiSignature
from qos.proto.records.cosmos_tx_signing_v1beta1 import (
    SignatureDescriptor,
    SignatureDescriptorData,
    SignatureDescriptorDataSingle,
    SignMode,
)
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoMulti,
    ModeInfoSingle,
    SignerInfo,
    Tx,
    TxBody,
    TxRaw,
)

_AMINO_MODE = ModeInfo(single=ModeInfoSingle(mode=AMINO))


def unsigned(draft: Draft) -> Tx:
    """Return a priced draft as a transaction nobody has signed."""
    fee = Fee(amount=draft.fee or (), gas_limit=draft.gas_limit)
    return Tx(body=body_of(draft), auth_info=AuthInfo(fee=fee))


def raw_of(tx: Tx) -> TxRaw:
    """Return a transaction as it is broadcast."""
    body, auth_info = tx.body or TxBody(), tx.auth_info or AuthInfo()
    return TxRaw(body_bytes=encode(body), auth_info_bytes=encode(auth_info), signatures=tx.signatures)


def document_of(tx: Tx, account: AccountState, chain_id: str) -> bytes:
    """Return the amino JSON a signer of a transaction signs. Raises: NoAminoForm, MalformedBytes, MalformedField."""
    fee = (tx.auth_info or AuthInfo()).fee or Fee()
    return amino_document(tx.body or TxBody(), fee, chain_id, account.number, account.sequence)


def signed(tx: Tx, signer: Signer, account: AccountState, chain_id: str, mode: SignMode = DIRECT) -> Tx:
    """Return a transaction with one more signer, in the order of its messages' signers.

    Raises: CannotCombine when a direct signature covers others' that came before or are to come; as `document_of`.
    """
    auth_info = tx.auth_info or AuthInfo()
    direct_before = any(info.mode_info != _AMINO_MODE for info in auth_info.signer_infos)
    if auth_info.signer_infos and (mode == DIRECT or direct_before):
        raise CannotCombine("a direct signature covers all signers: let every signer of it sign as amino JSON")
    key = signer.key
    info = SignerInfo(public_key=key, mode_info=ModeInfo(single=ModeInfoSingle(mode=mode)), sequence=account.sequence)
    with_info = replace(tx, auth_info=replace(auth_info, signer_infos=(*auth_info.signer_infos, info)))
    if mode == DIRECT:
        document = direct_document(raw_of(with_info), chain_id, account.number)
    else:
        document = document_of(tx, account, chain_id)
    return replace(with_info, signatures=(*tx.signatures, signer.sign(document)))


def member_signature(tx: Tx, signer: Signer, account: AccountState, chain_id: str) -> SignatureDescriptor:
    """Return a multisig member's signature; `account` is the multisig's. Raises: as `document_of`."""
    signature = signer.sign(document_of(tx, account, chain_id))
    single = SignatureDescriptorDataSingle(mode=AMINO, signature=signature)
    return SignatureDescriptor(
        public_key=signer.key, data=SignatureDescriptorData(single=single), sequence=account.sequence
    )


def combined(tx: Tx, key: AnyRecord, given: Sequence[SignatureDescriptor], account: AccountState, chain_id: str) -> Tx:
    """Return a transaction signed by a multisig whose members' signatures are given, in any order.

    Raises: CannotCombine naming what is wrong with a signature or how many are missing; as `document_of`.
    """
    members = multisig.read(key.value)
    document = document_of(tx, account, chain_id)
    by_place: dict[int, bytes] = {}
    for each in given:
        signature = _checked(each, members.public_keys, document, account)
        by_place |= {place: signature for place, key in enumerate(members.public_keys) if key == each.public_key}
    if len(by_place) < members.threshold:
        raise CannotCombine(f"{len(by_place)} members signed, {members.threshold} must")
    places = tuple(sorted(by_place))
    multi = ModeInfoMulti(
        bitarray=multisig.bit_array(places, len(members.public_keys)), mode_infos=(_AMINO_MODE,) * len(places)
    )
    auth_info = tx.auth_info or AuthInfo()
    info = SignerInfo(public_key=key, mode_info=ModeInfo(multi=multi), sequence=account.sequence)
    signature = encode(MultiSignature(signatures=tuple(by_place[place] for place in places)))
    return replace(
        tx,
        auth_info=replace(auth_info, signer_infos=(*auth_info.signer_infos, info)),
        signatures=(*tx.signatures, signature),
    )


def _checked(
    each: SignatureDescriptor, members: tuple[AnyRecord, ...], document: bytes, account: AccountState
) -> bytes:
    if each.public_key not in members:
        raise CannotCombine("a signature is by a key that is no member of the multisig")
    place = members.index(each.public_key)
    single = each.data.single
    if single is None or single.mode != AMINO:
        raise CannotCombine(f"member {place + 1} did not sign as amino JSON: qos tx sign FILE --multisig NAME")
    if each.sequence != account.sequence:
        raise CannotCombine(f"member {place + 1} signed for sequence {each.sequence}, the next is {account.sequence}")
    try:
        keys.verify(each.public_key, document, single.signature)
    except BadSignature:
        raise CannotCombine(
            f"the signature of member {place + 1} is for another transaction, chain, account number or sequence"
        ) from None
    return single.signature
