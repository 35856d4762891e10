"""The day of a test that begins and ends in the same one: keys of originals are made by the day."""

import time
from datetime import UTC, date, datetime, timedelta


def today() -> date:
    """The day now, in UTC."""
    return datetime.now(UTC).date()


def stay_in_one_day(seconds: float) -> None:
    """Wait for midnight when it is no further away than what is to come may take."""
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    left = (midnight - now).total_seconds()
    if left < seconds:
        time.sleep(left + 1)  # once a day, and the day really has to end
