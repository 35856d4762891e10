"""RFC 3339 in and out."""

import pytest

from api.times import format_time, parse_time

# 2026-03-01T12:00:00Z is 1772366400 (date -u -d 2026-03-01T12:00:00Z +%s)
NOON = 1_772_366_400_000_000_000


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T14:00:00+02:00", NOON),
        ("2026-03-01T14:00:00 02:00", NOON),
        ("2026-03-01T12:00:00.25Z", NOON + 250_000_000),
        ("2026-03-01", NOON - 12 * 3600 * 10**9),
    ],
)
def test_parse(text: str, nanos: int) -> None:
    assert parse_time(text) == nanos


@pytest.mark.parametrize("text", ["", "now", "2026-03-01T12:00:00", "2026-13-01", "1800-01-01", "9999-01-01", "12"])
def test_refuse(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_time(text)


def test_format() -> None:
    assert format_time(NOON + 1_234_567) == "2026-03-01T12:00:00.001234Z"
    assert format_time(-1000) == "1969-12-31T23:59:59.999999Z"
