"""Writing down what a provider answered: one short transaction for many messages.

Compare-and-set on the lease token: a worker that lost its lease writes nothing about the
message, only about its attempt.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction

from notifications_platform.core.metrics import SENDS
from notifications_platform.delivery import owners
from notifications_platform.delivery.channels.base import Permanent, Sent, Transient, Verdict
from notifications_platform.delivery.claiming import Claimed
from notifications_platform.delivery.models import REFERENCE_LENGTH
from notifications_platform.delivery.states import Channel, Reason, Result, State

log = structlog.get_logger(__name__)

_ANSWER_LENGTH = 500


@dataclass(frozen=True, slots=True)
class NotTried:
    """The provider could not be used before this message's turn: back in line as it was."""

    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One claimed message and what became of the attempt."""

    message: Claimed
    verdict: Verdict | NotTried
    duration: timedelta


@dataclass(frozen=True, slots=True)
class _Change:
    """The new values of one message's row."""

    id: UUID
    state: State
    reason: str = ""
    final_at: datetime | None = None
    not_before: datetime | None = None
    keeps_place: bool = False
    reference: str = ""


def record(  # noqa: PLR0913 one call a batch; each says what the rows need
    token: UUID,
    tried: Sequence[Tried],
    *,
    channel: Channel,
    provider: str,
    reports: bool,
    now: datetime,
) -> None:
    """Record a batch and tell the owners, in one transaction.

    `reports` says whether the provider will report delivery; without reports `sent` is final.
    """
    changes = [_change(one, reports=reports, now=now) for one in tried]
    try:
        _write(token, tried, changes, provider, now)
    except IntegrityError:
        # A provider gave out a reference twice. Better no report than the whole batch again.
        log.warning("delivery.reference_given_twice", provider=provider)
        for one, change in zip(tried, changes, strict=True):
            _write_alone(token, one, change, provider, now)
    _tell_staff(tried, channel=channel, provider=provider)


def _tell_staff(tried: Sequence[Tried], *, channel: Channel, provider: str) -> None:
    """Metrics, and one log line per cause: a thousand messages of one order are one line."""
    causes = Counter((one.message.correlation_id, _result(one.verdict)) for one in tried)
    for (correlation_id, result), times in causes.items():
        SENDS.labels(channel.value, result.value).inc(times)
        log.info(
            "delivery.attempts",
            correlation_id=correlation_id,
            channel=channel.value,
            provider=provider,
            result=result.value,
            messages=times,
        )


def _write_alone(token: UUID, one: Tried, change: _Change, provider: str, now: datetime) -> None:
    try:
        _write(token, [one], [change], provider, now)
    except IntegrityError:
        blank = _Change(change.id, change.state, change.reason, change.final_at)
        _write(token, [one], [blank], provider, now)


def _write(
    token: UUID,
    tried: Sequence[Tried],
    changes: Sequence[_Change],
    provider: str,
    now: datetime,
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        _complete_attempts(cursor, tried, provider)
        outcomes = _apply(cursor, token, changes, provider, now)
        owners.tell(outcomes, now=now)


def _change(one: Tried, *, reports: bool, now: datetime) -> _Change:
    message = one.message
    match one.verdict:
        case Sent(reference=reference):
            final_at = None if reports else now
            return _Change(
                message.parcel.id, State.SENT, "", final_at, reference=reference[:REFERENCE_LENGTH]
            )
        case Permanent(reason=reason):
            return _Change(message.parcel.id, State.FAILED, reason.value, now)
        case NotTried():
            return _Change(message.parcel.id, State.QUEUED, keeps_place=True)
        case Transient(retry_in=retry_in):
            return _try_later(message, retry_in, now)


def _try_later(message: Claimed, retry_in: timedelta | None, now: datetime) -> _Change:
    schedule, failures = message.retry_after, message.number
    if failures > len(schedule) and not message.retry_last_repeats:
        return _Change(message.parcel.id, State.FAILED, Reason.GAVE_UP.value, now)
    if retry_in is None:
        retry_in = timedelta(seconds=schedule[min(failures, len(schedule)) - 1] if schedule else 0)
    not_before = now + retry_in
    if message.expires_at and not_before >= message.expires_at and message.lapses_at:
        # No attempt will start any more; it waits out its grace where no claim walks over it.
        not_before = message.lapses_at
    return _Change(message.parcel.id, State.QUEUED, not_before=not_before)


def _complete_attempts(cursor: Any, tried: Sequence[Tried], provider: str) -> None:
    cursor.execute(
        """
        UPDATE delivery_attempt AS attempt
        SET result = made.result, answer = made.answer, duration_ms = made.duration,
            provider = %s
        FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::text[], %s::int[])
            AS made (message_id, number, result, answer, duration)
        WHERE attempt.message_id = made.message_id AND attempt.number = made.number
        """,
        [
            provider,
            [one.message.parcel.id for one in tried],
            [one.message.number for one in tried],
            [_result(one.verdict).value for one in tried],
            [one.verdict.answer[:_ANSWER_LENGTH].replace("\x00", "") for one in tried],
            [int(one.duration / timedelta(milliseconds=1)) for one in tried],
        ],
    )


def _apply(
    cursor: Any, token: UUID, changes: Sequence[_Change], provider: str, now: datetime
) -> list[owners.Outcome]:
    cursor.execute(
        """
        UPDATE delivery_message AS message
        SET state = change.state, state_at = %s, reason = change.reason,
            final_at = change.final_at,
            not_before = coalesce(change.not_before, message.not_before),
            fair_at = CASE WHEN change.state <> 'queued' OR change.keeps_place
                           THEN message.fair_at END,
            lease_token = NULL, lease_until = NULL,
            provider = CASE WHEN change.state = 'sent' THEN %s ELSE message.provider END,
            provider_reference = change.reference
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
                    %s::bool[], %s::text[])
            AS change (id, state, reason, final_at, not_before, keeps_place, reference)
        WHERE message.id = change.id AND message.state = 'claimed' AND message.lease_token = %s
        RETURNING message.id, owner_kind, owner_id, channel, message.state, message.reason,
                  message.final_at IS NOT NULL, attempts
        """,
        [now, provider, *_columns(changes), token],
    )
    return [
        owners.Outcome(
            message_id=row[0],
            owner_kind=row[1],
            owner_id=row[2],
            channel=row[3],
            was=State.CLAIMED,
            state=row[4],
            reason=row[5],
            final=row[6],
            attempts=row[7],
        )
        for row in cursor.fetchall()
    ]


def _columns(changes: Iterable[_Change]) -> list[list[Any]]:
    rows = [
        (
            change.id,
            change.state.value,
            change.reason,
            change.final_at,
            change.not_before,
            change.keeps_place,
            change.reference,
        )
        for change in changes
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _result(verdict: Verdict | NotTried) -> Result:
    match verdict:
        case Sent():
            return Result.SENT
        case Permanent():
            return Result.PERMANENT
        case Transient():
            return Result.TRANSIENT
        case NotTried():
            return Result.NOT_TRIED
