"""Taking the next messages in line, for a while (delivery contract 2).

A claim is a lease in real time. Claims interleave clients, because places in line do; urgent
lanes go first and bulk keeps a share, so that nobody starves.
"""

import os
import socket
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import connection, transaction

from notifications_platform.core import clock
from notifications_platform.core.windows import Window
from notifications_platform.delivery import owners, stopping, tallying
from notifications_platform.delivery.channels.base import Content as Text
from notifications_platform.delivery.channels.base import Parcel
from notifications_platform.delivery.states import Channel, Lane, State
from notifications_platform.delivery.tallying import Reached

# Lane and its share of the room that is left; what the lanes below do not use goes back up.
_SHARES = (
    (Lane.INSTANT, 0.9),
    (Lane.NORMAL, 0.8),
    (Lane.BULK, 1.0),
    (Lane.NORMAL, 1.0),
    (Lane.INSTANT, 1.0),
)

# A claim reads the texts of its messages: of many large ones it takes a part.
_BYTES_AT_ONCE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Policy:
    """What many messages have in common: their text, and when they may be tried (again)."""

    text: Text
    window: Window | None
    retry_after: tuple[int, ...]
    retry_spread: int
    retry_last_repeats: bool
    retry_for: timedelta | None
    least_attempts: int


class Claimed(NamedTuple):
    """A claimed message, ready for its transport, with what recording will need."""

    parcel: Parcel
    number: int
    expires_at: datetime | None
    lapses_at: datetime | None
    policy: Policy
    correlation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`token` proves ownership until `until`, real time: whoever lost the lease hands over nothing
    more. `at` is business time, `took` counts rows taken from the line, those put off again
    included.
    """

    token: UUID
    until: datetime
    holder: str
    at: datetime
    messages: Sequence[Claimed]
    took: int


class _Lease(NamedTuple):
    """`until` is real time."""

    token: UUID
    holder: str
    until: datetime


class _Row(NamedTuple):
    id: UUID
    client: str
    content_id: UUID
    address: str
    values: str | None
    number: int
    not_before: datetime
    expires_at: datetime | None
    lapses_at: datetime | None
    correlation_id: str
    owner_kind: str
    owner_id: UUID


def _lease_end() -> datetime:
    return clock.real() + settings.DELIVERY_LEASE


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 10_000}"


def claim(channel: Channel, *, limit: int, now: datetime) -> Claim:
    """Claim up to `limit` messages that may leave now.

    What turns out to be outside its window, early (the clock was moved back) or expired is
    put off in the same transaction, and what is of a stopped client set aside, so that no
    later claim walks over it again. Owners that asked for it are told of the rest, and may say
    that one must not leave.
    """
    lease = _Lease(token=uuid4(), holder=worker_name(), until=_lease_end())
    with transaction.atomic():
        rows = _take(channel, limit, lease, now)
        stopped = stopping.stopped_among({row.client for row in rows})
        stopping.set_aside([row.id for row in rows if row.client in stopped])
        going = [row for row in rows if row.client not in stopped]
        policies = _policies({row.content_id for row in going})
        _give_back([row.id for row in going if row.content_id not in policies])
        going = [row for row in going if row.content_id in policies]
        openings = {
            content_id: _opening(policy.window, now) for content_id, policy in policies.items()
        }
        put_off = {
            row.id: until
            for row in going
            if (until := _put_off(row, openings[row.content_id], now))
        }
        _release(put_off)
        ready = [row for row in going if row.id not in put_off]
        refused = owners.tell_of_claims(((row.owner_kind, row.owner_id) for row in ready), now=now)
        _cancel([row for row in ready if row.owner_id in refused], channel, now)
    ready = [row for row in ready if row.owner_id not in refused]
    return Claim(
        token=lease.token,
        until=lease.until,
        holder=lease.holder,
        at=now,
        messages=list(_claimed(ready, policies, now)),
        took=len(rows),
    )


class Held(NamedTuple):
    """How many messages a worker still holds, and until when (real time)."""

    messages: int
    until: datetime


def prolong(token: UUID) -> Held:
    """A worker still at its batch keeps the lease of what it has not recorded."""
    until = _lease_end()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message SET lease_until = %s
            WHERE state = 'claimed' AND lease_token = %s
            """,
            [until, token],
        )
        return Held(cursor.rowcount, until)


def _take(channel: Channel, limit: int, lease: _Lease, now: datetime) -> list[_Row]:
    rows: list[_Row] = []
    dry: set[Lane] = set()
    for lane, share in _SHARES:
        room = limit - len(rows)
        if room <= 0 or lane in dry:
            continue
        quota = max(1, int(room * share))
        taken = _take_from_lane(channel, lane, quota, lease, now)
        if len(taken) < quota:
            dry.add(lane)
        rows += taken
    return rows


