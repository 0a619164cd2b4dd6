"""Frames of ABCI: whole or in pieces, bounded before anything is decoded, and nothing but requests of ABCI 2.0."""

import pytest

from qos.base.encoding import uvarint
from qos.engine.abci import frames, wire
from qos.engine.abci.frames import MAX_FRAME_BYTES, MAX_GENESIS_FRAME_BYTES, BadFrame, FrameReader, frame
from qos.engine.abci.wire import Kind
from qos.proto import codec
from qos.proto.records import tendermint_abci as abci

TX = b"t" * 200
CHECK = codec.encode(abci.Request(check_tx=abci.RequestCheckTx(tx=TX)))
RECHECK = codec.encode(abci.Request(check_tx=abci.RequestCheckTx(tx=TX, type=abci.CheckTxType.RECHECK)))
FLUSH = codec.encode(abci.Request(flush=abci.RequestFlush()))


def test_frames_come_whole_however_they_were_cut() -> None:
    contents = [CHECK, FLUSH, RECHECK, b"x" * 70_000, FLUSH]
    stream = b"".join(frame(each) for each in contents)
    for size in (1, 2, 3, 7, 200, 4_096, len(stream)):
        reader, found = FrameReader(), []
        for at in range(0, len(stream), size):
            found += reader.feed(stream[at : at + size])
        assert found == contents


def test_a_length_beyond_a_block_is_refused_before_its_bytes_come() -> None:
    with pytest.raises(BadFrame, match="but for the genesis document"):
        FrameReader().feed(uvarint(MAX_FRAME_BYTES + 1) + FLUSH[:1])


def test_only_the_genesis_document_may_be_longer_than_a_block() -> None:
    reader = FrameReader()
    head = uvarint(MAX_FRAME_BYTES + 1)
    assert reader.feed(head) == []
    assert reader.feed(bytes((frames.INIT_CHAIN_TAG,))) == []
    with pytest.raises(BadFrame):
        FrameReader().feed(uvarint(MAX_GENESIS_FRAME_BYTES + 1))


@pytest.mark.parametrize("head", [b"\x00", b"\xff" * 5, b"\xff\xff\xff\xff\x7f", b"\x80\x00"])
def test_a_length_that_is_none_is_refused(head: bytes) -> None:
    with pytest.raises(BadFrame):
        FrameReader().feed(head)


def test_a_frame_says_its_request_and_holds_nothing_else() -> None:
    assert wire.read_frame(FLUSH) == (Kind.FLUSH, b"")
    kind, body = wire.read_frame(CHECK)
    assert (kind, codec.decode(abci.RequestCheckTx, body).tx) == (Kind.CHECK_TX, TX)
    for wrong in (b"", b"\x12", FLUSH + b"\x00", CHECK[:-1], b"\x22\x00", b"\x3a\x00", b"\x10\x00", b"\xaa\x01\x00"):
        with pytest.raises(BadFrame):
            wire.read_frame(wrong)


def test_every_request_of_the_contract_is_known() -> None:
    fields = {field.name: field.number for field in codec.message_class("tendermint.abci.Request").DESCRIPTOR.fields}
    answers = {field.name: field.number for field in codec.message_class("tendermint.abci.Response").DESCRIPTOR.fields}
    assert {kind.name.lower(): kind.value for kind in Kind} == fields
    assert answers == {"exception": 1} | {name: number + 1 for name, number in fields.items()}


def test_a_transaction_to_check_is_read_as_the_codec_reads_it() -> None:
    for request in (
        abci.RequestCheckTx(tx=TX),
        abci.RequestCheckTx(tx=TX, type=abci.CheckTxType.RECHECK),
        abci.RequestCheckTx(),
        abci.RequestCheckTx(type=abci.CheckTxType.RECHECK),
        abci.RequestCheckTx(tx=b"x" * 100_000),
    ):
        assert wire.read_check_tx(codec.encode(request)) == (request.tx, request.type is abci.CheckTxType.RECHECK)
    for wrong in (b"\x0a\x05abc", b"\x0a", b"\x0a\x01ax", b"\x1a\x01a", b"\x10\x02", b"\x0a\xff\xff\xff\xff\xff\x01"):
        with pytest.raises(BadFrame):
            wire.read_check_tx(wrong)
