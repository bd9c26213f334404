"""Attachments over HTTP: made known, uploaded, looked at, downloaded, purged (contract 5)."""

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from correspondence import verdicts
from correspondence.callers import READ, WRITE
from correspondence.models import Attachment, StatusEntry
from correspondence.storage import configured
from notifications_platform.core import clock
from tests.correspondence.conftest import (
    ALT,
    BASE,
    DIGDIR,
    FRODE,
    SIRI,
    TTD,
    Api,
    Load,
    organization,
    person,
    problem_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_storage")]

OVERVIEW = {
    *("attachmentId", "resourceId", "sender", "fileName", "displayName", "isEncrypted"),
    *("checksum", "sendersReference", "expirationInDays", "status", "statusText"),
    *("statusChanged", "correspondenceIds", "dataType"),
}
IN_LETTER = {
    *("id", "fileName", "displayName", "isEncrypted", "checksum", "sendersReference"),
    *("expirationInDays", "expirationTime", "dataLocationType", "created", "status"),
    *("statusText", "statusChanged", "dataType"),
}
OCTETS = "application/octet-stream"
HELLO_MD5 = "5d41402abc4b2a76b9719d911017c592"
NOBODY = "019a0c1e-5a70-7c31-8a55-0d6c3f1b2e01"


def announced(sender: Api, **changes: Any) -> str:
    new = {"resourceId": "ttd-letters", "fileName": "a.pdf", "sendersReference": "1", **changes}
    answer = sender.post("/attachment", new)
    assert answer.status_code == 200, answer.content
    return str(answer.json())


def uploaded(sender: Api, content: bytes = b"hello", **changes: Any) -> str:
    """Scanned, too."""
    id = announced(sender, **changes)
    answer = sender.post(f"/attachment/{id}/upload", content, OCTETS)
    assert answer.status_code == 200, answer.content
    while verdicts.scan_next(now=clock.now()):
        pass
    return id


def letter_with(sender: Api, *ids: str, **changes: Any) -> str:
    """Published."""
    return sender.published(existingAttachments=list(ids), **changes)


def download(api: Api, id: str, aid: str, **headers: str) -> Any:
    return api.get(f"/correspondence/{id}/attachment/{aid}/download", headers)


def body_of(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def downloads(id: str) -> int:
    return StatusEntry.objects.filter(correspondence_id=id, status=12).count()


def test_an_attachment_is_made_known_uploaded_scanned_and_seen(sender: Api) -> None:
    id = announced(sender, displayName="A", expirationInDays=30)
    body = sender.get(f"/attachment/{id}").json()
    assert set(body) == OVERVIEW
    assert (body["attachmentId"], body["status"], body["checksum"]) == (id, "Initialized", "")
    assert (body["dataType"], body["correspondenceIds"]) == ("application/pdf", [])

    answer = sender.post(f"/attachment/{id}/upload", b"hello", OCTETS)
    assert set(answer.json()) == OVERVIEW
    assert answer.json()["status"] == "UploadProcessing"
    assert answer.json()["checksum"] == HELLO_MD5
    problem_of(sender.post(f"/attachment/{id}/upload", b"hello", OCTETS), 400, 2005)
    while verdicts.scan_next(now=clock.now()):
        pass
    details = sender.get(f"/attachment/{id}/details").json()
    assert set(details) == OVERVIEW | {"statusHistory"}
    assert [one["status"] for one in details["statusHistory"]] == [
        *("Initialized", "UploadProcessing", "Published")
    ]
    assert set(details["statusHistory"][0]) == {"status", "statusText", "statusChanged"}


def test_an_upload_needs_octets_and_a_body(sender: Api) -> None:
    id = announced(sender)
    assert sender.post(f"/attachment/{id}/upload", b"x", "application/pdf").status_code == 415
    headers = {**sender.headers, "Content-Type": OCTETS}
    empty = sender.browser.generic("POST", f"{BASE}/attachment/{id}/upload", headers=headers)
    problem_of(empty, 400, 2004)
    assert Attachment.objects.get(pk=id).status_text == "Initialized"
    wrong = announced(sender, checksum="0" * 32)
    problem_of(sender.post(f"/attachment/{wrong}/upload", b"hello", OCTETS), 400, 2008)
    assert sender.get(f"/attachment/{wrong}").json()["statusText"] == "Checksum mismatch"


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"fileName": " "}, 400, 2010),
        ({"fileName": "a.exe"}, 400, 2013),
        ({"fileName": "a:b.pdf"}, 400, 2012),
        ({"fileName": "con.pdf"}, 400, 2021),
        ({"expirationInDays": 0}, 400, 2017),
        ({"resourceId": "nothing"}, 400, 1036),
        ({"resourceId": "ttd-broker"}, 400, 4009),
        ({"resourceId": "digdir-letters"}, 403, 4001),
    ],
)
def test_a_broken_rule_answers_with_its_number(
    sender: Api, changes: dict[str, Any], status: int, number: int
) -> None:
    new = {"resourceId": "ttd-letters", "fileName": "a.pdf", "sendersReference": "1"}
    answer = sender.post("/attachment", {**new, **changes})
    if "fileName" in changes and not changes["fileName"].strip():
        assert answer.json()["errorCode"] == number, answer.content
    else:
        problem_of(answer, status, number)
    assert not Attachment.objects.exists()