def _take_from_lane(
    channel: Channel, lane: Lane, limit: int, lease: _Lease, now: datetime
) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH next AS MATERIALIZED (
                SELECT id FROM delivery_message
                WHERE state = 'queued' AND fair_at IS NOT NULL AND channel = %s AND lane = %s
                  -- Asked once a claim, by its own snapshot: no claim that begins after staff
                  -- have stopped the channel takes anything.
                  AND NOT EXISTS (
                      SELECT FROM delivery_channelswitch WHERE channel = %s AND stopped)
                ORDER BY fair_at LIMIT %s
                FOR UPDATE SKIP LOCKED)
            UPDATE delivery_message AS message
            SET state = 'claimed', state_at = %s, lease_token = %s, lease_until = %s,
                lease_holder = %s, attempts = attempts + 1
            FROM next WHERE message.id = next.id
            RETURNING message.id, client, content_id, address, values, attempts, not_before,
                      expires_at, lapses_at, correlation_id, owner_kind, owner_id
            """,
            [channel, int(lane), channel, limit, now, lease.token, lease.until, lease.holder],
        )
        return list(map(_Row._make, cursor.fetchall()))


def _opening(window: Window | None, now: datetime) -> datetime | None:
    """When the window opens next; None while it is open."""
    return window.next_opening(now) if window and not window.is_open(now) else None


def _put_off(row: _Row, opening: datetime | None, now: datetime) -> datetime | None:
    """Until when the message must wait although it was next in line; None if it need not."""
    if row.expires_at and row.expires_at <= now:
        return row.lapses_at
    if row.not_before > now:
        return row.not_before
    return opening


def _give_back(ids: Sequence[UUID]) -> None:
    """To their places in line."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message
            SET state = 'queued', lease_token = NULL, lease_until = NULL, lease_holder = '',
                attempts = attempts - 1
            WHERE id = ANY(%s)
            """,
            [list(ids)],
        )


def _cancel(rows: Sequence[_Row], channel: Channel, now: datetime) -> None:
    """Those that their owners do not want sent any more."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message
            SET state = 'cancelled', state_at = %s, final_at = %s, lease_token = NULL,
                lease_until = NULL, lease_holder = '', attempts = attempts - 1
            WHERE id = ANY(%s)
            """,
            [now, now, [row.id for row in rows]],
        )
    cancelled = (Reached(row.client, channel.value, State.CANCELLED.value, "") for row in rows)
    tallying.note(Counter(cancelled), now=now)


def _release(put_off: dict[UUID, datetime]) -> None:
    if not put_off:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message AS message
            SET state = 'queued', fair_at = NULL, not_before = wait.until,
                lease_token = NULL, lease_until = NULL, lease_holder = '',
                attempts = attempts - 1
            FROM unnest(%s::uuid[], %s::timestamptz[]) AS wait (id, until)
            WHERE message.id = wait.id
            """,
            [list(put_off), list(put_off.values())],
        )


def _claimed(
    rows: Iterable[_Row], policies: Mapping[UUID, Policy], now: datetime
) -> Iterator[Claimed]:
    real = clock.real()
    closing = {
        content_id: policy.window.closing(now) if policy.window else None
        for content_id, policy in policies.items()
    }
    for row in rows:
        policy, expires_at = policies[row.content_id], row.expires_at
        ends = closing[row.content_id] or expires_at
        if ends and expires_at and ends > expires_at:
            ends = expires_at
        parcel = Parcel(
            id=row.id,
            address=row.address,
            content=policy.text,
            values=orjson.loads(row.values) if row.values else {},
            expires_in=expires_at - now if expires_at else None,
            not_after=real + (ends - now) if ends else None,
        )
        yield Claimed(parcel, row.number, expires_at, row.lapses_at, policy, row.correlation_id)


@lru_cache(maxsize=64)
def _window(text: str) -> Window | None:
    return Window.parse(text) if text else None


def _policies(content_ids: Collection[UUID]) -> dict[UUID, Policy]:
    """Of the oldest texts that memory is meant for at once; always of one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, sender, subject, body, content_type, placeholders, "window", retry_after,
                   retry_spread, retry_last_repeats, retry_for, least_attempts
            FROM (
                -- How long a text is, the database knows without reading it.
                SELECT *, sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS before
                FROM delivery_content WHERE id = ANY(%s)) AS content
            WHERE before < %s
            """,
            [list(content_ids), _BYTES_AT_ONCE],
        )
        return {row[0]: _policy(*row) for row in cursor.fetchall()}


def _policy(  # noqa: PLR0913, PLR0917 a row
    content_id: UUID,
    sender: str,
    subject: str,
    body: str,
    content_type: str,
    placeholders: Sequence[str],
    window: str,
    retry_after: Sequence[int],
    retry_spread: int,
    retry_last_repeats: bool,
    retry_for: int | None,
    least_attempts: int,
) -> Policy:
    return Policy(
        text=Text(
            id=content_id,
            sender=sender,
            subject=subject,
            body=body,
            content_type=content_type,
            placeholders=tuple(placeholders),
        ),
        window=_window(window),
        retry_after=tuple(retry_after),
        retry_spread=retry_spread,
        retry_last_repeats=retry_last_repeats,
        retry_for=None if retry_for is None else timedelta(seconds=retry_for),
        least_attempts=least_attempts,
    )
