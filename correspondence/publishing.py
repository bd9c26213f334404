"""The publish job (correspondence contract 7.4): safe to run twice and at once, and whenever
something may have become ready.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from correspondence import batches, events, history, letters
from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from correspondence.events import Happened
from correspondence.models import Correspondence, LetterAttachment
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from notifications_platform.registers import configured, service_owners
from notifications_platform.registers.lookup import Organization, Person, RegisterUnavailable

BATCH = 200
ASK_AGAIN_AFTER = timedelta(minutes=1)
_S = CorrespondenceStatus
# A letter is told of without its attachment once that has expired: who downloads it is told so.
_IN_PLACE = [AttachmentStatus.Published.value, AttachmentStatus.Expired.value]
T = TypeVar("T")


def publish_due(*, now: datetime) -> int:
    """Publish up to a batch of what is due; how many were handled, that is, will not be found
    due at this moment again.
    """
    due = Correspondence.objects.filter(publish_at__lte=now).order_by("publish_at")
    return publish(list(due.values_list("id", flat=True)[:BATCH]), now=now)


def publish(ids: Sequence[UUID], *, now: datetime) -> int:
    """Publish those of `ids` that are due and ready; also called by a reader who comes first.

    Registers are asked before, outside any transaction; one that does not answer puts off those
    letters that need it.
    """
    return batches.handle(
        ids,
        lambda some: _publish_together(some, now),
        put_off=lambda id: _due([id], now).update(publish_at=now + ASK_AGAIN_AFTER),
    )


def _due(ids: Collection[UUID], now: datetime) -> "QuerySet[Correspondence]":
    return Correspondence.objects.filter(pk__in=ids, publish_at__lte=now)


def _publish_together(ids: Sequence[UUID], now: datetime) -> int:
    # Hundreds of recipients share a letter: its text is not read with each of them.
    due = _due(ids, now).select_related("letter").defer("own_body", "letter__body")
    causes = _causes_against(list(due))
    with transaction.atomic():
        claimed = list(
            due.filter(pk__in=causes)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("id")
        )
        events.store(_settle(claimed, causes, now), now=now)
    return len(claimed)


def _settle(
    claimed: Sequence[Correspondence], causes: Mapping[UUID, str | None], now: datetime
) -> list[Happened]:
    outstanding = _with_outstanding_attachments(claimed)
    ready: list[Correspondence] = []
    failed: list[Correspondence] = []
    for one in claimed:
        cause = causes[one.id]
        one.publish_at = now + ASK_AGAIN_AFTER if cause is None else None
        if cause is not None and one.id not in outstanding:
            (failed if cause else ready).append(one)
    Correspondence.objects.bulk_update(claimed, ["publish_at"])
    refused = {one.id: causes[one.id] or "" for one in failed}
    return [*_fail(failed, refused, now), *_publish(ready, now)]


def _publish(ready: Sequence[Correspondence], now: datetime) -> list[Happened]:
    first = [one for one in ready if not one.has_been(_S.ReadyForPublish)]
    history.add(first, _S.ReadyForPublish, now=now)
    for one in ready:
        one.published = now
        # The due-date job passes over what is not published yet.
        one.due_at = one.letter.due_date_time
    history.add(ready, _S.Published, now=now, also=["published", "due_at"])
    letters.release_orders(ready, now=now)
    return [letters.to_recipient("correspondencepublished", one) for one in ready]


def _fail(
    failed: Sequence[Correspondence], causes: Mapping[UUID, str], now: datetime
) -> list[Happened]:
    history.add(failed, _S.Failed, now=now, text=causes)
    letters.withdraw_orders(failed, now=now)
    return [letters.to_sender("correspondencepublishfailed", one) for one in failed]


def fail(waiting: Sequence[Correspondence], cause: str, *, now: datetime) -> list[Happened]:
    """These (locked) letters, `letter` loaded, will never be published. What is to be told of it
    is for the caller to store.
    """
    for one in waiting:
        one.publish_at = None
    Correspondence.objects.bulk_update(waiting, ["publish_at"])
    return _fail(waiting, {one.id: cause for one in waiting}, now)


def make_ready(letter_ids: Collection[UUID]) -> None:
    """An attachment has become published: the job has to look again at who waited for it. Due is
    what it was due, however far ahead or behind the clock stands by now.
    """
    waiting = Correspondence.objects.filter(
        letter__in=letter_ids, status=_S.Initialized.value, publish_at__isnull=True
    )
    ids = list(waiting.order_by("id").select_for_update().values_list("id", flat=True))
    rows = Correspondence.objects.filter(pk__in=ids)
    rows.order_by("pk").update(publish_at=F("requested_publish_time"))


def _with_outstanding_attachments(claimed: Sequence[Correspondence]) -> set[UUID]:
    outstanding = LetterAttachment.objects.filter(letter=OuterRef("letter")).exclude(
        attachment__status__in=_IN_PLACE
    )
    rows = Correspondence.objects.filter(pk__in=[one.id for one in claimed])
    return set(rows.filter(Exists(outstanding)).values_list("id", flat=True))


def _causes_against(due: Sequence[Correspondence]) -> dict[UUID, str | None]:
    """Why each must not be published, empty where it may be; None where the register that knows
    does not answer.
    """
    recipients = {one.recipient for one in due}
    organizations = _asked(configured.organizations().lookup, ORGANIZATION_URN, recipients)
    persons = _asked(configured.persons().lookup, PERSON_URN, recipients)
    senders = _senders(due)
    causes: dict[UUID, str | None] = {}
    for one in due:
        if senders.get(one.letter.service_owner) != one.sender:
            causes[one.id] = "The sender is no longer in the register"
        elif one.recipient.startswith(PERSON_URN):
            causes[one.id] = _cause_of_person(one, persons)
        else:
            causes[one.id] = _cause_of_organization(one, organizations)
    return causes


def _asked(
    look_up: Callable[[Collection[str]], Mapping[str, T]], prefix: str, urns: Collection[str]
) -> Mapping[str, T] | None:
    """By number, of those urns that this register knows; None if it does not answer."""
    numbers = {urn.removeprefix(prefix) for urn in urns if urn.startswith(prefix)}
    try:
        return look_up(numbers) if numbers else {}
    except RegisterUnavailable:
        return None


def _senders(due: Sequence[Correspondence]) -> dict[str, str]:
    """The urn of each service owner that there still is."""
    owners = {org: service_owners.by_org(org) for org in {one.letter.service_owner for one in due}}
    return {
        org: ORGANIZATION_URN + owner.organization_number for org, owner in owners.items() if owner
    }


def _cause_of_person(one: Correspondence, persons: Mapping[str, Person] | None) -> str | None:
    if persons is None:
        return "" if one.letter.ignore_reservation else None
    person = persons.get(one.recipient.removeprefix(PERSON_URN))
    if person is None:
        return _NO_RECIPIENT
    if person.reserved and not one.letter.ignore_reservation:
        return "The recipient has been reserved against digital letters"
    return ""


def _cause_of_organization(
    one: Correspondence, organizations: Mapping[str, Organization] | None
) -> str | None:
    if organizations is None:
        return None
    known = one.recipient.removeprefix(ORGANIZATION_URN) in organizations
    return "" if known else _NO_RECIPIENT


_NO_RECIPIENT = "The recipient is no longer in the register"
