"""Forms as senders' tools really write them, and as they break (contract 4.5)."""

import errno
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correspondence.api import forms
from correspondence.api.multipart import Malformed, parts
from correspondence.models import Attachment, Letter
from tests.correspondence.conftest import Api, problem_of
from tests.correspondence.test_api_upload import fields
from tests.correspondence.uploads import keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_storage")]

BOUNDARY = "----xBoundary7"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
BODY = "correspondence.content.messageBody"
Parts = list[tuple[bytes, bytes]]


def multipart(some: Parts) -> bytes:
    written = b"".join(
        b"--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in some
    )
    return written + b"--" + BOUNDARY.encode() + b"--\r\n"


def field(name: str, value: str | bytes, *more: str) -> tuple[bytes, bytes]:
    head = "\r\n".join([f'Content-Disposition: form-data; name="{name}"', *more])
    return head.encode(), value if isinstance(value, bytes) else value.encode()


def file(name: str, *, content: bytes = b"hello", written: str = "") -> tuple[bytes, bytes]:
    called = written or f'filename="{name}"'
    return (
        f'Content-Disposition: form-data; name="attachments"; {called}\r\n'
        "Content-Type: application/octet-stream"
    ).encode(), content


def form(*names: str, without: str = "", **changes: Any) -> Parts:
    return [
        field(name, value) for name, value in fields(*names, **changes).items() if name != without
    ]


def send(sender: Api, body: Parts | bytes, content_type: str = CONTENT_TYPE) -> Any:
    written = body if isinstance(body, bytes) else multipart(body)
    return sender.post("/correspondence/upload", written, content_type)


def refused(answer: Any) -> bool:
    nothing_left = not (Letter.objects.exists() or Attachment.objects.exists() or keys())
    return answer.status_code == 400 and answer.json()["code"] == "STD-00000" and nothing_left


def test_files_may_be_called_whatever_their_entries_say(sender: Api) -> None:
    names = [
        "Skjermbilde 2031-03-04 kl. 9.41.00\u202fAM.png",
        "Vedtak\u00a02031.pdf",
        "a&amp;b.pdf",
        "R&D&copy.pdf",
        "soft\u00adhyphen.pdf",
        "\U0001f469\u200d\U0001f4bb.png",
        "a%20b;'c.pdf",
        " lead.pdf",
        "漢" * 251 + ".pdf",
    ]
    extended = "æ" * 200 + ".pdf"
    files = [file(name) for name in names]
    files.append(file("", written="filename*=UTF-8''" + quote(extended)))
    answer = send(sender, [*form(*names, extended), *files])
    assert answer.status_code == 200, answer.content
    stored = set(Attachment.objects.values_list("file_name", flat=True))
    assert stored == {*names, extended}


def test_a_form_that_breaks_off_sends_nothing(sender: Api) -> None:
    text = field(BODY, "You are granted 10 000 kroner. This holds unless")
    whole = multipart([*form(without=BODY), field("recipients[1]", "0192:310131113"), text])
    closing = len(BOUNDARY) + 6
    for cut in (len(whole) - 2 * closing, len(whole) - closing - 2, len(whole) - 4):
        assert refused(send(sender, whole[:cut])), cut
    assert refused(send(sender, b"\r\n".join([whole[:-4], b""])))
    # What follows the end is no part of the form.
    assert send(sender, b"preamble\r\n" + whole + b"epilogue").status_code == 200


def test_too_many_files_are_a_rule_with_a_place_among_the_others(sender: Api) -> None:
    names = [f"{number}.txt" for number in range(101)]
    files = [file(name) for name in names]
    unknown = form(*names, **{"correspondence.resourceId": "nothing"})
    problem_of(send(sender, [*unknown, *files]), 400, 1036)
    problem_of(send(sender, [*form(*names), *files]), 400, 1038)
    problem_of(send(sender, [*form("a.txt"), *files]), 400, 1005)
    other = [(head.replace(b'"attachments"', b'"other"'), content) for head, content in files]
    assert send(sender, [*form(), *other]).status_code == 200


def test_text_is_read_in_the_character_set_that_it_names_or_refused(sender: Api) -> None:
    for wrong in (b"caf\xe9", b"\xff\xfe", b"\xed\xa0\x80"):
        assert refused(send(sender, [*form(without=BODY), field(BODY, wrong)]))
    latin = "Content-Type: text/plain; charset=ISO-8859-1"
    text = field(BODY, "blåbær".encode("latin-1"), latin)
    assert send(sender, [*form(without=BODY), text]).status_code == 200
    assert Letter.objects.get().body == "blåbær"
    other = field(BODY, "x", "Content-Type: text/plain; charset=utf-16")
    assert send(sender, [*form(without=BODY), other]).status_code == 415
    assert send(sender, form(), CONTENT_TYPE + "; charset=utf-16").status_code == 415


@pytest.mark.parametrize(
    "part",
    [
        (b"Content-Disposition: form-data; name=\xff", b"x"),
        (b"X: " + b"y" * 20_000, b"x"),
        field("x", "aGVsbG8=", "Content-Transfer-Encoding: base64"),
        field("correspondence", "{"),
    ],
)
def test_a_part_that_cannot_be_read_is_told(sender: Api, part: tuple[bytes, bytes]) -> None:
    assert refused(send(sender, [*form(), part]))


def test_parts_that_nobody_asks_for_are_passed_over(sender: Api) -> None:
    odd = [
        (b"", b"x"),
        (b"Content-Disposition: form-data", b"x"),
        (b'Content-Disposition: form-data; name="attachments"; filename=""', b""),
        (b'Content-Disposition: attachment; name="recipients[1]"', b"x"),
    ]
    assert send(sender, [*odd, *form(), *odd]).status_code == 200


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "a" * 300, "; boundary=æ"])
def test_a_form_without_a_boundary_is_none(sender: Api, boundary: str) -> None:
    assert refused(send(sender, form(), "multipart/form-data" + boundary))


def test_too_much_is_refused_and_too_little_room_told(
    sender: Api, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(forms, "LARGEST_FORM", 1000)
        assert send(sender, [*form("a.txt"), file("a.txt", content=b"x" * 1000)]).status_code == 413
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    assert refused(send(sender, form()))
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100, 30
    assert send(sender, form()).status_code == 413
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(forms, "_file", full)
    problem_of(send(sender, [*form("a.txt"), file("a.txt")]), 502, 2002)
    assert not Letter.objects.exists()


@given(
    contents=st.lists(
        st.binary(max_size=40)
        | st.sampled_from([b"\r\n--", b"\r\n----xBoundary", b"--" + BOUNDARY.encode() + b"x"]),
        max_size=4,
    ),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=6),
)
def test_parts_are_the_same_however_they_arrive(contents: list[bytes], sizes: list[int]) -> None:
    # Only a whole line makes a boundary, and these contents hold none.
    whole = multipart([field("a", content) for content in contents])
    pieces: list[bytes] = []
    at = 0
    while at < len(whole):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(whole[at : at + size])
        at += size
    read = [b"".join(part.content) for part in parts(iter(pieces), CONTENT_TYPE)]
    assert read == contents
    with pytest.raises(Malformed):
        list(parts(iter([whole[: -len("--\r\n")]]), CONTENT_TYPE))
