"""Printing: JSON as it is, or the same content for people."""

from collections.abc import Iterator, Sequence

from qos.base.strictjson import JsonObject, JsonValue, render_json
from qos.cli.amounts import format_coin
from qos.cli.options import Output

_INDENT = "  "
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_ESCAPES = {code: f"\\u{code:04x}" for code in _CONTROLS if code != ord("\n")}
"""Titles, names and memos are anybody's: what steers a terminal or turns reading round is written out."""


def visible(text: str) -> str:
    """Write control characters as escapes; lines stay lines."""
    return text.translate(_ESCAPES)


def one_line(text: str) -> str:
    """Write a text so that it cannot be taken for other lines beside it."""
    return visible(text).replace("\n", "\\n")


def show(value: JsonObject, output: Output, text: str | None = None) -> None:
    """Print a result; `text` is its form for people when lines of keys and values will not do."""
    if output is Output.JSON:
        print(render_json(value, indent=2))
    else:
        print(visible(text) if text is not None else "\n".join(lines(value)) or "nothing")


def lines(value: JsonObject, indent: str = "") -> Iterator[str]:
    """Write an object as lines of `key: value`, coins in their usual form."""
    for key, item in value.items():
        if isinstance(item, dict) and not _is_coin(item):
            yield f"{indent}{key}:"
            yield from lines(item, indent + _INDENT)
        elif isinstance(item, list):
            yield f"{indent}{key}:" if item else f"{indent}{key}: none"
            yield from _items(item, indent + _INDENT)
        else:
            yield f"{indent}{key}: {_scalar(item)}"


def _items(items: list[JsonValue], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and not _is_coin(item):
            first, *rest = [*lines(item, indent + _INDENT), ""]
            yield f"{indent}- {first.strip()}"
            yield from rest[:-1]
        else:
            yield f"{indent}- {_scalar(item)}"


def _is_coin(value: JsonObject) -> bool:
    return value.keys() == {"denom", "amount"} and str(value["amount"]).isdecimal()


def _scalar(value: JsonValue) -> str:
    if isinstance(value, dict):
        return format_coin(str(value["denom"]), int(str(value["amount"])))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else one_line(str(value))


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write rows under a head, columns as wide as their widest cell."""
    cells = [list(head), *[[one_line(str(cell)) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join(
        ["  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip() for row in cells]
    )


def paired(head: Sequence[str], rows: Sequence[Sequence[object]], below: Sequence[Sequence[str]]) -> str:
    """Write a table with more lines below each row: what is long would make rows wider than a terminal."""
    first, *written = table(head, rows).split("\n")
    more = ["".join([f"\n  {one_line(line)}" for line in lines]) for lines in below]
    return "\n".join([first, *[row + lines for row, lines in zip(written, more, strict=True)]])
