from dataclasses import replace
from typing import Any

import pytest

from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.crypto import secp256k1
from qos.machine import errors, transaction
from qos.machine.admission import MAX_BLOCK_GAS, MAX_MEMO_BYTES
from qos.modules.assets.feegrant.errors import NoAllowance
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records import cosmos_crypto_ed25519
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoMulti,
    ModeInfoSingle,
    SignerInfo,
    Tip,
    TxBody,
    TxRaw,
)
from qos.testing.calls import calls_of
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain, code_of, genesis_document
from qos.testing.transactions import (
    DIRECT,
    GAS_LIMIT,
    GAS_PRICE,
    Signer,
    aqos,
    auth_of,
    body_of,
    key_of,
    send,
    signature_of,
    signed,
)

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
GIFT = send(ALICE.address, BOB.address, 5)
FEE = GAS_LIMIT * GAS_PRICE


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain()


def refusal(chain: VirtualChain, tx: bytes) -> tuple[str, int]:
    """Check a transaction and put it into a block: both must say the same and the block must change nothing."""
    before = chain.idle_hash()
    checked = chain.machine.check_tx(tx)
    result = chain.run_block(tx).tx_results[0]
    assert (checked.codespace, checked.code, checked.log) == (result.codespace, result.code, result.log)
    assert chain.app_hash == before or result.code == 0
    return result.codespace, result.code


def made(chain: VirtualChain, **changes: Any) -> bytes:
    """Return Alice's transfer with parts of its body (`memo`, ...), signer, fee or signer info replaced, signed."""
    signer = chain.signer(ALICE)
    body = replace(body_of(GIFT), **_those(changes, TxBody))
    auth = auth_of((signer,))
    assert auth.fee is not None
    infos = (replace(auth.signer_infos[0], **_those(changes, SignerInfo)),)
    auth = replace(auth, signer_infos=infos, fee=replace(auth.fee, **_those(changes, Fee)))
    auth = replace(auth, **_those(changes, AuthInfo))
    return codec.encode(signed(chain.chain_id, body, auth, (signer,)))


def _those(changes: dict[str, Any], kind: type[Record]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in kind.__slots__}


