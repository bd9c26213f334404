"""What recipients do with a letter (correspondence contract 7.2): fetch, read, confirm, archive,
download. Whether the caller is its recipient has been judged before; whether the letter is
there for him is judged again under the row's lock.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from correspondence import access, events, history, letters
from correspondence.callers import Party
from correspondence.errors import BusinessError
from correspondence.models import Correspondence, StatusEntry
from correspondence.states import CorrespondenceStatus
from notifications_platform.audit import trail

FETCHED_AGAIN_AFTER = timedelta(seconds=15)
LONGEST_WAIT = "5s"
_S = CorrespondenceStatus


def fetch(id: UUID, *, caller: Party, now: datetime) -> Correspondence:
    """Its recipient has looked at it: noted once in a while, shown in the history only."""
    with transaction.atomic():
        one = _lock(id)
        _fetched(one, caller, now)
    return one


def read_content(id: UUID, *, caller: Party, now: datetime) -> Correspondence:
    """Its recipient has got the body: Fetched, and Read the first time."""
    with transaction.atomic():
        one = _lock(id)
        _fetched(one, caller, now)
        if not one.has_been(_S.Read):
            _read(one, caller, now)
    return one


def mark_read(id: UUID, *, caller: Party, now: datetime) -> None:
    with transaction.atomic():
        one = _lock(id)
        if not one.has_been(_S.Fetched):
            raise BusinessError(1024, "The correspondence must be fetched before it is read.")
        if one.has_been(_S.Read):
            raise BusinessError(1040, "The correspondence has been read already.")
        _read(one, caller, now)


def confirm(id: UUID, *, caller: Party, now: datetime) -> None:
    """Also where no confirmation was asked for, and without reading it."""
    with transaction.atomic():
        one = _lock(id)
        if not one.has_been(_S.Fetched):
            raise BusinessError(1025, "The correspondence must be fetched before it is confirmed.")
        if one.has_been(_S.Confirmed):
            raise BusinessError(1041, "The correspondence has been confirmed already.")
        history.add([one], _S.Confirmed, now=now, party=caller.urn)
        _note("confirm", one, caller, now)
        events.store([letters.to_sender("correspondencereceiverconfirmed", one)], now=now)


def archive(id: UUID, *, caller: Party, now: datetime) -> None:
    """Once; again changes nothing."""
    with transaction.atomic():
        one = _lock(id)
        if one.letter.is_confirmation_needed and not one.has_been(_S.Confirmed):
            raise BusinessError(1026, "The correspondence must be confirmed before it is archived.")
        if one.has_been(_S.Archived):
            return
        history.add([one], _S.Archived, now=now, party=caller.urn)
        _note("archive", one, caller, now)
        events.store([letters.to_sender("correspondencearchived", one)], now=now)


def downloaded(id: UUID, attachment_id: UUID, *, caller: Party, now: datetime) -> None:
    """Each time."""
    with transaction.atomic():
        one = _lock(id)
        text = f"Attachment {attachment_id} has been downloaded"
        history.add([one], _S.AttachmentsDownloaded, now=now, text=text, party=caller.urn)


def limit_patience() -> None:
    """For the rest of the transaction. Who waits for a row holds one of few threads: after this
    time it is a 503, to be tried again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])


def _lock(id: UUID) -> Correspondence:
    """Without its letter, which hundreds of recipients share: nothing of it changes here."""
    limit_patience()
    one = (
        Correspondence.objects.select_for_update(no_key=True, of=("self",))
        .select_related("letter")
        .filter(pk=id)
        .first()
    )
    if one is None or not access.is_available(one):
        raise access.not_found()
    return one


def _fetched(one: Correspondence, caller: Party, now: datetime) -> None:
    lately = StatusEntry.objects.filter(
        correspondence=one,
        status=_S.Fetched.value,
        party=caller.urn,
        at__gt=now - FETCHED_AGAIN_AFTER,
        # Two at once may have read the clock in another order than they come here.
        at__lt=now + FETCHED_AGAIN_AFTER,
    )
    if not lately.exists():
        history.add([one], _S.Fetched, now=now, party=caller.urn)


def _read(one: Correspondence, caller: Party, now: datetime) -> None:
    one.read = now
    history.add([one], _S.Read, now=now, party=caller.urn, also=["read"])
    _note("read", one, caller, now)
    events.store([letters.to_sender("correspondencereceiverread", one)], now=now)


def _note(act: str, one: Correspondence, caller: Party, now: datetime) -> None:
    by = trail.By.client(caller.client_name)
    trail.record(f"correspondence.{act}", "correspondence", [one.id], by=by, now=now)
