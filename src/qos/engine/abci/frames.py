"""Cutting a stream into frames: a length as varint, then that many bytes."""

from typing import Final

from qos.base.encoding import uvarint
from qos.base.errors import QosError
from qos.machine.genesis import MAX_GENESIS_BYTES

MAX_FRAME_BYTES: Final = 128 * 1024 * 1024
"""The engine's largest block is 100 MiB; what stands around its transactions fits beside."""

MAX_GENESIS_FRAME_BYTES: Final = MAX_GENESIS_BYTES + 1024 * 1024
INIT_CHAIN_TAG: Final = 5 << 3 | 2
_MAX_LENGTH_BYTES: Final = 5


class BadFrame(QosError):
    """What came on a connection is no request of an engine: the connection is closed."""


def frame(content: bytes) -> bytes:
    """Return the content behind its length."""
    return uvarint(len(content)) + content


class FrameReader:
    """Takes what a connection received and gives the frames that are whole."""

    __slots__ = ("_buffer", "_needed")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._needed = 0

    def feed(self, data: bytes | memoryview) -> list[bytes]:
        """Return the frames that are whole now, in order; what is kept is copied.

        Raises: BadFrame; then the stream is lost.
        """
        buffer = self._buffer
        buffer += data
        frames: list[bytes] = []
        if len(buffer) < self._needed:
            return frames
        at, end = 0, len(buffer)
        while at < end:
            length, start = _length(buffer, at)
            if start < 0:
                self._needed = end - at + 1
                break
            if length > MAX_FRAME_BYTES and start < end:
                _check_long(length, buffer[start])
            if start + length > end:
                self._needed = start + length - at if start < end else start + 1 - at
                break
            frames.append(bytes(buffer[start : start + length]))
            at = start + length
            self._needed = 0
        del buffer[:at]
        return frames


def _length(buffer: bytearray, at: int) -> tuple[int, int]:
    """Return the length that stands at a place and where its frame begins; -1 when it is cut. Raises: BadFrame."""
    value = shift = 0
    for index in range(at, min(len(buffer), at + _MAX_LENGTH_BYTES)):
        byte = buffer[index]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if not 0 < value <= MAX_GENESIS_FRAME_BYTES:
                raise BadFrame(f"a frame of {value} bytes: no request is that long")
            return value, index + 1
        shift += 7
    if len(buffer) - at >= _MAX_LENGTH_BYTES:
        raise BadFrame("a frame's length is no varint of at most five bytes")
    return 0, -1


def _check_long(length: int, first: int) -> None:
    """Only the genesis document may be longer than a block."""
    if first != INIT_CHAIN_TAG:
        raise BadFrame(f"a frame of {length} bytes: {MAX_FRAME_BYTES} are the most but for the genesis document")
