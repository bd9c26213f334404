"""Values of a criterion, by the type of its property."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from enrollment.queries.errors import BadQuery
from enrollment.queries.properties import Property, Type
from enrollment.queries.tokens import Kind, Token

# Longer ones are no numbers of any row.
_MOST_DIGITS = 40
# In a query string a plus sign arrives as a blank.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(Z|[ +-]\d\d:\d\d)?)?", re.ASCII
)
_LATEST = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    """What a date or a date-time stands for: from `start`, before `end`."""

    start: datetime
    end: datetime


Value = int | bool | str | Span


def read_value(token: Token, of: Property) -> Value:
    """Raises BadQuery."""
    match of.type, token.kind:
        case Type.NUMBER, Kind.NUMBER if "." not in token.text:
            return _number(token)
        case Type.TRUTH, Kind.NAME if token.text in ("true", "false"):
            return token.text == "true"
        case Type.TEXT, Kind.STRING:
            return token.text
        case Type.TIME, Kind.STRING:
            return _span(token)
    raise BadQuery(f"{of.name} needs {of.type.value}", token.position)


def _number(token: Token) -> int:
    if len(token.text) > _MOST_DIGITS:
        raise BadQuery(f"{_MOST_DIGITS} digits at most", token.position)
    return int(token.text)


def _span(token: Token) -> Span:
    found = _TIME.fullmatch(token.text)
    if not found:
        raise BadQuery("This is neither a date nor a date-time", token.position)
    day, minutes, seconds, offset = found.groups()
    whole, _, fraction = (seconds or ":00").partition(".")
    text = f"{day}T{minutes or '00:00'}{whole}.{fraction[:3]:0<3}{offset or 'Z'}"
    try:
        start = datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery("There is no such time", token.position) from None
    return Span(start, _end(start, timedelta(milliseconds=1) if minutes else timedelta(days=1)))


def _end(start: datetime, length: timedelta) -> datetime:
    try:
        return start + length
    except OverflowError:
        return _LATEST
