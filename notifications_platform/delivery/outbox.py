"""Putting messages into the outbox, in the transaction of what caused them."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.core.inserting import copy_together, fresh
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.core.windows import Window
from notifications_platform.delivery import tallying
from notifications_platform.delivery.line import Line
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Channel, Lane, Reason, State
from notifications_platform.delivery.tallying import Reached

_OWN_COLUMNS = ("id", "address", "recipient", "values", "parts", "fair_at")
_COMMON_COLUMNS = (
    "state",
    "reason",
    "final_at",
    "lapses_at",
    "owner_kind",
    "owner_id",
    "client",
    "correlation_id",
    "content_id",
    "channel",
    "lane",
    "created_at",
    "state_at",
    "not_before",
    "expires_at",
    "attempts",
    "provider",
    "provider_reference",
    "withdrawn",
)
_COPY = f"COPY delivery_message ({', '.join((*_OWN_COLUMNS, *_COMMON_COLUMNS))}) FROM STDIN"
_ROWS_AT_ONCE = 500
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TO_ESCAPE = re.compile(r"[\\\t\n\r]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContent:
    """A text for one or many messages of one channel, and how they are to be sent.

    `retry_after`: pauses before the second, third … attempt; the last one repeats until the
    message expires, or with `retry_last_repeats` off the message fails when they run out. Each
    varies at random by up to `retry_spread` per cent, up or down. With `retry_for` it fails once
    it has been tried for so long, and at least `least_attempts` times.
    """

    channel: Channel
    body: str
    retry_after: Sequence[timedelta]
    retry_spread: int = 0
    retry_last_repeats: bool = True
    retry_for: timedelta | None = None
    least_attempts: int = 0
    subject: str = ""
    sender: str = ""
    content_type: str = "text/plain"
    placeholders: Sequence[str] = ()
    window: Window | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What all messages of one cause and content have in common.

    `not_before` and `expires_at` are business time; `grace` is how long after its expiry an
    open message still waits for a late report before it fails. Of a `withdrawn` one every message
    is born failed, and nobody sends it again.
    """

    owner_kind: str
    owner_id: UUID
    client: str
    content: NewContent
    not_before: datetime
    correlation_id: str = ""
    expires_at: datetime | None = None
    grace: timedelta = timedelta(0)
    lane: Lane = Lane.NORMAL
    withdrawn: bool = False


class Outgoing(NamedTuple):
    """One message to be. With `failed` it is born failed and needs no address."""

    cause: Cause
    address: str = ""
    recipient: str = ""
    values: Mapping[str, str] | None = None
    parts: int | None = None
    failed: Reason | None = None


def write_contents(contents: Collection[NewContent], *, now: datetime) -> None:
    """Store the texts that messages of this transaction refer to."""
    copy_together(_content_rows(contents, now))


