"""The sign log survives a crash, and damage is never taken for silence."""

from pathlib import Path

import pytest

from qos.cassini.io import signlog
from qos.cassini.io.signlog import FileSignLog, SignLogDamaged
from qos.cassini.signing import Signed
from qos.testing.relay_group import abstract_of, hashes_of


def statement(first: int = 1) -> Signed:
    return Signed(abstract=abstract_of(first, first + 2), hashes=hashes_of(first, first + 2))


def written(path: Path, count: int) -> list[Signed]:
    log = FileSignLog(path)
    statements = [statement(first) for first in range(1, count + 1)]
    for each in statements:
        log.append(each)
    log.close()
    return statements


def test_what_was_appended_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "home" / "signed.log"
    statements = written(path, 3)
    again = FileSignLog(path)
    assert list(again.history) == statements
    again.append(statement(9))
    again.close()
    final = FileSignLog(path)
    assert list(final.history) == [*statements, statement(9)]
    final.close()


def test_a_last_line_cut_by_a_crash_is_dropped_at_every_length(tmp_path: Path) -> None:
    path = tmp_path / "signed.log"
    statements = written(path, 2)
    content = path.read_bytes()
    start = content.index(b"\n") + 1
    for end in range(start, len(content), 37):
        path.write_bytes(content[:end])
        log = FileSignLog(path)
        assert list(log.history) == statements[:1]
        log.close()


@pytest.mark.parametrize("position", [0, 5, 16, 17, 40, -3])
def test_a_damaged_line_is_refused_by_name(tmp_path: Path, position: int) -> None:
    path = tmp_path / "signed.log"
    written(path, 2)
    content = bytearray(path.read_bytes())
    content[position] ^= 0x01
    path.write_bytes(bytes(content))
    with pytest.raises(SignLogDamaged, match=r"signed\.log line"):
        FileSignLog(path)


def test_a_long_log_is_shortened_from_its_old_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signlog, "COMPACT_ABOVE", 4)
    monkeypatch.setattr(signlog, "KEPT_STATEMENTS", 3)
    path = tmp_path / "signed.log"
    statements = written(path, 6)
    log = FileSignLog(path)
    log.close()
    assert list(log.history) == statements[-3:]
    assert path.read_bytes().count(b"\n") == 3
