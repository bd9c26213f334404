"""What becomes of attachments: scan, letters that wait, expiry, purge (contract 5.4, 7.3)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from correspondence import (
    attachments,
    downloading,
    expiring,
    publishing,
    purging,
    uploading,
    verdicts,
)
from correspondence.errors import BusinessError
from correspondence.models import Attachment, Correspondence, Letter
from correspondence.scanning.base import ScannerUnavailable
from correspondence.scanning.eicar import SIGNATURE
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from correspondence.storage import configured
from correspondence.storage.base import pieces_of
from notifications_platform.core import clock
from tests.correspondence.uploads import (
    ALT,
    DIGDIR,
    KARI,
    TTD,
    history,
    keys,
    letter_of,
    made,
    new_attachment,
    new_letter,
    scanned,
    send,
    told,
    uploaded,
)

pytestmark = pytest.mark.usefixtures("own_storage")
_S = AttachmentStatus
_C = CorrespondenceStatus
CLEAN, BAD = b"hello", b"x" * 70_000 + SIGNATURE


def refused(number: int) -> Any:
    return pytest.raises(BusinessError, check=lambda error: error.number == number)


def scan_all() -> None:
    while verdicts.scan_next(now=clock.now()):
        pass


def expire_all(now: datetime) -> None:
    while expiring.expire(now=now):
        pass
    while expiring.remove_bytes(now=now):
        pass


def status(one: Attachment) -> _S:
    one.refresh_from_db()
    return _S(one.status)


# --- scan ------------------------------------------------------------------------------------
def test_a_clean_one_is_published() -> None:
    one = scanned(CLEAN)
    assert history(one) == ["Initialized", "UploadProcessing", "Published"]
    assert told(one.id) == ["attachmentinitialized", "attachmentpublished"]
    assert one.scan_at is None


def test_malware_fails_it_and_its_bytes_go() -> None:
    one = scanned(BAD)
    assert status(one) is _S.Failed
    assert one.status_text == "Malware was found: EICAR test signature"
    assert told(one.id) == ["attachmentinitialized", "attachmentuploadfailed"]
    expiring.remove_bytes(now=clock.now())
    assert keys() == set()


def test_a_letter_waits_for_its_attachment_and_is_published_then() -> None:
    letter = letter_of(send(new_letter(new_attachment()), CLEAN))
    assert letter.status == _C.Initialized
    assert publishing.publish_due(now=clock.now()) == 0
    scan_all()
    assert publishing.publish_due(now=clock.now()) == 1
    letter.refresh_from_db()
    assert letter.status == _C.Published


def test_a_letter_waits_for_all_of_its_attachments() -> None:
    new = new_letter(new_attachment(), new_attachment(file_name="b.pdf"))
    letter = letter_of(send(new, CLEAN, CLEAN))
    assert verdicts.scan_next(now=clock.now()) == 1
    publishing.publish_due(now=clock.now())
    letter.refresh_from_db()
    assert letter.status == _C.Initialized
    assert verdicts.scan_next(now=clock.now()) == 1
    publishing.publish_due(now=clock.now())
    letter.refresh_from_db()
    assert letter.status == _C.Published


def test_malware_fails_every_letter_that_has_it() -> None:
    uten = ALT.urn.replace("310131075", "310131113")
    answer = send(new_letter(new_attachment(), recipients=(ALT.urn, uten)), BAD)
    scan_all()
    for one in answer.correspondences:
        letter = Correspondence.objects.get(pk=one.correspondence_id)
        assert letter.status == _C.Failed
        assert "Malware was found" in letter.status_text
        assert told(letter.id)[-1] == "correspondencepublishfailed"
    assert publishing.publish_due(now=clock.now()) == 0


def test_a_letter_purged_before_the_verdict_takes_its_attachment_along() -> None:
    answer = send(new_letter(new_attachment()), CLEAN)
    letter = letter_of(answer)
    purging.purge(letter.id, as_sender=True, as_recipient=False, caller=TTD, now=clock.now())
    one = Attachment.objects.get(pk=answer.attachment_ids[0])
    assert status(one) is _S.UploadProcessing
    scan_all()
    assert status(one) is _S.Purged
    letter.refresh_from_db()
    assert letter.status == _C.PurgedByAltinn


class AbsentScanner:
    def scan(self, pieces: object) -> str:
        raise ScannerUnavailable("away")


def test_without_its_scanner_an_attachment_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    one = uploaded(CLEAN)
    monkeypatch.setattr(verdicts, "scanner", AbsentScanner)
    assert verdicts.scan_next(now=clock.now()) == 0
    assert status(one) is _S.UploadProcessing
    assert one.scan_at is not None
    assert one.scan_at > clock.real()
    monkeypatch.undo()
    Attachment.objects.update(scan_at=clock.real())
    scan_all()
    assert status(one) is _S.Published


def test_a_scan_whose_worker_died_is_done_by_another() -> None:
    one = uploaded(CLEAN)
    assert verdicts._claimed() is not None
    assert verdicts.scan_next(now=clock.now()) == 0
    Attachment.objects.update(scan_at=clock.real() - timedelta(seconds=1))
    scan_all()
    assert status(one) is _S.Published


def test_a_verdict_has_the_moment_at_which_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    real, took = clock.real, timedelta(minutes=5)

    class SlowScanner:
        def scan(self, pieces: object) -> str:
            monkeypatch.setattr(clock, "real", lambda: real() + took)
            return ""

    one = uploaded(CLEAN)
    monkeypatch.setattr(verdicts, "scanner", SlowScanner)
    began = clock.now()
    assert verdicts.scan_next(now=began) == 1
    one.refresh_from_db()
    assert began + took <= one.status_changed


def test_a_verdict_of_malware_after_a_purge_purges() -> None:
    answer = send(new_letter(new_attachment()), BAD)
    letter = letter_of(answer)
    purging.purge(letter.id, as_sender=True, as_recipient=False, caller=TTD, now=clock.now())
    scan_all()
    one = Attachment.objects.get(pk=answer.attachment_ids[0])
    assert status(one) is _S.Purged
    assert history(one)[-2:] == ["Malware was found: EICAR test signature", "Purged"]


def test_a_second_verdict_changes_nothing() -> None:
    one = uploaded(CLEAN)
    stale = Attachment.objects.get(pk=one.pk)
    verdicts.record(one, "", now=clock.now())
    verdicts.record(stale, "Malware was found", now=clock.now())
    assert status(one) is _S.Published
    assert told(one.id) == ["attachmentinitialized", "attachmentpublished"]


def test_bytes_that_were_lost_fail_it() -> None:
    one = uploaded(CLEAN)
    configured.storage().remove(one.storage_key)
    scan_all()
    assert status(one) is _S.Failed


# --- a letter with files ---------------------------------------------------------------------
def test_files_of_a_letter_are_stored_with_their_histories() -> None:
    answer = send(new_letter(new_attachment(), new_attachment(file_name="b.pdf")), b"one", b"two")
    first, second = (Attachment.objects.get(pk=id) for id in answer.attachment_ids)
    assert (first.file_name, first.size, second.file_name) == ("a.pdf", 3, "b.pdf")
    assert history(first) == ["Initialized", "UploadProcessing"]
    assert keys() == {first.storage_key, second.storage_key}


def test_files_that_need_no_scan_are_published_at_once() -> None:
    answer = send(new_letter(new_attachment(), resource_id="ttd-letters-bypass"), b"one")
    assert answer.correspondences[0].status is _C.ReadyForPublish
    one = Attachment.objects.get(pk=answer.attachment_ids[0])
    assert history(one) == ["Initialized", "UploadProcessing", "Published"]
    assert told(one.id) == ["attachmentpublished"]


def test_a_wrong_checksum_of_one_file_leaves_nothing_of_the_letter() -> None:
    new = new_letter(new_attachment(), new_attachment(file_name="b.pdf", checksum="0" * 32))
    with refused(2008):
        send(new, b"one", b"two")
    assert keys() == set()
    assert not Letter.objects.exists()
    assert not Attachment.objects.exists()


def test_a_letter_that_is_refused_late_leaves_no_bytes() -> None:
    key = uuid4()
    send(new_letter(idempotent_key=key))
    with pytest.MonkeyPatch.context() as patch, refused(1034):
        # The other call comes between check and commit.
        patch.setattr("correspondence.preparing._check_key", lambda *_: None)
        send(new_letter(new_attachment(), idempotent_key=key), b"one")
    assert keys() == set()


# --- expiry ----------------------------------------------------------------------------------
def test_it_expires_with_the_last_of_its_uses() -> None:
    one = scanned(CLEAN, expiration_in_days=14)
    assert status(one) is _S.Published
    assert one.expires_at is None
    now = clock.now()
    send(new_letter(existing_attachments=(one.id,)))
    later = now + timedelta(days=10)
    send(new_letter(existing_attachments=(one.id,), requested_publish_time=later))
    one.refresh_from_db()
    assert one.expires_at == later + timedelta(days=14)
    expire_all(now + timedelta(days=23))
    assert status(one) is _S.Published
    expire_all(now + timedelta(days=25))
    assert status(one) is _S.Expired
    assert one.status_text == "expired"
    assert told(one.id)[-1] == "attachmentexpired"
    assert keys() == set()


def test_a_purge_of_the_last_use_but_one_moves_the_expiry() -> None:
    one = scanned(CLEAN, expiration_in_days=14)
    now = clock.now()
    first = letter_of(send(new_letter(existing_attachments=(one.id,))))
    later = now + timedelta(days=10)
    new = new_letter(existing_attachments=(one.id,), requested_publish_time=later)
    second = letter_of(send(new))
    purging.purge(second.id, as_sender=True, as_recipient=False, caller=TTD, now=clock.now())
    one.refresh_from_db()
    assert one.expires_at == first.requested_publish_time + timedelta(days=14)
    purging.purge(first.id, as_sender=True, as_recipient=False, caller=TTD, now=clock.now())
    assert status(one) is _S.Purged
    assert one.expires_at is None


def test_one_without_an_end_never_expires() -> None:
    one = scanned(CLEAN)
    send(new_letter(existing_attachments=(one.id,)))
    expire_all(clock.now() + timedelta(days=10_000))
    assert status(one) is _S.Published


def test_an_upload_whose_process_died_is_failed() -> None:
    one = made()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploading, "_fail", lambda *_: None)
        patch.setattr(uploading, "_store", _killed)
        with pytest.raises(KeyboardInterrupt):
            uploading.upload(one.id, _Empty(), 5, caller=TTD, now=clock.now())
    assert status(one) is _S.UploadProcessing
    assert expiring.give_up_uploads(now=clock.now()) == 0
    Attachment.objects.update(arriving_until=clock.real())
    assert expiring.give_up_uploads(now=clock.now()) == 1
    assert status(one) is _S.Failed


class _Empty:
    def read(self, size: int, /) -> bytes:
        return b""


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_bytes_that_no_row_names_are_removed_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    one = scanned(CLEAN)
    configured.storage().save("ab/orphan", iter([b"x"]))
    assert expiring.remove_orphans() == 0
    monkeypatch.setattr(expiring, "_ORPHANED_AFTER", timedelta(seconds=-60))
    assert expiring.remove_orphans() == 1
    monkeypatch.undo()
    assert keys() == {one.storage_key}


# --- purge -----------------------------------------------------------------------------------
def test_a_purge_keeps_what_is_known_and_removes_the_bytes() -> None:
    one = scanned(CLEAN)
    attachments.purge_attachment(one.id, caller=TTD, now=clock.now())
    expiring.remove_bytes(now=clock.now())
    assert keys() == set()
    seen = attachments.view(one.id, caller=TTD, with_history=True)
    assert seen.attachment.file_name == "a.pdf"
    assert seen.attachment.checksum
    assert seen.data_type == "application/pdf"
    assert [entry.text for entry in seen.history][-1] == "Purged"
    with refused(2006):
        attachments.purge_attachment(one.id, caller=TTD, now=clock.now())
    with refused(2019):
        downloading.open_for_sender(one.id, caller=TTD)


def test_one_that_a_letter_has_is_not_purged() -> None:
    one = scanned(CLEAN)
    letter = letter_of(send(new_letter(existing_attachments=(one.id,))))
    with refused(2007):
        attachments.purge_attachment(one.id, caller=TTD, now=clock.now())
    with refused(2001):
        attachments.purge_attachment(one.id, caller=DIGDIR, now=clock.now())
    assert status(one) is _S.Published
    assert attachments.view(one.id, caller=TTD).correspondence_ids == [letter.id]


# --- download --------------------------------------------------------------------------------
def published_with(**changes: Any) -> tuple[Correspondence, Attachment]:
    one = scanned(CLEAN, **changes)
    letter = letter_of(send(new_letter(existing_attachments=(one.id,))))
    publishing.publish_due(now=clock.now())
    letter.refresh_from_db()
    return letter, one


def test_the_recipient_gets_the_bytes_and_the_sender_no_longer() -> None:
    letter, one = published_with()
    got = downloading.open_for_recipient(letter, one.id, caller=ALT, now=clock.now())
    assert b"".join(pieces_of(got.stored)) == CLEAN
    with refused(2016):
        downloading.open_for_sender(one.id, caller=TTD)


def test_each_use_ends_at_its_own_time() -> None:
    letter, one = published_with(expiration_in_days=14)
    in_time = letter.requested_publish_time + timedelta(days=14) - timedelta(seconds=1)
    downloading.open_for_recipient(letter, one.id, caller=ALT, now=in_time).stored.close()
    with refused(2020):
        late = in_time + timedelta(seconds=1)
        downloading.open_for_recipient(letter, one.id, caller=ALT, now=late)


def test_an_attachment_of_another_resource_needs_access_to_that() -> None:
    """A person who has access to the letter's resource on behalf of the organisation."""
    one = scanned(CLEAN, resource_id="demo-resource")
    letter = letter_of(send(new_letter(existing_attachments=(one.id,))))
    publishing.publish_due(now=clock.now())
    with refused(2001):
        downloading.open_for_recipient(letter, one.id, caller=KARI, now=clock.now())
    with refused(2001):
        downloading.open_for_recipient(letter, uuid4(), caller=ALT, now=clock.now())
    downloading.open_for_recipient(letter, one.id, caller=ALT, now=clock.now()).stored.close()


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (1036, {"resource_id": "nobodys"}),
        (4001, {"resource_id": "digdir-letters"}),
        (4009, {"resource_id": "ttd-broker"}),
        (2010, {"file_name": " "}),
        (2013, {"file_name": "a.exe"}),
        (2017, {"expiration_in_days": 0}),
    ],
)
def test_an_attachment_that_breaks_a_rule_is_not_made(number: int, changes: Any) -> None:
    with refused(number):
        made(**changes)
    assert not Attachment.objects.exists()
