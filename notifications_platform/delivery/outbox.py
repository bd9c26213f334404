"""Putting messages into the outbox, in the transaction of what caused them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.core.windows import Window
from notifications_platform.delivery.line import Line
from notifications_platform.delivery.models import Content
from notifications_platform.delivery.states import Channel, Lane, Reason, State

_COLUMNS = (
    "id",
    "owner_kind",
    "owner_id",
    "client",
    "correlation_id",
    "content_id",
    "channel",
    "lane",
    "address",
    "recipient",
    "values",
    "parts",
    "state",
    "reason",
    "created_at",
    "state_at",
    "not_before",
    "fair_at",
    "expires_at",
    "lapses_at",
    "final_at",
    "attempts",
    "provider",
    "provider_reference",
)
_COPY = f"COPY delivery_message ({', '.join(_COLUMNS)}) FROM STDIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContent:
    """A text for one or many messages of one channel, and how they are to be sent.

    `retry_after`: pauses before the second, third … attempt; the last one repeats until the
    message expires, or with `retry_last_repeats` off the message fails when they run out.
    """

    channel: Channel
    body: str
    retry_after: Sequence[timedelta]
    retry_last_repeats: bool = True
    subject: str = ""
    sender: str = ""
    content_type: str = "text/plain"
    placeholders: Sequence[str] = ()
    window: Window | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to be. With `failed` it is born failed and needs no address.

    `not_before` and `expires_at` are business time; `grace` is how long after its expiry an
    open message still waits for a late report before it fails.
    """

    owner_kind: str
    owner_id: UUID
    client: str
    content: NewContent
    not_before: datetime
    correlation_id: str = ""
    address: str = ""
    recipient: str = ""
    values: Mapping[str, str] | None = None
    parts: int | None = None
    expires_at: datetime | None = None
    grace: timedelta = timedelta(0)
    lane: Lane = Lane.NORMAL
    failed: Reason | None = None


def write_contents(contents: Collection[NewContent], *, now: datetime) -> None:
    """Store the texts that messages of this transaction refer to."""
    Content.objects.bulk_create(
        Content(
            id=content.id,
            channel=content.channel,
            sender=content.sender,
            subject=content.subject,
            body=content.body,
            content_type=content.content_type,
            placeholders=list(content.placeholders),
            window=str(content.window or ""),
            retry_after=[int(pause.total_seconds()) for pause in content.retry_after],
            retry_last_repeats=content.retry_last_repeats,
            created_at=now,
        )
        for content in contents
    )


def schedule(messages: Iterable[Outgoing], *, clients: Collection[str], now: datetime) -> None:
    """Write any number of messages with one COPY, in flat memory.

    `clients` names everyone on whose behalf `messages` are (they may come from a generator).
    Runs in the caller's transaction; what is due leaves as soon as that commits.
    """
    line = Line(clients, real=clock.real())
    due_channels: set[str] = set()
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            for message in messages:
                row = _row(message, line, now)
                copy.write_row(row)
                if row[_FAIR_AT] is not None:
                    due_channels.add(message.content.channel)
        line.remember(cursor)
    for channel in sorted(due_channels):
        wake_on_commit("delivery.drain", str(channel))


_FAIR_AT = _COLUMNS.index("fair_at")


def _row(message: Outgoing, line: Line, now: datetime) -> list[Any]:
    content = message.content
    earliest = max(message.not_before, now)
    not_before = content.window.next_opening(earliest) if content.window else earliest
    dead = message.failed is not None
    due = not dead and not_before <= now
    fair_at = line.next_place(message.client, content.channel, message.lane) if due else None
    lapses_at = message.expires_at + message.grace if message.expires_at and not dead else None
    return [
        uuid7(),
        message.owner_kind,
        message.owner_id,
        message.client,
        message.correlation_id,
        content.id,
        content.channel.value,
        int(message.lane),
        message.address,
        message.recipient,
        Jsonb(message.values) if message.values else None,
        message.parts,
        (State.FAILED if dead else State.QUEUED).value,
        message.failed.value if message.failed else "",
        now,
        now,
        not_before,
        fair_at,
        message.expires_at,
        lapses_at,
        now if dead else None,
        0,
        "",
        "",
    ]
