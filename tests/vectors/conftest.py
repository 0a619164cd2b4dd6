"""What a vector test uses. A module claims its files and says how many cases of each it tried:

    KINDS = {"iavl": ("iavl/*.json",)}   # a dict literal: kind -> patterns below the vectors folder

    @pytest.mark.vectors("iavl")         # one test for each file of the kind; all files: vectors("a", "b")
    def test_roots_are_those_of_the_go_tree(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
        batches = json.loads(vector_file.read_text())
        ...                              # raises or asserts on the first case that is wrong
        vector_cases(vector_file, len(batches))

- Every file below the folder is claimed by a module here or listed with its reason in not_yet.toml.
- Call `vector_cases` last, with what was really tried: only passing tests count, 0 cases is a failure.
- Take patterns, not file names, where a kind may get more files: other cases of the same kinds exist.
- `vector_folder` is the folder, for a test that reads more than one file at once.
- Without the folder every vector test is skipped, and the summary says so.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools import vector_claims

NO_FOLDER = "NO VECTORS: {} does not exist; set QOS_VECTORS"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `vector_file` once for each file of the kinds its marker names."""
    if "vector_file" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("vectors")
    assert marker is not None, f"{metafunc.function.__name__} needs @pytest.mark.vectors(kind)"
    kinds: dict[str, tuple[str, ...]] = metafunc.module.KINDS
    folder = vector_claims.vectors_folder()
    files = vector_claims.matching(folder, (pattern for kind in marker.args for pattern in kinds[kind]))
    names = [path.relative_to(folder).as_posix() for path in files]
    if not files:
        reason = f"no file of {marker.args} below {folder}" if folder.is_dir() else NO_FOLDER.format(folder)
        metafunc.parametrize("vector_file", [pytest.param(None, marks=pytest.mark.skip(reason=reason))], ids=["none"])
    else:
        metafunc.parametrize("vector_file", files, ids=names)


@pytest.fixture(scope="session")
def vector_folder() -> Path:
    """Return the vectors folder; skip the test when there is none."""
    folder = vector_claims.vectors_folder()
    if not folder.is_dir():
        pytest.skip(NO_FOLDER.format(folder))
    return folder


@pytest.fixture
def vector_cases(request: pytest.FixtureRequest, vector_folder: Path) -> Callable[[Path, int], None]:
    """Return `report(file, cases)`: `cases` of `file` were tried by this test and held."""

    def report(file: Path, cases: int) -> None:
        name = file.relative_to(vector_folder).as_posix()
        if cases <= 0:
            pytest.fail(f"{name}: no case was tried")
        kinds: dict[str, tuple[str, ...]] = request.module.KINDS
        if file not in vector_claims.matching(vector_folder, (p for patterns in kinds.values() for p in patterns)):
            pytest.fail(f"{name}: no kind of this module's KINDS claims it")
        request.node.user_properties.append(("vector_cases", {"file": name, "cases": cases}))

    return report