def test_a_good_transfer_is_admitted_and_uses_one_sequence(chain: VirtualChain) -> None:
    check = chain.machine.check_tx(made(chain))
    assert (check.code, check.gas_wanted) == (0, GAS_LIMIT)
    assert check.terms is not None
    assert check.terms.signers == ((ALICE.address, 0),)
    result = chain.run_block(made(chain)).tx_results[0]
    assert (result.code, result.gas_wanted) == (0, GAS_LIMIT)
    assert chain.signer(ALICE).sequence == 1
    assert chain.balance(ALICE.address) == FUNDS - FEE - 5
    assert chain.balance(BOB.address) == FUNDS + 5


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"memo": "m" * (MAX_MEMO_BYTES + 1)}, errors.MemoTooLarge),
        ({"memo": "ü" * (MAX_MEMO_BYTES // 2 + 1)}, errors.MemoTooLarge),
        ({"timeout_height": 1}, errors.TimeoutHeightPassed),
        ({"sequence": 1}, errors.WrongSequence),
        ({"gas_limit": 0}, errors.InvalidGasLimit),
        ({"gas_limit": MAX_BLOCK_GAS + 1}, errors.InvalidGasLimit),
        ({"gas_limit": 2**64 - 1}, errors.InvalidGasLimit),
        ({"gas_limit": 1_000}, errors.OutOfGas),
        ({"amount": aqos(FEE - 1)}, errors.InsufficientFee),
        ({"amount": ()}, errors.InsufficientFee),
        ({"amount": aqos(-FEE)}, errors.InsufficientFee),
        ({"amount": aqos(FEE) + aqos(1)}, errors.InvalidCoins),
        ({"amount": (replace(aqos(FEE)[0], denom="qsc/ABC"),)}, errors.InvalidCoins),
        ({"amount": aqos(FUNDS + 1)}, errors.InsufficientFunds),
        ({"payer": BOB.address}, errors.Unauthorized),
        ({"granter": BOB.address}, NoAllowance),
        ({"public_key": AnyRecord(type_url="/cosmos.crypto.secp256k1.PubKey")}, errors.InvalidRequest),
        ({"public_key": AnyRecord(type_url="/none", value=b"x")}, errors.InvalidPublicKey),
        ({"public_key": codec.pack(cosmos_crypto_ed25519.PubKey(key=b"k" * 32))}, errors.InvalidPublicKey),
        ({"public_key": None}, errors.InvalidPublicKey),
        ({"mode_info": None}, errors.UnknownRequest),
        ({"mode_info": ModeInfo()}, errors.UnknownRequest),
        ({"mode_info": ModeInfo(multi=ModeInfoMulti(mode_infos=(DIRECT,)))}, errors.UnknownRequest),
        ({"mode_info": ModeInfo(single=ModeInfoSingle())}, errors.UnknownRequest),
        (
            {"mode_info": ModeInfo(single=ModeInfoSingle(mode=SignMode.SIGN_MODE_LEGACY_AMINO_JSON))},
            errors.Unauthorized,
        ),
        ({"mode_info": ModeInfo(single=ModeInfoSingle(mode=SignMode.SIGN_MODE_TEXTUAL))}, errors.UnknownRequest),
        ({"mode_info": ModeInfo(single=ModeInfoSingle(mode=SignMode.SIGN_MODE_DIRECT_AUX))}, errors.UnknownRequest),
        ({"mode_info": ModeInfo(single=ModeInfoSingle(mode=SignMode.SIGN_MODE_EIP_191))}, errors.UnknownRequest),
        ({"messages": ()}, errors.TxDecodeError),
        ({"messages": (codec.pack(GIFT),) * 101}, errors.TxDecodeError),
        ({"messages": (AnyRecord(type_url="/cosmos.bank.v1beta1.MsgNone"),)}, errors.UnknownRequest),
        ({"messages": (AnyRecord(type_url="cosmos.bank.v1beta1.MsgSend"),)}, errors.UnknownRequest),
        ({"extension_options": (codec.pack(GIFT),)}, errors.UnknownRequest),
        ({"non_critical_extension_options": (codec.pack(GIFT),)}, errors.UnknownRequest),
        ({"tip": Tip(amount=aqos(1))}, errors.UnknownRequest),
        ({"fee": None}, errors.TxDecodeError),
        ({"signer_infos": ()}, errors.NoSignatures),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "-".join(value),
)
def test_what_breaks_a_rule_of_admission_is_refused_by_its_code_and_costs_nothing(
    chain: VirtualChain, changes: dict[str, Any], error: type[RuleViolation]
) -> None:
    assert refusal(chain, made(chain, **changes)) == code_of(error)
    assert (chain.signer(ALICE).sequence, chain.balance(ALICE.address)) == (0, FUNDS)


@pytest.mark.parametrize(
    "changes",
    [
        {"memo": "m" * MAX_MEMO_BYTES},
        {"timeout_height": 2},
        {"gas_limit": MAX_BLOCK_GAS, "amount": aqos(MAX_BLOCK_GAS * GAS_PRICE)},
        {"amount": aqos(FEE)},
        {"amount": aqos(FEE + 1)},
        {"payer": ALICE.address},
        {"messages": (codec.pack(GIFT),) * 6},
    ],
    ids=lambda value: "-".join(value),
)
def test_what_stands_exactly_on_a_bound_is_admitted(chain: VirtualChain, changes: dict[str, Any]) -> None:
    tx = made(chain, **changes)
    assert chain.machine.check_tx(tx).code == 0
    assert chain.run_block(tx).tx_results[0].code == 0


def test_on_a_chain_without_fees_nothing_is_offered_and_nothing_is_taken() -> None:
    chain = VirtualChain(genesis_document(gas_price=0))
    assert chain.run_block(chain.tx(ALICE, GIFT, price=0)).tx_results[0].code == 0
    assert chain.balance(ALICE.address) == FUNDS - 5


def test_the_whole_fee_offered_is_taken_and_collected(chain: VirtualChain) -> None:
    chain.run_block(made(chain, amount=aqos(FEE + 7)))
    assert chain.balance(ALICE.address) == FUNDS - FEE - 7 - 5


def test_a_transaction_of_a_sister_chain_is_refused(chain: VirtualChain) -> None:
    sister = VirtualChain(genesis_document(chain_id="qos-2"))
    tx = chain.tx(ALICE, GIFT)
    assert refusal(sister, tx) == code_of(errors.Unauthorized)
    assert chain.machine.check_tx(tx).code == 0


def test_a_transaction_is_taken_once(chain: VirtualChain) -> None:
    tx = chain.tx(ALICE, GIFT)
    chain.run_block(tx)
    assert refusal(chain, tx) == code_of(errors.WrongSequence)


def test_the_log_of_a_wrong_sequence_says_both_numbers_as_clients_match_them(chain: VirtualChain) -> None:
    log = chain.machine.check_tx(chain.tx(ALICE, GIFT, ahead=3)).log
    assert log == "account sequence mismatch, expected 0, got 3: incorrect account sequence"


@pytest.mark.parametrize("number", [1, 2**40])
def test_a_signature_for_another_account_number_is_refused(chain: VirtualChain, number: int) -> None:
    signer = Signer(key=ALICE, number=number, sequence=0)
    tx = codec.encode(signed(chain.chain_id, body_of(GIFT), auth_of((signer,)), (signer,)))
    assert refusal(chain, tx) == code_of(errors.Unauthorized)


def test_a_key_that_is_not_the_senders_is_refused(chain: VirtualChain) -> None:
    thief = Signer(key=BOB, number=0, sequence=0)
    tx = codec.encode(signed(chain.chain_id, body_of(GIFT), auth_of((thief,)), (thief,)))
    assert refusal(chain, tx) == code_of(errors.InvalidPublicKey)


def test_a_known_key_may_be_left_out_and_another_one_is_refused(chain: VirtualChain) -> None:
    chain.run_block(chain.tx(ALICE, GIFT))
    other = auth_of((Signer(key=BOB, number=0, sequence=1),)).signer_infos[0].public_key
    assert refusal(chain, made(chain, public_key=other)) == code_of(errors.InvalidPublicKey)
    assert chain.run_block(made(chain, public_key=None)).tx_results[0].code == 0


def _forged(signature: bytes) -> dict[str, bytes]:
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    return {
        "high s": r + (ORDER - s).to_bytes(32, "big"),
        "65 bytes": signature + b"\x01",
        "63 bytes": signature[:63],
        "empty": b"",
        "zeros": bytes(64),
        "r and s swapped": signature[32:] + r,
        "flipped bit": bytes([signature[0] ^ 1]) + signature[1:],
        "r as the group order": ORDER.to_bytes(32, "big") + signature[32:],
        "1024 bytes": signature * 16,
    }


@pytest.mark.parametrize("form", list(_forged(b"\x01" * 64)))
def test_a_signature_has_one_form(chain: VirtualChain, form: str) -> None:
    signer = chain.signer(ALICE)
    raw = signed(chain.chain_id, body_of(GIFT), auth_of((signer,)), (signer,))
    forged = codec.encode(replace(raw, signatures=(_forged(raw.signatures[0])[form],)))
    assert refusal(chain, forged) == code_of(errors.Unauthorized)


def test_a_signature_longer_than_any_is_refused_before_it_is_checked(chain: VirtualChain) -> None:
    raw = codec.decode(TxRaw, chain.tx(ALICE, GIFT))
    long = codec.encode(replace(raw, signatures=(b"s" * 1025,)))
    assert refusal(chain, long) == code_of(errors.TooManySignatures)


def test_signatures_signers_and_infos_must_match_in_number(chain: VirtualChain) -> None:
    raw = codec.decode(TxRaw, chain.tx(ALICE, GIFT))
    for signatures in ((), raw.signatures * 2):
        assert refusal(chain, codec.encode(replace(raw, signatures=signatures))) == code_of(errors.NoSignatures)


def test_a_sender_nobody_has_paid_yet_is_told_so(chain: VirtualChain) -> None:
    stranger = key_of("stranger")
    tx = chain.tx(stranger, send(stranger.address, BOB.address, 1))
    assert refusal(chain, tx) == code_of(errors.UnknownAddress)


def both(chain: VirtualChain, *, payer: Address | None = None, swapped: bool = False) -> bytes:
    """Return a transaction in which Alice and Bob each give Carol something."""
    signers = (chain.signer(ALICE), chain.signer(BOB))
    auth = auth_of(signers)
    assert auth.fee is not None
    auth = replace(auth, fee=replace(auth.fee, payer=payer or Address(b"")))
    body = body_of(send(ALICE.address, CAROL.address, 1), send(BOB.address, CAROL.address, 2))
    return codec.encode(signed(chain.chain_id, body, auth, signers[::-1] if swapped else signers))


def test_two_signers_each_use_a_sequence_and_the_first_pays(chain: VirtualChain) -> None:
    assert chain.run_block(both(chain)).tx_results[0].code == 0
    assert [chain.signer(key).sequence for key in (ALICE, BOB)] == [1, 1]
    assert [chain.balance(key.address) - FUNDS for key in (ALICE, BOB, CAROL)] == [-1 - FEE, -2, 3]


def test_a_named_signer_pays_in_place_of_the_first(chain: VirtualChain) -> None:
    assert chain.run_block(both(chain, payer=BOB.address)).tx_results[0].code == 0
    assert [chain.balance(key.address) - FUNDS for key in (ALICE, BOB)] == [-1, -2 - FEE]


def test_signatures_in_another_order_are_refused(chain: VirtualChain) -> None:
    assert refusal(chain, both(chain, swapped=True)) == code_of(errors.Unauthorized)


def test_nine_signers_are_too_many() -> None:
    people = [key_of(f"person {number}") for number in range(9)]
    chain = VirtualChain(genesis_document(funds={key.address: FUNDS for key in people}))
    for count, wanted in ((8, ("", 0)), (9, code_of(errors.TooManySignatures))):
        signers = [chain.signer(key) for key in people[:count]]
        body = body_of(*(send(key.address, people[0].address, 1) for key in people[:count]))
        tx = codec.encode(signed(chain.chain_id, body, auth_of(signers), signers))
        assert refusal(chain, tx) == wanted


def test_a_signature_is_verified_once_between_check_proposal_and_block(chain: VirtualChain) -> None:
    tx = chain.tx(ALICE, GIFT)
    with calls_of(secp256k1.verify) as verified:
        assert chain.machine.check_tx(tx).code == 0
        block = chain.next_block()
        chosen = chain.machine.prepare_proposal([tx], block, 10_000)
        assert chain.machine.process_proposal(tuple(chosen), block) == ""
        assert chain.run_block(*chosen).tx_results[0].code == 0
    assert len(verified) == 1


def test_a_remembered_verdict_does_not_outlive_a_change_of_what_was_signed(chain: VirtualChain) -> None:
    tx = chain.tx(ALICE, GIFT)
    assert chain.machine.check_tx(tx).code == 0
    raw = codec.decode(TxRaw, tx)
    signature = signature_of(chain.chain_id, raw.body_bytes, raw.auth_info_bytes, chain.signer(BOB))
    forged = codec.encode(replace(raw, signatures=(signature,)))
    assert chain.run_block(forged).tx_results[0].code == errors.Unauthorized.code.number


def test_what_costs_little_is_checked_before_the_signature(chain: VirtualChain) -> None:
    bad = [
        made(chain, amount=aqos(FEE - 1)),
        made(chain, sequence=4),
        made(chain, payer=BOB.address),
        made(chain, timeout_height=1),
        made(chain, amount=aqos(FUNDS + 1)),
    ]
    with calls_of(secp256k1.verify) as verified:
        assert all(chain.machine.check_tx(tx).code for tx in bad)
    assert verified == []


def test_a_refused_transaction_is_not_remembered(chain: VirtualChain) -> None:
    tx = made(chain, amount=aqos(FEE - 1))
    assert chain.machine.check_tx(tx).code
    assert chain.machine.check_tx(chain.tx(ALICE, GIFT)).code == 0
    with calls_of(transaction.decode) as decoded:
        chain.machine.check_tx(tx)
    assert decoded
