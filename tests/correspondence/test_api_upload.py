"""POST /correspondence/upload: a letter with files in one request (contract 4.5)."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT

from correspondence import verdicts
from correspondence.models import Attachment, Letter
from notifications_platform.core import clock
from tests.correspondence.conftest import ALT, Api, new_letter, problem_of
from tests.correspondence.uploads import keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_storage")]

HELLO_MD5 = "5d41402abc4b2a76b9719d911017c592"


def file(name: str = "a.txt", content: bytes = b"hello") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def fields(*names: str, **changes: Any) -> dict[str, Any]:
    """Form fields of a letter with an entry for each file name."""
    form = {
        "correspondence.resourceId": "ttd-letters",
        "Correspondence.SendersReference": "2031/77",
        "correspondence.content.language": "en",
        "correspondence.content.messageTitle": "Decision",
        "correspondence.content.messageBody": "## Granted",
        "correspondence.isConfirmationNeeded": "false",
        "recipients[0]": f"0192:{ALT}",
    }
    for position, name in enumerate(names):
        place = f"correspondence.content.attachments[{position}]"
        form |= {f"{place}.fileName": name, f"{place}.sendersReference": str(position)}
    return form | changes


def upload(sender: Api, form: dict[str, Any]) -> Any:
    return sender.post("/correspondence/upload", form, MULTIPART_CONTENT)


def test_a_letter_and_its_files_come_in_one_request(sender: Api, recipient: Api) -> None:
    form = fields("a.txt", "b.pdf", attachments=[file(), file("b.pdf", b"\x00%PDF" * 50_000)])
    answer = upload(sender, form)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    (one,) = body["correspondences"]
    assert one["status"] == "Initialized"
    assert len(body["attachmentIds"]) == 2
    while verdicts.scan_next(now=clock.now()):
        pass
    id = one["correspondenceId"]
    shown = recipient.get(f"/correspondence/{id}").json()["content"]["attachments"]
    assert [each["id"] for each in shown] == body["attachmentIds"]
    assert [each["fileName"] for each in shown] == ["a.txt", "b.pdf"]
    assert shown[0]["checksum"] == HELLO_MD5
    path = f"/correspondence/{id}/attachment/{shown[1]['id']}/download"
    assert b"".join(recipient.get(path).streaming_content) == b"\x00%PDF" * 50_000


def test_files_are_matched_by_name_where_the_order_differs(sender: Api) -> None:
    form = fields("a.txt", "b.txt", attachments=[file("b.txt", b"b"), file("a.txt", b"hello")])
    assert upload(sender, form).status_code == 200
    assert Attachment.objects.get(file_name="a.txt").checksum == HELLO_MD5


def test_the_letter_may_stand_in_one_field_as_json(sender: Api) -> None:
    letter = new_letter(attachments=[{"fileName": "a.txt", "sendersReference": "1"}])
    form = {
        "correspondence": json.dumps(letter["correspondence"]),
        "recipients[0]": f"0192:{ALT}",
        "attachments": file(),
    }
    assert upload(sender, form).status_code == 200


def test_no_files_at_all_are_fine(sender: Api) -> None:
    answer = upload(sender, fields())
    assert answer.json()["attachmentIds"] == []
    assert answer.json()["correspondences"][0]["status"] == "ReadyForPublish"


def test_without_scan_the_letter_is_ready_at_once(sender: Api) -> None:
    form = fields(
        "a.txt", attachments=file(), **{"correspondence.resourceId": "ttd-letters-bypass"}
    )
    assert upload(sender, form).json()["correspondences"][0]["status"] == "ReadyForPublish"


@pytest.mark.parametrize(
    ("form", "number"),
    [
        (fields("a.txt"), 1005),
        (fields("a.txt", attachments=[file("b.txt")]), 1005),
        (fields("a.txt", attachments=[file(), file("c.txt")]), 1005),
        (fields(attachments=[file()]), 1005),
        (fields("b.txt", "b.txt", attachments=[file("c.txt"), file("b.txt")]), 1005),
        (fields("a.exe", attachments=[file("a.exe")]), 2013),
        (fields("a.txt", attachments=[file(content=b"")]), 2004),
        (
            fields(
                "a.txt",
                attachments=[file()],
                **{"correspondence.content.attachments[0].checksum": "0" * 32},
            ),
            2008,
        ),
        (fields("a.txt", attachments=[file()], **{"recipients[1]": f"0192:{ALT}"}), 1006),
    ],
)
def test_after_a_refusal_nothing_is_stored(sender: Api, form: dict[str, Any], number: int) -> None:
    for one in form.get("attachments", []):
        one.seek(0)
    problem_of(upload(sender, form), 400, number)
    assert not Letter.objects.exists()
    assert not Attachment.objects.exists()
    assert not keys()


def test_what_is_no_form_is_told(sender: Api) -> None:
    assert sender.post("/correspondence/upload", "{}").status_code == 415
    answer = sender.post("/correspondence/upload", b"x", "multipart/form-data")
    assert answer.status_code == 400
    answer = upload(sender, {"recipients[0]": f"0192:{ALT}"})
    assert answer.json()["code"] == "STD-00000"
