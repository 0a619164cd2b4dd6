"""The catalogue of errors, `docs/errors.md`, from the code. `python -m tools.errors` writes it.

`--check` writes nothing and fails when the file differs. Every class of the package with a code of its own is listed;
two classes with one code stand in one row, and must be one error to whoever reads them.
"""

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import qos
from qos.base.errors import QosError, RuleViolation
from qos.cli.errors import CLIENT_CODES, NEXT_BY_CODE, START_FIRST, NotRunning, UsageError, own_codes
from qos.rpc.comet.envelope import InvalidParams, InvalidRequest, MethodNotFound, ParseError, RpcError
from qos.rpc.services.status import HTTP_STATUS, status_of

FILE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
LEFT_OUT = ("qos.testing",)
HEAD = """# Errors

Written by `python -m tools.errors`; `make errors` writes it again. A code never changes its meaning inside its
codespace and is never used again. The sentence of an error is the same on the command line, over gRPC and over REST; it
says what was found, and often what to do next. The command line adds a next step, and prints
`{codespace, code, message, next}` with `--output json`. gRPC answers the status below and the code in the trailing
metadata `x-qos-codespace` and `x-qos-code`; REST answers the HTTP status, and the code in `details`. A transaction that
failed carries codespace and code in its result.
"""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One code and what is said of it."""

    codespace: str
    code: int
    name: str
    meaning: str
    status: str
    next_step: str


def rules() -> Iterator[Row]:
    """Yield what the rules of the chains refuse."""
    for info in pkgutil.walk_packages(qos.__path__, "qos."):
        if not info.name.startswith(LEFT_OUT) and not info.name.endswith(".__main__"):
            importlib.import_module(info.name)
    for kind in _subclasses(RuleViolation):
        if "code" in vars(kind) and not kind.__module__.startswith(LEFT_OUT):
            code = kind.code
            status = status_of(kind, code.codespace, code.number)
            shown = f"{status.name} {HTTP_STATUS[status]}"
            next_step = NEXT_BY_CODE.get((code.codespace, code.number), "")
            yield Row(code.codespace, code.number, kind.__name__, _meaning(kind), shown, next_step)


def programs() -> Iterator[Row]:
    """Yield what the programs themselves refuse."""
    for kind, (codespace, code, next_step) in own_codes().items():
        yield Row(codespace, code, kind.__name__, _meaning(kind), "", next_step)
    for client, (code, next_step) in CLIENT_CODES.items():
        yield Row("client", code, client.__name__, _meaning(client), "", next_step)
    yield Row("cli", 1, UsageError.__name__, _meaning(UsageError), "", "")
    yield Row("cli", 3, NotRunning.__name__, _meaning(NotRunning), "", START_FIRST)


def _subclasses(kind: type[RuleViolation]) -> Iterator[type[RuleViolation]]:
    for each in kind.__subclasses__():
        yield each
        yield from _subclasses(each)


def _meaning(kind: type[QosError]) -> str:
    """Return the first paragraph of a class's docstring."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def catalogue() -> str:
    """Return the whole document."""
    rows = sorted(set((*rules(), *programs())))
    parts = [HEAD]
    for codespace in sorted({row.codespace for row in rows}):
        parts.append(f"\n## {codespace}\n\n| code | name | means | gRPC, HTTP | next |\n|---|---|---|---|---|\n")
        parts += [_line(row) for row in rows if row.codespace == codespace]
    parts.append("\n## JSON-RPC\n\n| code | name | means |\n|---|---|---|\n")
    kinds = (RpcError, InvalidParams, MethodNotFound, InvalidRequest, ParseError)
    parts += [f"| {kind.code} | {kind.__name__} | {_cell(_meaning(kind))} |\n" for kind in kinds]
    return "".join(parts)


def _line(row: Row) -> str:
    cells = (str(row.code), row.name, row.meaning, row.status, row.next_step)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |\n"


def _cell(text: str) -> str:
    return re.sub(r"\|", r"\\|", text)


def main() -> None:
    """Write or compare the catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    wanted = catalogue()
    if not parser.parse_args().check:
        FILE.write_text(wanted, "utf-8")
        return
    if not FILE.exists() or FILE.read_text("utf-8") != wanted:
        sys.exit("docs/errors.md differs from the code, run `make errors`")


if __name__ == "__main__":
    main()
