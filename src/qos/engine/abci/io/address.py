"""Where an engine finds the application: a loopback TCP port or a socket file, with large buffers."""

import socket
from pathlib import Path
from typing import Final

from qos.base.errors import QosError

BUFFER_BYTES: Final = 4 << 20
MAX_CONNECTIONS: Final = 16
"""An engine opens four; one that was killed may leave as many behind for a moment."""


class BadAddress(QosError):
    """An address is neither tcp://HOST:PORT nor unix://PATH."""


def listen(address: str) -> socket.socket:
    """Return the listening socket of `tcp://HOST:PORT` (port 0: a free one) or `unix://PATH`.

    Raises: BadAddress; OSError when it is taken.
    """
    scheme, _, place = address.partition("://")
    if scheme == "unix" and place:
        Path(place).unlink(missing_ok=True)
        return _bound(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), place)
    host, _, port = place.rpartition(":")
    if scheme != "tcp" or not host or not port.isdecimal() or int(port) > 65_535:
        raise BadAddress(f"{address!r} is no address for the engine: write tcp://127.0.0.1:PORT or unix:///PATH")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return _bound(server, (host.strip("[]"), int(port)))


def _bound(server: socket.socket, place: str | tuple[str, int]) -> socket.socket:
    # Accepted sockets inherit the buffers; TCP fixes the scale of its window before that.
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        server.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    try:
        server.bind(place)
        server.listen(MAX_CONNECTIONS)
    except OSError:
        server.close()
        raise
    return server


def address_of(server: socket.socket) -> str:
    """Return the address an engine connects to."""
    name = server.getsockname()
    if server.family == socket.AF_UNIX:
        return f"unix://{name}"
    return f"tcp://[{name[0]}]:{name[1]}" if server.family == socket.AF_INET6 else f"tcp://{name[0]}:{name[1]}"
