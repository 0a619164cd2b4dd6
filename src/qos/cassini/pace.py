"""When something may be tried again."""

from collections.abc import Hashable

MAX_REMEMBERED = 1_024


class Pace:
    """Remembers until when each thing has to rest, so that nothing is asked or sent in a tight loop."""

    def __init__(self) -> None:
        """Let everything be due."""
        self._rests: dict[Hashable, int] = {}

    def take(self, what: Hashable, now_ns: int, rest_ns: int) -> bool:
        """Tell whether a thing is due; if so it rests from now on."""
        if self.rests(what, now_ns):
            return False
        self._rests[what] = now_ns + rest_ns
        if len(self._rests) > MAX_REMEMBERED:
            self._rests = {each: until for each, until in self._rests.items() if until > now_ns}
        return True

    def rests(self, what: Hashable, now_ns: int) -> bool:
        """Tell whether a thing has to rest."""
        return now_ns < self._rests.get(what, 0)

    def rest(self, what: Hashable, now_ns: int, rest_ns: int) -> None:
        """Let a thing rest from now on."""
        self._rests[what] = now_ns + rest_ns

    def release(self, what: Hashable) -> None:
        """Let a thing be due at once."""
        self._rests.pop(what, None)