def test_attachments_of_others_are_404_and_readers_are_403(sender: Api) -> None:
    id = uploaded(sender)
    digdir, reader = organization(DIGDIR, WRITE), organization(TTD, READ)
    for api in (digdir, organization(ALT), person(FRODE, WRITE)):
        for path in (
            f"/attachment/{id}",
            f"/attachment/{id}/details",
            f"/attachment/{id}/download",
        ):
            problem_of(api.get(path), 404, 2001)
        problem_of(api.post(f"/attachment/{id}/upload", b"x", OCTETS), 404, 2001)
        problem_of(api.delete(f"/attachment/{id}"), 404, 2001)
    assert reader.get(f"/attachment/{id}").status_code == 403
    assert reader.delete(f"/attachment/{id}").status_code == 403
    for wrong in (NOBODY, "nonsense"):
        problem_of(sender.get(f"/attachment/{wrong}"), 404, 2001)
    assert sender.get(f"/attachment/{id}").json()["status"] == "Published"


def test_the_sender_downloads_until_a_letter_is_published_with_it(sender: Api) -> None:
    id = uploaded(sender, b"\x00bytes\xff")
    answer = sender.get(f"/attachment/{id}/download")
    assert answer["Content-Type"] == OCTETS
    assert body_of(answer) == b"\x00bytes\xff"
    letter = letter_with(sender, id)
    problem_of(sender.get(f"/attachment/{id}/download"), 400, 2016)
    assert sender.get(f"/attachment/{id}").json()["correspondenceIds"] == [letter]


def test_what_no_letter_has_can_be_deleted_once(sender: Api) -> None:
    id = uploaded(sender)
    answer = sender.delete(f"/attachment/{id}")
    assert (answer.status_code, answer.content) == (200, b"")
    problem_of(sender.delete(f"/attachment/{id}"), 400, 2006)
    problem_of(sender.get(f"/attachment/{id}/download"), 400, 2019)
    assert sender.get(f"/attachment/{id}").json()["status"] == "Purged"
    used = uploaded(sender)
    letter_with(sender, used)
    problem_of(sender.delete(f"/attachment/{used}"), 400, 2007)


def test_own_attachments_are_found_by_resource_and_status(sender: Api) -> None:
    first, second = announced(sender), uploaded(sender)
    elsewhere = announced(sender, resourceId="ttd-letters-bypass")

    def found(**query: str) -> Any:
        return sender.get("/attachment", **query).json()["ids"]

    assert found() == [elsewhere, second, first]
    assert found(resourceId="ttd-letters") == [second, first]
    assert found(resourceId="ttd-letters", status="published") == [second]
    assert found(status="0") == [elsewhere, first]
    assert organization(DIGDIR, WRITE).get("/attachment").json() == {"ids": []}
    assert set(sender.get("/attachment", status="Gone").json()["errors"]) == {"status"}


def test_the_recipient_sees_attachments_in_the_letter(sender: Api, recipient: Api) -> None:
    ids = [uploaded(sender, fileName=name) for name in ("b.txt", "a.pdf")]
    id = letter_with(sender, *ids)
    shown = recipient.get(f"/correspondence/{id}").json()["content"]["attachments"]
    assert [one["id"] for one in shown] == ids
    assert set(shown[0]) == IN_LETTER
    assert shown[0]["dataLocationType"] == "AltinnCorrespondenceAttachment"
    assert (shown[0]["status"], shown[0]["dataType"]) == ("Published", "text/plain")


