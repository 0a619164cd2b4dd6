"""A stand-in for a node's edges: says that it listens, does nothing else."""

import argparse
import asyncio
import os
from pathlib import Path

from qos.base.strictjson import render_json
from qos.node.home import ChainHome, write_atomically
from qos.node.stopping import stop_event


def main() -> int:
    """Run until asked to stop; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--until-eof", action="store_true")
    asyncio.run(_run(ChainHome(parser.parse_args().home).edges_file))
    return 0


async def _run(file: Path) -> None:
    write_atomically(file, render_json({"pid": os.getpid(), "rpc": "http://127.0.0.1:1", "grpc": "127.0.0.1:2"}))
    await stop_event(until_eof=True).wait()
