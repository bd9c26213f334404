"""What the search box finds among letters."""

import pytest
from django.test import Client

from correspondence.models import Correspondence, Event, LetterNotification
from notifications_platform.back_office.roles import Role
from tests.bound_staff import bound
from tests.correspondence.conftest import ALT, KARI, PERSON, RITA, TTD, UTEN, Api
from tests.correspondence.test_back_office_pages import NOTIFICATION, a_letter, an_attachment
from tests.searching import lines, links, plans
from tests.staff import browser

pytestmark = pytest.mark.django_db

KEY = "7c9e6679-f42b-4de9-a1c3-b0d5e8f70a01"


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


def to_kari(sender: Api) -> Correspondence:
    return a_letter(
        sender, recipients=[PERSON + KARI], idempotentKey=KEY, notification=NOTIFICATION
    )


def test_a_letter_is_found_by_all_it_goes_by(sender: Api, reader: Client) -> None:
    one = to_kari(sender)
    attachment = an_attachment(one.letter)
    order = LetterNotification.objects.order_by("position")[0].order_id
    wanted = str(one.id)
    for term in (wanted, one.letter_id, KEY, order, KARI, "2031/77"):
        assert wanted in links(reader, str(term), group="letters"), term
    assert links(reader, str(order), group="orders") == [str(order)]
    assert links(reader, str(attachment.id)) == [str(attachment.id)]
    event = Event.objects.all()[0]
    assert links(reader, str(event.id)) == [str(event.id)]
    for term in (UTEN, RITA, "2031/78"):
        assert links(reader, term, group="letters") == [], term
    assert lines(reader, wanted)[0].startswith("Letter from ttd, to be published today ")


def test_a_letter_to_several_is_one_line_of_its_reference(sender: Api, reader: Client) -> None:
    answer = sender.initialize(recipients=[f"0192:{ALT}", PERSON + KARI])
    assert answer.status_code == 200
    letter = str(Correspondence.objects.all()[0].letter_id)
    assert links(reader, "2031/77", group="letters") == [letter]
    assert lines(reader, "2031/77", group="letters") == ["Letter from ttd to several recipients"]
    assert len(links(reader, letter)) == 2
    assert links(reader, ALT, group="letters") == links(reader, f"0192:{ALT}", group="letters")


def test_bound_staff_find_their_service_owners_letters_only(sender: Api) -> None:
    one = to_kari(sender)
    attachment = an_attachment(one.letter)
    ours, theirs = bound(Role.READER, "ttd"), bound(Role.READER, "digdir", name="dag")
    for term in (str(one.id), KEY, KARI, "2031/77", str(attachment.id)):
        assert links(ours, term, group="letters"), term
        assert links(theirs, term) == [], term


def test_staff_who_see_everything_find_the_person_and_the_service_owner(
    sender: Api, reader: Client
) -> None:
    assert "a person in the register" in lines(reader, KARI)[0]
    assert any("a service owner" in words for words in lines(reader, TTD))
    assert lines(bound(Role.READER, "ttd"), KARI) == []


@pytest.mark.parametrize(
    ("term", "table", "index"),
    [
        (KARI, "correspondence_correspondence", "corr_of_party"),
        ("2031/77", "correspondence_letter", "letter_reference"),
        (KEY, "correspondence_letternotification", "letter_notification_of_order"),
        (KEY, "correspondence_correspondence", "correspondence_correspondence_letter_id"),
    ],
)
def test_each_is_found_by_an_index(
    sender: Api, reader: Client, term: str, table: str, index: str
) -> None:
    to_kari(sender)
    plan = plans(reader, term, table)
    assert index in plan
    assert "Seq Scan" not in plan
