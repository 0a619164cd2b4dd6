"""Signers of every kind: single keys, multisigs, any sign mode a member; and the transactions they sign."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from qos.base.identifiers import Address
from qos.crypto import keys, multisig
from qos.crypto.keys import ED25519, ETH_SECP256K1, SECP256K1, Algorithm
from qos.machine.signing import amino_document, direct_document
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_crypto_multisig_v1beta1 import MultiSignature
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoMulti,
    ModeInfoSingle,
    SignerInfo,
    TxBody,
    TxRaw,
)
from qos.testing.chain import ALICE, BOB, FUNDS, VirtualChain, genesis_document
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, Key, aqos, body_of, send

DIRECT, AMINO = SignMode.SIGN_MODE_DIRECT, SignMode.SIGN_MODE_LEGACY_AMINO_JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """A single key of some kind."""

    algorithm: Algorithm
    private: bytes

    @property
    def public(self) -> AnyRecord:
        """The key as transactions carry it."""
        return keys.wrapped(self.algorithm, self.algorithm.public_key(self.private))

    @property
    def address(self) -> Address:
        """The account it controls."""
        return multisig.address_of(self.public.type_url, self.public.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A multisig with the private keys of its members."""

    threshold: int
    members: tuple[Single, ...]

    @property
    def public(self) -> AnyRecord:
        """The key as transactions carry it."""
        return multisig.multisig_key(self.threshold, tuple(member.public for member in self.members))

    @property
    def address(self) -> Address:
        """The account it controls."""
        return multisig.address_of(self.public.type_url, self.public.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How one account signs: a mode, or for a group the mode of each member that signs, by place."""

    key: Single | Group
    mode: SignMode = DIRECT
    modes: tuple[tuple[int, SignMode], ...] = ()

    @property
    def info(self) -> ModeInfo:
        """The signer information's mode."""
        if isinstance(self.key, Single):
            return ModeInfo(single=ModeInfoSingle(mode=self.mode))
        bits = multisig.bit_array(tuple(place for place, _ in self.modes), len(self.key.members))
        infos = tuple(ModeInfo(single=ModeInfoSingle(mode=mode)) for _, mode in self.modes)
        return ModeInfo(multi=ModeInfoMulti(bitarray=bits, mode_infos=infos))


def single(name: str, algorithm: Algorithm = SECP256K1) -> Single:
    """Return the key every test knows under a name."""
    return Single(algorithm=algorithm, private=sha256(b"test key " + name.encode()).digest())


def group(threshold: int, *members: Single) -> Group:
    """Return a multisig of keys."""
    return Group(threshold=threshold, members=members)


def by(key: Single | Group, mode: SignMode = DIRECT, *, places: Sequence[int] = ()) -> Signing:
    """Say that a key signs in a mode; of a group the members at the places do."""
    return Signing(key=key, mode=mode, modes=tuple((place, mode) for place in places))


def signed_raw(
    chain: VirtualChain,
    signings: Sequence[Signing],
    body: TxBody,
    *,
    chain_id: str = "",
) -> TxRaw:
    """Sign a body by each of the accounts, at their numbers and sequences on the chain."""
    states = [chain.signer(Key(private=b"", public=b"", address=each.key.address)) for each in signings]
    infos = tuple(
        SignerInfo(public_key=each.key.public, mode_info=each.info, sequence=state.sequence)
        for each, state in zip(signings, states, strict=True)
    )
    fee = Fee(amount=aqos(GAS_LIMIT * GAS_PRICE), gas_limit=GAS_LIMIT)
    raw = TxRaw(body_bytes=codec.encode(body), auth_info_bytes=codec.encode(AuthInfo(signer_infos=infos, fee=fee)))
    chain_id = chain_id or chain.chain_id

    def document(mode: SignMode, number: int, sequence: int) -> bytes:
        if mode == AMINO:
            return amino_document(body, fee, chain_id, number, sequence)
        return direct_document(raw, chain_id, number)

    signatures = []
    for each, state in zip(signings, states, strict=True):
        if isinstance(each.key, Single):
            message = document(each.mode, state.number, state.sequence)
            signatures.append(each.key.algorithm.sign(each.key.private, message))
            continue
        parts = [
            each.key.members[place].algorithm.sign(
                each.key.members[place].private, document(mode, state.number, state.sequence)
            )
            for place, mode in each.modes
        ]
        signatures.append(codec.encode(MultiSignature(signatures=tuple(parts))))
    return TxRaw(body_bytes=raw.body_bytes, auth_info_bytes=raw.auth_info_bytes, signatures=tuple(signatures))


def signed_by(chain: VirtualChain, signing: Signing, *messages: Record) -> bytes:
    """Return a transaction signed by one account, encoded."""
    return codec.encode(signed_raw(chain, (signing,), body_of(*messages)))


def with_info(raw: TxRaw, **changes: Any) -> TxRaw:
    """Return a transaction with parts of its first signer information replaced, the signatures left as they are."""
    auth = codec.decode(AuthInfo, raw.auth_info_bytes)
    infos = (replace(auth.signer_infos[0], **changes), *auth.signer_infos[1:])
    return replace(raw, auth_info_bytes=codec.encode(replace(auth, signer_infos=infos)))


COSMOS, ETHEREUM, OLD = single("cosmos"), single("ethereum", ETH_SECP256K1), single("old", ED25519)
PAIR = group(2, single("first"), single("second"), single("third"))
MIXED = group(2, COSMOS, ETHEREUM, OLD)
ONE_OF_ONE = group(1, single("alone"))
FIFTEEN = group(15, *(single(f"member {number}") for number in range(15)))
SINGLES = (COSMOS, ETHEREUM, OLD)
GROUPS = (PAIR, MIXED, ONE_OF_ONE, FIFTEEN)
"""Keys of every kind that tests know, and multisigs of them."""


def funded() -> VirtualChain:
    """Return a chain on which each of these keys and Alice hold something."""
    held = {each.address: FUNDS for each in (*SINGLES, *GROUPS)}
    return VirtualChain(genesis_document(funds=held | {ALICE.address: FUNDS}))


def gift(giver: Single | Group) -> MsgSend:
    """Return a small transfer to Bob."""
    return send(giver.address, BOB.address, 5)


def outcome(chain: VirtualChain, tx: bytes) -> tuple[str, int]:
    """Check a transaction and run it in a block: both must say the same, and a refused one changes nothing."""
    before = chain.idle_hash()
    checked = chain.machine.check_tx(tx)
    result = chain.run_block(tx).tx_results[0]
    assert (checked.codespace, checked.code, checked.log) == (result.codespace, result.code, result.log)
    assert (chain.app_hash == before) == (result.code != 0)
    return result.codespace, result.code
