"""What the supervisor of a node reports of it, in one file of its home, and how blocks are seen to come."""

import http.client
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json, render_json
from qos.node.home import ChainHome, holder, write_atomically

ASK_TIMEOUT_S = 1.0


class Condition(StrEnum):
    """How a node is. A port that answers says nothing: only a height that rises does."""

    STARTING = "starting"
    READY = "ready"
    STALLED = "stalled"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """Process ids are 0 for what does not run."""

    pid: int
    condition: Condition
    said: str
    height: int
    app: int
    engine: int
    edges: int
    engine_version: str

    def described(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "pid": self.pid,
            "condition": self.condition.value,
            "said": self.said,
            "height": self.height,
            "app": self.app,
            "engine": self.engine,
            "edges": self.edges,
            "engine_version": self.engine_version,
        }


def write_report(home: ChainHome, report: NodeReport) -> None:
    """Publish the report."""
    write_atomically(home.node_file, render_json(report.described()) + "\n")


def read_report(home: ChainHome) -> NodeReport | None:
    """Return the report of the supervisor that holds the home; None when none does."""
    content = read_address(home.node_file.read_bytes()) if home.node_file.exists() else {}
    pid = content.get("pid")
    if not isinstance(pid, int) or holder(home.folder) != pid:
        return None
    return NodeReport(
        pid=pid,
        condition=Condition(str(content["condition"])),
        said=str(content["said"]),
        height=_integer(content["height"]),
        app=_integer(content["app"]),
        engine=_integer(content["engine"]),
        edges=_integer(content["edges"]),
        engine_version=str(content["engine_version"]),
    )


def _integer(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def read_address(text: bytes) -> JsonObject:
    """Read a file of addresses; half of one, which only a crash leaves, is none."""
    try:
        content = parse_json(text)
    except BadJson:
        return {}
    return content if isinstance(content, dict) else {}


def asked_height(page: str) -> int | None:
    """Return the height the application has committed, by its page of figures; None when it does not answer."""
    address = urlsplit(page)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ASK_TIMEOUT_S)
    try:
        connection.request("GET", "/status")
        content = read_address(connection.getresponse().read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    height = content.get("height")
    return height if isinstance(height, int) else None
