"""Block time as an integer: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.

The rules never read a clock; time reaches them inside a block or as an argument.
"""

import re

NANOSECONDS = 1_000_000_000
SECOND_NS = NANOSECONDS
MILLISECOND_NS = 1_000_000
HOUR_S, DAY_S = 3_600, 86_400
HOUR_NS, DAY_NS = HOUR_S * SECOND_NS, DAY_S * SECOND_NS
ZERO_TIME_NS = -62_135_596_800 * NANOSECONDS
"""0001-01-01T00:00:00Z, which Go calls the zero time."""

_MAX_TIME_NS = 253_402_300_800 * NANOSECONDS
_RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))",
    re.ASCII,
)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return days from 1970-01-01 to a proleptic Gregorian date (era method, exact for all years)."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Return (year, month, day) for days since 1970-01-01."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_index = (5 * day_of_year + 2) // 153
    month = month_index + (3 if month_index < 10 else -9)
    year = year_of_era + era * 400 + (month <= 2)
    return year, month, day_of_year - (153 * month_index + 2) // 5 + 1


def rfc3339(time_ns: int) -> str:
    """Write a time as RFC 3339 in UTC, fraction without trailing zeros, as Go's RFC3339Nano."""
    seconds, nanos = divmod(time_ns, NANOSECONDS)
    days, rest = divmod(seconds, 86_400)
    year, month, day = civil_from_days(days)
    text = f"{year:04d}-{month:02d}-{day:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    if nanos:
        text += f".{nanos:09d}".rstrip("0")
    return text + "Z"


def parse_rfc3339(text: str) -> int:
    """Read an RFC 3339 time. Raises: ValueError on anything else, including dates that do not exist."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text[:40]!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if year < 1 or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"no such time: {text}")
    if not 1 <= day <= _MONTH_DAYS[month - 1] + (leap and month == 2):
        raise ValueError(f"no such day: {text}")
    offset_s = 0
    if match[8] is not None:
        offset_hours, offset_minutes = int(match[9]), int(match[10])
        if offset_hours > 23 or offset_minutes > 59:
            raise ValueError(f"no such offset: {text}")
        offset_s = (offset_hours * 3600 + offset_minutes * 60) * (1 if match[8] == "+" else -1)
    seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset_s
    time_ns = seconds * NANOSECONDS + int((match[7] or "").ljust(9, "0"))
    check_time(time_ns)
    return time_ns


def check_time(time_ns: int) -> int:
    """Return the time if a protobuf Timestamp can hold it. Raises: ValueError otherwise."""
    if not ZERO_TIME_NS <= time_ns < _MAX_TIME_NS:
        raise ValueError("time outside years 1 to 9999")
    return time_ns
