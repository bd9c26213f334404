"""Carrying out a verb on many rows: each row and its outcome in one transaction, so that it can be
stopped anywhere and gone on with by anybody.

Rows are not locked together: a service locks what belongs to one row in its own order, and two of
them in one transaction might wait for one another.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_noop

from notifications_platform.audit import trail
from notifications_platform.back_office.batch_models import Batch, BatchRow
from notifications_platform.back_office.large_tables import (
    TooSlow,
    first_id_at,
    limited_patience,
)
from notifications_platform.back_office.owned import Clients, clients_of
from notifications_platform.back_office.states import BATCH, BatchState, Outcome
from notifications_platform.back_office.verbs import GONE, Doing, Verb, words_of
from notifications_platform.core import clock
from notifications_platform.core.errors import DomainError
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.core.passing import MAY_PASS, database_is_away

log = structlog.get_logger(__name__)

TASK = "back_office.carry_on"
SUBJECT = "batch"
KEPT = timedelta(days=90)
_TOGETHER = 500
_PRUNED_TOGETHER = 20
_TURN_SECONDS = 20.0


class BegunBefore(DomainError):
    """These rows are being seen to: somebody sent the same form twice."""

    code = "batch_begun_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How many rows have come to what."""

    chosen: int
    done: int
    refused: int

    @property
    def open(self) -> int:
        return self.chosen - self.done - self.refused


