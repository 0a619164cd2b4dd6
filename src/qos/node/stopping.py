"""When a program of ours should stop: SIGTERM, SIGINT, or the end of its parent."""

import asyncio
import os
import signal
import sys

_CHUNK = 1024


def stop_event(*, until_eof: bool) -> asyncio.Event:
    """Return the event that is set on the first of them; call inside the running loop.

    `until_eof`: standard input is a pipe held by the parent, whose end is the parent's end.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        source = sys.stdin.fileno()

        def read() -> None:
            if not os.read(source, _CHUNK):
                loop.remove_reader(source)
                stop.set()

        loop.add_reader(source, read)
    return stop
