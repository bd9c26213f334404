"""Lists as files: everything that is listed, and nothing that a spreadsheet would compute."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from weakref import WeakSet
from xml.etree import ElementTree

import pytest
from django.contrib import admin
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.exporting import chunks, files
from notifications_platform.back_office.exporting.cells import cell, harmless
from notifications_platform.back_office.large_tables import TooSlow
from notifications_platform.back_office.roles import Role
from notifications_platform.core.windows import OSLO
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import State
from notifications_platform.registers.models import Person
from orders.models import Order
from tests.bound_staff import bound
from tests.factories import DIGDIR, make_messages, make_order
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

# What makes a formula of a cell, in programs of the West and of East Asia.
SIGNS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - they are meant
FORMULAS = st.text(st.sampled_from("=+-@\t\r\n＝;,|\"' a1"), max_size=12)  # noqa: RUF001


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


def export(client: Client, model: Any, kind: str = "csv", **query: str) -> Any:
    page = url(model, "export")
    answer = client.post(page, {"format": kind}, query_params=query)
    assert answer.status_code == 200, answer
    return answer


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def let_go(answer: Any) -> None:
    """As a server does for a caller that has hung up; the connection is the test's."""
    with patch.object(connections["default"], "close_if_unusable_or_obsolete"):
        answer.close()


