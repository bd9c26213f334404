"""Deleting a letter for good (correspondence contract 7.3)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from correspondence import disuse, events, history, letters
from correspondence.callers import Party
from correspondence.errors import BusinessError
from correspondence.models import Correspondence, Letter
from correspondence.states import AVAILABLE, PURGED, UNPUBLISHED, CorrespondenceStatus
from notifications_platform.audit import trail

_S = CorrespondenceStatus
_NOT_FOUND = "There is no such correspondence, or you may not see it."


def purge(id: UUID, *, as_sender: bool, as_recipient: bool, caller: Party, now: datetime) -> None:
    """`as_sender`, `as_recipient`: what the caller is to this letter, judged before; of both the
    sender's rule is tried first. Raises BusinessError.
    """
    with transaction.atomic():
        one = lock(id)
        if one is None or not (as_sender or as_recipient):
            raise BusinessError(1001, _NOT_FOUND)
        status = _purged_to(one, as_sender=as_sender, as_recipient=as_recipient)
        _purge(one, status, by=trail.By.client(caller.client_name), now=now, party=caller.urn)


def purge_by_staff(id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Staff act for the sender, by the sender's rule. Raises BusinessError."""
    with transaction.atomic():
        one = lock(id)
        if one is None:
            raise BusinessError(1001, _NOT_FOUND)
        status = _purged_to(one, as_sender=True, as_recipient=False)
        _purge(one, status, by=trail.By.staff(user), now=now, reason=reason)


def refusal_to_staff(one: Correspondence) -> BusinessError | None:
    """Why they cannot just now."""
    try:
        _purged_to(one, as_sender=True, as_recipient=False)
    except BusinessError as refusal:
        return refusal
    return None


def lock(id: UUID) -> Correspondence | None:
    """The letter first, then its correspondence: purges of the last two must not overlook each
    other. In the caller's transaction.
    """
    found = Correspondence.objects.filter(pk=id).values_list("letter_id", flat=True).first()
    if found is None:
        return None
    letter = Letter.objects.select_for_update(no_key=True).get(pk=found)
    one = Correspondence.objects.select_for_update(no_key=True).get(pk=id)
    one.letter = letter
    return one


def _purged_to(one: Correspondence, *, as_sender: bool, as_recipient: bool) -> CorrespondenceStatus:
    if one.status in PURGED:
        raise BusinessError(1014, gettext_noop("The correspondence has been deleted before."))
    if as_sender and one.status in UNPUBLISHED:
        return _S.PurgedByAltinn
    if not as_recipient:
        raise BusinessError(
            1013, gettext_noop("A published correspondence is the recipient's to delete.")
        )
    if one.status not in AVAILABLE:
        raise BusinessError(1001, _NOT_FOUND)
    if one.letter.is_confirmation_needed and not one.has_been(_S.Confirmed):
        raise BusinessError(1026, "The correspondence must be confirmed before it is deleted.")
    return _S.PurgedByRecipient


def _purge(  # noqa: PLR0913 each says one thing about the purge
    one: Correspondence,
    status: CorrespondenceStatus,
    *,
    by: trail.By,
    now: datetime,
    party: str = "",
    reason: str = "",
) -> None:
    before = _S(one.status)
    one.publish_at = one.due_at = None
    one.own_title = one.own_summary = one.own_body = ""
    one.erased_at = now
    history.add(
        [one],
        status,
        now=now,
        party=party,
        also=["publish_at", "due_at", "own_title", "own_summary", "own_body", "erased_at"],
    )
    letters.withdraw_orders([one], now=now, erase_texts=True)
    if not _others_live(one):
        _erase_letter(one.letter)
        disuse.purge_unused(one.letter, now=now)
    trail.record(
        "correspondence.purge",
        "correspondence",
        [one.id],
        by=by,
        now=now,
        from_state=before.name,
        to_state=status.name,
        reason=reason,
    )
    events.store([letters.to_sender("correspondencepurged", one)], now=now)


def _others_live(one: Correspondence) -> bool:
    siblings = Correspondence.objects.filter(letter=one.letter, erased_at__isnull=True)
    return siblings.exclude(pk=one.pk).exists()


def _erase_letter(letter: Letter) -> None:
    """Nobody will read it any more."""
    letter.title = letter.summary = letter.body = ""
    letter.notification = None
    letter.save(update_fields=["title", "summary", "body", "notification"])
