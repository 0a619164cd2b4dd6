"""Bytes that are no transaction, or not the one encoding of theirs (T2, T4)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from qos.base.encoding import uvarint
from qos.base.identifiers import format_address
from qos.chains.public import PUBLIC
from qos.lightclient.wire import message_field as field
from qos.machine import errors
from qos.machine.transaction import MAX_PLAIN_TX_BYTES, MAX_TX_BYTES
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_tx_v1beta1 import AuthInfo, ModeInfo, ModeInfoMulti, TxBody, TxRaw
from qos.testing.chain import ALICE, BOB, FUNDS, VirtualChain
from qos.testing.transactions import DIRECT, auth_of, body_of, send, signature_of, signed

GIFT = send(ALICE.address, BOB.address, 5)
PARSE_ERROR = errors.TxDecodeError.code.number
UNKNOWN_VARINT = uvarint(999 << 3) + b"\x01"
UNKNOWN_BYTES = uvarint(999 << 3 | 2) + b"\x03abc"


@pytest.fixture(scope="module")
def chain() -> VirtualChain:
    return VirtualChain()


def parts(chain: VirtualChain) -> TxRaw:
    return codec.decode(TxRaw, chain.tx(ALICE, GIFT))


def resigned(chain: VirtualChain, body: bytes, auth: bytes) -> bytes:
    """Sign these very bytes: only their form can be what is refused."""
    signature = signature_of(chain.chain_id, body, auth, chain.signer(ALICE))
    return codec.encode(TxRaw(body_bytes=body, auth_info_bytes=auth, signatures=(signature,)))


def refused(chain: VirtualChain, tx: bytes, code: int = PARSE_ERROR) -> None:
    before = chain.idle_hash()
    assert chain.machine.check_tx(tx).code == code
    assert chain.machine.process_proposal((tx,), chain.next_block()) != ""
    result = chain.run_block(tx).tx_results[0]
    assert (result.code, result.codespace, result.gas_used, result.events) == (code, "sdk", 0, ())
    assert chain.app_hash == before
    assert (chain.signer(ALICE).sequence, chain.balance(ALICE.address)) == (0, FUNDS)


def odd_forms(chain: VirtualChain) -> Iterator[tuple[str, bytes]]:
    """Yield transactions that mean Alice's gift to a lenient reader."""
    raw = parts(chain)
    tx, body, auth = codec.encode(raw), raw.body_bytes, raw.auth_info_bytes
    any_bytes = codec.encode(codec.pack(GIFT))
    message = codec.encode(GIFT)
    for name, junk in (("varint", UNKNOWN_VARINT), ("bytes", UNKNOWN_BYTES)):
        yield f"unknown {name} in the envelope", tx + junk
        yield f"unknown {name} in the body", resigned(chain, body + junk, auth)
        yield f"unknown {name} in the signer information", resigned(chain, body, auth + junk)
        yield f"unknown {name} in the Any of a message", resigned(chain, field(1, any_bytes + junk), auth)
        wrapped = AnyRecord(type_url=codec.type_url(type(GIFT)), value=message + junk)
        yield f"unknown {name} in a message", resigned(chain, codec.encode(TxBody(messages=(wrapped,))), auth)
        deep = AnyRecord(type_url=wrapped.type_url, value=with_coin_junk(message, junk))
        yield f"unknown {name} in a coin of a message", resigned(chain, codec.encode(TxBody(messages=(deep,))), auth)
    yield "an explicit empty memo", resigned(chain, body + field(2, b""), auth)
    yield "an explicit timeout height of zero", resigned(chain, body + b"\x18\x00", auth)
    yield "the memo before the messages", resigned(chain, field(2, b"hi") + body, auth)
    yield "a memo given twice", resigned(chain, body + field(2, b"a") + field(2, b"b"), auth)
    yield "an overlong varint", resigned(chain, body + b"\x18\x81\x00", auth)
    yield "a varint of eleven bytes", resigned(chain, body + b"\x18" + b"\x80" * 10 + b"\x01", auth)
    yield "a memo that is no UTF-8", resigned(chain, body + field(2, b"\xff\xfe"), auth)
    yield (
        "signatures before the body",
        field(3, raw.signatures[0]) + field(1, body) + field(2, auth),
    )
    yield "two bodies", field(1, body) + tx
    yield "a cut transaction", tx[:-1]
    yield "a group", tx + uvarint(9 << 3 | 3) + uvarint(9 << 3 | 4)
    yield "no body", field(2, auth) + field(3, raw.signatures[0])
    yield "no signer information", field(1, body) + field(3, raw.signatures[0])
    yield "an empty transaction", b""
    yield "text", b"hello"