def table(answer: Any) -> list[list[str]]:
    text = body(answer).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def sheets(answer: Any) -> list[list[list[str]]]:
    """The texts and numbers of each sheet, as they stand in the file."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(body(answer))) as book:
        parts = sorted(one for one in book.namelist() if one.startswith("xl/worksheets/"))
        trees = [ElementTree.fromstring(book.read(one)) for one in parts]  # noqa: S314 - ours
    assert not any(list(tree.iter(f"{name}f")) for tree in trees)
    return [
        [
            ["".join(cell.itertext()) for cell in row.iter(f"{name}c")]
            for row in tree.iter(f"{name}row")
        ]
        for tree in trees
    ]


def many_entries(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (at, actor_kind, actor, action, subject_kind, subject_id,"
            " correlation_id, from_state, to_state, reason)"
            " SELECT now(), 'client', 'ttd', 'orders.place', 'order', n, '', '', '', ''"
            " FROM generate_series(1, %s) n",
            [number],
        )


# --- what is in a file ----------------------------------------------------------------------


def test_what_is_listed_is_exported_with_its_columns_and_masks(operator: Client) -> None:
    (message, other) = make_messages(2)
    Message.objects.filter(pk=other.pk).update(state=State.CANCELLED)

    answer = export(operator, Message, state__exact="queued", p="1")
    header, *rows = table(answer)

    assert header == ["id", "channel", "state", "reason", "client", "to", "created at"]
    assert [row[:2] for row in rows] == [[str(message.pk), "E-mail"]]
    assert rows[0][5] == "n…@demo.example"
    moment = datetime.fromisoformat(rows[0][6])
    assert moment == message.created_at.replace(microsecond=0)
    assert moment.utcoffset() == message.created_at.astimezone(OSLO).utcoffset()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="message-')


def test_a_workbook_says_the_same_with_numbers_as_numbers(operator: Client) -> None:
    make_order(senders_reference="=1+1")
    header, *rows = table(export(operator, Order))
    ((header_of_sheet, *rows_of_sheet),) = sheets(export(operator, Order, "xlsx"))
    assert (header_of_sheet, rows_of_sheet) == (header, rows)
    assert rows[0][header.index("senders reference")] == "'=1+1"
    assert rows[0][header.index("messages")] == "0"


def test_a_posted_search_narrows_the_file_and_stays_out_of_the_trail(operator: Client) -> None:
    make_messages(2)
    found = operator.post(url(Message, "find"), {"term": "nr0@demo.example"}, follow=True)
    assert 'class="bo-export"' in found.text
    address = found.context["export_url"]

    answer = operator.post(address, {"format": "csv"})

    assert len(table(answer)) == 2
    entry = Entry.objects.get(action="back_office.export")
    assert (entry.actor, entry.subject_kind) == ("olga", "message")
    assert entry.detail == {"format": "csv", "filters": ["found"], "rows": 1}


def test_the_trail_is_exported_with_its_details(operator: Client) -> None:
    make_order()
    header, *rows = table(export(operator, Entry, action="orders.place"))
    assert header[-2:] == ["detail", "correlation id"]
    assert [row[2] for row in rows] == ["orders.place"]
    assert rows[0][3].startswith("order ")


def test_a_link_is_exported_as_its_text(operator: Client) -> None:
    assert cell(mark_safe('<a href="/x">a &amp; b</a>')) == "a & b"
    assert cell(["a", "b"]) == "a, b"
    assert cell({"a": "æ"}) == '{"a": "æ"}'
    assert [cell(True), cell(None), cell(1.5), cell(10**15)] == ["yes", "", 1.5, str(10**15)]
    assert cell(datetime(2031, 7, 1, 12, tzinfo=UTC)) == "2031-07-01T14:00:00+02:00"


# --- formulas -------------------------------------------------------------------------------


@given(FORMULAS)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    """Whichever sign a program takes for the border of a cell."""
    for written in (csv_of([[text]]), csv_of([["x", text]])):
        for border in ",;\t|":
            for line in csv.reader(io.StringIO(written, newline=""), delimiter=border):
                assert not [one for one in line if computes(one)], line
    (cells_read,) = csv.reader(io.StringIO(csv_of([[text]]), newline=""))
    assert not text or cells_read[0][0] not in SIGNS


def computes(place: str) -> bool:
    """As the more careless programs do, which look behind blanks and quotes."""
    rest = place.lstrip(' \t\r\n"')
    return bool(rest) and rest[0] in SIGNS


@given(st.text(st.sampled_from("ab 1.:/æ"), max_size=12), st.integers(-(10**14), 10**14))
def test_other_texts_and_numbers_stay_as_they_are(text: str, number: int) -> None:
    assert harmless(text) == text
    assert cell(number) == number


def csv_of(rows: list[list[str]]) -> str:
    pieces = files.csv_pieces([], [[[cell(value) for value in row] for row in rows]])
    next(pieces)
    return next(pieces).decode()


# --- how much -------------------------------------------------------------------------------


def test_of_twenty_thousand_rows_a_chunk_is_held_at_a_time(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: WeakSet[Entry] = WeakSet()
    begin = Entry.__init__

    def counted(entry: Entry, *args: Any, **kwargs: Any) -> None:
        begin(entry, *args, **kwargs)
        held.add(entry)

    monkeypatch.setattr(Entry, "__init__", counted)
    many_entries(20_000)
    answer = export(operator, Entry)
    most_held, largest, lines = 0, 0, 0
    with CaptureQueriesContext(connection) as asked:
        for piece in answer.streaming_content:
            most_held = max(most_held, len(held))
            largest = max(largest, len(piece))
            lines += piece.count(b"\r\n")
    assert lines > 20_000
    assert most_held <= 2 * chunks.AT_ONCE
    assert largest < 200 * chunks.AT_ONCE
    asked_of_it = [one for one in asked if 'FROM "audit_entry"' in one["sql"]]
    assert len(asked_of_it) <= lines // chunks.AT_ONCE + 1


def test_a_long_file_is_noted_before_it_leaves_and_when_it_has_left(operator: Client) -> None:
    many_entries(chunks.AT_ONCE + 5)
    answer = export(operator, Entry, actor_kind__exact="client")
    noted = Entry.objects.filter(action__startswith="back_office.export")
    assert [one.detail for one in noted] == [{"format": "csv", "filters": ["actor_kind__exact"]}]
    assert len(table(answer)) == 1 + chunks.AT_ONCE + 5
    detail: Any = Entry.objects.get(action="back_office.export_end").detail
    assert (detail["rows"], detail["complete"]) == (chunks.AT_ONCE + 5, True)


def test_a_file_that_nobody_takes_to_its_end_is_noted_as_such(operator: Client) -> None:
    many_entries(3 * chunks.AT_ONCE)
    answer = export(operator, Entry)
    content = iter(answer.streaming_content)
    for _ in range(3):
        next(content)
    del content
    let_go(answer)
    detail: Any = Entry.objects.get(action="back_office.export_end").detail
    assert (detail["rows"], detail["complete"]) == (2 * chunks.AT_ONCE, False)


def test_a_chunk_begins_behind_the_last_row_whatever_the_order() -> None:
    many_entries(7)
    for order in (["-pk"], ["subject_id"], ["-subject_kind", "subject_id"], ["actor", "-pk"]):
        expected = list(Entry.objects.order_by(*order, "pk"))
        for size in (1, 2, 3, 7, 8):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(chunks, "AT_ONCE", size)
                read = [row for one in chunks.by_chunks(Entry.objects.all(), order) for row in one]
            assert read == expected


def test_a_workbook_says_when_there_was_no_room(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 3)
    many_entries(5)
    rows, note = sheets(export(operator, Entry, "xlsx"))
    assert len(rows) == 4
    assert "Only the first 3 rows have room" in note[0][0]
    detail: Any = Entry.objects.get(action="back_office.export").detail
    assert detail["rows"] == 3


def test_two_files_are_made_at_once_and_no_more(operator: Client) -> None:
    open_ones = [export(operator, Entry), export(operator, Entry, "xlsx")]
    refused = operator.post(url(Entry, "export"), {"format": "csv"}, follow=True)
    assert "Two other files are being made" in refused.text
    for one in open_ones:
        let_go(one)
    assert len(table(export(operator, Entry))) > 1


def test_a_list_that_takes_too_long_is_given_up(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(*_args: object) -> Any:
        raise TooSlow

    monkeypatch.setattr(chunks, "limited_patience", impatient)
    for kind in ("csv", "xlsx"):
        answer = operator.post(url(Entry, "export"), {"format": kind}, follow=True)
        assert "narrow the list first" in answer.text
    assert not Entry.objects.filter(action="back_office.export").exists()


# --- who ------------------------------------------------------------------------------------


def test_a_reader_takes_nothing_away() -> None:
    make_messages()
    reader = browser(Role.READER)
    assert 'class="bo-export"' not in reader.get(url(Message)).text
    assert reader.post(url(Message, "export"), {"format": "csv"}).status_code == 403
    assert not Entry.objects.filter(action="back_office.export").exists()


def test_nothing_is_exported_by_a_get(operator: Client) -> None:
    answer = operator.get(url(Message, "export"), {"format": "csv"})
    assert (answer.status_code, answer["Location"]) == (302, f"{url(Message)}?format=csv")
    assert operator.post(url(Message, "export"), {"format": "pdf"}).status_code == 302


def test_bound_staff_export_their_own() -> None:
    ours, _theirs = make_order(), make_order(client=DIGDIR)
    ttd = bound(Role.OPERATOR, "ttd")
    assert [row[0] for row in table(export(ttd, Order))[1:]] == [str(ours.pk)]
    assert len(table(export(ttd, Order, creator="digdir"))) == 1
    for model in (Entry, Person):
        assert ttd.post(url(model, "export"), {"format": "csv"}).status_code == 403


def test_every_list_can_be_exported_in_its_own_order() -> None:
    """With every column that it has; none of those that it goes by is ever without a value."""
    ada = browser(Role.ADMINISTRATOR)
    make_order()
    pages: dict[Any, Any] = dict(admin.site._registry)
    for model, model_admin in pages.items():
        header = table(export(ada, model))[0]
        assert len(header) == len(model_admin.list_display) + len(model_admin.export_also)
        for name in model_admin.ordering:
            assert name.strip("-") == "pk" or not model._meta.get_field(name.strip("-")).null
