"""What a look at something found."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from qos.base.strictjson import JsonObject, JsonValue


class Level(Enum):
    """How bad it is: problems stop something, warnings will."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `name` is stable, for scripts; `next_step` says what helps, empty when ok."""

    name: str
    subject: str
    level: Level
    message: str
    next_step: str = ""


def ok(name: str, subject: str, message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name=name, subject=subject, level=Level.OK, message=message)


def warning(name: str, subject: str, message: str, next_step: str) -> Finding:
    """Return something that will become a problem."""
    return Finding(name=name, subject=subject, level=Level.WARNING, message=message, next_step=next_step)


def problem(name: str, subject: str, message: str, next_step: str) -> Finding:
    """Return something that is wrong."""
    return Finding(name=name, subject=subject, level=Level.PROBLEM, message=message, next_step=next_step)


def problems_in(findings: Sequence[Finding]) -> int:
    """Count the problems."""
    return sum(1 for each in findings if each.level is Level.PROBLEM)


def as_json(findings: Sequence[Finding]) -> JsonObject:
    """Return the findings for a script."""
    listed: list[JsonValue] = [
        {
            "name": each.name,
            "subject": each.subject,
            "level": each.level.value,
            "message": each.message,
            "next": each.next_step,
        }
        for each in findings
    ]
    return {"problems": problems_in(findings), "findings": listed}


def as_text(findings: Sequence[Finding]) -> str:
    """Return the findings for people, one a line, and what to do below it."""
    lines: list[str] = []
    for each in findings:
        lines.append(f"{each.level.value:<8} {each.subject:<12} {each.message}")
        if each.next_step:
            lines.append(f"{'':<8} {'':<12} next: {each.next_step}")
    return "\n".join(lines)
