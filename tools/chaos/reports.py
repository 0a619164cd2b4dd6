"""The report of a run over real nodes: what was seen, how long it took, whether it failed, and where the nodes lie."""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def add_options(parser: argparse.ArgumentParser, file: Path) -> None:
    """Add where the report goes, `file` by default, and whether the nodes' folders stay."""
    parser.add_argument("--report", type=Path, default=file)
    parser.add_argument("--keep", action="store_true", help="keep the folders of the nodes")


@contextmanager
def reporting(
    report: dict[str, Any], arguments: argparse.Namespace, *, name: str, failures: tuple[type[Exception], ...]
) -> Iterator[Path]:
    """Give a new folder for nodes; behind the work the report is complete and written, and the folder gone.

    One of `failures` is told and stands in the report as `failure`, "" without any; every other error passes through.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"qos-{name}-"))
    began = time.monotonic()
    report["failure"] = ""
    try:
        yield folder
    except failures as error:
        report["failure"] = str(error)
        say(f"FAILED: {error}")
    finally:
        report["seconds"] = round(time.monotonic() - began)
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
        if arguments.keep:
            say(f"the nodes are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    say(f"report: {arguments.report}")


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, flush=True)
