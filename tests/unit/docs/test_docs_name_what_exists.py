"""The documents name real paths, all sections of the paper, all packages, and all decisions."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MAP = (REPOSITORY / "docs" / "whitepaper-map.md").read_text()
SECTIONS = (
    "1 1.1 1.2 1.3 1.4 1.5 1.6 2 2.1 2.2 3 3.1 3.2 3.3 3.3.1 3.3.2 3.4 3.5 4 4.1 4.2 4.3 4.4 5 5.1 5.2 5.3 5.4 6 7"
).split()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in MAP.splitlines()
    if re.match(r"\| \d[.\d]* \|", line)
]
THREATS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (REPOSITORY / "docs" / "threats.md").read_text().splitlines()
    if re.match(r"\| \d+ \|", line)
]
SCENARIOS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (REPOSITORY / "docs" / "scenarios.md").read_text().splitlines()
    if re.match(r"\| \d+ \|", line)
]
NAMED = sorted({path for row in ROWS for cell in row[2:] for path in re.findall(r"`([^`]+)`", cell)} - {"planned"})


def test_the_map_has_every_section_once() -> None:
    assert [row[0] for row in ROWS] == SECTIONS


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_section_names_a_place_and_a_test(row: list[str]) -> None:
    assert len(row) == 4
    assert all(re.fullmatch(r"(`[^`]+`\s*)+", cell) for cell in row[2:])


@pytest.mark.parametrize("path", NAMED)
def test_a_path_of_the_map_exists_and_holds_something(path: str) -> None:
    target = REPOSITORY / path
    assert target.is_file() or any(target.rglob("*.py"))


def test_every_threat_has_its_row() -> None:
    assert [row[0] for row in THREATS] == [str(number) for number in range(1, 40)]


def test_every_scenario_has_its_row() -> None:
    assert [row[0] for row in SCENARIOS] == [str(number) for number in range(1, 29)]


@pytest.mark.parametrize("row", THREATS + SCENARIOS, ids=[f"{row[0]} {row[1][:30]}" for row in THREATS + SCENARIOS])
def test_a_threat_or_scenario_names_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 3
    named = re.findall(r"`([^`]+)`", row[2])
    assert named
    for test in named:
        path, _, name = test.partition("::")
        defined = f"def {name}(" if name else "def test_"
        assert test == "planned" or defined in (REPOSITORY / path).read_text(), test


def test_no_word_has_two_meanings() -> None:
    glossary = MAP.split("## Glossary")[1]
    words = [line.split("|")[1].strip() for line in glossary.splitlines() if line.startswith("| ")][1:]
    assert len(words) == len(set(words)) > 10


def test_the_tree_of_the_architecture_is_the_tree() -> None:
    text = (REPOSITORY / "docs" / "architecture.md").read_text().split("## The tree")[1]
    named = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert named == {path.parent.name for path in (REPOSITORY / "src" / "qos").glob("*/__init__.py")}


def test_decisions_have_a_number_each_and_are_complete() -> None:
    decisions = sorted((REPOSITORY / "docs" / "adr").glob("*.md"))
    assert len({path.name[:4] for path in decisions}) == len(decisions)
    for path in decisions:
        text = path.read_text()
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Why", "Decision", "Instead of", "What follows"], (
            path.name
        )


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_make_targets_and_paths_in_a_document_exist(document: str) -> None:
    text = (REPOSITORY / document).read_text()
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)\b(?=`| {2}|$)", text, re.MULTILINE)) <= targets
    for path in re.findall(r"`((?:docs|tests|tools|src|proto)/[\w./-]+|\w+\.(?:md|toml))`", text):
        assert (REPOSITORY / path).exists() or (REPOSITORY / "docs" / path).exists(), path


def test_whoever_is_told_which_rust_to_install_is_told_the_one_the_crate_needs() -> None:
    needed = tomllib.loads((REPOSITORY / "native" / "Cargo.toml").read_text())["package"]["rust-version"]
    assert f"\nRUST := {needed}\n" in (REPOSITORY / "Makefile").read_text()
    for name in ("docs/guides/operating-a-node.md", "docs/adr/0044-a-crate-beside-the-package.md"):
        assert set(re.findall(r"Rust (\d+\.\d+)", (REPOSITORY / name).read_text())) == {needed}, name


def test_the_crate_and_its_distribution_have_one_version_and_licence() -> None:
    crate = tomllib.loads((REPOSITORY / "native" / "Cargo.toml").read_text())["package"]
    distribution = tomllib.loads((REPOSITORY / "native" / "pyproject.toml").read_text())["project"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    for key in ("version", "license"):
        assert crate[key] == distribution[key] == project[key]
    assert crate["name"] == distribution["name"]


def test_the_licence_of_the_package_is_the_licence_of_the_tree() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (REPOSITORY / "LICENSE").read_text()