def begin(  # noqa: PLR0913 what, who, when and why
    id: UUID, model: str, verb: Verb, ids: Sequence[str], *, user: str, reason: str, now: datetime
) -> Batch:
    """Note what was chosen. The caller sees it through, or hands it over; a sweep finds it if
    neither happens. Raises BegunBefore.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                batch = Batch.objects.create(
                    id=id, model=model, verb=verb.name, user=user, reason=reason, started_at=now
                )
        except IntegrityError:
            raise BegunBefore from None
        BatchRow.objects.bulk_create(
            (BatchRow(batch=batch, number=number, row_id=id) for number, id in enumerate(ids)),
            batch_size=1000,
        )
        trail.record(
            f"back_office.{verb.name}",
            SUBJECT,
            [batch.id],
            by=trail.By.staff(user),
            now=now,
            reason=reason,
            detail={"model": model, "rows": len(ids)},
        )
    return batch


def hand_over() -> None:
    """Let workers go on with whatever is not at its end."""
    wake_on_commit(TASK)


def told(batch: Batch) -> Told:
    by_outcome = Counter(
        dict(
            BatchRow.objects.filter(batch=batch)
            .order_by()
            .values_list("outcome")
            .annotate(Count("pk"))
        )
    )
    return Told(
        chosen=by_outcome.total(),
        done=by_outcome[Outcome.DONE],
        refused=by_outcome[Outcome.REFUSED],
    )


def refused(batch: Batch) -> QuerySet[BatchRow]:
    return BatchRow.objects.filter(batch=batch, outcome=Outcome.REFUSED).order_by("number")


def carry_on_all() -> int:
    """A turn of each that is not at its end; how many have more to do than fits into one. Rows that
    others have in hand are theirs.
    """
    return sum(not _carried_on(batch) for batch in _running())


def _running() -> QuerySet[Batch]:
    return Batch.objects.filter(state=BatchState.RUNNING).order_by("id")


def _carried_on(batch: Batch) -> bool:
    """Whether nothing of it is left to us. One that cannot be carried on keeps none of the others
    back.
    """
    try:
        if not _turn(batch):
            return False
        _ended(batch, now=clock.now())
    except MAY_PASS:
        raise
    except Exception:
        log.exception("back_office.batch_failed", batch=str(batch.pk))
    return True


def carry_on(batch: Batch) -> bool:
    """Do what is left of it, for some seconds; whether it is done. Several may do so at once."""
    return _turn(batch) and _ended(batch, now=clock.now())


def _turn(batch: Batch) -> bool:
    """Whether its time was enough for all rows that nobody else has in hand."""
    until = time.monotonic() + _TURN_SECONDS
    acting = _Acting.of(batch)
    while time.monotonic() < until:
        if not acting.step():
            return True
    return False


def see_through(batch: Batch) -> bool:
    """As `carry_on`, for somebody who waits: also, for some seconds, for the last rows where a
    worker was faster and has them in hand.
    """
    if carry_on(batch):
        return True
    try:
        with limited_patience():
            list(_open(batch).order_by("number").select_for_update())
    except TooSlow:
        return False
    return _ended(batch, now=clock.now())


@transaction.atomic
def prune(*, now: datetime, real: datetime) -> None:
    """Forget some of those that ended long ago, with their rows. The trail keeps who did what to
    which row, when and why. Ids begin with the time: only the oldest are looked at.
    """
    old = Batch.objects.filter(
        pk__lt=first_id_at(real - KEPT), state=BatchState.DONE, ended_at__lt=now - KEPT
    ).order_by("pk")
    ids = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
    Batch.objects.filter(pk__in=list(ids[:_PRUNED_TOGETHER])).delete()


@transaction.atomic
def _ended(batch: Batch, *, now: datetime) -> bool:
    """Rows that another worker has in hand are still open to us: it will end the batch."""
    if _open(batch).exists():
        return False
    Batch.objects.filter(pk=batch.pk, state__in=BATCH.before(BatchState.DONE)).update(
        state=BatchState.DONE, ended_at=now
    )
    return True


@dataclass(frozen=True, slots=True)
class _Acting:
    """One turn: as the member of the staff who asked, with the rights that they have today."""

    batch: Batch
    verb: Verb | None
    rows: QuerySet[Any] | None
    clients: Clients

    @classmethod
    def of(cls, batch: Batch) -> "_Acting":
        model_admin: Any = admin.site._registry.get(apps.get_model(batch.model))
        verbs = {verb.name: verb for verb in getattr(model_admin, "verbs", ())}
        verb = verbs.get(batch.verb)
        user = User.objects.filter(username=batch.user, is_active=True, is_staff=True).first()
        request = HttpRequest()
        if user:
            request.user = user
        if verb is None or user is None or not model_admin.may(request, verb):
            return cls(batch, None, None, frozenset())
        return cls(batch, verb, model_admin.get_queryset(request), clients_of(user))

    @transaction.atomic
    def step(self) -> bool:
        """Whether there was anything left to do."""
        together = bool(self.verb and self.verb.act_on_many) or self.verb is None
        taken = _next(self.batch, _TOGETHER if together else 1)
        if not taken:
            return False
        refusals = self._act({row.row_id: row for row in taken})
        for row in taken:
            refusal = refusals.get(row.row_id)
            row.outcome = Outcome.REFUSED if refusal else Outcome.DONE
            if refusal:
                row.words, row.parameters = words_of(refusal), _plain(refusal.parameters)
        BatchRow.objects.bulk_update(taken, ["outcome", "words", "parameters"])
        return True

    def _act(self, taken: Mapping[str, BatchRow]) -> Mapping[str, DomainError]:
        if self.verb is None or self.rows is None:
            return dict.fromkeys(taken, DomainError(gettext_noop("Whoever asked for it may not.")))
        doing = Doing(
            user=self.batch.user,
            clients=self.clients,
            reason=self.batch.reason,
            now=clock.now(),
            real=clock.real(),
        )
        rows = {str(row.pk): row for row in self.rows.filter(pk__in=list(taken))}
        gone = DomainError(GONE)
        refused: dict[str, DomainError] = {id: gone for id in taken if id not in rows}
        told = _together(self.verb, list(rows.values()), doing) if len(rows) > 1 else None
        if told is None:
            told = {id: _alone(self.verb, row, doing) for id, row in rows.items()}
        return refused | {str(id): refusal for id, refusal in told.items() if refusal}


def _together(
    verb: Verb, rows: Sequence[Any], doing: Doing
) -> Mapping[Any, DomainError | None] | None:
    """None where they have to be done one by one, also because of a defect of one of them."""
    if verb.act_on_many is None:
        return None
    try:
        with transaction.atomic():
            return {**verb.act_on_many(rows, doing)}
    except Exception as trouble:
        if _passes(trouble):
            raise
        log.exception("back_office.verb_failed", verb=verb.name)
        return None


def _passes(trouble: Exception) -> bool:
    """What the server says to a statement that it can never do is the row's own defect."""
    if isinstance(trouble, DatabaseError):
        return database_is_away(trouble)
    return isinstance(trouble, MAY_PASS)


def _alone(verb: Verb, row: Any, doing: Doing) -> DomainError | None:
    """A defect of the service costs the row that brings it about, not those behind it."""
    try:
        with transaction.atomic():
            verb.act(row, doing)
    except DomainError as refusal:
        return refusal
    except Exception as trouble:
        if _passes(trouble):
            raise
        log.exception("back_office.verb_failed", verb=verb.name, row=str(row.pk))
        return DomainError(gettext_noop("It failed inside the platform; its id is in the log."))
    return None


def _next(batch: Batch, number: int) -> list[BatchRow]:
    left = _open(batch).order_by("number")
    return list(left.select_for_update(skip_locked=True)[:number])


def _open(batch: Batch) -> QuerySet[BatchRow]:
    return BatchRow.objects.filter(batch=batch, outcome=Outcome.OPEN)


def _plain(parameters: Mapping[str, object]) -> dict[str, str] | None:
    return {name: str(value) for name, value in parameters.items()} or None
