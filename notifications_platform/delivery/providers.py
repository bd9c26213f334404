"""Which provider may be used just now: one row each, heeded by every worker (circuit breaker).

A provider that fails as a whole is left alone for 60 s, then twice as long each time, in real
time, and comes back with a small batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q

from notifications_platform.delivery.channels.base import Transport
from notifications_platform.delivery.models import Provider
from notifications_platform.delivery.states import Channel

log = structlog.get_logger(__name__)

FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(minutes=15)
_PASSING_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Usable:
    transport: Transport
    recovering: bool


def usable(channel: Channel, transports: Sequence[Transport], *, real: datetime) -> list[Usable]:
    """Those of `transports`, in their order, that are neither switched off nor paused."""
    rows = {
        provider.name: provider
        for provider in Provider.objects.filter(name__in=[one.name for one in transports])
    }
    _introduce(channel, [one for one in transports if one.name not in rows])
    return [
        Usable(transport, recovering=bool(row and row.failures))
        for transport in transports
        if (row := rows.get(transport.name)) is None
        or not (row.switched_off or (row.paused_until and row.paused_until > real))
    ]


def pause(  # noqa: PLR0913 what is known of one failure
    channel: Channel,
    name: str,
    *,
    answer: str,
    asked: timedelta | None,
    passing: bool = False,
    real: datetime,
) -> None:
    """Leave the provider alone: longer with each failure, and for as long as it asked where that
    is longer; never beyond the longest pause. Five seconds where the reason is ours and `passing`.

    Many workers notice the same outage at once; only the first of them lengthens the pause.
    """
    provider, _ = Provider.objects.get_or_create(name=name, defaults={"channel": channel})
    growing = FIRST_PAUSE * 2 ** min(provider.failures, 10)
    length = _PASSING_PAUSE if passing else min(max(growing, asked or growing), LONGEST_PAUSE)
    paused = Provider.objects.filter(
        Q(paused_until__isnull=True) | Q(paused_until__lte=real), pk=provider.pk
    ).update(failures=F("failures") + 1, paused_until=real + length, last_answer=answer[:500])
    if paused:
        log.error("provider.paused", provider=name, seconds=length.total_seconds(), answer=answer)


def recovered(name: str) -> None:
    """The provider works again."""
    Provider.objects.filter(name=name, failures__gt=0).update(failures=0, paused_until=None)


def _introduce(channel: Channel, transports: Sequence[Transport]) -> None:
    """A newly configured provider gets its row, for staff to see and switch."""
    if transports:
        Provider.objects.bulk_create(
            [Provider(channel=channel, name=transport.name) for transport in transports],
            ignore_conflicts=True,
        )