def with_coin_junk(message: bytes, junk: bytes) -> bytes:
    """Put unknown fields into the last field of a transfer, its one coin."""
    coin = codec.encode(GIFT.amount[0])
    assert message.endswith(field(3, coin))
    return message.removesuffix(field(3, coin)) + field(3, coin + junk)


FORMS = [name for name, _ in odd_forms(VirtualChain())]


@pytest.mark.parametrize("form", FORMS)
def test_only_the_canonical_encoding_is_a_transaction(chain: VirtualChain, form: str) -> None:
    refused(chain, dict(odd_forms(chain))[form])


def test_two_members_of_a_oneof_are_refused(chain: VirtualChain) -> None:
    signer = chain.signer(ALICE)
    auth = auth_of((signer,))
    info = codec.encode(replace(auth.signer_infos[0], mode_info=None))
    both = codec.encode(ModeInfo(multi=ModeInfoMulti())) + codec.encode(DIRECT)
    encoded = field(1, info + field(2, both)) + codec.encode(replace(auth, signer_infos=()))
    refused(chain, resigned(chain, codec.encode(body_of(GIFT)), encoded))


def test_an_enum_outside_its_values_is_refused(chain: VirtualChain) -> None:
    auth = codec.encode(auth_of((chain.signer(ALICE),)))
    direct = field(1, b"\x08\x01")
    assert direct in auth
    refused(chain, resigned(chain, codec.encode(body_of(GIFT)), auth.replace(direct, field(1, b"\x08\x63"))), 18)


def nested(inside: bytes, openings: tuple[bytes, ...]) -> bytes:
    """Wrap bytes in length-prefixed fields, the last opening outermost."""
    heads: list[bytes] = []
    length = len(inside)
    for opening in openings:
        heads.append(opening + uvarint(length))
        length += len(heads[-1])
    return b"".join(reversed(heads)) + inside


def nested_multi(depth: int) -> bytes:
    """Encode a mode of multisigs inside multisigs."""
    return nested(codec.encode(DIRECT), (b"\x12",) * 2 * depth)


def nested_any(depth: int) -> AnyRecord:
    url = "/google.protobuf.Any"
    inside = nested(codec.encode(codec.pack(GIFT)), (field(1, url.encode()) + b"\x12",) * (depth - 1))
    return AnyRecord(type_url=url, value=inside)


@pytest.mark.parametrize("depth", [1, 15, 16, 17, 45, 49, 60, 10_000, 1_000_000])
def test_nested_signature_modes_are_refused_at_any_depth(chain: VirtualChain, depth: int) -> None:
    auth = codec.encode(auth_of((chain.signer(ALICE),)))
    single = field(2, codec.encode(DIRECT))
    assert single in auth
    info = codec.encode(replace(auth_of((chain.signer(ALICE),)).signer_infos[0], mode_info=None))
    nested = field(1, info + field(2, nested_multi(depth)))
    tx = resigned(chain, codec.encode(body_of(GIFT)), nested + codec.encode(AuthInfo(fee=auth_of(()).fee)))
    check = chain.machine.check_tx(tx)
    assert check.code in {PARSE_ERROR, errors.UnknownRequest.code.number, errors.TxTooLarge.code.number}


@pytest.mark.parametrize("depth", [1, 17, 10_000, 1_000_000])
def test_nested_messages_are_refused_at_any_depth(chain: VirtualChain, depth: int) -> None:
    tx = resigned(chain, codec.encode(TxBody(messages=(nested_any(depth),))), parts(chain).auth_info_bytes)
    assert chain.machine.check_tx(tx).code in {errors.UnknownRequest.code.number, errors.TxTooLarge.code.number}


