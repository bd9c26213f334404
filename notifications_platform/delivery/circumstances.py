"""Gathers what `explain` needs to know about a page of messages, in a few statements."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from notifications_platform.core.windows import Window
from notifications_platform.delivery.channels.configured import transports
from notifications_platform.delivery.explain import Circumstances, Sentence, explain
from notifications_platform.delivery.models import (
    Attempt,
    ChannelSwitch,
    Content,
    Message,
    Provider,
    Stop,
)
from notifications_platform.delivery.resending import OWNER
from notifications_platform.delivery.states import State


def explain_all(
    messages: Collection[Message], *, now: datetime, real: datetime
) -> dict[UUID, list[Sentence]]:
    """Why each of these messages is where it is; seven statements, however many they are."""
    providers = {channel: _providers(channel) for channel in {one.channel for one in messages}}
    stops = {
        stop.client: stop
        for stop in Stop.objects.filter(
            client__in={one.client for one in messages}, lifted_at__isnull=True
        )
    }
    switches = {
        switch.channel: switch
        for switch in ChannelSwitch.objects.filter(channel__in=providers, stopped=True)
    }
    windows = _windows({one.content_id for one in messages})
    attempts = _attempts([one.id for one in messages])
    copies = _copies([one.id for one in messages if one.state == State.FAILED])
    return {
        message.id: explain(
            message,
            Circumstances(
                now=now,
                real=real,
                providers=providers[message.channel],
                stop=stops.get(message.client),
                channel_switch=switches.get(message.channel),
                window=windows.get(message.content_id),
                attempts=attempts[message.id],
                copy=copies.get(message.id),
            ),
        )
        for message in messages
    }


def _providers(channel: str) -> Sequence[Provider]:
    """Those in use by the settings; one that never failed may not have a row yet."""
    names = [transport.name for transport in transports(channel)]
    rows = {row.name: row for row in Provider.objects.filter(name__in=names)}
    return [rows.get(name, Provider(channel=channel, name=name)) for name in names]


def _windows(content_ids: Collection[UUID]) -> dict[UUID, Window]:
    contents = Content.objects.filter(pk__in=content_ids).exclude(window="")
    return {pk: Window.parse(window) for pk, window in contents.values_list("pk", "window")}


def _attempts(message_ids: Collection[UUID]) -> Mapping[UUID, list[Attempt]]:
    attempts: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(message_id__in=message_ids).order_by("number"):
        attempts[attempt.message_id].append(attempt)
    return attempts


def _copies(message_ids: Collection[UUID]) -> Mapping[UUID, Message]:
    """The newest by which staff sent each of these again."""
    if not message_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_COPIES, {"ids": list(message_ids), "copies": OWNER})
        newest = dict(cursor.fetchall())
    copies = Message.objects.in_bulk(list(newest.values()))
    return {first: copies[copy] for first, copy in newest.items() if copy in copies}


# Copies of copies count for the first one.
_NEWEST_COPIES = """
    WITH RECURSIVE family (first, id) AS (
        SELECT owner_id, id FROM delivery_message
        WHERE owner_id = ANY(%(ids)s) AND owner_kind = %(copies)s
        UNION ALL
        SELECT first, copy.id FROM family JOIN delivery_message AS copy
            ON copy.owner_id = family.id AND copy.owner_kind = %(copies)s)
    SELECT DISTINCT ON (first) first, id FROM family ORDER BY first, id DESC
    """
