"""Notifications in the hands of the engine: one message per delivery cycle (contract 6).

All messages of a notification share its one content, whose text is written with it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from enrollment.coordinates import id_of, owner_in_sql, owner_of, webhook_id_in_sql
from enrollment.models import EnrollmentEventNotification, NotificationDefinition
from enrollment.states import OWNER, Status
from enrollment.targets import address_in_sql
from notifications_platform.audit.trail import By
from notifications_platform.delivery import erasing, withdrawal
from notifications_platform.delivery.channels.webhook import WEBHOOK_ID
from notifications_platform.delivery.outbox import NewContent
from notifications_platform.delivery.selecting import Selection, schedule_selected
from notifications_platform.delivery.states import Channel, Lane

# Per cent by which the pauses of a retry schedule vary.
_RETRY_SPREAD = 10
# Of those meant, what may be delivered now.
_GOING = "one.id = ANY(%(ids)s) AND one.status = %(ready)s AND NOT one.obsolete"


def new_content(body: str, retry_after: Sequence[int]) -> NewContent:
    """What a notification sends, in every cycle; `retry_after` in seconds. Stored by
    `outbox.write_contents`.
    """
    return NewContent(
        channel=Channel.WEBHOOK,
        body=body,
        content_type="application/json",
        retry_after=[timedelta(seconds=pause) for pause in retry_after],
        retry_spread=_RETRY_SPREAD,
        retry_last_repeats=False,
    )


def schedule_in_force(definition: NotificationDefinition) -> tuple[int, ...]:
    """Seconds before retry 1, 2, …; empty: a single attempt."""
    if definition.retry_schedule is None:
        return tuple(settings.ENROLLMENT_RETRY_SCHEDULE)
    return tuple(definition.retry_schedule)


def hand_over(ids: Sequence[int], *, now: datetime, lane: Lane = Lane.NORMAL) -> None:
    """Let a delivery cycle begin for those of `ids` that are `Ready` and not obsolete, with the
    retry schedule now in force. Last thing in the caller's transaction, once per cycle; a number
    of statements that does not depend on theirs. They leave upon the commit, in the order of
    their ids.
    """
    going = {"ids": list(ids), "ready": Status.READY.value}
    _renew_schedules(going)
    schedule_selected(
        Selection(
            f"""
            SELECT {owner_in_sql("one.id")} AS owner_id, one.content_id, one.client,
                   {address_in_sql("one.definition_id")} AS address,
                   jsonb_build_object('{WEBHOOK_ID}', {webhook_id_in_sql("one.id")}) AS "values",
                   one.correlation_id, one.id AS position
            FROM enrollment_enrollmenteventnotification AS one WHERE {_GOING}
            """,  # noqa: S608 - the parts are ours
            going,
        ),
        owner_kind=OWNER,
        channel=Channel.WEBHOOK,
        now=now,
        lane=lane,
    )


def _renew_schedules(going: Mapping[str, Any]) -> None:
    """A content that somebody locks is being erased: its notification is about to go."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH stale AS MATERIALIZED (
                SELECT content.id, coalesce(retry_schedule, %(standard)s) AS in_force
                FROM enrollment_enrollmenteventnotification AS one
                JOIN enrollment_notificationdefinition AS definition
                  ON definition.id = one.definition_id
                JOIN delivery_content AS content ON content.id = one.content_id
                WHERE {_GOING}
                  AND content.retry_after IS DISTINCT FROM coalesce(retry_schedule, %(standard)s)
                FOR NO KEY UPDATE OF content SKIP LOCKED)
            UPDATE delivery_content AS content SET retry_after = stale.in_force
            FROM stale WHERE content.id = stale.id
            """,  # noqa: S608 - the parts are ours
            {**going, "standard": list(settings.ENROLLMENT_RETRY_SCHEDULE)},
        )


def withdraw(ids: Sequence[int], *, now: datetime) -> list[int]:
    """Let no further attempt begin for these; an attempt under way is their last. Those whose
    message was still waiting: with nobody left to tell, the caller fails what is `In process`
    among them, as soon as it has made it obsolete (`transitions.FAIL_OBSOLETE`).

    Waits for those that record an attempt just now: called once in a transaction, before
    notifications are locked.
    """
    return sorted(map(id_of, withdrawal.cancel_queued(OWNER, _owners(ids), now=now)))


def forget(ids: Sequence[int], *, by: By, now: datetime) -> None:
    """Withdraw them and erase what they said, before the caller locks and deletes them."""
    withdraw(ids, now=now)
    contents = EnrollmentEventNotification.objects.filter(pk__in=ids)
    erasing.erase(
        OWNER,
        _owners(ids),
        by=by,
        now=now,
        content_ids=contents.values_list("content_id", flat=True),
    )


def _owners(ids: Sequence[int]) -> list[UUID]:
    return [owner_of(id_) for id_ in ids]
