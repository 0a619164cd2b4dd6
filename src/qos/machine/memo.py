"""Answers to queries, remembered: every relay asks for the same ones, and a committed version never changes."""

from typing import NamedTuple

from qos.machine.abci import QueryResult

REMEMBERED = 256
MAX_BYTES = 128 * 1024
"""Longer answers are made anew; with the number above 32 MB at most, 4 MB as relays ask."""


class Asked(NamedTuple):
    """What was asked, and the version it is answered from."""

    path: str
    data: bytes
    height: int
    prove: bool


class AnswerMemo:
    """The newest answers by what was asked. For several threads: at worst one answers what another just did."""

    def __init__(self) -> None:
        """Remember none."""
        self._answers: dict[Asked, QueryResult] = {}

    def get(self, asked: Asked) -> QueryResult | None:
        """Return a remembered answer."""
        return self._answers.get(asked)

    def put(self, asked: Asked, answer: QueryResult) -> None:
        """Remember an answer that is not too long; the oldest is forgotten."""
        if len(answer.value) + sum([len(each.data) for each in answer.proof_ops]) > MAX_BYTES:
            return
        self._answers[asked] = answer
        if len(self._answers) > REMEMBERED:
            self._answers.pop(next(iter(self._answers)), None)
