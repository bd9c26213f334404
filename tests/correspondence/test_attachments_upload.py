"""Bytes of a shared attachment on their way in (correspondence contract 5.3)."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correspondence import attachments, downloading, expiring, uploading
from correspondence.errors import BusinessError
from correspondence.models import Attachment
from correspondence.states import AttachmentStatus
from correspondence.storage import configured
from correspondence.storage.base import StorageUnavailable, pieces_of
from notifications_platform.core import clock
from tests.correspondence.uploads import (
    DIGDIR,
    TTD,
    history,
    keys,
    made,
    told,
    upload,
    uploaded,
)

pytestmark = pytest.mark.usefixtures("own_storage")
_S = AttachmentStatus


class Scripted:
    """A body that comes as it is told: bytes, an exception, or silence until released."""

    def __init__(self, *steps: bytes | Exception | threading.Event) -> None:
        self.steps = list(steps)

    def read(self, size: int, /) -> bytes:
        step = self.steps.pop(0) if self.steps else b""
        if isinstance(step, threading.Event):
            step.wait(10)
            return b""
        if isinstance(step, Exception):
            raise step
        if len(step) > size:
            self.steps.insert(0, step[size:])
        return step[:size]


def take(one: Attachment, body: Any, length: int | None) -> Attachment:
    seen = uploading.upload(one.id, body, length, caller=TTD, now=clock.now())
    return seen.attachment


def refused(number: int) -> Any:
    return pytest.raises(BusinessError, check=lambda error: error.number == number)


def now_of(one: Attachment) -> tuple[_S, list[str]]:
    one.refresh_from_db()
    return _S(one.status), history(one)


@pytest.mark.parametrize("length", [-1, None], ids=["declared", "chunked"])
def test_bytes_are_stored_measured_and_wait_for_the_scan(length: int | None) -> None:
    one = made()
    assert told(one.id) == ["attachmentinitialized"]
    upload(one.id, b"hello" * 50_000, length)
    assert now_of(one) == (_S.UploadProcessing, ["Initialized", "UploadProcessing"])
    assert one.size == 250_000
    assert one.checksum == hashlib.md5(b"hello" * 50_000).hexdigest()  # noqa: S324
    assert one.scan_at is not None
    assert one.arriving_until is None
    assert keys() == {one.storage_key}
    stored = downloading.open_for_sender(one.id, caller=TTD)
    assert b"".join(pieces_of(stored.stored)) == b"hello" * 50_000


def test_the_key_says_nothing_of_the_file() -> None:
    one = uploaded(file_name="secret.pdf")
    assert "secret" not in one.storage_key
    assert one.id.hex not in one.storage_key


def test_without_a_scan_it_is_published_at_once() -> None:
    one = uploaded(resource_id="ttd-letters-bypass")
    assert now_of(one) == (_S.Published, ["Initialized", "UploadProcessing", "Published"])
    assert one.scan_at is None
    assert told(one.id) == ["attachmentinitialized", "attachmentpublished"]


@pytest.mark.parametrize("length", [0, 50_000_000_001])
def test_a_declared_length_that_cannot_be_is_refused_before_reading(length: int) -> None:
    one = made()
    with refused(2004):
        take(one, Scripted(AssertionError("read")), length)
    assert now_of(one) == (_S.Initialized, ["Initialized"])


def test_only_the_owner_may_upload() -> None:
    one = made()
    for id, caller in ((one.id, DIGDIR), (uuid4(), TTD)):
        with refused(2001):
            uploading.upload(id, Scripted(b"x"), 0, caller=caller, now=clock.now())
    assert now_of(one)[0] is _S.Initialized


def test_bytes_come_once() -> None:
    one = uploaded()
    with refused(2005):
        upload(one.id, b"other")
    assert now_of(one)[0] is _S.UploadProcessing
    assert one.size == 5
    with refused(2004):
        upload(one.id, b"")


def test_an_upload_in_chunks_without_a_byte_is_refused() -> None:
    one = made()
    with refused(2004):
        take(one, Scripted(), None)
    assert now_of(one)[0] is _S.Failed
    assert keys() == set()


def test_a_wrong_checksum_fails_the_attachment_and_leaves_no_bytes() -> None:
    one = made(checksum="0" * 32)
    with refused(2008):
        upload(one.id, b"hello")
    assert now_of(one) == (_S.Failed, ["Initialized", "UploadProcessing", "Checksum mismatch"])
    assert keys() == set()
    with refused(2001):
        downloading.open_for_sender(one.id, caller=TTD)


def test_a_right_checksum_passes() -> None:
    md5 = hashlib.md5(b"hello").hexdigest()  # noqa: S324
    assert now_of(uploaded(b"hello", checksum=md5))[0] is _S.UploadProcessing


@pytest.mark.parametrize("rest", [(), (ConnectionResetError(),)], ids=["ended", "reset"])
def test_a_body_that_breaks_off_fails_the_attachment(rest: tuple[Exception, ...]) -> None:
    one = made()
    with refused(2022):
        take(one, Scripted(b"half", *rest), 8)
    assert now_of(one)[0] is _S.Failed
    assert keys() == set()


def test_a_silent_sender_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "LONGEST_SILENCE", 0.2)
    one, silence = made(), threading.Event()
    with refused(2022) as refusal:
        take(one, Scripted(b"a" * 100, silence), 8_000)
    assert refusal.value.status == 408
    assert now_of(one)[0] is _S.Failed
    assert keys() == set()
    silence.set()


class BrokenStorage:
    def save(self, key: str, pieces: Iterator[bytes]) -> None:
        next(pieces)
        raise StorageUnavailable("disk full")


def test_a_storage_that_fails_is_a_bad_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "storage", BrokenStorage)
    one = made()
    with refused(2002) as refusal:
        upload(one.id, b"hello")
    assert refusal.value.status == 502
    assert now_of(one) == (_S.Failed, ["Initialized", "UploadProcessing", "The upload failed"])


def test_of_two_uploads_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reads the row before the first has changed it."""
    one = made()
    stale = attachments.own(one.id, TTD)
    upload(one.id, b"first")
    monkeypatch.setattr(attachments, "own", lambda *_: stale)
    with refused(2005):
        upload(one.id, b"second")
    assert now_of(one)[0] is _S.UploadProcessing
    assert keys() == {one.storage_key}


def test_an_upload_that_was_given_up_cannot_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    one, real = made(), configured.storage()

    class SlowStorage:
        def save(self, key: str, pieces: Iterator[bytes]) -> None:
            real.save(key, pieces)
            long_ago = clock.real() - timedelta(hours=1)
            Attachment.objects.filter(pk=one.pk).update(arriving_until=long_ago)
            assert expiring.give_up_uploads(now=clock.now()) == 1

    monkeypatch.setattr(uploading, "storage", SlowStorage)
    with refused(2002):
        upload(one.id, b"hello")
    assert now_of(one) == (_S.Failed, ["Initialized", "UploadProcessing", "The upload broke off"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=8))
def test_whatever_the_pieces_the_bytes_are_the_same(parts: list[bytes]) -> None:
    one = take(made(), Scripted(*parts), None)
    found = downloading.open_for_sender(one.id, caller=TTD)
    assert b"".join(pieces_of(found.stored, 1000)) == b"".join(parts)
    assert found.size == sum(map(len, parts))
