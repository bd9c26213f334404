"""Writing down what a provider answered: one short transaction for many messages.

Compare-and-set on the lease token: a worker that lost its lease writes nothing about the
message, only about its attempt.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
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
_MILLISECOND = timedelta(milliseconds=1)


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


class _Change(NamedTuple):
    """The new values of one message's row."""

    state: State
    reason: str = ""
    final: bool = False
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
        blank = change._replace(reference="")
        _write(token, [one], [blank], provider, now)


def _write(
    token: UUID,
    tried: Sequence[Tried],
    changes: Sequence[_Change],
    provider: str,
    now: datetime,
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        outcomes = _apply(cursor, token, _made(tried, changes), provider, now)
        owners.tell(outcomes, now=now)


def _change(one: Tried, *, reports: bool, now: datetime) -> _Change:
    match one.verdict:
        case Sent(reference=reference):
            return _Change(
                State.SENT, final=not reports, reference=_storable(reference, REFERENCE_LENGTH)
            )
        case Permanent(reason=reason):
            return _Change(State.FAILED, reason.value, final=True)
        case NotTried():
            return _Change(State.QUEUED, keeps_place=True)
        case Transient(retry_in=retry_in):
            return _try_later(one.message, retry_in, now)


def _try_later(message: Claimed, retry_in: timedelta | None, now: datetime) -> _Change:
    schedule, failures = message.retry_after, message.number
    if failures > len(schedule) and not message.retry_last_repeats:
        return _Change(State.FAILED, Reason.GAVE_UP.value, final=True)
    if retry_in is None:
        retry_in = timedelta(seconds=schedule[min(failures, len(schedule)) - 1] if schedule else 0)
    not_before = now + retry_in
    if message.expires_at and not_before >= message.expires_at and message.lapses_at:
        # No attempt will start any more; it waits out its grace where no claim walks over it.
        not_before = message.lapses_at
    return _Change(State.QUEUED, not_before=not_before)


def _made(tried: Sequence[Tried], changes: Sequence[_Change]) -> str:
    """What becomes of attempts and messages, as the database takes a thousand rows fastest."""
    return orjson.dumps(
        [
            {
                "id": one.message.parcel.id,
                "number": one.message.number,
                "result": _result(one.verdict).value,
                "answer": _storable(one.verdict.answer, _ANSWER_LENGTH),
                "duration": one.duration // _MILLISECOND,
                **change._asdict(),
            }
            for one, change in zip(tried, changes, strict=True)
        ]
    ).decode()


def _apply(
    cursor: Any, token: UUID, made: str, provider: str, now: datetime
) -> list[owners.Outcome]:
    cursor.execute(
        """
        WITH made AS MATERIALIZED (
            SELECT * FROM json_to_recordset(%s) AS made (
                id uuid, number int, result text, answer text, duration int, state text,
                reason text, final bool, not_before timestamptz, keeps_place bool,
                reference text)),
        attempt AS (
            UPDATE delivery_attempt AS attempt
            SET result = made.result, answer = made.answer, duration_ms = made.duration,
                provider = %s
            FROM made WHERE attempt.message_id = made.id AND attempt.number = made.number)
        UPDATE delivery_message AS message
        SET state = made.state, state_at = %s, reason = made.reason,
            final_at = CASE WHEN made.final THEN %s END,
            not_before = coalesce(made.not_before, message.not_before),
            fair_at = CASE WHEN made.state <> 'queued' OR made.keeps_place
                           THEN message.fair_at END,
            lease_token = NULL, lease_until = NULL,
            provider = CASE WHEN made.state = 'sent' THEN %s ELSE message.provider END,
            provider_reference = made.reference
        FROM made
        WHERE message.id = made.id AND message.state = 'claimed' AND message.lease_token = %s
        RETURNING message.id, owner_kind, owner_id, channel, message.state, message.reason,
                  message.final_at IS NOT NULL, attempts
        """,
        [made, provider, now, now, provider, token],
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


def _storable(text: str, length: int) -> str:
    """A provider's words as the database takes them: one odd byte must not undo a batch."""
    return text[:length].encode("utf-8", "replace").decode().replace("\x00", "")


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
