"""The engine's process: spawned with its output in our hands, which goes to a log file that is kept short."""

import os
from pathlib import Path

from qos.node.logs import LogFile

_CHUNK = 65_536
_TAIL = 8_000
FAILURE = b"CONSENSUS FAILURE"


class EngineOutput:
    """What the engine says, line by line into its log; the newest part is kept for its last words."""

    def __init__(self, log: LogFile) -> None:
        self._log = log
        self._waiting = b""
        self._tail = b""
        self.source = -1
        self.gave_up = False

    def spawn(self, program: Path, home: Path) -> int:
        """Start the engine and return its process id. Raises: OSError."""
        self.close()
        self.source, target = os.pipe()
        os.set_blocking(self.source, False)
        self._tail, self.gave_up = b"", False
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, target, 1),
            (os.POSIX_SPAWN_DUP2, target, 2),
        ]
        arguments = [str(program), "node", "--home", str(home)]
        try:
            # A group of its own: Ctrl-C in a terminal is for us alone, who stop the programs in order.
            return os.posix_spawn(program, arguments, os.environ, file_actions=actions, setpgroup=0)
        finally:
            os.close(target)

    def read(self) -> None:
        """Take what there is."""
        if self.source < 0:
            return
        try:
            while chunk := os.read(self.source, _CHUNK):
                # An engine whose consensus has failed goes on answering, at the same height for ever.
                self.gave_up = self.gave_up or FAILURE in self._tail[-len(FAILURE) :] + chunk
                self._tail = (self._tail + chunk)[-_TAIL:]
                *lines, self._waiting = (self._waiting + chunk).split(b"\n")
                if lines:
                    self._log.write(b"\n".join([*lines, b""]).decode("utf-8", "replace"))
        except BlockingIOError:
            return
        self.close()

    def close(self) -> None:
        """Listen no more."""
        if self.source >= 0:
            os.close(self.source)
            self.source = -1

    def last_words(self) -> str:
        """Return the last thing it said that tells why, else the last line."""
        lines = [line for line in self._tail.decode("utf-8", "replace").splitlines() if line.strip()]
        telling = [line for line in lines if "panic" in line or "CONSENSUS FAILURE" in line or line.startswith("ERROR")]
        chosen = telling or lines
        return chosen[-1].strip()[:500] if chosen else ""