def _content_rows(contents: Collection[NewContent], now: datetime) -> list[Content]:
    return [
        fresh(
            Content,
            id=content.id,
            channel=content.channel,
            sender=content.sender,
            subject=content.subject,
            body=content.body,
            content_type=content.content_type,
            placeholders=list(content.placeholders),
            window=str(content.window or ""),
            retry_after=[int(pause.total_seconds()) for pause in content.retry_after],
            retry_spread=content.retry_spread,
            retry_last_repeats=content.retry_last_repeats,
            retry_for=int(content.retry_for.total_seconds()) if content.retry_for else None,
            least_attempts=content.least_attempts,
            created_at=now,
        )
        for content in contents
    ]


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Texts and messages as rows that are not stored yet. Whoever has stored them announces
    them: what is due leaves as soon as that commits.
    """

    rows: Sequence[Content | Message] = ()
    line: Line | None = None
    due_channels: frozenset[str] = frozenset()
    born_failed: Mapping[Reached, int] = field(default_factory=dict)

    def announce(self, *, now: datetime) -> None:
        tallying.note(self.born_failed, now=now)
        if self.line:
            with connection.cursor() as cursor:
                self.line.remember(cursor)
        for channel in sorted(self.due_channels):
            wake_on_commit("delivery.drain", channel)


def unwritten(
    contents: Collection[NewContent],
    messages: Sequence[Outgoing],
    *,
    clients: Collection[str],
    now: datetime,
) -> Unwritten:
    """A handful of them, for a caller that stores them with rows of its own."""
    commons = {id(one.cause): _Common(one.cause, now) for one in messages}
    # Only what is due has a place in line, for which the line has to be read.
    is_due = any(common.due for common in commons.values())
    line = Line(clients, real=clock.real()) if is_due else None
    rows: list[Content | Message] = [*_content_rows(contents, now)]
    due_channels = set()
    born_failed: Counter[Reached] = Counter()
    for one in messages:
        common = commons[id(one.cause)]
        place = None
        if one.failed:
            born_failed[_born_failed(one.cause, one.failed)] += 1
        if line and common.due and not one.failed:
            channel = one.cause.content.channel
            place = line.next_place(one.cause.client, channel, one.cause.lane)
            due_channels.add(channel.value)
        rows.append(common.model(one, place))
    return Unwritten(rows, line, frozenset(due_channels), born_failed)


def _born_failed(cause: Cause, reason: Reason) -> Reached:
    return Reached(cause.client, cause.content.channel.value, State.FAILED.value, reason.value)


def schedule(messages: Iterable[Outgoing], *, clients: Collection[str], now: datetime) -> None:
    """Write any number of messages with one COPY, in flat memory.

    `clients` names everyone on whose behalf `messages` are (they may come from a generator).
    Runs in the caller's transaction; what is due leaves as soon as that commits.
    """
    writing = _Writing(Line(clients, real=clock.real()), now)
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            rows = map(writing.row, messages)
            while several := "".join(islice(rows, _ROWS_AT_ONCE)):
                copy.write(several)
        writing.line.remember(cursor)
    tallying.note(writing.born_failed, now=now)
    for channel in sorted(writing.due_channels):
        wake_on_commit("delivery.drain", channel)


class _Common:
    """What the rows of one cause share, as COPY takes it."""

    def __init__(self, cause: Cause, now: datetime) -> None:
        window = cause.content.window
        earliest = max(cause.not_before, now)
        self.cause = cause
        self.not_before = window.next_opening(earliest) if window else earliest
        self.due = self.not_before <= now
        self._now = now
        self._endings: dict[Reason | None, str] = {}

    def ending(self, failed: Reason | None) -> str:
        if failed not in self._endings:
            self._endings[failed] = "\t".join(map(_text, self._values(failed))) + "\n"
        return self._endings[failed]

    def model(self, message: Outgoing, place: datetime | None) -> Message:
        return fresh(
            Message,
            address=message.address,
            recipient=message.recipient,
            values=message.values,
            parts=message.parts,
            fair_at=place,
            # What the database would set: rows of several tables go in as they are.
            erasure="",
            lease_holder="",
            **dict(zip(_COMMON_COLUMNS, self._values(message.failed), strict=True)),
        )

    def _values(self, failed: Reason | None) -> Sequence[object]:
        """In the order of _COMMON_COLUMNS."""
        cause, now = self.cause, self._now
        lapses_at = cause.expires_at + cause.grace if cause.expires_at and not failed else None
        return (
            (State.FAILED if failed else State.QUEUED).value,
            failed.value if failed else "",
            now if failed else None,
            lapses_at,
            cause.owner_kind,
            cause.owner_id,
            cause.client,
            cause.correlation_id,
            cause.content.id,
            cause.content.channel.value,
            int(cause.lane),
            now,
            now,
            self.not_before,
            cause.expires_at,
            0,
            "",
            "",
            cause.withdrawn,
        )


class _Writing:
    """Messages on their way into rows. What their cause fixes is written out once: of a hundred
    thousand recipients each has little of its own.
    """

    def __init__(self, line: Line, now: datetime) -> None:
        self.line = line
        self.due_channels: set[str] = set()
        self.born_failed: Counter[Reached] = Counter()
        self._now = now
        self._common: dict[int, _Common] = {}

    def row(self, message: Outgoing) -> str:
        cause, address, recipient, values, parts, failed = message
        common = self._common.get(id(cause)) or self._met(cause)
        place = _NULL
        if failed:
            self.born_failed[_born_failed(cause, failed)] += 1
        elif common.due:
            channel = cause.content.channel
            place = self.line.next_place(cause.client, channel, cause.lane).isoformat()
            self.due_channels.add(channel.value)
        return "\t".join(
            (
                str(uuid7()),
                _escaped(address),
                _escaped(recipient),
                _escaped(orjson.dumps(values).decode()) if values else _NULL,
                _NULL if parts is None else str(parts),
                place,
                common.ending(failed),
            )
        )

    def _met(self, cause: Cause) -> _Common:
        # The cause is kept with it, so that its id stays its own.
        common = self._common[id(cause)] = _Common(cause, self._now)
        return common


def _text(value: object) -> str:
    if value is None:
        return _NULL
    return _escaped(value.isoformat() if isinstance(value, datetime) else str(value))


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _TO_ESCAPE.search(text) else text
