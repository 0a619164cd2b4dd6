"""Block time: RFC 3339 text and nanoseconds are two forms of the same thing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base.blocktime import (
    NANOSECONDS,
    ZERO_TIME_NS,
    check_time,
    civil_from_days,
    days_from_civil,
    parse_rfc3339,
    rfc3339,
)

LAST_NS = 253_402_300_799 * NANOSECONDS + 999_999_999


@given(st.integers(ZERO_TIME_NS, LAST_NS))
def test_text_reads_back_to_the_same_time(time_ns: int) -> None:
    assert parse_rfc3339(rfc3339(time_ns)) == time_ns


@given(st.datetimes(timezones=st.just(UTC)))
def test_text_is_that_of_the_calendar(moment: datetime) -> None:
    time_ns = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000
    assert rfc3339(time_ns).rstrip("Z").split(".")[0] == moment.strftime("%Y-%m-%dT%H:%M:%S").zfill(19)


@given(st.integers(-719_162, 2_932_896))
def test_days_and_dates_are_inverse(days: int) -> None:
    assert days_from_civil(*civil_from_days(days)) == days


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.5Z", NANOSECONDS // 2),
        ("1970-01-01t01:00:00+01:00", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("0001-01-01T00:00:00Z", ZERO_TIME_NS),
        ("9999-12-31T23:59:59.999999999Z", LAST_NS),
        ("2024-02-29T00:00:00Z", 1_709_164_800 * NANOSECONDS),
    ],
)
def test_known_times_are_read(text: str, time_ns: int) -> None:
    assert parse_rfc3339(text) == time_ns


@pytest.mark.parametrize(
    "text",
    [
        "", "1970-01-01", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234567890Z", "1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z", "1970-01-32T00:00:00Z",
        "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:60Z", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+00:60", "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "١٩٧٠-01-01T00:00:00Z", "1970-01-01T00:00:00Z\n",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rfc3339(text)


@pytest.mark.parametrize("time_ns", [ZERO_TIME_NS - 1, LAST_NS + 1])
def test_times_outside_the_years_1_to_9999_are_refused(time_ns: int) -> None:
    with pytest.raises(ValueError):
        check_time(time_ns)
