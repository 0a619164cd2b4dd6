"""What a program of this machine says counts only if it is that program's: its port may be somebody else's now."""

import asyncio
import json
import socket
import threading
from pathlib import Path

import pytest

from qos.cli.own_programs import own_status
from qos.node.home import ENDPOINTS_FILE


def said_by(answer: bytes, folder: Path) -> object:
    """Return the status of a home whose port answers these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4_096)
                connection.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (folder / ENDPOINTS_FILE).write_text(json.dumps({"metrics": address}))
        found = asyncio.run(own_status(folder))
        server.join()
    return found


def test_the_status_of_a_program_is_what_it_answers(tmp_path: Path) -> None:
    assert said_by(b'HTTP/1.0 200 OK\r\n\r\n{"votes": 3}', tmp_path) == {"votes": 3}


@pytest.mark.parametrize("answer", [b"SSH-2.0\r\n", b"", b"HTTP/1.0 200 OK\r\n\r\n[]", b"HTTP/1.0 404 No\r\n\r\n"])
def test_another_programs_answer_is_none(tmp_path: Path, answer: bytes) -> None:
    assert said_by(answer, tmp_path) is None


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"metrics": 7}', '{"metrics": "nowhere"}'])
def test_a_damaged_file_of_endpoints_names_no_program(tmp_path: Path, written: str) -> None:
    (tmp_path / ENDPOINTS_FILE).write_text(written)
    assert asyncio.run(own_status(tmp_path)) is None
