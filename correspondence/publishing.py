"""The publish job (correspondence contract 7.4): safe to run twice and at once, and whenever
something may have become ready.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from correspondence import events, history, letters
from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from correspondence.models import Correspondence, LetterAttachment
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import RegisterUnavailable

BATCH = 200
ASK_AGAIN_AFTER = timedelta(minutes=1)
_S = CorrespondenceStatus


def publish_due(*, now: datetime) -> int:
    """Publish up to a batch of what is due; how many were handled."""
    due = Correspondence.objects.filter(publish_at__lte=now).order_by("publish_at")
    return publish(list(due.values_list("id", flat=True)[:BATCH]), now=now)


def publish(ids: Collection[UUID], *, now: datetime) -> int:
    """Publish those of `ids` that are due and ready; also called by a reader who comes first.

    Registers are asked before, outside any transaction; one that does not answer puts off.
    """
    if not ids:
        return 0
    due = list(Correspondence.objects.filter(pk__in=ids, publish_at__lte=now))
    causes = _causes_against(due)
    with transaction.atomic():
        claimed = list(
            Correspondence.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=[one.id for one in due], publish_at__lte=now)
            .select_related("letter")
            .order_by("id")
        )
        _settle(claimed, causes, now)
    return len(claimed)


def _settle(
    claimed: Sequence[Correspondence], causes: Mapping[UUID, str] | None, now: datetime
) -> None:
    outstanding = _with_outstanding_attachments(claimed)
    ready = []
    for one in claimed:
        if causes is None:
            one.publish_at = now + ASK_AGAIN_AFTER
        else:
            one.publish_at = None
            if one.id not in outstanding:
                ready.append(one)
    Correspondence.objects.bulk_update(claimed, ["publish_at"])
    failed = [one for one in ready if causes and one.id in causes]
    _fail(failed, causes or {}, now)
    _publish([one for one in ready if one not in failed], now)


def _publish(ready: Sequence[Correspondence], now: datetime) -> None:
    first = [one for one in ready if not one.has_been(_S.ReadyForPublish)]
    history.add(first, _S.ReadyForPublish, now=now)
    for one in ready:
        one.published = now
    history.add(ready, _S.Published, now=now, also=["published"])
    letters.release_orders(ready, now=now)
    events.store((letters.to_recipient("correspondencepublished", one) for one in ready), now=now)


def _fail(failed: Sequence[Correspondence], causes: Mapping[UUID, str], now: datetime) -> None:
    for one in failed:
        history.add([one], _S.Failed, now=now, text=causes[one.id])
    letters.withdraw_orders(failed, now=now)
    events.store((letters.to_sender("correspondencepublishfailed", one) for one in failed), now=now)


def fail(waiting: Sequence[Correspondence], cause: str, *, now: datetime) -> None:
    """These (locked) letters, `letter` loaded, will never be published."""
    for one in waiting:
        one.publish_at = None
    Correspondence.objects.bulk_update(waiting, ["publish_at"])
    _fail(waiting, {one.id: cause for one in waiting}, now)


def make_ready(letter_ids: Collection[UUID], *, now: datetime) -> None:
    """An attachment has become published: the job has to look again at who waited for it."""
    waiting = Correspondence.objects.filter(
        letter__in=letter_ids, status=_S.Initialized.value, publish_at__isnull=True
    )
    ids = list(waiting.order_by("id").select_for_update().values_list("id", flat=True))
    rows = list(Correspondence.objects.filter(pk__in=ids))
    for one in rows:
        one.publish_at = max(now, one.requested_publish_time)
    Correspondence.objects.bulk_update(rows, ["publish_at"])


def _with_outstanding_attachments(claimed: Sequence[Correspondence]) -> set[UUID]:
    outstanding = LetterAttachment.objects.filter(letter=OuterRef("letter")).exclude(
        attachment__status=AttachmentStatus.Published.value
    )
    rows = Correspondence.objects.filter(pk__in=[one.id for one in claimed])
    return set(rows.filter(Exists(outstanding)).values_list("id", flat=True))


def _causes_against(due: Sequence[Correspondence]) -> Mapping[UUID, str] | None:
    """Why letters must not be published, by id; None while a register does not answer."""
    urns = {one.recipient for one in due} | {one.sender for one in due}
    numbers = {urn.removeprefix(ORGANIZATION_URN) for urn in urns if ORGANIZATION_URN in urn}
    pids = {urn.removeprefix(PERSON_URN) for urn in urns if PERSON_URN in urn}
    try:
        organizations = configured.organizations().lookup(numbers) if numbers else {}
        persons = configured.persons().lookup(pids) if pids else {}
    except RegisterUnavailable:
        return None
    known = {ORGANIZATION_URN + number for number in organizations}
    known |= {PERSON_URN + pid for pid in persons}
    reserved = {PERSON_URN + pid for pid, person in persons.items() if person.reserved}
    causes = {}
    for one in due:
        if one.recipient not in known:
            causes[one.id] = "The recipient is no longer in the register"
        elif one.recipient in reserved and not one.letter.ignore_reservation:
            causes[one.id] = "The recipient has been reserved against digital letters"
    return causes
