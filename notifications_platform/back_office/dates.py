"""Days and moments within a sentence, as the reader's language writes them, in Oslo."""

from datetime import date, datetime

from django.utils.formats import date_format

from notifications_platform.core.windows import OSLO


def day(given: date | datetime) -> str:
    """2031-01-31 or 31.01.2031; of a moment, the day it is in Oslo."""
    local = given.astimezone(OSLO) if isinstance(given, datetime) else given
    return date_format(local, "DATE_FORMAT")


def to_the_minute(moment: datetime) -> str:
    return f"{day(moment)} {moment.astimezone(OSLO):%H:%M}"


def to_the_second(moment: datetime) -> str:
    return f"{day(moment)} {moment.astimezone(OSLO):%H:%M:%S}"
