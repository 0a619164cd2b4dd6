"""Each law of tools/laws.py reports a planted breach and leaves the right way alone."""

from pathlib import Path

import pytest

from tools.laws import MAX_LINES, breaches, source_breaches

RULES = Path("src/qos/modules/assets/bank/formulas.py")

BREACHES = {
    "float literal": "rate = 0.5",
    "true division": "half = amount / 2",
    "true division in place": "amount /= 2",
    "float call": "x = float(amount)",
    "round": "x = round(amount)",
    "hash": "x = hash(key)",
    "id": "x = id(key)",
    "hash as sort key": "x = sorted(keys, key=hash)",
    "print": "print(amount)",
    "environment": "x = os.environ['HOME']",
    "open": "x = open('f')",
    "bare except": "try:\n    f()\nexcept:\n    raise",
    "broad except": "try:\n    f()\nexcept Exception as error:\n    raise",
    "broad except in a tuple": "try:\n    f()\nexcept (KeyError, BaseException):\n    raise",
    "loop over a literal": "for x in {1, 2}:\n    f(x)",
    "loop over set()": "for x in set(items):\n    f(x)",
    "list of a frozenset": "x = list(frozenset(items))",
    "comprehension over a set comprehension": "x = [y for y in {z for z in items}]",
    "dict comprehension": "x = {y: 1 for y in set(items)}",
    "loop over a named set": "seen = set()\nfor x in seen:\n    f(x)",
    "loop over an annotated argument": "def f(seen: set[int]) -> None:\n    for x in seen:\n        g(x)",
    "loop over an optional frozenset": "def f(seen: frozenset[int] | None) -> None:\n    for x in seen:\n        g(x)",
    "loop over an attribute": "class A:\n    seen: set[int]\n    def f(self):\n        return [x for x in self.seen]",
    "loop over a union": "def f(a: set[int], b):\n    for x in a | b:\n        g(x)",
    "loop over a difference of keys": "for x in a.keys() - b.keys():\n    f(x)",
    "pop from a set": "seen = {1, 2}\nx = seen.pop()",
    "unpack a set": "x, y = {1, 2}",
    "star a set": "f(*{1, 2})",
    "join a set": "x = ','.join({'a', 'b'})",
    "sort by a key that ties": "x = sorted((y for y in set(items)), key=len)",
}

FINE = {
    "floor division": "half = amount // 2",
    "membership": "allowed = frozenset({1})\nx = 1 in allowed",
    "sorted set": "for x in sorted(set(items)):\n    f(x)",
    "length and any": "x = len({1}) + any(y > 1 for y in {1, 2})",
    "loop over a dict": "for x in {1: 2}:\n    f(x)",
    "named exception": "try:\n    f()\nexcept KeyError:\n    raise",
    "own method called hash": "x = header.hash()",
    "list pop": "items = [1]\nx = items.pop()",
    "bit operators on integers": "for x in range(a | b):\n    f(x)",
}


def laws_broken(source: str, path: Path = RULES) -> list[str]:
    return [breach.law for breach in source_breaches(path, source)]


@pytest.mark.parametrize("source", BREACHES.values(), ids=BREACHES.keys())
def test_a_planted_breach_is_reported_once(source: str) -> None:
    assert len(laws_broken(source)) == 1


@pytest.mark.parametrize("source", FINE.values(), ids=FINE.keys())
def test_what_is_the_same_in_every_process_is_not_reported(source: str) -> None:
    assert laws_broken(source) == []


@pytest.mark.parametrize("path", ["src/qos/store/io/disk.py", "src/qos/cli/main.py", "tests/unit/test_x.py"])
def test_io_programs_and_tests_may_use_the_host(path: str) -> None:
    assert laws_broken("print(time / 2.0)", Path(path)) == []


@pytest.mark.parametrize("name", ["utils", "helper", "common", "manager", "test_utils", "peer_manager"])
def test_a_file_name_that_says_nothing_is_reported(name: str) -> None:
    assert len(laws_broken("", Path(f"src/qos/cli/{name}.py"))) == 1


def test_a_file_may_have_400_lines_and_not_one_more() -> None:
    assert laws_broken("x = 1\n" * MAX_LINES) == []
    assert laws_broken("x = 1\n" * (MAX_LINES + 1)) == ["401 lines, more than 400"]


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "XX" + "X"])
def test_a_note_of_unfinished_work_is_reported(word: str) -> None:
    assert laws_broken(f"# {word}: later") == ["unfinished work belongs in an issue"]


def test_files_of_the_crate_are_checked_like_all_others(tmp_path: Path) -> None:
    (tmp_path / "native" / "src").mkdir(parents=True)
    (tmp_path / "native" / "src" / "tree.rs").write_text("// a rate of 0.5\n" * (MAX_LINES + 1))
    (tmp_path / "native" / "src" / "utils.rs").touch()
    assert [breach.law for breach in breaches(tmp_path)] == [
        "401 lines, more than 400",
        "the name utils says nothing",
    ]


def test_a_breach_names_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / RULES).parent.mkdir(parents=True)
    (tmp_path / RULES).write_text("x = 1\ny = 1.5\n")
    assert [str(breach) for breach in breaches(tmp_path)] == [f"{RULES}:2: float literal"]
