"""Telling the service manager that started a node how it is, in systemd's protocol: datagrams of lines."""

import os
import socket

import structlog

from qos.node.comet.report import Condition, NodeReport

ADDRESS_NAME = "NOTIFY_SOCKET"
"""The manager names its socket here; `@` stands for the zero byte of an abstract one."""

_SEND_TIMEOUT_S = 1.0
log = structlog.get_logger("qos.service")


class ServiceManager:
    """Hears of a node until it cannot be reached; without an address nobody is told."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._was_ready = False

    def tell(self, report: NodeReport) -> None:
        """Tell how the node is, and by that alone that its supervisor turns.

        It has started once blocks come; a node that makes none later is not started again for it.
        """
        if not self._address:
            return
        lines = [f"STATUS={report.said}", "WATCHDOG=1"]
        if report.condition is Condition.STOPPING:
            lines.append("STOPPING=1")
        elif report.condition is Condition.READY and not self._was_ready:
            self._was_ready = True
            lines.append("READY=1")
        self._send("\n".join(lines).encode())

    def _send(self, message: bytes) -> None:
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_SEND_TIMEOUT_S)
            try:
                sender.sendto(message, address)
            except OSError as error:
                log.warning("the service manager does not listen", because=str(error))
                self._address = ""


def service_manager() -> ServiceManager:
    """Return who started this process and wants to hear of it; programs started from here shall not tell it."""
    return ServiceManager(os.environ.pop(ADDRESS_NAME, ""))