@pytest.mark.parametrize(
    ("name", "media_type", "disposition"),
    [
        ("a.pdf", "application/pdf", "inline; filename*=UTF-8''a.pdf"),
        (
            "æ ø.txt",
            "text/plain; charset=utf-8",
            "attachment; filename*=UTF-8''%C3%A6%20%C3%B8.txt",
        ),
        ("a.xml", "application/xml", "attachment; filename*=UTF-8''a.xml"),
        ("a.docx", OCTETS, "attachment; filename*=UTF-8''a.docx"),
    ],
)
def test_the_recipient_downloads_the_very_bytes(
    sender: Api, recipient: Api, name: str, media_type: str, disposition: str
) -> None:
    content = bytes(range(256)) * 1000
    aid = uploaded(sender, content, fileName=name)
    id = letter_with(sender, aid)
    for time in (1, 2):
        answer = download(recipient, id, aid)
        assert body_of(answer) == content
        assert answer["Content-Type"] == media_type
        assert answer["Content-Disposition"] == disposition
        assert answer["Content-Length"] == str(len(content))
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert downloads(id) == time
    body = recipient.get(f"/correspondence/{id}").json()
    assert body["status"] == "AttachmentsDownloaded"
    assert body["statusText"] == f"Attachment {aid} has been downloaded"


def test_a_download_that_is_refused_is_not_noted(sender: Api, recipient: Api) -> None:
    aid, unused = uploaded(sender), uploaded(sender)
    id = letter_with(sender, aid)
    assert download(recipient, id, aid, Accept="text/html").status_code == 406
    assert body_of(download(recipient, id, aid, Accept="application/pdf")) == b"hello"
    for wrong in (unused, NOBODY, "nonsense"):
        problem_of(download(recipient, id, wrong), 404, 2001)
    problem_of(download(person(FRODE), id, aid), 404, 1001)
    problem_of(download(organization(TTD), id, aid), 404, 1001)
    assert download(sender, id, aid).status_code == 403
    assert downloads(id) == 1


def test_a_person_needs_access_for_the_attachments_own_resource(
    sender: Api, registers: Load
) -> None:
    aid = uploaded(sender, resourceId="ttd-letters-bypass")
    id = letter_with(sender, aid)
    problem_of(download(person(SIRI), id, aid), 404, 2001)
    row = {"nationalIdentityNumber": SIRI, "organizationNumber": ALT}
    registers({"access": [{**row, "resourceId": "ttd-letters-bypass"}]})
    assert body_of(download(person(SIRI), id, aid)) == b"hello"


def test_an_expired_attachment_is_said_to_be_expired(sender: Api, recipient: Api) -> None:
    aid = uploaded(sender, expirationInDays=1)
    id = letter_with(sender, aid)
    (shown,) = recipient.get(f"/correspondence/{id}").json()["content"]["attachments"]
    assert shown["expirationTime"].endswith("Z")
    Attachment.objects.get(pk=aid).uses.update(expiration_time=clock.now())
    problem_of(download(recipient, id, aid), 400, 2020)
    assert downloads(id) == 0


def test_a_head_neither_reads_a_letter_nor_downloads(sender: Api, recipient: Api) -> None:
    """Who checks links is told that there is none."""
    id = uploaded(sender)
    letter = letter_with(sender, id)
    before = statuses_of(sender, letter)
    for path in ("", "/content", f"/attachment/{id}/download"):
        url = f"{BASE}/correspondence/{letter}{path}"
        answer = recipient.browser.head(url, headers=recipient.headers)
        assert (answer.status_code, "HEAD" in answer["Allow"]) == (405, False)
    assert statuses_of(sender, letter) == before


def statuses_of(sender: Api, letter: str) -> list[str]:
    history = sender.get(f"/correspondence/{letter}/details").json()["statusHistory"]
    return [entry["status"] for entry in history]


@pytest.mark.parametrize("header", ["Content-Encoding", "Transfer-Encoding"])
def test_compressed_bytes_are_not_taken_for_the_file(sender: Api, header: str) -> None:
    id = announced(sender, checksum="0" * 32)
    sender.headers[header] = "gzip" if header == "Content-Encoding" else "gzip, chunked"
    answer = sender.post(f"/attachment/{id}/upload", b"hello", OCTETS)
    assert answer.status_code == 415
    assert Attachment.objects.get().status_text == "Initialized"


def test_bytes_that_we_lost_are_our_failure(sender: Api, recipient: Api) -> None:
    id = uploaded(sender)
    letter = letter_with(sender, id)
    configured.storage().remove(Attachment.objects.get().storage_key)
    problem_of(download(recipient, letter, id), 502, 2002)
    assert "AttachmentsDownloaded" not in statuses_of(sender, letter)


def test_a_folder_that_vanishes_during_an_upload_is_our_failure(
    sender: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = announced(sender)
    gone = FileNotFoundError(2, "No such file or directory")
    monkeypatch.setattr(Path, "rename", Mock(side_effect=gone))
    problem_of(sender.post(f"/attachment/{id}/upload", b"hello", OCTETS), 502, 2002)
    assert Attachment.objects.get().status_text == "The upload failed"
