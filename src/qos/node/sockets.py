"""Taking a port before anything else is started, so that a taken one is a clear error."""

import errno
import socket

from qos.node.errors import PortTaken

BACKLOG = 256


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises: PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The loop switches Nagle's delay (40 ms an answer) off only on sockets that name their protocol.
    server = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
        server.listen(BACKLOG)
    except OSError as error:
        server.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTaken(
                f"port {port} of {host} is taken or not allowed", "stop the other program, or choose --port-base"
            ) from None
        raise
    server.setblocking(False)
    return server


def url_of(server: socket.socket, scheme: str = "http") -> str:
    """Return the address others reach a listening socket at."""
    host, port = server.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
