"""The registers in the back office: secrets go in and never come out; nothing is counted."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import AppName, NearestLeader, Producer
from enrollment.models import EnrollmentClient
from notifications_platform.registers import models
from tests.kernel.register_files import ALT, KARI, OLA

pytestmark = pytest.mark.django_db

SECRET = f"whsec_{'A' * 32}"
OTHER = f"whsec_{'B' * 32}"
REGISTERS = [
    models.ServiceOwner,
    models.Person,
    models.Organization,
    models.Resource,
    models.Access,
    models.ExternalIdentity,
    Producer,
    NearestLeader,
    EnrollmentClient,
]


@pytest.fixture
def staff(admin_client: Client) -> Client:
    return admin_client


def address(model: Any, page: str = "changelist", **values: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", kwargs=values)


def find(staff: Client, model: Any, term: str) -> str:
    return staff.post(address(model, "find"), {"term": term}, follow=True).text


@pytest.fixture
def owner() -> models.ServiceOwner:
    return models.ServiceOwner.objects.create(
        org="ttd",
        organization_number="991825827",
        name="Testdepartementet",
        events_url="https://ttd.example/events",
        events_secret=SECRET,
    )


def owner_form(**changes: str) -> dict[str, str]:
    form = {
        "org": "ttd",
        "organization_number": "991825827",
        "name": "Testdepartementet",
        "events_url": "https://ttd.example/events",
        "events_secret": "",
    }
    return {**form, **changes}


@pytest.mark.parametrize("model", REGISTERS)
def test_every_register_has_a_list_that_counts_nothing(staff: Client, model: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert staff.post(address(model, "find"), {"term": "05909803219"}, follow=True)
    table = model._meta.db_table
    counts = [q["sql"] for q in queries if "COUNT(" in q["sql"] and table in q["sql"]]
    assert all("LIMIT" in sql for sql in counts)
    assert staff.get(address(model, "add")).status_code == 200


def test_a_person_is_found_by_the_whole_number_only(staff: Client) -> None:
    models.Person.objects.create(national_identity_number=KARI, name="Kari Funnet")
    assert "Kari Funnet" in find(staff, models.Person, KARI)
    assert "Kari Funnet" not in find(staff, models.Person, KARI[:6])
    assert "Kari Funnet" not in find(staff, models.Person, "Kari")


def test_a_secret_is_never_shown(staff: Client, owner: models.ServiceOwner) -> None:
    page = staff.get(address(models.ServiceOwner, "change", object_id=owner.pk)).text
    assert "One is stored" in page
    assert SECRET not in page
    assert SECRET not in staff.get(address(models.ServiceOwner)).text


@pytest.mark.parametrize(
    ("changes", "stored"),
    [
        ({}, SECRET),
        ({"events_secret": OTHER}, OTHER),
        ({"forget_secret": "on"}, ""),
        ({"events_secret": OTHER, "forget_secret": "on"}, ""),
    ],
)
def test_a_secret_is_kept_replaced_or_forgotten(
    staff: Client, owner: models.ServiceOwner, changes: dict[str, str], stored: str
) -> None:
    change = address(models.ServiceOwner, "change", object_id=owner.pk)
    assert staff.post(change, owner_form(name="Nytt navn", **changes)).status_code == 302
    owner.refresh_from_db()
    assert (owner.name, owner.events_secret) == ("Nytt navn", stored)


def test_a_bad_secret_is_refused_without_repeating_it(
    staff: Client, owner: models.ServiceOwner
) -> None:
    change = address(models.ServiceOwner, "change", object_id=owner.pk)
    answer = staff.post(change, owner_form(name="Nytt", events_secret="whsec_not*base64"))
    assert answer.status_code == 200
    assert "must be base64" in answer.text
    assert "not*base64" not in answer.text
    owner.refresh_from_db()
    assert (owner.name, owner.events_secret) == ("Testdepartementet", SECRET)


def test_a_new_enrollment_client_gets_its_secret_and_grants(staff: Client) -> None:
    form = {
        "client_id": "ohi",
        "name": "Demo payer",
        "grants": "ohi:enrollment.read\r\n\r\n ohi:a,b \r\n",
        "delivery_url": "",
        "signing_secret": SECRET,
    }
    assert staff.post(address(EnrollmentClient, "add"), form).status_code == 302
    client = EnrollmentClient.objects.get()
    assert client.grants == ["ohi:enrollment.read", "ohi:a,b"]
    assert client.signing_secret == SECRET


def test_an_organisation_is_edited_with_its_contact_points_and_roles(staff: Client) -> None:
    form = {
        "organization_number": ALT,
        "name": "Alt AS",
        "email_addresses": "a@x.example\nb@x.example",
        "mobile_numbers": "",
        "parent": "",
        **_inline(
            "contact_points", national_identity_number=KARI, email="k@x.example", resources="5441:1"
        ),
        **_inline("roles", national_identity_number=OLA, role="daglig-leder"),
    }
    answer = staff.post(address(models.Organization, "add"), form)
    assert answer.status_code == 302, _errors(answer.text)
    found = models.Organization.objects.get()
    assert found.email_addresses == ["a@x.example", "b@x.example"]
    assert [point.resources for point in found.contact_points.all()] == [["5441:1"]]
    assert [role.role for role in found.roles.all()] == ["daglig-leder"]
    page = staff.get(address(models.Organization, "change", object_id=found.pk))
    assert "k@x.example" in page.text


def test_a_number_of_the_wrong_form_is_refused(staff: Client) -> None:
    form = {"national_identity_number": "123", "name": "X", "email": "", "mobile_number": ""}
    assert "Write 11 digits." in staff.post(address(models.Person, "add"), form).text
    assert not models.Person.objects.exists()


def test_a_name_longer_than_messages_keep_is_refused(staff: Client) -> None:
    form = {"client_id": "x" * 201, "name": "x", "merkelapper": "T", "mottakere": "[]"}
    form |= _inline("app_names", name="y" * 201)
    answer = staff.post(address(Producer, "add"), form)
    assert answer.text.count("at most 200 characters") >= 2
    assert not Producer.objects.exists()


def test_a_producer_made_by_hand_may_act_under_its_client_id(staff: Client) -> None:
    form = {
        "client_id": "fager",
        "name": "fager",
        "merkelapper": "Tiltak\nPermittering, delvis",
        "mottakere": "[]",
        **_inline("app_names", name="dev:fager:api"),
    }
    answer = staff.post(address(Producer, "add"), form)
    assert answer.status_code == 302, _errors(answer.text)
    assert Producer.objects.get().merkelapper == ["Tiltak", "Permittering, delvis"]
    assert set(AppName.objects.values_list("name", flat=True)) == {"fager", "dev:fager:api"}


def _inline(prefix: str, **fields: str) -> dict[str, str]:
    management = {
        f"{prefix}-TOTAL_FORMS": "1",
        f"{prefix}-INITIAL_FORMS": "0",
        f"{prefix}-MIN_NUM_FORMS": "0",
        f"{prefix}-MAX_NUM_FORMS": "1000",
    }
    return management | {f"{prefix}-0-{name}": value for name, value in fields.items()}


def _errors(page: str) -> list[str]:
    return re.findall(r"This field[^<]*|errorlist[^<]*<li>[^<]*", page)
