"""From an HTTP request's path to the call it means: templates of the .proto files, literal parts before variables."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from qos.proto import catalog

_REST = "=**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to reach a call. `parts` are literals, `{name}`, or at the end `{name=**}` for all that is left."""

    verb: str
    template: str
    parts: tuple[str, ...]
    body: str
    path: str
    method: catalog.Method

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the fields that stand in the path."""
        return tuple(part[1:-1].removesuffix(_REST) for part in self.parts if part.startswith("{"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A route with the values of its variables."""

    route: Route
    values: dict[str, str]


class Router:
    """Finds the route of a request among those of the calls a node answers."""

    def __init__(self, paths: Iterable[str]) -> None:
        methods = catalog.methods()
        found = [
            Route(
                verb=http.verb,
                template=http.template,
                parts=tuple(http.template.strip("/").split("/")),
                body=http.body,
                path=path,
                method=methods[path],
            )
            for path in sorted(paths)
            for http in methods[path].http
        ]
        # A literal beats a variable at the first part where two templates differ.
        self.routes = tuple(sorted(found, key=lambda route: [_rank(part) for part in route.parts]))
        self._by_head: dict[tuple[str, ...], list[Route]] = {}
        for route in self.routes:
            self._by_head.setdefault(route.parts[:2], []).append(route)

    def find(self, verb: str, raw_path: str) -> tuple[Match | None, tuple[str, ...]]:
        """Return the match, or None and the verbs under which the path is known."""
        parts = tuple(raw_path.strip("/").split("/"))
        verbs: dict[str, None] = {}
        for route in self._by_head.get(parts[:2], ()):
            values = _values(route.parts, parts)
            if values is None:
                continue
            if route.verb == verb:
                return Match(route=route, values=values), ()
            verbs[route.verb] = None
        return None, tuple(verbs)


def _rank(part: str) -> tuple[int, str]:
    if not part.startswith("{"):
        return 0, part
    return (2, "") if part.endswith(f"{_REST}}}") else (1, "")


def _values(template: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for index, wanted in enumerate(template):
        if wanted.endswith(f"{_REST}}}"):
            rest = "/".join(parts[index:])
            return {**values, wanted[1 : -1 - len(_REST)]: unquote(rest)} if rest else None
        if index >= len(parts):
            return None
        if wanted.startswith("{"):
            if not parts[index]:
                return None
            values[wanted[1:-1]] = unquote(parts[index])
        elif wanted != parts[index]:
            return None
    return values if len(parts) == len(template) else None
