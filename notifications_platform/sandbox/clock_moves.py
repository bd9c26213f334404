"""Moving the sandbox clock (runtime contract 5)."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import isodate
from django.db import transaction

from notifications_platform.core.errors import DomainError
from notifications_platform.sandbox.models import ClockOffset
from notifications_platform.sandbox.offset import FRESH_SECONDS, read_offset

# Far enough from both ends of the calendar for all arithmetic on top of "now".
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_UNREADABLE = "{!r} is no ISO 8601 {}, such as {}."

# An order placed right after a move back must not meet a worker to whom it has expired already.
_SECONDS_UNTIL_FOLLOWED = FRESH_SECONDS + 0.1

Move = Callable[[datetime], datetime]


class ClockMoveRefused(DomainError):
    code = "clock_move_refused"


def move(asked: object, *, real: datetime) -> timedelta:
    """Do what a request body asks: `{"advance": duration}`, `{"now": instant}` or
    `{"reset": true}`. Returns the new offset, once every process follows: within a second.

    Raises ClockMoveRefused for anything else; the clock then stands as before.
    """
    match asked:
        case {"reset": True, **others} if not others:
            return _store(lambda _now: real, real=real)
        case {"advance": duration, **others} if not others:
            return _store(_advance_by(duration), real=real)
        case {"now": instant, **others} if not others:
            target = _instant(instant)
            return _store(lambda _now: target, real=real)
    raise ClockMoveRefused('Send one of {"advance": …}, {"now": …} and {"reset": true}.')


def described(*, real: datetime, offset: timedelta) -> Mapping[str, object]:
    """The clock as the contract shows it: `now` in UTC, `offset` as an ISO 8601 duration."""
    return {"now": real + offset, "offset": isodate.duration_isoformat(offset)}


def _store(to: Move, *, real: datetime) -> timedelta:
    with transaction.atomic():
        ClockOffset.objects.bulk_create([ClockOffset()], ignore_conflicts=True)
        row = ClockOffset.objects.select_for_update().get()
        before = row.ahead
        row.ahead = ahead = _within_calendar(to, real + before) - real
        row.save(update_fields=["ahead"])
    read_offset.took(ahead)
    if ahead != before:
        time.sleep(_SECONDS_UNTIL_FOLLOWED)
    return ahead


def _within_calendar(to: Move, now: datetime) -> datetime:
    try:
        target = to(now)
    except (ArithmeticError, ValueError) as error:
        raise ClockMoveRefused(f"The clock cannot be moved so: {error}.") from error
    if not _EARLIEST <= target <= _LATEST:
        raise ClockMoveRefused("The clock moves between the years 1970 and 9000 only.")
    return target


def _advance_by(duration: object) -> Move:
    try:
        length = isodate.parse_duration(duration)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ClockMoveRefused(_UNREADABLE.format(duration, "duration", "P7DT1H")) from error
    return lambda now: now + length


def _instant(text: object) -> datetime:
    try:
        instant = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        example = "2026-12-24T08:00:00Z"
        raise ClockMoveRefused(_UNREADABLE.format(text, "instant", example)) from error
    if instant.utcoffset() is None:
        raise ClockMoveRefused(f"{text!r} names no offset from UTC: end it with Z or +01:00.")
    return instant
