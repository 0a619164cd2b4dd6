"""The laws of this repository that no stock linter knows. `python -m tools.laws` prints each breach and fails.

Deterministic code (all packages that two nodes must run alike, except their `io` folders) has no float, no true
division, no set order, no process-dependent builtin, no broad except, no print, no environment. Every file: a length
limit, names that say something, and no note of unfinished work; so has every file of the crate in native, for which
clippy holds the laws of deterministic code (native/Cargo.toml, native/clippy.toml).
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.set_order import set_order_uses

REPOSITORY = Path(__file__).resolve().parent.parent
DETERMINISTIC = (
    "base", "crypto", "proto", "store", "lightclient", "machine", "modules", "chains", "engine", "client", "cassini",
)  # fmt: skip
CHECKED = ("src", "tools", "tests", "benchmarks", "proto", "native")
LANGUAGES = (".py", ".rs")
GENERATED = ("src/qos/proto/records",)
MAX_LINES = 400
EMPTY_NAMES = re.compile(r"^(utils?|helpers?|common|managers?)$|_(utils?|helpers?|manager)$")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
FORBIDDEN_CALLS = {
    "float": "makes a float",
    "round": "rounds without saying which way",
    "hash": "differs between processes",
    "id": "is a memory address",
    "print": "writes to the terminal",
    "input": "reads the terminal",
    "open": "reads the host's files",
    "eval": "runs text",
    "exec": "runs text",
    "__import__": "hides an import from the import contracts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One place that breaks one law."""

    path: Path
    line: int
    law: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.law}"


def is_deterministic(path: Path) -> bool:
    """Say whether a file, relative to the repository, has to run alike on every node."""
    parts = path.parts
    return parts[:2] == ("src", "qos") and len(parts) > 3 and parts[2] in DETERMINISTIC and "io" not in parts[3:-1]


def numbers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """No float or complex literal, no true division."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node.lineno, "float literal"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno, "true division; use mul_div_floor or mul_div_ceil"


def builtins(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """No builtin whose result depends on the process or leaves the rules; neither called nor used as a sort key."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield node.lineno, f"{name}() {FORBIDDEN_CALLS[name]}"
            case ast.keyword(arg="key", value=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield node.value.lineno, f"{name} as a sort key {FORBIDDEN_CALLS[name]}"
            case ast.Attribute(attr="environ" | "getenv"):
                yield node.lineno, "reads the environment"


def set_order(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """No result may depend on the order of a set."""
    for used in set_order_uses(tree):
        yield used.lineno, f"uses the order of a set: {ast.unparse(used)}"


def broad_excepts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """No bare except, no except Exception."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught):
                yield node.lineno, "broad except"


LAWS: tuple[Callable[[ast.Module], Iterator[tuple[int, str]]], ...] = (numbers, builtins, set_order, broad_excepts)


def source_breaches(path: Path, source: str) -> Iterator[Breach]:
    """Check one file's text; `path` is relative to the repository and decides which laws hold."""
    if EMPTY_NAMES.search(path.stem):
        yield Breach(path=path, line=1, law=f"the name {path.stem} says nothing")
    lines = source.splitlines()
    if len(lines) > MAX_LINES:
        yield Breach(path=path, line=MAX_LINES, law=f"{len(lines)} lines, more than {MAX_LINES}")
    for number, line in enumerate(lines, start=1):
        if UNFINISHED.search(line):
            yield Breach(path=path, line=number, law="unfinished work belongs in an issue")
    if is_deterministic(path):
        tree = ast.parse(source)
        yield from (Breach(path=path, line=line, law=law) for check in LAWS for line, law in check(tree))


def breaches(repository: Path = REPOSITORY) -> Iterator[Breach]:
    """Check every file of Python or Rust in the repository that is not generated."""
    for folder in CHECKED:
        for path in sorted(file for file in (repository / folder).rglob("*") if file.suffix in LANGUAGES):
            relative = path.relative_to(repository)
            generated = any(relative.is_relative_to(prefix) for prefix in GENERATED)
            if not generated and not {"node_modules", ".venv", "__pycache__"} & set(relative.parts):
                yield from source_breaches(relative, path.read_text())


def main() -> int:
    """Print every breach; return the exit code."""
    found = list(breaches())
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
