"""Which vector file is whose: claims of the test modules, the not-yet list, and the table of what ran.

A test module under tests/vectors claims files with a module constant `KINDS`; a kind's name is the path of
its folder or file below the vectors folder (`iavl`, `wycheproof/ed25519`). Nothing here runs a vector.
"""

import ast
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_FOLDER = REPOSITORY.parent / "shared" / "vectors"
TESTS = REPOSITORY / "tests" / "vectors"


class BadClaim(ValueError):
    """A `KINDS` constant or the not-yet list is not what it has to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """Files that no test reads for now, and why."""

    files: tuple[str, ...]
    reason: str


def vectors_folder() -> Path:
    """Return the folder named by QOS_VECTORS, else `../shared/vectors` beside the repository."""
    named = os.environ.get("QOS_VECTORS")
    return Path(named).resolve() if named else DEFAULT_FOLDER


def declared_kinds(tests: Path = TESTS) -> dict[str, tuple[str, ...]]:
    """Return kind -> patterns over all `test_*.py` in `tests`. Raises: BadClaim."""
    kinds: dict[str, tuple[str, ...]] = {}
    for module in sorted(tests.glob("test_*.py")):
        for kind, patterns in _kinds_of(module).items():
            if kind in kinds:
                raise BadClaim(f"{module.name}: kind {kind} is declared in another module too")
            kinds[kind] = patterns
    return kinds


def _kinds_of(module: Path) -> dict[str, tuple[str, ...]]:
    for node in ast.parse(module.read_text()).body:
        names = [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.Assign) and names == ["KINDS"]:
            return _checked_kinds(module.name, ast.literal_eval(node.value))
    return {}


def _checked_kinds(where: str, kinds: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(kinds, dict) or not kinds:
        raise BadClaim(f"{where}: KINDS has to be a dict literal of kind -> tuple of patterns")
    for kind, patterns in kinds.items():
        shaped = isinstance(kind, str) and isinstance(patterns, tuple) and patterns
        if not shaped or not all(isinstance(pattern, str) for pattern in patterns):
            raise BadClaim(f"{where}: KINDS[{kind!r}] has to be a tuple of patterns below the vectors folder")
    return dict(kinds)


def not_yet(tests: Path = TESTS) -> tuple[NotYet, ...]:
    """Return the entries of not_yet.toml. Raises: BadClaim when one lacks files or a reason."""
    entries = tomllib.loads((tests / "not_yet.toml").read_text()).get("not_yet", [])
    for entry in entries:
        if not entry.get("files") or not str(entry.get("reason", "")).strip():
            raise BadClaim(f"not_yet.toml: an entry needs files and a reason: {entry}")
    return tuple(NotYet(files=tuple(entry["files"]), reason=entry["reason"]) for entry in entries)


def matching(folder: Path, patterns: Iterable[str]) -> tuple[Path, ...]:
    """Return the files below `folder` that match one of `patterns`, sorted, each once."""
    return tuple(sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}))


def vector_files(folder: Path) -> tuple[Path, ...]:
    """Return every vector file below `folder`; READMEs and hidden files are not vectors."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(p for p in found if not p.name.startswith(".") and p.stem.upper() != "README"))


def claim_errors(folder: Path, kinds: Mapping[str, Sequence[str]], later: Sequence[NotYet]) -> list[str]:
    """Name each file that nobody claims, and each that is claimed and put off at once."""
    claimed = set(matching(folder, (pattern for patterns in kinds.values() for pattern in patterns)))
    put_off = set(matching(folder, (pattern for entry in later for pattern in entry.files)))
    errors = []
    for path in vector_files(folder):
        name = path.relative_to(folder).as_posix()
        if path not in claimed | put_off:
            errors.append(f"{name}: unknown kind, no test claims it and not_yet.toml does not list it")
        if path in claimed & put_off:
            errors.append(f"{name}: a test claims it, so take it off not_yet.toml")
    return errors


def coverage_errors(folder: Path, kinds: Mapping[str, Sequence[str]], cases: Mapping[str, int]) -> list[str]:
    """Name each claimed file from which no case ran, and each declared top folder without any case.

    `cases`: file name relative to `folder` -> cases that passed.
    """
    errors = []
    for kind, patterns in kinds.items():
        for path in matching(folder, patterns):
            name = path.relative_to(folder).as_posix()
            if not cases.get(name):
                errors.append(f"{name}: claimed as {kind}, but no case of it ran and passed")
    for top in sorted({kind.split("/")[0] for kind in kinds}):
        if not any(count for name, count in cases.items() if name.split("/")[0] == top):
            errors.append(f"{top}: 0 cases")
    return errors


def table(folder: Path, kinds: Mapping[str, Sequence[str]], cases: Mapping[str, int]) -> list[str]:
    """Return the lines of the table: kind, files, cases; a total last."""
    rows: list[tuple[str, int, int]] = []
    for kind in sorted(kinds):
        names = [path.relative_to(folder).as_posix() for path in matching(folder, kinds[kind])]
        run = [name for name in names if cases.get(name)]
        rows.append((kind, len(run), sum(cases[name] for name in run)))
    rows.append(("total", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    return [
        f"{'kind':<32}{'files':>8}{'cases':>10}",
        *(f"{kind:<32}{files:>8}{count:>10}" for kind, files, count in rows),
    ]
