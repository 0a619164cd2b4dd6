"""Sign modes: what a key signs of a transaction, what checking it costs, and the check (T1, T2).

A single key signs the encoded parts (SIGN_MODE_DIRECT) or the amino JSON rebuilt from them; of a multisig each member
that signs says its mode. Nothing here reads state.
"""

import json

from qos.base.strictjson import JsonObject
from qos.crypto import keys, multisig
from qos.crypto.errors import BadSignature
from qos.crypto.multisig import is_multisig
from qos.machine import gas as costs
from qos.machine.chain import Account
from qos.machine.errors import Unauthorized, UnknownRequest
from qos.machine.transaction import Transaction
from qos.proto import codec
from qos.proto.amino_json import amino_json
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_crypto_multisig_v1beta1 import CompactBitArray, MultiSignature
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import Fee, ModeInfo, ModeInfoMulti, SignDoc, SignerInfo, TxBody, TxRaw
from qos.proto.scalars import write_address

DIRECT, AMINO = SignMode.SIGN_MODE_DIRECT, SignMode.SIGN_MODE_LEGACY_AMINO_JSON
_COST_OF_KEY = {
    keys.SECP256K1_URL: costs.SIGNATURE,
    keys.ETH_SECP256K1_URL: costs.ETH_SIGNATURE,
    keys.ED25519_URL: costs.ED25519_SIGNATURE,
}
MEMBER_BYTES = 72
"""What a member's signature and mode add to a multisig's transaction."""

_ESCAPES = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})


def direct_document(raw: TxRaw, chain_id: str, account_number: int) -> bytes:
    """Return what is signed in SIGN_MODE_DIRECT: the received bytes, chain id and account number."""
    document = SignDoc(
        body_bytes=raw.body_bytes,
        auth_info_bytes=raw.auth_info_bytes,
        chain_id=chain_id,
        account_number=account_number,
    )
    return codec.encode(document)


def amino_document(body: TxBody, fee: Fee, chain_id: str, account_number: int, sequence: int) -> bytes:
    """Return what is signed as amino JSON: keys sorted, no spaces, numbers as texts, & < > escaped.

    Raises: NoAminoForm for a message that has none, MalformedBytes, MalformedField.
    """
    offered: JsonObject = {
        "amount": [{"amount": str(coin.amount), "denom": coin.denom} for coin in fee.amount],
        "gas": str(fee.gas_limit),
    }
    others = (("granter", fee.granter), ("payer", fee.payer))
    offered |= {name: write_address(address) for name, address in others if address}
    document: JsonObject = {
        "account_number": str(account_number),
        "chain_id": chain_id,
        "fee": offered,
        "memo": body.memo,
        "msgs": [amino_json(message) for message in body.messages],
        "sequence": str(sequence),
    }
    if body.timeout_height:
        document["timeout_height"] = str(body.timeout_height)
    return canonical(document)


