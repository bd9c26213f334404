"""The pages of a person and of an organisation: can they be reached, and what was sent lately."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.delivery.models import Message
from notifications_platform.registers.models import Organization, Person, UserContactPoint
from tests.factories import make_messages
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

NUMBER, ORGANIZATION = "01817012345", "991825827"


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


def page(client: Client, row: Any) -> str:
    answer = client.get(url(type(row), "change", row.pk))
    assert answer.status_code == 200
    return str(answer.text)


def person(**fields: Any) -> Person:
    return Person.objects.create(national_identity_number=NUMBER, name="Kari", **fields)


@pytest.mark.parametrize(
    ("fields", "said", "tone"),
    [
        ({"email": "kari@demo.example"}, "Yes, by e-mail.", "good"),
        (
            {"email": "kari@demo.example", "mobile_number": "+4740000001"},
            "Yes, by e-mail, SMS.",
            "good",
        ),
        ({"email": "kari@demo.example", "reserved": True}, "No: they are reserved", "bad"),
        ({}, "No e-mail address and no mobile number are on file", "bad"),
    ],
)
def test_the_page_of_a_person_says_first_whether_they_can_be_reached(
    reader: Client, fields: dict[str, Any], said: str, tone: str
) -> None:
    shown = page(reader, person(**fields))
    assert said in shown
    assert f'class="bo-headline bo-headline-{tone}"' in shown


def test_what_was_sent_to_a_person_lately_stands_on_their_page_newest_first(
    reader: Client,
) -> None:
    kari = person(
        email="kari@demo.example", mobile_number="nonsense", contact_confirmed="2026-01-02"
    )
    empty = page(reader, kari)
    assert "The mobile number on file is none that an SMS can be sent to." in empty
    assert "They confirmed it last on 2026-01-02." in empty
    first, second = (make_messages(recipient=f"person:{NUMBER}")[0] for _ in range(2))
    other = make_messages(recipient="person:02817012345")[0]
    shown = page(reader, kari)
    links = [url(Message, "change", one.pk) for one in (second, first)]
    assert sorted(links, key=shown.index) == links
    assert url(Message, "change", other.pk) not in shown
    looks = Entry.objects.filter(action="back_office.view", subject_kind="person")
    assert set(looks.values_list("subject_id", flat=True)) == {str(kari.pk)}


def test_the_page_of_an_organisation_says_whether_it_can_be_reached(reader: Client) -> None:
    main = Organization.objects.create(organization_number="310131172", name="Main unit")
    one = Organization.objects.create(
        organization_number=ORGANIZATION, name="Bakeriet", parent=main.organization_number
    )
    shown = page(reader, one)
    assert "none of its users has registered one" in shown
    assert "still reach it at its main unit" in shown
    assert url(Organization, "change", main.pk) in shown
    UserContactPoint.objects.create(
        organization=one, national_identity_number=NUMBER, email="kari@demo.example"
    )
    assert "1 of its users has registered an address here." in page(reader, one)
    message = make_messages(recipient=f"organization:{ORGANIZATION}")[0]
    assert url(Message, "change", message.pk) in page(reader, one)


def test_a_page_costs_the_same_however_much_was_sent(reader: Client) -> None:
    kari = person(email="kari@demo.example")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(reader, kari)
        return len(queries)

    make_messages(recipient=f"person:{NUMBER}")
    cost()
    few = cost()
    make_messages(60, recipient=f"person:{NUMBER}")
    assert "The newest 20 are shown" in page(reader, kari)
    assert cost() == few < 120
