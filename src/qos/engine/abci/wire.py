"""Which request a frame holds, and how an answer is put into a frame.

Frames hold a message with one member set: its tag, its length, its bytes. They are cut by hand; only the member is
decoded. CheckTx, of which there is one a transaction, is read by hand altogether.
"""

from enum import IntEnum
from typing import Final

from qos.base.encoding import read_uvarint, uvarint
from qos.engine.abci.frames import BadFrame, frame
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.tendermint_abci import ResponseException

_BYTES: Final = 2
"""Wire type of bytes and messages (protobuf)."""


class Kind(IntEnum):
    """Member of `tendermint.abci.Request` by field number."""

    ECHO = 1
    FLUSH = 2
    INFO = 3
    INIT_CHAIN = 5
    QUERY = 6
    CHECK_TX = 8
    COMMIT = 11
    LIST_SNAPSHOTS = 12
    OFFER_SNAPSHOT = 13
    LOAD_SNAPSHOT_CHUNK = 14
    APPLY_SNAPSHOT_CHUNK = 15
    PREPARE_PROPOSAL = 16
    PROCESS_PROPOSAL = 17
    EXTEND_VOTE = 18
    VERIFY_VOTE_EXTENSION = 19
    FINALIZE_BLOCK = 20


CHECK_TX_HEAD: Final = bytes((Kind.CHECK_TX << 3 | _BYTES,))
"""How a CheckTx begins; nothing else does."""

PREPARE_HEAD: Final = uvarint(Kind.PREPARE_PROPOSAL << 3 | _BYTES)
"""How the request for a proposal begins; nothing else does."""

COMMIT: Final = bytes((Kind.COMMIT << 3 | _BYTES, 0))
"""The whole of a commit: it says nothing."""

_EXCEPTION_FIELD: Final = 1
_TX_TAG: Final = 1 << 3 | _BYTES
_RECHECK: Final = b"\x10\x01"
_KINDS: Final = {int(kind): kind for kind in Kind}


def read_frame(content: bytes) -> tuple[Kind, bytes]:
    """Return what a frame asks and the encoded request. Raises: BadFrame."""
    try:
        tag, at = read_uvarint(content)
        length, at = read_uvarint(content, at)
    except ValueError as error:
        raise BadFrame(f"a frame without request: {error}") from None
    kind = _KINDS.get(tag >> 3)
    if kind is None or tag & 7 != _BYTES or at + length != len(content):
        raise BadFrame(f"a frame of {len(content)} bytes that begins with tag {tag} is no request of ABCI 2.0")
    return kind, content[at:]


def read_check_tx(body: bytes) -> tuple[bytes, bool]:
    """Return the transaction of a CheckTx and whether it is checked again. Raises: BadFrame."""
    if not body:
        return b"", False
    try:
        length, at = read_uvarint(body, 1)
    except ValueError as error:
        raise BadFrame(f"CheckTx is cut: {error}") from None
    if body[0] != _TX_TAG:
        length, at = 0, 0
    rest = body[at + length :]
    if at + length > len(body) or rest not in (b"", _RECHECK):
        raise BadFrame("CheckTx has fields that are not of ABCI 2.0")
    return body[at : at + length], bool(rest)


def response(kind: Kind, record: Record) -> bytes:
    """Return the frame that answers a request; an answer's member has its request's number + 1."""
    return _framed(kind + 1, record)


def exception(text: str) -> bytes:
    """Return the frame that says why there is no answer; it stops the engine."""
    return _framed(_EXCEPTION_FIELD, ResponseException(error=text))


def _framed(field: int, record: Record) -> bytes:
    body = codec.encode(record)
    return frame(uvarint(field << 3 | _BYTES) + uvarint(len(body)) + body)
