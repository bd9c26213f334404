"""Writing down what a provider answered: one short transaction for many messages.

Compare-and-set on the lease token: a worker that lost its lease writes about its attempt, and
about the message only that it is settled, as long as nobody else has it.
"""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog
from django.db import IntegrityError, connection, transaction

from notifications_platform.core.metrics import SENDS
from notifications_platform.core.passing import MAY_PASS
from notifications_platform.delivery import owners
from notifications_platform.delivery.channels.base import (
    NotTried,
    Permanent,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.claiming import Claim, Claimed, Policy
from notifications_platform.delivery.models import REFERENCE_LENGTH
from notifications_platform.delivery.states import Channel, Reason, Result, State

log = structlog.get_logger(__name__)

_ANSWER_LENGTH = 500


class Tried(NamedTuple):
    """One claimed message and what became of the attempt, which took so many `seconds`."""

    message: Claimed
    verdict: Verdict
    seconds: float = 0.0


# One attempt, and the new values of its message's row.
_Row = dict[str, Any]
_SENT, _QUEUED = State.SENT.value, State.QUEUED.value


def record(  # noqa: PLR0913 one call a batch; each says what the rows need
    claim: Claim,
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
    # In the order in which an erasure locks them, so that neither waits for the other in turn.
    tried = sorted(tried, key=lambda one: one.message.parcel.id)
    since = _first_attempts(tried)
    rows = [
        _row(one, reports=reports, since=since.get(one.message.parcel.id, claim.at), now=now)
        for one in tried
    ]
    try:
        _write(claim, rows, provider, now)
    except MAY_PASS:
        raise
    except Exception:
        # Whatever it is: one row that cannot be written must not make all of them leave again.
        log.exception("delivery.recording_one_by_one", provider=provider)
        for row in rows:
            _write_alone(claim, row, provider, now)
    causes = zip((one.message.correlation_id for one in tried), rows, strict=True)
    _tell_staff(
        Counter((correlation_id, row["result"]) for correlation_id, row in causes),
        channel=channel,
        provider=provider,
    )


def _tell_staff(causes: Counter[tuple[str, str]], *, channel: Channel, provider: str) -> None:
    """Metrics, and one log line per cause: a thousand messages of one order are one line."""
    for (correlation_id, result), times in causes.items():
        SENDS.labels(channel.value, result).inc(times)
        log.info(
            "delivery.attempts",
            x_correlation_id=correlation_id,
            channel=channel.value,
            provider=provider,
            result=result,
            messages=times,
        )


def _write_alone(claim: Claim, row: _Row, provider: str, now: datetime) -> None:
    try:
        _write(claim, [row], provider, now)
    except IntegrityError:
        # A provider gave out a reference twice. Better no report than the message again.
        log.warning("delivery.reference_given_twice", provider=provider)
        _write(claim, [{**row, "reference": ""}], provider, now)
    except MAY_PASS:
        raise
    except Exception:
        log.exception("delivery.not_recorded", message=str(row["id"]), result=row["result"])


def _write(claim: Claim, rows: Sequence[_Row], provider: str, now: datetime) -> None:
    made = orjson.dumps(rows).decode()

    def write(tell: owners.Tell) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            outcomes = _apply(cursor, claim, made, provider, now)
            if len(outcomes) < len(rows):
                _forget_answers_of_erased(cursor, made)
            tell(outcomes, now)

    owners.confining_defects(write)


def _first_attempts(tried: Sequence[Tried]) -> dict[UUID, datetime]:
    """Since when those that failed again have been tried, where their schedule asks."""
    again = [
        one.message.parcel.id
        for one in tried
        if isinstance(one.verdict, Transient)
        and one.message.policy.retry_for is not None
        and one.message.number > 1
    ]
    if not again:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT message_id, min(at) FROM delivery_attempt
            WHERE message_id = ANY(%s) AND result <> 'not_tried' GROUP BY message_id
            """,
            [again],
        )
        return dict(cursor.fetchall())


def _row(one: Tried, *, reports: bool, since: datetime, now: datetime) -> _Row:
    """Of the message only what changes, and as the database takes a thousand rows fastest.
    `since`: when it was first tried.
    """
    message, verdict = one.message, one.verdict
    row: _Row = {
        "id": message.parcel.id,
        "number": message.number,
        "answer": _storable(verdict.answer, _ANSWER_LENGTH),
        "duration": int(one.seconds * 1000),
    }
    match verdict:
        case Sent(reference=reference):
            row |= {"result": _SENT, "state": _SENT, "final": not reports}
            if reference:
                row["reference"] = _storable(reference, REFERENCE_LENGTH)
        case Permanent(reason=reason):
            row |= {"result": Result.PERMANENT.value, **_failed(reason)}
        case NotTried(keeps_place=keeps_place):
            row |= {"result": Result.NOT_TRIED.value, "state": _QUEUED, "keeps_place": keeps_place}
        case Transient(retry_in=retry_in):
            row |= {"result": Result.TRANSIENT.value, **_try_later(message, retry_in, since, now)}
    return row


def _failed(reason: Reason) -> _Row:
    return {"state": State.FAILED.value, "reason": reason.value, "final": True}


def _try_later(
    message: Claimed, retry_in: timedelta | None, since: datetime, now: datetime
) -> _Row:
    policy, failures = message.policy, message.number
    if _is_given_up(policy, failures, since, now):
        return _failed(Reason.GAVE_UP)
    # Whoever asks for patience gets it; the schedule cannot be hurried through its steps.
    pause = max(_pause(policy, failures), retry_in or timedelta(0))
    not_before = now + pause
    if policy.retry_for is not None and now < since + policy.retry_for:
        # The last try is when the time is up, not up to a pause before.
        not_before = min(not_before, since + policy.retry_for)
    if policy.window:
        not_before = policy.window.next_opening(not_before)
    if message.expires_at and not_before >= message.expires_at and message.lapses_at:
        # No attempt will start any more; it waits out its grace where no claim walks over it.
        not_before = message.lapses_at
    return {"state": _QUEUED, "not_before": not_before}


def _is_given_up(policy: Policy, failures: int, since: datetime, now: datetime) -> bool:
    if failures > len(policy.retry_after) and not policy.retry_last_repeats:
        return True
    if policy.retry_for is None or failures < policy.least_attempts:
        return False
    return now >= since + policy.retry_for


def _pause(policy: Policy, failures: int) -> timedelta:
    schedule, spread = policy.retry_after, policy.retry_spread / 100
    seconds = schedule[min(failures, len(schedule)) - 1] if schedule else 0
    return timedelta(seconds=seconds * random.uniform(1 - spread, 1 + spread))  # noqa: S311


def _apply(
    cursor: Any, claim: Claim, made: str, provider: str, now: datetime
) -> list[owners.Outcome]:
    """The late word of a worker that was given up still completes its attempt. What was not
    tried gives its number back, to the next attempt.
    """
    cursor.execute(
        """
        WITH made AS MATERIALIZED (
            SELECT * FROM json_to_recordset(%s) AS made (
                id uuid, number int, result text, answer text, duration int, state text,
                reason text, final bool, not_before timestamptz, keeps_place bool,
                reference text)),
        attempt AS (
            INSERT INTO delivery_attempt
                (message_id, number, at, worker, provider, result, answer, duration_ms)
            SELECT id, number, %s, %s, %s, result, answer, duration FROM made
            ON CONFLICT (message_id, number) DO UPDATE
            SET result = excluded.result, answer = excluded.answer, at = excluded.at,
                duration_ms = excluded.duration_ms, provider = excluded.provider,
                worker = excluded.worker
            -- A record repeated because its commit was not heard of: another attempt may have
            -- the number by now.
            WHERE delivery_attempt.result IN ('unknown', 'not_tried'))
        UPDATE delivery_message AS message
        SET state = CASE WHEN made.state <> 'queued' OR NOT message.withdrawn THEN made.state
                         WHEN message.reason = '' THEN 'cancelled' ELSE 'failed' END,
            state_at = %s,
            reason = CASE WHEN made.state = 'queued' THEN message.reason
                          ELSE coalesce(made.reason, '') END,
            final_at = CASE WHEN made.final OR (made.state = 'queued' AND message.withdrawn)
                            THEN %s END,
            not_before = coalesce(made.not_before, message.not_before),
            fair_at = CASE WHEN made.state <> 'queued' OR made.keeps_place
                           THEN message.fair_at END,
            attempts = message.attempts - (made.result = 'not_tried')::int,
            lease_token = NULL, lease_until = NULL, lease_holder = '',
            provider = CASE WHEN made.state = 'sent' THEN %s ELSE message.provider END,
            provider_reference = coalesce(made.reference, '')
        FROM made
        WHERE message.id = made.id AND (
            (message.state = 'claimed' AND message.lease_token = %s)
            -- Given back when the lease ran out: what is known to have left must not leave again.
            OR (message.state = 'queued' AND made.result IN ('sent', 'permanent')))
        RETURNING owner_kind, owner_id, message.id, channel, 'claimed', message.state,
                  message.reason, message.final_at IS NOT NULL, message.attempts,
                  made.result, made.answer,
                  CASE WHEN message.state = 'queued' THEN message.not_before END, client
        """,
        [made, claim.at, claim.holder, provider, now, now, provider, claim.token],
    )
    return owners.outcomes(cursor)


def _forget_answers_of_erased(cursor: Any, made: str) -> None:
    """A late word may come after its message was erased, or as it is."""
    cursor.execute(
        """
        WITH held AS MATERIALIZED (
            SELECT message.id, erasure FROM delivery_message AS message
            JOIN json_to_recordset(%s) AS made (id uuid) ON made.id = message.id
            WHERE message.state <> 'claimed' ORDER BY message.id FOR SHARE OF message)
        UPDATE delivery_attempt SET answer = ''
        FROM held WHERE message_id = held.id AND erasure = 'done' AND answer <> ''
        """,
        [made],
    )


def _storable(text: str, length: int) -> str:
    """A provider's words as the database takes them: one odd byte must not undo a batch."""
    if text.isascii() and "\x00" not in text:
        return text[:length]
    return text[:length].encode("utf-8", "replace").decode().replace("\x00", "")
