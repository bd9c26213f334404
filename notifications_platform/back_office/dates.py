"""Days and moments within a sentence, as the reader's language writes them, in Oslo."""

from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language

from notifications_platform.core.windows import OSLO


def day(given: date | datetime) -> str:
    """2031-01-31 or 31.01.2031; of a moment, the day it is in Oslo."""
    local = given.astimezone(OSLO).date() if isinstance(given, datetime) else given
    return _written(local, get_language())


def to_the_minute(moment: datetime) -> str:
    local = moment.astimezone(OSLO)
    return f"{day(local)} {local:%H:%M}"


def to_the_second(moment: datetime) -> str:
    local = moment.astimezone(OSLO)
    return f"{day(local)} {local:%H:%M:%S}"


# A page tells hundreds of moments on a handful of days.
@lru_cache(maxsize=4096)
def _written(local: date, _language: str | None) -> str:
    return date_format(local, "DATE_FORMAT")
