"""Times: RFC 3339 at the edge, nanoseconds since 1970 inside."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_LOST_PLUS = re.compile(r"^(.*\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:\d\d)$")
# what a ClickHouse DateTime64(9) can hold
MIN_NS = int((datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) / timedelta(microseconds=1)) * 1000
MAX_NS = int((datetime(2262, 1, 1, tzinfo=UTC) - _EPOCH) / timedelta(microseconds=1)) * 1000


def parse_time(text: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time, or of a plain date (midnight UTC). Raises ValueError.

    A time must name its offset. A `+` that a URL turned into a space is understood.
    """
    if _DATE.match(text):
        text += "T00:00:00Z"
    lost = _LOST_PLUS.match(text)
    if lost:
        text = f"{lost[1]}+{lost[2]}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be an RFC 3339 time such as 2026-01-31T09:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError("must name its offset, such as Z or +02:00")
    nanos = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    if not MIN_NS <= nanos <= MAX_NS:
        raise ValueError("must lie between 1900 and 2262")
    return nanos


def format_time(nanos: int) -> str:
    """RFC 3339 in UTC with microseconds and `Z`."""
    moment = _EPOCH + timedelta(microseconds=nanos // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def format_optional_time(nanos: int | None) -> str | None:
    """The same, null for none."""
    return None if nanos is None else format_time(nanos)
