"""How sending is doing, for the back office's front page: a few index probes."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from notifications_platform.back_office.home import Sign
from notifications_platform.delivery.models import Message, Provider, Stop
from notifications_platform.delivery.states import Channel, Lane, State

MOST_COUNTED = 10_000
_NAMES = {Channel.EMAIL: "E-mail", Channel.SMS: "SMS", Channel.WEBHOOK: "Webhook calls"}


def read(_now: datetime, real: datetime) -> Iterator[Sign]:
    """Queues first, then providers, then stopped clients."""
    for channel in Channel:
        yield _queue(channel)
    for provider in Provider.objects.order_by("channel", "name"):
        yield _provider(provider, real)
    yield _stops()


def condition_of(provider: Provider, real: datetime) -> str:
    if provider.switched_off:
        return "switched off"
    return "paused" if is_paused(provider, real) else "in use"


def is_paused(provider: Provider, real: datetime) -> bool:
    return provider.paused_until is not None and provider.paused_until > real


def _queue(channel: Channel) -> Sign:
    lanes = [Lane.INSTANT, Lane.NORMAL, Lane.BULK]
    in_line = Message.objects.filter(
        channel=channel, lane__in=lanes, state=State.QUEUED, fair_at__isnull=False
    )
    waiting = in_line[:MOST_COUNTED].count()
    more = "+" if waiting == MOST_COUNTED else ""
    return Sign(
        label=f"{_NAMES[channel]} in line",
        value=f"{waiting}{more}",
        note="due, and not yet taken by a worker",
        tone="waiting" if waiting else "good",
        link=f"{reverse('admin:delivery_message_changelist')}?channel={channel}&state=queued",
        permission="delivery.view_message",
    )


def _provider(provider: Provider, real: datetime) -> Sign:
    condition = condition_of(provider, real)
    tones = {"in use": "good", "paused": "waiting", "switched off": "bad"}
    return Sign(
        label=f"{_NAMES[Channel(provider.channel)]} by {provider.name}",
        value=condition,
        note=provider.switched_off_because or (provider.last_answer if provider.failures else ""),
        tone=tones[condition],
        link=reverse("admin:delivery_provider_change", args=[provider.pk]),
        permission="delivery.view_provider",
    )


def _stops() -> Sign:
    clients = list(
        Stop.objects.filter(lifted_at__isnull=True)
        .order_by("client")
        .values_list("client", flat=True)
    )
    return Sign(
        label="Stopped clients",
        value=str(len(clients)),
        note=", ".join(clients[:5]),
        tone="bad" if clients else "good",
        link=reverse("admin:delivery_stop_changelist"),
        permission="delivery.view_stop",
    )
