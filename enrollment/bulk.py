"""Cancelling or resending all that failed (contract 4.2, 7).

Set by set inside the database: each chunk is a transaction of its own, whose one statement finds
its rows behind those of the chunk before, changes them and writes their history. What is done
stays done, whatever happens to the process; where it had come to stands in the operation's row.
"""

import re
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from enrollment import delivery, transitions
from enrollment.acting import TRANSITIONS
from enrollment.callers import Caller
from enrollment.models import BulkOperation
from enrollment.models import EnrollmentEventNotification as _Notification
from enrollment.queries import condition
from enrollment.states import BULK, BulkState, Kind, Source, Status
from enrollment.transitions import Doer, Rows
from notifications_platform.audit import trail
from notifications_platform.core import clock
from notifications_platform.core.errors import NotFound
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.delivery.states import Lane

log = structlog.get_logger(__name__)

SUBJECT = "bulkoperation"
TASK = "enrollment.carry_on"
# Of each operation, in one turn of a worker.
_CHUNKS_A_TURN = 100

TellTime = Callable[[], datetime]


def act_on_all(
    kind: Kind, *, caller: Caller, tell_time: TellTime, q: str = "", reason: str = ""
) -> BulkOperation:
    """Every failed notification of the caller that is not obsolete, nor changed since the start;
    `q` narrows them. Returns the operation once it is done.
    """
    operation = _begin(kind, q, caller=caller, now=tell_time(), reason=reason, by_worker=False)
    while _chunk(operation.pk, now=tell_time()):
        pass
    operation.refresh_from_db()
    return operation


def begin(
    kind: Kind, *, caller: Caller, now: datetime, q: str = "", reason: str = ""
) -> BulkOperation:
    """The same, carried out by workers."""
    return _begin(kind, q, caller=caller, now=now, reason=reason, by_worker=True)


def matched(*, caller: Caller, now: datetime, q: str = "") -> int:
    """How many `act_on_all` would change just now."""
    return _failed(caller.client, q, now).count()


def find(id: UUID, *, caller: Caller) -> BulkOperation:
    """Raises NotFound, also for one of another client."""
    operations = BulkOperation.objects.filter(pk=id)
    if caller.client is not None:
        operations = operations.filter(client=caller.client)
    found = operations.first()
    if found is None:
        raise NotFound
    return found


def carry_on(*, now: datetime) -> int:
    """A turn of each operation that is left to workers; how many of them have more."""
    waiting = BulkOperation.objects.filter(state=BulkState.RUNNING, by_worker=True).order_by("pk")
    return sum(_turn(id, now) for id in waiting.values_list("pk", flat=True))


def give_up(*, now: datetime) -> int:
    """Mark those whose process died while somebody waited for it; a repeat does the rest."""
    return BulkOperation.objects.filter(
        state__in=BULK.before(BulkState.INTERRUPTED),
        by_worker=False,
        active_at__lt=clock.real() - settings.DELIVERY_LEASE,
    ).update(state=BulkState.INTERRUPTED, ended_at=now)


@transaction.atomic
def _begin(  # noqa: PLR0913 what, who, when, why and how
    kind: Kind, q: str, *, caller: Caller, now: datetime, reason: str, by_worker: bool
) -> BulkOperation:
    operation = BulkOperation.objects.create(
        kind=kind,
        client=caller.client or "",
        actor=caller.name,
        source=caller.source,
        filter=q,
        reason=reason,
        started_at=now,
        active_at=clock.real(),
        by_worker=by_worker,
        last_client=caller.client or "",
    )
    trail.record(
        f"enrollment.{kind.value}_all",
        SUBJECT,
        [operation.pk],
        by=caller.by,
        now=now,
        reason=reason,
        detail={"q": q} if q else None,
    )
    if by_worker:
        wake_on_commit(TASK)
    return operation


def _turn(id: UUID, now: datetime) -> bool:
    """What one operation cannot do must not keep the others from being carried on."""
    try:
        return all(_chunk(id, now=now) for _ in range(_CHUNKS_A_TURN))
    except Exception:
        log.exception("enrollment.bulk_failed", operation=str(id))
        return False


@transaction.atomic
def _chunk(id: UUID, *, now: datetime) -> bool:
    """Whether there may be more. The operation is locked: of two who carry it on, one waits."""
    operation = BulkOperation.objects.select_for_update().get(pk=id)
    if operation.state in BULK.final:
        return False
    went = _changed(operation, now)
    if went.ids:
        delivery.hand_over(went.ids, now=now, lane=Lane.BULK)
    operation.changed_count += went.changed
    if went.met == settings.ENROLLMENT_BULK_CHUNK:
        operation.last_id = went.last_id
    elif client := _next_client(operation):
        operation.last_client, operation.last_id = client, 0
    else:
        operation.state, operation.ended_at = BulkState.DONE, now
    operation.active_at = clock.real()
    operation.save()
    return operation.state != BulkState.DONE


class _Went(NamedTuple):
    """How many it met, the last one's id, how many it changed, and, of a resend, which."""

    met: int
    last_id: int
    changed: int
    ids: list[int] | None


_COUNTED = """
    SELECT (SELECT count(*) FROM meant), (SELECT coalesce(max(id), 0) FROM meant),
           (SELECT count(*) FROM changed), {ids}"""
_RETURNED = {
    Kind.CANCEL: _COUNTED.format(ids="NULL::bigint[]"),
    Kind.RESEND: _COUNTED.format(ids="(SELECT array_agg(id ORDER BY id) FROM changed)"),
}


def _changed(operation: BulkOperation, now: datetime) -> _Went:
    kind = Kind(operation.kind)
    left = _failed(operation.last_client, operation.filter, operation.started_at)
    chunk = left.filter(pk__gt=operation.last_id).order_by("pk")
    try:
        rows = _rows_of(chunk.values("id")[: settings.ENROLLMENT_BULK_CHUNK])
    except EmptyResultSet:
        # No row can fit a `q` such as `attemptCount.eq(-1)`, and Django makes no SQL of it.
        return _Went(met=0, last_id=0, changed=0, ids=None)
    by = Doer(
        name=operation.actor,
        source=Source(operation.source),
        reason=operation.reason,
        bulk_operation=operation.pk,
    )
    transition = TRANSITIONS[kind]
    with connection.cursor() as cursor:
        cursor.execute(
            transitions.statement(transition, rows, _RETURNED[kind]),
            transitions.values(transition, rows, by=by, now=now),
        )
        return _Went(*cursor.fetchone())


def _failed(client: str | None, q: str, started_at: datetime) -> QuerySet[_Notification]:
    """Of everyone where `client` is None."""
    return _Notification.objects.filter(
        Q() if client is None else Q(client=client),
        condition(q) if q else Q(),
        status=Status.FAILED,
        obsolete=False,
        updated_at__lte=started_at,
    )


def _next_client(operation: BulkOperation) -> str | None:
    """Whose turn it is after those of `last_client`; one step down the index."""
    if operation.client:
        return None
    behind = _failed(None, "", operation.started_at).filter(client__gt=operation.last_client)
    return behind.order_by("client", "pk").values_list("client", flat=True).first()


_PLACE = re.compile("%([%s])")


def _rows_of(chosen: QuerySet[_Notification, Any]) -> Rows:
    """Django binds by place, a transition by name."""
    sql, bound = chosen.query.sql_with_params()
    names = count()
    named = _PLACE.sub(lambda one: one[0] if one[1] == "%" else f"%(row_{next(names)})s", sql)
    return Rows(named, {f"row_{place}": value for place, value in enumerate(bound)})
