"""What the programs of a node share: the options their supervisor gives, and what their exit codes say."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from qos.base.errors import QosError
from qos.node.errors import NodeEnded

EXIT_REFUSED = 78
"""A program's word that starting it again would not help (EX_CONFIG)."""

EXIT_AGAIN = 75
"""Another start helps (EX_TEMPFAIL)."""

EXIT_BROKEN = 70
"""A bug of ours stopped the node before it committed something wrong (EX_SOFTWARE)."""

ExitCodes = tuple[tuple[type[QosError], int], ...]
"""Errors that end a program with another code than `EXIT_REFUSED`; the first that fits counts."""


def command_line(description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a program that runs for a home until it is stopped."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    return parser


def exit_code(work: Callable[[], None], codes: ExitCodes = ()) -> int:
    """Do a program's work and return its exit code; the sentence of an error goes to the error stream."""
    try:
        work()
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        if isinstance(error, NodeEnded):
            return error.exit_code
        return next((code for kind, code in codes if isinstance(error, kind)), EXIT_REFUSED)
    return 0
