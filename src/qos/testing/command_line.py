"""The command `qos` in this process, as a person types it."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from qos.cli.main import main


def qos(*arguments: object) -> tuple[int, str, str]:
    """Run a command; returns its exit code, what it printed and what it said on the error stream."""
    out, err = StringIO(), StringIO()
    code: object = None
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(each) for each in arguments])
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int), "the command did not exit"
    return code, out.getvalue(), err.getvalue()


def qos_json(*arguments: object) -> tuple[int, Any]:
    """Run a command; returns its exit code and the JSON it printed, on whichever stream."""
    code, out, err = qos(*arguments, "--output", "json")
    return code, json.loads(out or err)