@pytest.mark.parametrize("depth", [17, 100, 10_000, 1_000_000])
def test_nested_unknown_groups_are_refused_at_any_depth(chain: VirtualChain, depth: int) -> None:
    junk = b"\x4b" * depth + b"\x4c" * depth
    assert chain.machine.check_tx(codec.encode(parts(chain)) + junk).code in {PARSE_ERROR, 21}


def sized(chain: VirtualChain, size: int) -> bytes:
    """Return a signed transaction of exactly that many bytes, made long by its memo."""
    signer = chain.signer(ALICE)
    memo = "m" * (size - 400)
    while True:
        raw = signed(chain.chain_id, body_of(GIFT, memo=memo), auth_of((signer,)), (signer,))
        missing = size - len(codec.encode(raw))
        if missing == 0:
            return codec.encode(raw)
        memo = memo + "m" * missing if missing > 0 else memo[:missing]


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (MAX_PLAIN_TX_BYTES, errors.MemoTooLarge.code.number),
        (MAX_PLAIN_TX_BYTES + 1, errors.TxTooLarge.code.number),
        (MAX_TX_BYTES, errors.TxTooLarge.code.number),
        (MAX_TX_BYTES + 1, errors.TxTooLarge.code.number),
    ],
)
def test_a_plain_transaction_has_at_most_64_kib(chain: VirtualChain, size: int, code: int) -> None:
    assert chain.machine.check_tx(sized(chain, size)).code == code


def test_a_larger_transaction_is_read_when_it_carries_a_bulky_message() -> None:
    bulky = VirtualChain(chain=replace(PUBLIC, bulky=frozenset({codec.type_url(type(GIFT))})))
    assert bulky.machine.check_tx(sized(bulky, MAX_TX_BYTES)).code == errors.MemoTooLarge.code.number
    assert bulky.machine.check_tx(sized(bulky, MAX_TX_BYTES + 1)).code == errors.TxTooLarge.code.number


@pytest.mark.parametrize(
    "amount", ["+5", "05", "-0", "5.0", " 5", "5 ", "0x5", "\u0665", "", "1e3", "9" * 79, str(2**256)]
)
def test_an_amount_has_one_decimal_form(chain: VirtualChain, amount: str) -> None:
    coin = field(1, b"aqos") + (field(2, amount.encode()) if amount else b"")
    message = codec.encode(GIFT).removesuffix(field(3, codec.encode(GIFT.amount[0]))) + field(3, coin)
    wrapped = AnyRecord(type_url=codec.type_url(type(GIFT)), value=message)
    tx = resigned(chain, codec.encode(TxBody(messages=(wrapped,))), parts(chain).auth_info_bytes)
    assert chain.machine.check_tx(tx).code == errors.InvalidRequest.code.number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "qos1",
        "QOS1FK9QNL5AA49AEHGS75AMLYCF2X7L3QCWGX8Y7G",
        "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh",
        "qosvaloper1fk9qnl5aa49aehgs75amlycf2x7l3qcwgx8y7g",
        "0x0000000000000000000000000000000000000001",
        "q" * 1_000,
    ],
)
@pytest.mark.parametrize("place", [1, 2])
def test_an_address_has_one_form(chain: VirtualChain, place: int, text: str) -> None:
    names = [format_address(ALICE.address).encode(), format_address(BOB.address).encode()]
    names[place - 1] = text.encode()
    fields = b"".join(field(number, name) for number, name in enumerate(names, 1) if name)
    wrapped = AnyRecord(type_url=codec.type_url(type(GIFT)), value=fields + field(3, codec.encode(GIFT.amount[0])))
    tx = resigned(chain, codec.encode(TxBody(messages=(wrapped,))), parts(chain).auth_info_bytes)
    assert chain.machine.check_tx(tx).code in {errors.InvalidAddress.code.number, errors.InvalidRequest.code.number}
