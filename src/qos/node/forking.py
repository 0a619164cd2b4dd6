"""Forking programs from a process that has imported them: they start at once and share its code pages.

The process that forks is single-threaded and has no event loop. What it holds of locks stays held until all have ended.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

EXIT_CRASHED = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkPlan:
    """A program: the module whose `main` it is, what it is called, its home and where its error stream goes."""

    module: str
    name: str
    home: Path
    errors: Path


def fork(plan: ForkPlan, lifeline: int, held: int) -> int:
    """Start a program and return its process id.

    `lifeline` is the end it reads as standard input: it sees our end when we end. `held` is the other end, which is
    ours alone.
    """
    pid = os.fork()
    if pid == 0:
        os.close(held)
        _end(plan, lifeline)
    return pid


def _end(plan: ForkPlan, lifeline: int) -> NoReturn:
    """Be the program in the forked process and end it with the program's code; nothing else of ours runs here."""
    code = EXIT_CRASHED
    try:
        code = _become(plan, lifeline)
    finally:
        # The interpreter reports what went wrong only when it ends by itself.
        if sys.exception() is not None:
            sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(code)


def _become(plan: ForkPlan, lifeline: int) -> int:
    """Run the program; returns its exit code."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    errors = os.open(plan.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_WRONLY)
    for source, target in ((lifeline, 0), (nothing, 1), (errors, 2)):
        os.dup2(source, target)
    with suppress(OSError):
        Path("/proc/self/comm").write_text(f"qos-{plan.name}", "utf-8")
    sys.argv = [f"qos-{plan.name}", "--home", str(plan.home), "--until-eof"]
    main: Callable[[], int] = import_module(plan.module).main
    try:
        return main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else EXIT_CRASHED
