"""What the relays and the watcher of this machine say of themselves."""

import asyncio
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from qos.base.strictjson import BadJson, JsonObject, parse_json
from qos.node.home import ENDPOINTS_FILE

TIMEOUT_MS = 5_000


async def own_status(home: Path) -> JsonObject | None:
    """Return what the program of a home says, None when it does not answer."""
    try:
        endpoints = parse_json((home / ENDPOINTS_FILE).read_bytes())
        if not isinstance(endpoints, dict):
            return None
        answer = parse_json(await asyncio.to_thread(_get, str(endpoints["metrics"]) + "/status"))
    except (OSError, HTTPException, ValueError, BadJson, KeyError):  # whoever has that port now
        return None
    return answer if isinstance(answer, dict) else None


def _get(url: str) -> bytes:
    with urlopen(url, timeout=TIMEOUT_MS / 1_000) as answer:
        body: bytes = answer.read()
    return body
