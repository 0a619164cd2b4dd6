"""Every kind of key in every mode signs, in one form only, and nothing else does (T1, T2, T3)."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from qos.base.encoding import uvarint
from qos.base.errors import RuleViolation
from qos.crypto import keys, multisig, secp256k1
from qos.crypto.keys import ED25519, ETH_SECP256K1, SECP256K1
from qos.machine import errors, gas
from qos.machine.signing import cost
from qos.proto import codec
from qos.proto.records.cosmos_crypto_multisig import LegacyAminoPubKey
from qos.proto.records.cosmos_crypto_multisig_v1beta1 import CompactBitArray, MultiSignature
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoMulti,
    ModeInfoSingle,
    SignerInfo,
    SimulateRequest,
    SimulateResponse,
    TxBody,
    TxRaw,
)
from qos.testing.chain import ALICE, BOB, FUNDS, VirtualChain, genesis_document
from qos.testing.signers import (
    AMINO,
    DIRECT,
    Group,
    Signing,
    Single,
    body_with,
    by,
    group,
    signed_by,
    signed_raw,
    single,
)
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, aqos, send

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
COSMOS, ETHEREUM, OLD = single("cosmos"), single("ethereum", ETH_SECP256K1), single("old", ED25519)
PAIR = group(2, single("first"), single("second"), single("third"))
MIXED = group(2, COSMOS, ETHEREUM, OLD)
ONE_OF_ONE = group(1, single("alone"))
FIFTEEN = group(15, *(single(f"member {number}") for number in range(15)))
SINGLES = (COSMOS, ETHEREUM, OLD)
GROUPS = (PAIR, MIXED, ONE_OF_ONE, FIFTEEN)
FEE = GAS_LIMIT * GAS_PRICE


def world(*people: Single | Group) -> VirtualChain:
    held = {each.address: FUNDS for each in (*SINGLES, *GROUPS, *people)}
    return VirtualChain(genesis_document(funds=held | {ALICE.address: FUNDS}))


@pytest.fixture(scope="module")
def chain() -> VirtualChain:
    return world()


@contextmanager
def _calls(function: Callable[..., object]) -> Iterator[list[str]]:
    """Collect the calls of a Python function while the context is open."""
    seen: list[str] = []

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is function.__code__:
            seen.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def gift(giver: Single | Group) -> Any:
    return send(giver.address, BOB.address, 5)


def outcome(chain: VirtualChain, tx: bytes) -> tuple[str, int]:
    """Check a transaction and run it in a block: both must say the same; a refused one changes nothing."""
    before = chain.app_hash
    checked = chain.machine.check_tx(tx)
    result = chain.run_block(tx).tx_results[0]
    assert (checked.codespace, checked.code, checked.log) == (result.codespace, result.code, result.log)
    assert (chain.app_hash == before) == (result.code != 0)
    return result.codespace, result.code


def code_of(error: type[RuleViolation]) -> tuple[str, int]:
    return error.code.codespace, error.code.number


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("key", SINGLES, ids=lambda key: key.algorithm.name)
def test_each_kind_of_key_signs_in_both_modes(key: Single, mode: SignMode) -> None:
    chain = world()
    assert outcome(chain, signed_by(chain, by(key, mode), gift(key))) == ("", 0)
    assert outcome(chain, signed_by(chain, by(key, mode), gift(key))) == ("", 0)
    assert chain.balance(key.address) == FUNDS - 2 * (FEE + 5)


@pytest.mark.parametrize("modes", [(DIRECT, DIRECT), (AMINO, AMINO), (DIRECT, AMINO)])
@pytest.mark.parametrize("places", [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("key", [PAIR, MIXED], ids=["one kind", "three kinds"])
def test_any_two_of_three_sign_for_a_multisig(
    key: Group, places: tuple[int, ...], modes: tuple[SignMode, SignMode]
) -> None:
    chain = world()
    signing = Signing(key=key, modes=tuple(zip(places, modes, strict=True)))
    assert outcome(chain, signed_by(chain, signing, gift(key))) == ("", 0)
    assert chain.balance(key.address) == FUNDS - FEE - 5


@pytest.mark.parametrize("key", [ONE_OF_ONE, FIFTEEN], ids=["one of one", "fifteen of fifteen"])
def test_the_smallest_and_the_largest_multisig_sign(key: Group) -> None:
    chain = world()
    everybody = range(len(key.members))
    assert outcome(chain, signed_by(chain, by(key, AMINO, places=everybody), gift(key))) == ("", 0)


def test_more_members_than_the_threshold_may_sign() -> None:
    chain = world()
    assert outcome(chain, signed_by(chain, by(PAIR, AMINO, places=(0, 1, 2)), gift(PAIR))) == ("", 0)


def test_signers_of_one_transaction_may_differ_in_kind_and_mode() -> None:
    chain = world()
    signings = (by(COSMOS, AMINO), by(OLD, DIRECT), by(PAIR, AMINO, places=(1, 2)))
    body = body_with(gift(COSMOS), gift(OLD), gift(PAIR))
    assert outcome(chain, codec.encode(signed_raw(chain, signings, body))) == ("", 0)
    assert chain.balance(BOB.address) == 15


def test_a_multisig_key_is_remembered_and_may_be_left_out() -> None:
    chain = world()
    outcome(chain, signed_by(chain, by(PAIR, AMINO, places=(0, 1)), gift(PAIR)))
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_with(gift(PAIR)))
    auth = codec.decode(AuthInfo, raw.auth_info_bytes)
    shorter = replace(auth, signer_infos=(replace(auth.signer_infos[0], public_key=None),))
    assert outcome(chain, codec.encode(replace(raw, auth_info_bytes=codec.encode(shorter)))) == ("", 0)


def _single_forgeries(key: Single, signature: bytes) -> dict[str, bytes]:
    r, s = signature[:32], signature[32:]
    forms = {
        "65 bytes with a recovery id": signature + b"\x01",
        "65 bytes as Ethereum writes it": signature + b"\x1b",
        "63 bytes": signature[:63],
        "empty": b"",
        "zeros": bytes(64),
        "swapped": s + r,
        "flipped bit": bytes([signature[0] ^ 1]) + signature[1:],
        "DER": b"\x30\x44\x02\x20" + r + b"\x02\x20" + s,
    }
    if key.algorithm is ED25519:
        order = 2**252 + 27742317777372353535851937790883648493
        forms["s plus the order"] = r + (int.from_bytes(s, "little") + order).to_bytes(32, "little")
    else:
        forms["high s"] = r + (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    return forms


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("key", SINGLES, ids=lambda key: key.algorithm.name)
def test_a_signature_of_each_kind_has_one_form(chain: VirtualChain, key: Single, mode: SignMode) -> None:
    raw = signed_raw(chain, (by(key, mode),), body_with(gift(key)))
    for form, forged in _single_forgeries(key, raw.signatures[0]).items():
        tx = codec.encode(replace(raw, signatures=(forged,)))
        assert outcome(chain, tx) == code_of(errors.Unauthorized), form


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("key", [*SINGLES, PAIR], ids=["secp256k1", "eth_secp256k1", "ed25519", "multisig"])
def test_a_transaction_of_a_sister_chain_is_refused_whatever_the_key_and_mode(
    chain: VirtualChain, key: Single | Group, mode: SignMode
) -> None:
    raw = signed_raw(chain, (by(key, mode, places=(0, 1)),), body_with(gift(key)), chain_id="qos-2")
    assert outcome(chain, codec.encode(raw)) == code_of(errors.Unauthorized)


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("key", [*SINGLES, PAIR], ids=["secp256k1", "eth_secp256k1", "ed25519", "multisig"])
def test_a_transaction_is_taken_once_whatever_the_key_and_mode(key: Single | Group, mode: SignMode) -> None:
    chain = world()
    tx = signed_by(chain, by(key, mode, places=(0, 1)), gift(key))
    assert outcome(chain, tx) == ("", 0)
    assert outcome(chain, tx) == code_of(errors.WrongSequence)


CHANGES: dict[str, Callable[[TxRaw], TxRaw]] = {
    "memo": lambda raw: _body(raw, memo="other"),
    "timeout height": lambda raw: _body(raw, timeout_height=1_000_000),
    "message": lambda raw: _body(raw, messages=(codec.pack(send(COSMOS.address, ALICE.address, 5)),)),
    "fee": lambda raw: _fee(raw, amount=aqos(FEE + 1)),
    "gas": lambda raw: _fee(raw, gas_limit=GAS_LIMIT - 1),
    "fee payer": lambda raw: _fee(raw, payer=COSMOS.address),
}


def _body(raw: TxRaw, **changes: Any) -> TxRaw:
    return replace(raw, body_bytes=codec.encode(replace(codec.decode(TxBody, raw.body_bytes), **changes)))


def _fee(raw: TxRaw, **changes: Any) -> TxRaw:
    auth = codec.decode(AuthInfo, raw.auth_info_bytes)
    return replace(raw, auth_info_bytes=codec.encode(replace(auth, fee=replace(auth.fee or Fee(), **changes))))


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("changed", list(CHANGES))
def test_what_was_signed_cannot_be_changed(chain: VirtualChain, changed: str, mode: SignMode) -> None:
    raw = signed_raw(chain, (by(COSMOS, mode),), body_with(gift(COSMOS)))
    assert outcome(chain, codec.encode(CHANGES[changed](raw))) == code_of(errors.Unauthorized)


def test_a_signature_of_one_mode_is_none_of_the_other(chain: VirtualChain) -> None:
    for signed, claimed in ((DIRECT, AMINO), (AMINO, DIRECT)):
        raw = signed_raw(chain, (by(COSMOS, signed),), body_with(gift(COSMOS)))
        auth = codec.decode(AuthInfo, raw.auth_info_bytes)
        info = replace(auth.signer_infos[0], mode_info=ModeInfo(single=ModeInfoSingle(mode=claimed)))
        forged = replace(raw, auth_info_bytes=codec.encode(replace(auth, signer_infos=(info,))))
        assert outcome(chain, codec.encode(forged)) == code_of(errors.Unauthorized)


def test_a_key_of_another_kind_with_the_same_bytes_is_not_the_accounts(chain: VirtualChain) -> None:
    raw = signed_raw(chain, (by(COSMOS),), body_with(gift(COSMOS)))
    ethereum = keys.wrapped(ETH_SECP256K1, SECP256K1.public_key(COSMOS.private))
    assert outcome(chain, codec.encode(_info(raw, public_key=ethereum))) == code_of(errors.InvalidPublicKey)


def test_an_ethereum_key_that_is_no_point_of_the_curve_is_an_invalid_key(chain: VirtualChain) -> None:
    raw = signed_raw(chain, (by(ETHEREUM),), body_with(gift(ETHEREUM)))
    wrong = keys.wrapped(ETH_SECP256K1, b"\x02" + b"\xff" * 32)
    assert outcome(chain, codec.encode(_info(raw, public_key=wrong))) == code_of(errors.InvalidPublicKey)


def _info(raw: TxRaw, **changes: Any) -> TxRaw:
    auth = codec.decode(AuthInfo, raw.auth_info_bytes)
    infos = (replace(auth.signer_infos[0], **changes),)
    return replace(raw, auth_info_bytes=codec.encode(replace(auth, signer_infos=infos)))


def _multi(bits: CompactBitArray | None, *modes: ModeInfo) -> dict[str, Any]:
    return {"mode_info": ModeInfo(multi=ModeInfoMulti(bitarray=bits, mode_infos=modes))}


def _bits(*places: int, members: int = 3) -> CompactBitArray:
    return multisig.bit_array(places, members)


A = ModeInfo(single=ModeInfoSingle(mode=AMINO))
NESTED = ModeInfo(multi=ModeInfoMulti(bitarray=_bits(0, members=1), mode_infos=(A,)))
BAD_FORMS: dict[str, tuple[dict[str, Any], type[RuleViolation]]] = {
    "fewer signers than the threshold": (_multi(_bits(0), A), errors.Unauthorized),
    "more modes than signers": (_multi(_bits(0, 1), A, A, A), errors.Unauthorized),
    "fewer modes than signers": (_multi(_bits(0, 1), A), errors.Unauthorized),
    "three signers and two signatures": (_multi(_bits(0, 1, 2), A, A, A), errors.Unauthorized),
    "others than signed": (_multi(_bits(0, 2), A, A), errors.Unauthorized),
    "no bit array": (_multi(None, A, A), errors.Unauthorized),
    "a bit array of four": (_multi(_bits(0, 1, members=4), A, A), errors.Unauthorized),
    "a spare bit set": (_multi(CompactBitArray(extra_bits_stored=3, elems=b"\xd0"), A, A), errors.Unauthorized),
    "an octet too many": (_multi(CompactBitArray(extra_bits_stored=3, elems=b"\xc0\x00"), A, A), errors.Unauthorized),
    "eleven extra bits": (_multi(CompactBitArray(extra_bits_stored=11, elems=b"\xc0"), A, A), errors.Unauthorized),
    "a multisig inside": (_multi(_bits(0, 1), A, NESTED), errors.UnknownRequest),
    "a member without a mode": (_multi(_bits(0, 1), A, ModeInfo()), errors.UnknownRequest),
    "a member in an unspecified mode": (
        _multi(_bits(0, 1), A, ModeInfo(single=ModeInfoSingle())),
        errors.UnknownRequest,
    ),
    "a single mode": ({"mode_info": A}, errors.UnknownRequest),
}


@pytest.mark.parametrize("form", list(BAD_FORMS))
def test_a_multisig_signed_in_a_wrong_form_is_refused(chain: VirtualChain, form: str) -> None:
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_with(gift(PAIR)))
    changes, error = BAD_FORMS[form]
    assert outcome(chain, codec.encode(_info(raw, **changes))) == code_of(error)


def test_a_multisigs_signatures_must_be_the_members_own_in_order(chain: VirtualChain) -> None:
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_with(gift(PAIR)))
    first, second = codec.decode(MultiSignature, raw.signatures[0]).signatures
    stranger = signed_raw(chain, (by(COSMOS, AMINO),), body_with(gift(COSMOS))).signatures[0]
    for signatures in ((second, first), (first, first), (first, stranger), (first,), (first, second, second), ()):
        forged = codec.encode(MultiSignature(signatures=signatures))
        assert outcome(chain, codec.encode(replace(raw, signatures=(forged,)))) == code_of(errors.Unauthorized)
    garbled = codec.encode(replace(raw, signatures=(raw.signatures[0] + b"\x00",)))
    assert outcome(chain, garbled) == code_of(errors.TxDecodeError)


def test_a_multisig_inside_a_multisig_is_no_key() -> None:
    with pytest.raises(keys.UnsupportedKey):
        multisig.multisig_key(1, (PAIR.public,))


@pytest.mark.parametrize(("threshold", "members"), [(0, 1), (2, 1), (0, 0), (1, 0), (16, 16), (1, 16)])
def test_a_threshold_lies_between_one_and_at_most_fifteen_members(threshold: int, members: int) -> None:
    with pytest.raises(RuleViolation):
        multisig.multisig_key(threshold, (COSMOS.public,) * members)
    key = LegacyAminoPubKey(threshold=threshold, public_keys=(COSMOS.public,) * members)
    with pytest.raises(RuleViolation):
        multisig.address_of(keys.MULTISIG_URL, codec.encode(key))


def test_threshold_and_order_are_part_of_the_address() -> None:
    first, second = single("first"), single("second")
    kinds = (group(1, first, second), group(2, first, second), group(1, second, first), group(1, first))
    assert len({each.address for each in kinds}) == 4


def test_sign_modes_nested_without_end_are_refused_and_overflow_nothing(chain: VirtualChain) -> None:
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_with(gift(PAIR)))
    for depth in (2, 17, 40):
        nested = A
        for _ in range(depth):
            nested = ModeInfo(multi=ModeInfoMulti(bitarray=_bits(0, members=1), mode_infos=(nested,)))
        assert outcome(chain, codec.encode(_info(raw, mode_info=nested)))[1] != 0
    for depth in (10**4, 4 * 10**4):
        data = b"\x0a\x02\x08\x7f"
        for _ in range(depth):
            data = _field(2, _field(2, data))
            if len(data) > 250_000:
                break
        auth = _field(1, _field(2, data)) + _field(2, codec.encode(Fee(gas_limit=1)))
        assert outcome(chain, codec.encode(replace(raw, auth_info_bytes=auth)))[1] != 0


def _field(number: int, data: bytes) -> bytes:
    return uvarint(number << 3 | 2) + uvarint(len(data)) + data


@pytest.mark.parametrize(
    ("signing", "least"),
    [
        (by(COSMOS), gas.SIGNATURE),
        (by(ETHEREUM), gas.ETH_SIGNATURE),
        (by(OLD), gas.ED25519_SIGNATURE),
        (by(COSMOS, AMINO), gas.SIGNATURE + gas.AMINO_DOCUMENT + gas.AMINO_BYTE * 300),
        (by(MIXED, places=(1, 2)), gas.ETH_SIGNATURE + gas.ED25519_SIGNATURE),
        (by(MIXED, AMINO, places=(0, 1, 2)), 0),
    ],
)
def test_a_signature_costs_what_its_kind_and_mode_cost(signing: Signing, least: int) -> None:
    info = SignerInfo(public_key=signing.key.public, mode_info=signing.info)
    found = cost(signing.key.public, info, 300)
    assert found == least or (isinstance(signing.key, Group) and found > least)


@pytest.mark.parametrize("key", [*SINGLES, *GROUPS], ids=lambda key: type(key).__name__)
def test_a_simulation_without_signatures_asks_at_least_the_gas_that_is_used(key: Single | Group) -> None:
    chain = world()
    places = range(key.threshold) if isinstance(key, Group) else ()
    signed = signed_raw(chain, (by(key, AMINO, places=places),), body_with(gift(key)))
    info = SignerInfo(public_key=key.public, mode_info=ModeInfo(single=ModeInfoSingle()))
    unsigned = TxRaw(
        body_bytes=signed.body_bytes,
        auth_info_bytes=codec.encode(AuthInfo(signer_infos=(info,), fee=Fee())),
        signatures=(b"",),
    )
    request = codec.encode(SimulateRequest(tx_bytes=codec.encode(unsigned)))
    answer = chain.machine.query("/cosmos.tx.v1beta1.Service/Simulate", request, 0, prove=False)
    assert answer.code == 0, answer.log
    simulated = codec.decode(SimulateResponse, answer.value).gas_info
    used = chain.run_block(codec.encode(signed)).tx_results[0].gas_used
    assert simulated is not None
    assert 13 * simulated.gas_used >= 10 * used  # clients offer 1.3 times what the simulation used


def test_a_multisigs_signatures_are_verified_once_too() -> None:
    chain = world()
    tx = signed_by(chain, by(PAIR, AMINO, places=(0, 1)), gift(PAIR))
    with _calls(secp256k1.verify) as seen:
        assert chain.machine.check_tx(tx).code == 0
        block = chain.next_block()
        assert chain.machine.process_proposal((tx,), block) == ""
        assert chain.run_block(tx).tx_results[0].code == 0
    assert len(seen) == 2
