"""Members of a multisig sign for it, in one form only, and never fewer than must (T1, T2)."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.errors import RuleViolation
from qos.crypto import keys, multisig, secp256k1
from qos.lightclient.wire import message_field
from qos.machine import errors
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
)
from qos.testing.calls import calls_of
from qos.testing.chain import FUNDS, VirtualChain, code_of
from qos.testing.signers import (
    AMINO,
    COSMOS,
    DIRECT,
    FIFTEEN,
    MIXED,
    ONE_OF_ONE,
    PAIR,
    Group,
    Signing,
    by,
    funded,
    gift,
    group,
    outcome,
    signed_by,
    signed_raw,
    single,
    with_info,
)
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, body_of

FEE = GAS_LIMIT * GAS_PRICE


@pytest.fixture(scope="module")
def chain() -> VirtualChain:
    return funded()


@pytest.mark.parametrize("modes", [(DIRECT, DIRECT), (AMINO, AMINO), (DIRECT, AMINO)])
@pytest.mark.parametrize("places", [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("key", [PAIR, MIXED], ids=["one kind", "three kinds"])
def test_any_two_of_three_sign_for_a_multisig(
    key: Group, places: tuple[int, ...], modes: tuple[SignMode, SignMode]
) -> None:
    chain = funded()
    signing = Signing(key=key, modes=tuple(zip(places, modes, strict=True)))
    assert outcome(chain, signed_by(chain, signing, gift(key))) == ("", 0)
    assert chain.balance(key.address) == FUNDS - FEE - 5


@pytest.mark.parametrize("key", [ONE_OF_ONE, FIFTEEN], ids=["one of one", "fifteen of fifteen"])
def test_the_smallest_and_the_largest_multisig_sign(key: Group) -> None:
    chain = funded()
    everybody = range(len(key.members))
    assert outcome(chain, signed_by(chain, by(key, AMINO, places=everybody), gift(key))) == ("", 0)


def test_more_members_than_the_threshold_may_sign() -> None:
    chain = funded()
    assert outcome(chain, signed_by(chain, by(PAIR, AMINO, places=(0, 1, 2)), gift(PAIR))) == ("", 0)


def test_a_multisig_key_is_remembered_and_may_be_left_out() -> None:
    chain = funded()
    outcome(chain, signed_by(chain, by(PAIR, AMINO, places=(0, 1)), gift(PAIR)))
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_of(gift(PAIR)))
    auth = codec.decode(AuthInfo, raw.auth_info_bytes)
    shorter = replace(auth, signer_infos=(replace(auth.signer_infos[0], public_key=None),))
    assert outcome(chain, codec.encode(replace(raw, auth_info_bytes=codec.encode(shorter)))) == ("", 0)


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
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_of(gift(PAIR)))
    changes, error = BAD_FORMS[form]
    assert outcome(chain, codec.encode(with_info(raw, **changes))) == code_of(error)


def test_a_multisigs_signatures_must_be_the_members_own_in_order(chain: VirtualChain) -> None:
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_of(gift(PAIR)))
    first, second = codec.decode(MultiSignature, raw.signatures[0]).signatures
    stranger = signed_raw(chain, (by(COSMOS, AMINO),), body_of(gift(COSMOS))).signatures[0]
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
    raw = signed_raw(chain, (by(PAIR, AMINO, places=(0, 1)),), body_of(gift(PAIR)))
    for depth in (2, 17, 40):
        nested = A
        for _ in range(depth):
            nested = ModeInfo(multi=ModeInfoMulti(bitarray=_bits(0, members=1), mode_infos=(nested,)))
        assert outcome(chain, codec.encode(with_info(raw, mode_info=nested)))[1] != 0
    for depth in (10**4, 4 * 10**4):
        data = b"\x0a\x02\x08\x7f"
        for _ in range(depth):
            data = message_field(2, message_field(2, data))
            if len(data) > 250_000:
                break
        auth = message_field(1, message_field(2, data)) + message_field(2, codec.encode(Fee(gas_limit=1)))
        assert outcome(chain, codec.encode(replace(raw, auth_info_bytes=auth)))[1] != 0


def test_a_multisigs_signatures_are_verified_once_too() -> None:
    chain = funded()
    tx = signed_by(chain, by(PAIR, AMINO, places=(0, 1)), gift(PAIR))
    with calls_of(secp256k1.verify) as seen:
        assert chain.machine.check_tx(tx).code == 0
        block = chain.next_block()
        assert chain.machine.process_proposal((tx,), block) == ""
        assert chain.run_block(tx).tx_results[0].code == 0
    assert len(seen) == 2
