"""What `make vectors` refuses: unknown kinds, claimed files that ran no case, kinds with 0 cases."""

from pathlib import Path

import pytest

from tools.vector_claims import (
    BadClaim,
    NotYet,
    claim_errors,
    coverage_errors,
    declared_kinds,
    not_yet,
    table,
    vectors_folder,
)

KINDS = {"iavl": ("iavl/*.json",), "light/steps": ("light/steps/*.json",)}
LATER = (NotYet(files=("evm/**/*.json",), reason="no engine"),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("iavl/a.json", "light/steps/b.json", "evm/state/c.json", "README.md", ".hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    return tmp_path


def test_claimed_and_listed_files_are_enough(folder: Path) -> None:
    assert claim_errors(folder, KINDS, LATER) == []


def test_an_unknown_kind_is_refused(folder: Path) -> None:
    (folder / "new").mkdir()
    (folder / "new" / "d.json").write_text("{}")
    assert [error.split(":")[0] for error in claim_errors(folder, KINDS, LATER)] == ["new/d.json"]


def test_a_claimed_file_may_not_stay_on_the_not_yet_list(folder: Path) -> None:
    both = (*LATER, NotYet(files=("iavl/*",), reason="stale"))
    assert [error.split(":")[0] for error in claim_errors(folder, KINDS, both)] == ["iavl/a.json"]


def test_a_claimed_file_of_which_no_case_ran_is_refused(folder: Path) -> None:
    (folder / "iavl" / "z.json").write_text("{}")
    errors = coverage_errors(folder, KINDS, {"iavl/a.json": 3, "light/steps/b.json": 1})
    assert [error.split(":")[0] for error in errors] == ["iavl/z.json"]


def test_a_kind_with_0_cases_is_refused(folder: Path) -> None:
    (folder / "light/steps/b.json").unlink()
    assert coverage_errors(folder, KINDS, {"iavl/a.json": 3}) == ["light: 0 cases"]


def test_the_table_adds_up(folder: Path) -> None:
    lines = table(folder, KINDS, {"iavl/a.json": 3, "light/steps/b.json": 4})
    assert [line.split() for line in lines[1:]] == [["iavl", "1", "3"], ["light/steps", "1", "4"], ["total", "2", "7"]]


def test_kinds_are_read_from_the_modules_without_running_them(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text('raise SystemExit\nKINDS = {"a": ("a/*.json",)}\n')
    assert declared_kinds(tmp_path) == {"a": ("a/*.json",)}


@pytest.mark.parametrize("kinds", ["{}", "3", '{"a": "a/*.json"}', '{"a": ()}', '{"a": (1,)}'])
def test_a_malformed_declaration_is_refused(tmp_path: Path, kinds: str) -> None:
    (tmp_path / "test_a.py").write_text(f"KINDS = {kinds}\n")
    with pytest.raises(BadClaim):
        declared_kinds(tmp_path)


def test_one_kind_has_one_module(tmp_path: Path) -> None:
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text('KINDS = {"a": ("a/*.json",)}\n')
    with pytest.raises(BadClaim):
        declared_kinds(tmp_path)


@pytest.mark.parametrize("entry", ['files = ["a"]\nreason = " "', 'reason = "x"', 'files = []\nreason = "x"'])
def test_an_entry_without_files_or_reason_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / "not_yet.toml").write_text(f"[[not_yet]]\n{entry}\n")
    with pytest.raises(BadClaim):
        not_yet(tmp_path)


def test_the_folder_is_the_named_one_else_beside_the_repository(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("QOS_VECTORS", str(folder))
    assert vectors_folder() == folder
    monkeypatch.delenv("QOS_VECTORS")
    assert vectors_folder().parts[-2:] == ("shared", "vectors")
