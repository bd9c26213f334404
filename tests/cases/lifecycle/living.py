"""Time that stands still until a test moves it, and what the platform does by itself meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cases import tasks
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse
from notifications_platform.core.windows import OSLO
from notifications_platform.delivery import draining
from notifications_platform.delivery import tasks as delivery
from notifications_platform.delivery.states import Channel

# A Tuesday, noon in Oslo: inside every sendevindu.
NOON = datetime(2031, 3, 4, 11, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class Moment:
    """Business time: `at` until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def oslo(self, wall: str) -> None:
        """As a clock in Oslo shows it."""
        self.at = oslo(wall)

    def passes(self, **by: float) -> None:
        self.at += timedelta(**by)


def oslo(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=OSLO).astimezone(UTC)


def sweep() -> None:
    """What is due by now happens."""
    tasks.sweep()


def let_leave() -> None:
    """What is due happens, and what may leave leaves."""
    sweep()
    delivery.sweep()
    for channel in (Channel.EMAIL, Channel.SMS):
        draining.drain(channel)
    delivery.sweep()


def row(id: str) -> Notifikasjon:
    return Notifikasjon.objects.get(pk=id)


def reminders(id: str) -> list[Paaminnelse]:
    return list(Paaminnelse.objects.filter(notifikasjon_id=id).order_by("id"))


def open_reminders(id: str) -> list[Paaminnelse]:
    return [one for one in reminders(id) if not one.fired_at and not one.closed_at]


def fired(id: str) -> int:
    """How often a reminder of the item has fired."""
    return sum(one.fired_at is not None for one in reminders(id))


def statuses(ids: list[str] | list[Any]) -> list[str]:
    found = dict(EksterntVarsel.objects.filter(pk__in=ids).values_list("id", "status"))
    return [found[UUID(str(id))] for id in ids]


def events(id: str) -> list[str]:
    """What has happened to the item, oldest first."""
    return list(
        Hendelse.objects.filter(aggregate_id=id).order_by("id").values_list("type", flat=True)
    )


def ids_of(varsler: list[dict[str, str]]) -> list[str]:
    return [varsel["id"] for varsel in varsler]
