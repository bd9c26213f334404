"""`Retry-After`: how long a server asks us to wait (RFC 9110, section 10.2.3)."""

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from notifications_platform.core import clock

_LONGEST = timedelta(days=1)


def retry_after(value: str | None) -> timedelta | None:
    """Seconds or an HTTP date, at most a day; None where it is absent or unreadable."""
    value = (value or "").strip()
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=int(value[:9])), _LONGEST)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = at.replace(tzinfo=at.tzinfo or UTC) - clock.real()
    return min(max(wait, timedelta(0)), _LONGEST)
