"""A stand-in for a node's application: listens, answers a height that rises to three, does nothing else."""

import argparse
import asyncio
import os
from itertools import count
from pathlib import Path

from qos.base.strictjson import JsonObject, render_json
from qos.node.home import ChainHome, write_atomically
from qos.node.pages import JSON, Page, serving
from qos.node.sockets import listen, url_of
from qos.node.stopping import stop_event

LAST = 3


def main() -> int:
    """Run until asked to stop; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--until-eof", action="store_true")
    home = ChainHome(parser.parse_args().home)
    asyncio.run(_run(home.app_file))
    return 0


async def _run(file: Path) -> None:
    heights = count(1)
    page = Page(content_type=JSON, render=lambda: render_json({"height": min(next(heights), LAST)}).encode())
    with listen("127.0.0.1", 0) as metrics:
        async with serving(metrics, {"/status": page}):
            told: JsonObject = {"pid": os.getpid(), "abci": "tcp://127.0.0.1:1", "metrics": url_of(metrics)}
            write_atomically(file, render_json(told))
            await stop_event(until_eof=True).wait()
