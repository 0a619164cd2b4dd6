"""The home of a program that looks at the chains, a relay or the watcher: its configuration, lock, log and address."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from qos.base.strictjson import JsonObject, render_json
from qos.node.config import RelayConfig, load_config
from qos.node.home import ENDPOINTS_FILE, RELAY_CONFIG_FILE, locked, write_atomically
from qos.node.logs import open_log
from qos.node.sockets import url_of


@contextmanager
def held(home: Path, log_file: str) -> Iterator[RelayConfig]:
    """Hold a home, its log open, and give its configuration; a home without one has the defaults.

    Raises: BadConfig, HomeInUse.
    """
    file = home / RELAY_CONFIG_FILE
    config = load_config(RelayConfig, file) if file.exists() else RelayConfig()
    with locked(home), open_log(home / log_file, config.log.plan):
        yield config


def tell_address(home: Path, listener: socket) -> None:
    """Write into the home where the pages of this process are."""
    address: JsonObject = {"pid": os.getpid(), "metrics": url_of(listener)}
    write_atomically(home / ENDPOINTS_FILE, render_json(address) + "\n")
