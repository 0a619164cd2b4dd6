"""Parameters of a call, each read as the type its route wants.

In a JSON body numbers may be numbers or text, bytes are base64 or hex as the route says. In a URI texts stand in
double quotes, bytes are 0x hex or the bytes of a quoted text.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Final, Protocol

from qos.base.strictjson import BadJson, parse_json
from qos.rpc.comet.envelope import InvalidParams, JsonObject

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class Arguments(Protocol):
    """Typed access to parameters. Each raises InvalidParams when the value is of another type."""

    def integer(self, name: str) -> int | None:
        """Return a number, None when missing."""
        ...

    def text(self, name: str) -> str:
        """Return a text, empty when missing."""
        ...

    def flag(self, name: str) -> bool:
        """Return a truth value, False when missing."""
        ...

    def hex_data(self, name: str) -> bytes:
        """Return bytes written as hex, empty when missing."""
        ...

    def base64_data(self, name: str) -> bytes:
        """Return bytes written as base64, empty when missing."""
        ...

    def document(self, name: str) -> object | None:
        """Return a JSON value of any kind, None when missing."""
        ...


class JsonArguments:
    """Implements `Arguments` over the params of a JSON-RPC request."""

    def __init__(self, params: JsonObject | list[object], names: tuple[str, ...]) -> None:
        """Bind params by name or in the order of `names`. Raises: InvalidParams."""
        if isinstance(params, list):
            if len(params) > len(names):
                raise InvalidParams(f"expected at most {len(names)} parameters {list(names)}, got {len(params)}")
            params = dict(zip(names, params, strict=False))
        self._params = params

    def integer(self, name: str) -> int | None:
        """Return a number, None when missing."""
        value = self._params.get(name)
        return None if value is None else _integer(name, value)

    def text(self, name: str) -> str:
        """Return a text, empty when missing."""
        value = self._params.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InvalidParams(f"{name} must be a text")
        return value

    def flag(self, name: str) -> bool:
        """Return a truth value, False when missing."""
        value = self._params.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise InvalidParams(f"{name} must be true or false")
        return value

    def hex_data(self, name: str) -> bytes:
        """Return bytes written as hex, empty when missing."""
        return _hex(name, self.text(name))

    def base64_data(self, name: str) -> bytes:
        """Return bytes written as base64, empty when missing."""
        try:
            return b64decode(self.text(name), validate=True)
        except ValueError:
            raise InvalidParams(f"{name} must be base64") from None

    def document(self, name: str) -> object | None:
        """Return a JSON value of any kind, None when missing."""
        return self._params.get(name)


class UriArguments:
    """Implements `Arguments` over the query part of a URI."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = params

    def integer(self, name: str) -> int | None:
        """Return a number, plain or in quotes; None when missing or empty."""
        value = self._params.get(name, "").strip('"')
        return _integer(name, value) if value else None

    def text(self, name: str) -> str:
        """Return the text inside the quotes, empty when missing."""
        value = self._params.get(name, "")
        if not value:
            return ""
        if value.startswith("0x"):
            return _hex(name, value).decode(errors="replace")
        return _quoted(name, value)

    def flag(self, name: str) -> bool:
        """Return a truth value, False when missing."""
        value = self._params.get(name, "").strip('"') or "false"
        if value not in ("true", "false", "1", "0"):
            raise InvalidParams(f"{name} must be true or false")
        return value in ("true", "1")

    def hex_data(self, name: str) -> bytes:
        """Return bytes of 0x hex, or of a quoted text."""
        value = self._params.get(name, "")
        if not value or value.startswith("0x"):
            return _hex(name, value)
        return _quoted(name, value).encode()

    def base64_data(self, name: str) -> bytes:
        """Return bytes of 0x hex, or of a quoted text: a URI has no base64."""
        return self.hex_data(name)

    def document(self, name: str) -> object | None:
        """Return the JSON value the text is, None when missing."""
        value = self._params.get(name, "")
        try:
            return parse_json(value) if value else None
        except BadJson as error:
            raise InvalidParams(f"{name} must be JSON: {error}") from None


def _quoted(name: str, value: str) -> str:
    try:
        text = parse_json(value)
    except BadJson:
        text = None
    if not isinstance(text, str):
        raise InvalidParams(f'{name} must stand in double quotes: {name}="..."')
    return text


def _integer(name: str, value: object) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if _INTEGER.fullmatch(text) is None:
        raise InvalidParams(f"{name} must be an integer")
    number = int(text)
    if not -(1 << 63) <= number < 1 << 63:
        raise InvalidParams(f"{name} exceeds 64 bits")
    return number


def _hex(name: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise InvalidParams(f"{name} must be hexadecimal") from None
