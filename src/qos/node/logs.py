"""Logs of node programs: fixed event names with values, a line each, in a file of the home that is kept short."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
SECRET_NAMES = frozenset(
    {"entropy", "mnemonic", "passphrase", "password", "phrase", "private_key", "secret", "seed", "seeds", "token"}
)
"""Values under these names never reach a file, whoever logs them."""

HIDDEN = "(hidden)"
DEFAULT_BYTES = 64 << 20
DEFAULT_FILES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlan:
    """How a program logs: `json` for machines, `console` for people; old files go when there are too many."""

    level: str = "info"
    form: Literal["json", "console"] = "json"
    max_bytes: int = DEFAULT_BYTES
    keep_files: int = DEFAULT_FILES


class LogFile:
    """A file that is set aside as `.1`, `.2`, ... when it is full. Only its owner reads it."""

    def __init__(self, file: Path, max_bytes: int, keep_files: int) -> None:
        """Open for appending. Raises: OSError."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._max_bytes = max_bytes
        self._keep = keep_files
        self._open()

    def _open(self) -> None:
        self._descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def write(self, text: str) -> None:
        """Append a line in one write; begins a new file when it would not fit. Raises: OSError."""
        data = text.encode("utf-8", "backslashreplace")
        if self._size and self._size + len(data) > self._max_bytes:
            self._set_aside()
        os.write(self._descriptor, data)
        self._size += len(data)

    def flush(self) -> None:
        """Nothing waits to be written."""

    def _set_aside(self) -> None:
        os.close(self._descriptor)
        for number in range(self._keep, 0, -1):
            older = self._aside(number)
            newer = self._aside(number - 1) if number > 1 else self._file
            if newer.exists():
                newer.replace(older)
        self._open()

    def _aside(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.name}.{number}")

    def close(self) -> None:
        """Release the file."""
        os.close(self._descriptor)

    def __enter__(self) -> "LogFile":
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the file."""
        self.close()


def open_log(file: Path, plan: LogPlan) -> LogFile:
    """Send all logs of this process to a file, and return it. Call once at start. Raises: OSError."""
    stream = LogFile(file, plan.max_bytes, plan.keep_files)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_secrets,
            structlog.processors.format_exc_info,
            _renderer(plan),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[plan.level]),
        logger_factory=lambda *_: _Writer(stream),
        cache_logger_on_first_use=True,
    )
    return stream


def without_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Hide values whose name says that they are secret."""
    for name in event:
        if name in SECRET_NAMES:
            event[name] = HIDDEN
    return event


def _renderer(plan: LogPlan) -> Processor:
    if plan.form == "console":
        return structlog.dev.ConsoleRenderer(colors=False)
    return structlog.processors.JSONRenderer()


class _Writer:
    """What structlog hands finished lines to."""

    def __init__(self, stream: LogFile) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write a line."""
        self._stream.write(line + "\n")

    log = debug = info = warning = error = critical = exception = fatal = failure = warn = err = msg
