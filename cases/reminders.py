"""When a reminder fires, and whether it may (cases contract 9.3). Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cases.durations import Duration, earlier, instant, later, oslo_wall
from cases.inputs import Paaminnelse, PaaminnelseTidspunkt
from cases.states import Kanal, Sendevindu
from cases.varsler.windows import first_allowed
from notifications_platform.core.windows import OSLO

GRACE = timedelta(minutes=1)
_LAST_MOMENT = time(23, 59, 59, 999999)


class BadReminder(Exception):
    """Why the reminder cannot be; the text is for the producer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a reminder is about: an oppgave, perhaps with a `frist`, or a kalenderavtale, which
    has a `start`.
    """

    opprettet: datetime
    frist: date | None = None
    start: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """No reminder, and none of its messages, after this."""
        return end_of(self.frist) if self.frist else self.start


def end_of(day: date) -> datetime:
    """The last microsecond of the day in Oslo, in UTC."""
    return instant(datetime.combine(day, _LAST_MOMENT))


def midnight_after(day: date) -> datetime:
    """When the Oslo date becomes later than `day`, in UTC. Raises OverflowError."""
    return instant(datetime.combine(day + timedelta(days=1), time(0)))


def fires_at(paaminnelse: Paaminnelse, occasion: Occasion, *, now: datetime) -> datetime:
    """The instant of the reminder, in UTC. Raises BadReminder."""
    try:
        at = _instant_of(paaminnelse.tidspunkt, occasion)
    except (OverflowError, ValueError):
        raise BadReminder("The reminder's time is beyond the calendar.") from None
    if at < occasion.opprettet:
        raise BadReminder("The reminder's time is before the item was created.")
    if at < now - GRACE:
        raise BadReminder("The reminder's time is in the past.")
    if occasion.end is not None:
        _refuse_too_late(paaminnelse, at, occasion.end)
    return at


def _refuse_too_late(paaminnelse: Paaminnelse, at: datetime, end: datetime) -> None:
    if at > end:
        raise BadReminder("The reminder's time is after the deadline or the start.")
    for varsel in paaminnelse.eksterne_varsler:
        window = varsel.sendevindu or Sendevindu.LOEPENDE
        if not _leaves_by(end, window, varsel.kanal, at):
            raise BadReminder(
                f"With {window} a message of the reminder could first leave after the deadline "
                "or the start."
            )


def _leaves_by(end: datetime, window: Sendevindu, kanal: Kanal, at: datetime) -> bool:
    try:
        return first_allowed(window, kanal, at) <= end
    except OverflowError:
        return False  # the window opens again only beyond the calendar


def _instant_of(tidspunkt: PaaminnelseTidspunkt, occasion: Occasion) -> datetime:
    if tidspunkt.konkret is not None:
        return tidspunkt.konkret
    if tidspunkt.etter_opprettelse is not None:
        return _after(occasion.opprettet, tidspunkt.etter_opprettelse)
    if tidspunkt.foer_frist is not None:
        if occasion.frist is None:
            raise BadReminder("foerFrist needs an oppgave with a frist.")
        return _before(datetime.combine(occasion.frist, _LAST_MOMENT), tidspunkt.foer_frist)
    if occasion.start is None or tidspunkt.foer_start_tidspunkt is None:
        raise BadReminder("foerStartTidspunkt needs a kalenderavtale.")
    return _before(oslo_wall(occasion.start), tidspunkt.foer_start_tidspunkt)


def _after(moment: datetime, by: Duration) -> datetime:
    """In the wall clock of Oslo. What is counted from the second of two equal hours in autumn
    stays in it: no time after an item's creation lies before it.
    """
    wall = later(oslo_wall(moment), by)
    at = instant(wall)
    return at if at >= moment else wall.replace(tzinfo=OSLO, fold=1).astimezone(UTC)


def _before(wall: datetime, by: Duration) -> datetime:
    return instant(earlier(wall, by))
