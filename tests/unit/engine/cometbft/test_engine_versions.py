"""Which CometBFT may run (threats 7, 8, 11)."""

import pytest

from qos.engine.cometbft.errors import UnfitEngine
from qos.engine.cometbft.versions import FLOOR, PINNED, Version, check_version, parse_version


@pytest.mark.parametrize(
    ("text", "version"),
    [("0.38.26", (0, 38, 26)), ("v0.38.27\n", (0, 38, 27)), ("0.38.26+f8b3b1a", (0, 38, 26)), ("1.0.1", (1, 0, 1))],
)
def test_a_released_version_is_read(text: str, version: tuple[int, int, int]) -> None:
    assert parse_version(text) == Version(*version)


@pytest.mark.parametrize("text", ["", "0.38", "0.38.26-dev", "0.38.26-rc1", "main", "0.38.99999", "0.38.26 0.38.26"])
def test_anything_else_is_no_version(text: str) -> None:
    with pytest.raises(UnfitEngine) as refused:
        parse_version(text)
    assert refused.value.next_step


@pytest.mark.parametrize("version", [Version(0, 38, 25), Version(0, 37, 99), Version(0, 39, 0), Version(1, 38, 26)])
def test_a_version_below_the_floor_or_of_another_line_may_not_run(version: Version) -> None:
    with pytest.raises(UnfitEngine, match=str(version)):
        check_version(version)


def test_the_floor_what_is_pinned_and_later_fixes_may_run() -> None:
    for version in (FLOOR, PINNED, Version(0, 38, 27)):
        check_version(version)
    assert PINNED >= FLOOR
