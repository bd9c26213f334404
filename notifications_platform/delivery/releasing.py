"""Trying a message at once that waits for its next attempt: what staff do when they know that the
receiver is back.

Its hours stay binding, and so does the time before which its cause did not want it sent; what
stands in line already is not pushed before others.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.core.windows import Window
from notifications_platform.delivery.models import Content, Message, Stop
from notifications_platform.delivery.resending import MessageNotFound
from notifications_platform.delivery.states import Lane, State


class NothingToRelease(DomainError):
    code = "message_not_waiting"


def release(message_id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Try it as soon as its hours allow. Raises MessageNotFound, NothingToRelease."""
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id).first()
        if message is None:
            raise MessageNotFound
        moment = earliest([message], now=now)[message.id]
        if isinstance(moment, NothingToRelease):
            raise moment
        Message.objects.filter(pk=message.pk).update(not_before=moment)
        trail.record(
            "delivery.release",
            "message",
            [message.id],
            by=trail.By.staff(user),
            now=now,
            reason=reason,
        )
        wake_on_commit("delivery.sweep")


def earliest(
    messages: Sequence[Message], *, now: datetime
) -> dict[UUID, datetime | NothingToRelease]:
    """When each could be tried, or why it cannot be any earlier than planned."""
    contents = Content.objects.filter(pk__in={one.content_id for one in messages})
    windows = dict(contents.values_list("pk", "window"))
    clients = {one.client for one in messages}
    stops = Stop.objects.filter(client__in=clients, lifted_at__isnull=True)
    stopped = set(stops.values_list("client", flat=True))
    return {
        one.id: _waits_for(one, now, stopped=one.client in stopped) or _moment(one, windows, now)
        for one in messages
    }


def _waits_for(message: Message, now: datetime, *, stopped: bool) -> NothingToRelease | None:
    if message.state != State.QUEUED:
        words = gettext_noop("Only a message that waits can be tried at once; this one is {state}.")
        return NothingToRelease(words, state=message.state)
    if stopped or message.lane == Lane.STOPPED:
        return NothingToRelease(
            gettext_noop("All messages of its client have been stopped: lift that stop.")
        )
    if message.fair_at is not None or message.not_before <= now:
        return NothingToRelease(
            gettext_noop(
                "It stands in line: it leaves as soon as its channel and its provider are open."
            )
        )
    if message.expires_at and message.expires_at <= now:
        return NothingToRelease(gettext_noop("Its lifetime is over."))
    if not message.attempts:
        return NothingToRelease(gettext_noop("It waits for the time at which it is to be sent."))
    return None


def _moment(
    message: Message, windows: Mapping[UUID, str], now: datetime
) -> datetime | NothingToRelease:
    window = windows.get(message.content_id)
    moment = Window.parse(window).next_opening(now) if window else now
    if moment >= message.not_before:
        return NothingToRelease(gettext_noop("It waits for its hours, which begin no earlier."))
    return moment
