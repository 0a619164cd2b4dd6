"""The file that remembers the last signed height."""

from pathlib import Path

import pytest

from qos.engine.embedded.io.sign_state import FileSignState, SignStateDamaged
from qos.engine.errors import DoubleSignRefused


def test_what_was_signed_is_remembered_after_a_restart(tmp_path: Path) -> None:
    FileSignState(tmp_path / "state.json").record(7, b"a" * 32)
    again = FileSignState(tmp_path / "state.json")
    again.check(7, b"a" * 32)
    again.check(8, b"b" * 32)
    for height, block_hash in ((7, b"b" * 32), (6, b"a" * 32)):
        with pytest.raises(DoubleSignRefused):
            again.check(height, block_hash)


def test_a_shorter_record_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    state = FileSignState(tmp_path / "state.json")
    state.record(10**18, b"a" * 32)
    state.record(10**18 + 1, b"")
    FileSignState(tmp_path / "state.json").check(10**18 + 1, b"")


def test_a_fresh_file_allows_the_first_height(tmp_path: Path) -> None:
    FileSignState(tmp_path / "keys" / "state.json").check(1, b"a" * 32)
    assert (tmp_path / "keys" / "state.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    ["{", '{"height": 5}', '{"height": "x", "block_hash": ""}', "[]", "null", '{"height": 1e400, "block_hash": ""}'],
)
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(SignStateDamaged, match=r"state\.json"):
        FileSignState(tmp_path / "state.json")
