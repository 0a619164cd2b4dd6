"""Every kind of key in every mode signs, in one form only, and nothing else does (T1, T2, T3)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qos.crypto import keys
from qos.crypto.keys import ED25519, ETH_SECP256K1, SECP256K1
from qos.machine import errors, gas
from qos.machine.signing import cost
from qos.proto import codec
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
from qos.testing.chain import ALICE, BOB, FUNDS, VirtualChain, code_of
from qos.testing.signers import (
    AMINO,
    COSMOS,
    DIRECT,
    ETHEREUM,
    GROUPS,
    MIXED,
    OLD,
    PAIR,
    SINGLES,
    Group,
    Signing,
    Single,
    by,
    funded,
    gift,
    outcome,
    signed_by,
    signed_raw,
    with_info,
)
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, aqos, body_of, send

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
FEE = GAS_LIMIT * GAS_PRICE


@pytest.fixture(scope="module")
def chain() -> VirtualChain:
    return funded()


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("key", SINGLES, ids=lambda key: key.algorithm.name)
def test_each_kind_of_key_signs_in_both_modes(key: Single, mode: SignMode) -> None:
    chain = funded()
    assert outcome(chain, signed_by(chain, by(key, mode), gift(key))) == ("", 0)
    assert outcome(chain, signed_by(chain, by(key, mode), gift(key))) == ("", 0)
    assert chain.balance(key.address) == FUNDS - 2 * (FEE + 5)


def test_signers_of_one_transaction_may_differ_in_kind_and_mode() -> None:
    chain = funded()
    signings = (by(COSMOS, AMINO), by(OLD, DIRECT), by(PAIR, AMINO, places=(1, 2)))
    body = body_of(gift(COSMOS), gift(OLD), gift(PAIR))
    assert outcome(chain, codec.encode(signed_raw(chain, signings, body))) == ("", 0)
    assert chain.balance(BOB.address) == 15


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
    raw = signed_raw(chain, (by(key, mode),), body_of(gift(key)))
    for form, forged in _single_forgeries(key, raw.signatures[0]).items():
        tx = codec.encode(replace(raw, signatures=(forged,)))
        assert outcome(chain, tx) == code_of(errors.Unauthorized), form


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("key", [*SINGLES, PAIR], ids=["secp256k1", "eth_secp256k1", "ed25519", "multisig"])
def test_a_transaction_of_a_sister_chain_is_refused_whatever_the_key_and_mode(
    chain: VirtualChain, key: Single | Group, mode: SignMode
) -> None:
    raw = signed_raw(chain, (by(key, mode, places=(0, 1)),), body_of(gift(key)), chain_id="qos-2")
    assert outcome(chain, codec.encode(raw)) == code_of(errors.Unauthorized)


@pytest.mark.parametrize("mode", [DIRECT, AMINO])
@pytest.mark.parametrize("key", [*SINGLES, PAIR], ids=["secp256k1", "eth_secp256k1", "ed25519", "multisig"])
def test_a_transaction_is_taken_once_whatever_the_key_and_mode(key: Single | Group, mode: SignMode) -> None:
    chain = funded()
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
    raw = signed_raw(chain, (by(COSMOS, mode),), body_of(gift(COSMOS)))
    assert outcome(chain, codec.encode(CHANGES[changed](raw))) == code_of(errors.Unauthorized)


def test_a_signature_of_one_mode_is_none_of_the_other(chain: VirtualChain) -> None:
    for signed, claimed in ((DIRECT, AMINO), (AMINO, DIRECT)):
        raw = signed_raw(chain, (by(COSMOS, signed),), body_of(gift(COSMOS)))
        auth = codec.decode(AuthInfo, raw.auth_info_bytes)
        info = replace(auth.signer_infos[0], mode_info=ModeInfo(single=ModeInfoSingle(mode=claimed)))
        forged = replace(raw, auth_info_bytes=codec.encode(replace(auth, signer_infos=(info,))))
        assert outcome(chain, codec.encode(forged)) == code_of(errors.Unauthorized)


def test_a_key_of_another_kind_with_the_same_bytes_is_not_the_accounts(chain: VirtualChain) -> None:
    raw = signed_raw(chain, (by(COSMOS),), body_of(gift(COSMOS)))
    ethereum = keys.wrapped(ETH_SECP256K1, SECP256K1.public_key(COSMOS.private))
    assert outcome(chain, codec.encode(with_info(raw, public_key=ethereum))) == code_of(errors.InvalidPublicKey)


def test_an_ethereum_key_that_is_no_point_of_the_curve_is_an_invalid_key(chain: VirtualChain) -> None:
    raw = signed_raw(chain, (by(ETHEREUM),), body_of(gift(ETHEREUM)))
    wrong = keys.wrapped(ETH_SECP256K1, b"\x02" + b"\xff" * 32)
    assert outcome(chain, codec.encode(with_info(raw, public_key=wrong))) == code_of(errors.InvalidPublicKey)


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
    chain = funded()
    places = range(key.threshold) if isinstance(key, Group) else ()
    signed = signed_raw(chain, (by(key, AMINO, places=places),), body_of(gift(key)))
    modes = [ModeInfo(single=ModeInfoSingle())]
    modes += [ModeInfo(multi=ModeInfoMulti()), by(key, AMINO, places=places).info] if isinstance(key, Group) else []
    asked = [simulated(chain, signed, SignerInfo(public_key=key.public, mode_info=mode)) for mode in modes]
    used = chain.run_block(codec.encode(signed)).tx_results[0].gas_used
    assert 13 * min(asked) >= 10 * used  # clients offer 1.3 times what the simulation used


def simulated(chain: VirtualChain, signed: TxRaw, info: SignerInfo) -> int:
    auth = codec.encode(AuthInfo(signer_infos=(info,), fee=Fee()))
    unsigned = codec.encode(TxRaw(body_bytes=signed.body_bytes, auth_info_bytes=auth, signatures=(b"",)))
    request = codec.encode(SimulateRequest(tx_bytes=unsigned))
    answer = chain.machine.query("/cosmos.tx.v1beta1.Service/Simulate", request, 0, prove=False)
    assert answer.code == 0, answer.log
    found = codec.decode(SimulateResponse, answer.value).gas_info
    return found.gas_used