def canonical(document: JsonObject) -> bytes:
    """Write JSON in the one form that is signed. As JSON.stringify has it, text outside ASCII stays, U+2028 too."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPES).encode()


def check_form(key: AnyRecord, info: SignerInfo, *, simulate: bool) -> None:
    """Check that a key can have signed in the way its signer information says.

    Simulation takes an unspecified mode and any bit array: who only asks for the price has signed nothing yet.
    Raises: UnknownRequest naming what is not supported, Unauthorized, UnsupportedKey.
    """
    mode = info.mode_info or ModeInfo()
    if mode.single is not None:
        unsigned = simulate and mode.single.mode == SignMode.SIGN_MODE_UNSPECIFIED
        if not unsigned:
            _check_mode(mode)
            if is_multisig(key):
                raise UnknownRequest("a multisig signs with mode_info.multi, not with a single mode: unknown request")
    elif mode.multi is not None:
        if not is_multisig(key):
            raise UnknownRequest("a single key signs with a single mode, not with mode_info.multi: unknown request")
        if not simulate:
            _members_of(key, mode.multi)
    else:
        raise UnknownRequest("the signer information names no sign mode: use SIGN_MODE_DIRECT: unknown request")


def _check_mode(info: ModeInfo) -> None:
    if info.single is None:
        raise UnknownRequest("a multisig inside a multisig is not supported: name its keys as members: unknown request")
    if info.single.mode not in (DIRECT, AMINO):
        raise UnknownRequest(
            f"sign mode {info.single.mode.name} is not supported: use SIGN_MODE_DIRECT or "
            "SIGN_MODE_LEGACY_AMINO_JSON: unknown request"
        )


def _members_of(key: AnyRecord, multi: ModeInfoMulti) -> tuple[tuple[AnyRecord, SignMode], ...]:
    """Return the members that signed, each with its mode. Raises: Unauthorized, UnknownRequest, UnsupportedKey."""
    members = multisig.read(key.value)
    try:
        places = multisig.signers(multi.bitarray or CompactBitArray(), len(members.public_keys))
    except BadSignature as error:
        raise Unauthorized(f"{error}: unauthorized") from None
    if len(places) != len(multi.mode_infos):
        raise Unauthorized(f"{len(places)} members signed, {len(multi.mode_infos)} sign modes are given: unauthorized")
    if len(places) < members.threshold:
        raise Unauthorized(
            f"{len(places)} members of the multisig signed, at least {members.threshold} must: unauthorized"
        )
    for info in multi.mode_infos:
        _check_mode(info)
    signed = zip(places, multi.mode_infos, strict=True)
    return tuple((members.public_keys[place], info.single.mode) for place, info in signed if info.single is not None)


def cost(key: AnyRecord, info: SignerInfo, tx_bytes: int, *, simulate: bool = False) -> int:
    """Return the gas that checking a signer costs, after `check_form`; of a simulated multisig, the most it may."""
    mode = info.mode_info or ModeInfo()
    if mode.multi is not None and not simulate:
        signed = _members_of(key, mode.multi)
        keys_cost = sum([_cost_of_key(member) for member, _ in signed])
        return keys_cost + _cost_of_document(any(how == AMINO for _, how in signed), tx_bytes)
    if not is_multisig(key):
        single = mode.single.mode if mode.single is not None else DIRECT
        return _cost_of_key(key) + _cost_of_document(single == AMINO, tx_bytes)
    members = multisig.read(key.value)
    each = sorted([_cost_of_key(member) for member in members.public_keys], reverse=True)
    return sum(each[: members.threshold]) + _cost_of_document(True, tx_bytes + MEMBER_BYTES * members.threshold)


def _cost_of_key(key: AnyRecord) -> int:
    keys.algorithm_of(key.type_url)
    return _COST_OF_KEY[key.type_url]


def _cost_of_document(amino: bool, tx_bytes: int) -> int:
    return costs.AMINO_DOCUMENT + costs.AMINO_BYTE * tx_bytes if amino else 0


def verify_signer(
    chain_id: str, tx: Transaction, account: Account, info: SignerInfo, key: AnyRecord, signature: bytes
) -> None:
    """Check one signer's signature, after `check_form`.

    Raises: Unauthorized; NoAminoForm when a message has none; UnsupportedKey, MalformedBytes, MalformedField.
    """
    mode = info.mode_info or ModeInfo()
    try:
        if mode.multi is not None:
            _verify_multisig(chain_id, tx, account, info, key, signature)
        else:
            how = mode.single.mode if mode.single is not None else DIRECT
            keys.verify(key, _document(how, chain_id, tx, account, info), signature)
    except BadSignature:
        raise Unauthorized(
            f"signature verification failed; please verify account number ({account.number}), sequence "
            f"({account.sequence}) and chain-id ({chain_id}): unauthorized",
        ) from None


def _verify_multisig(
    chain_id: str, tx: Transaction, account: Account, info: SignerInfo, key: AnyRecord, signature: bytes
) -> None:
    multi = (info.mode_info or ModeInfo()).multi or ModeInfoMulti()
    signed = _members_of(key, multi)
    signatures = codec.decode(MultiSignature, signature).signatures
    if len(signatures) != len(signed):
        raise BadSignature(f"{len(signed)} members signed, but {len(signatures)} signatures are given")
    documents: dict[SignMode, bytes] = {}
    for (member, mode), each in zip(signed, signatures, strict=True):
        if mode not in documents:
            documents[mode] = _document(mode, chain_id, tx, account, info)
        keys.verify(member, documents[mode], each)


def _document(mode: SignMode, chain_id: str, tx: Transaction, account: Account, info: SignerInfo) -> bytes:
    if mode == DIRECT:
        return direct_document(tx.raw, chain_id, account.number)
    fee = tx.auth_info.fee or Fee()
    return amino_document(tx.body, fee, chain_id, account.number, info.sequence)
