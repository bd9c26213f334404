"""Providers and stopped clients, for the back office's front page."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications_platform.back_office.home import Sign
from notifications_platform.delivery.models import Provider, Stop
from notifications_platform.delivery.words import channel_name

MOST_COUNTED = 1_000
_CONDITIONS = {
    "in use": (gettext_lazy("in use"), "good"),
    "paused": (gettext_lazy("paused"), "waiting"),
    "switched off": (gettext_lazy("switched off"), "bad"),
}


def read(_now: datetime, real: datetime) -> Iterator[Sign]:
    for provider in Provider.objects.order_by("channel", "name"):
        yield _provider(provider, real)
    yield _stops()


def condition_of(provider: Provider, real: datetime) -> str:
    if provider.switched_off:
        return "switched off"
    return "paused" if is_paused(provider, real) else "in use"


def condition_shown(condition: str) -> tuple[str, str]:
    """In the reader's language, and its tone."""
    words, tone = _CONDITIONS[condition]
    return str(words), tone


def is_paused(provider: Provider, real: datetime) -> bool:
    return provider.paused_until is not None and provider.paused_until > real


def _provider(provider: Provider, real: datetime) -> Sign:
    value, tone = condition_shown(condition_of(provider, real))
    return Sign(
        label=_("{channel} by {provider}").format(
            channel=channel_name(provider.channel), provider=provider.name
        ),
        value=value,
        note=provider.switched_off_because or (provider.last_answer if provider.failures else ""),
        tone=tone,
        link=reverse("admin:delivery_provider_change", args=[provider.pk]),
        permission="delivery.view_provider",
    )


def _stops() -> Sign:
    stops = Stop.objects.filter(lifted_at__isnull=True).order_by("client")
    clients = list(stops.values_list("client", flat=True)[:MOST_COUNTED])
    return Sign(
        label=_("Stopped clients"),
        value=str(len(clients)),
        note=", ".join(clients[:5]),
        tone="bad" if clients else "good",
        link=reverse("admin:delivery_stop_changelist"),
        permission="delivery.view_stop",
    )
