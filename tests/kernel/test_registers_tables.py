"""Looking up in the platform's own tables: what is answered, and at which cost."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from pytest_django import DjangoAssertNumQueries

from notifications_platform.registers import configured, service_owners
from notifications_platform.registers.lookup import (
    AccessQuestion,
    ContactPoint,
    ExternalIdentity,
    Organization,
    Person,
    Resource,
    Role,
)
from notifications_platform.registers.models import Organization as OrganizationRow
from notifications_platform.registers.models import Person as PersonRow
from notifications_platform.registers.models import ServiceOwner as ServiceOwnerRow
from tests.kernel.register_files import (
    ALT,
    KARI,
    OLA,
    PER,
    TWO,
    RegisterFile,
    organization,
    person,
    service_owner,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_tables(settings: LazySettings) -> None:
    settings.PERSONS_URL = settings.ORGANIZATIONS_URL = ""
    service_owners.forget()


@pytest.fixture
def load(tmp_path: Path) -> Any:
    return lambda **lists: RegisterFile(tmp_path).write(**lists).load()


def test_persons_with_usable_numbers_only(load: Any) -> None:
    load(
        persons=[
            person(email="k@x.example", mobileNumber="90000001", contactConfirmed="2026-03-01"),
            person(OLA, mobileNumber="22 00", reserved=True),
        ]
    )
    assert configured.persons().lookup([KARI, OLA, PER]) == {
        KARI: Person(
            national_identity_number=KARI,
            name="Kari Nordmann",
            email="k@x.example",
            mobile_number="+4790000001",
            contact_confirmed=date(2026, 3, 1),
        ),
        OLA: Person(national_identity_number=OLA, name="Kari Nordmann", reserved=True),
    }


def test_organisations_with_their_official_addresses(load: Any) -> None:
    load(
        organizations=[
            organization(
                emailAddresses=["a@x.example", "b@x.example"],
                mobileNumbers=["0047 90 00 00 01", "nei", "40000001"],
                parent=TWO,
            )
        ]
    )
    assert configured.organizations().lookup([ALT, TWO]) == {
        ALT: Organization(
            organization_number=ALT,
            name="Alt AS",
            email_addresses=("a@x.example", "b@x.example"),
            mobile_numbers=("+4790000001", "+4740000001"),
            parent=TWO,
        )
    }


def test_contact_points_and_roles_per_organisation(load: Any) -> None:
    point = {
        "nationalIdentityNumber": KARI,
        "email": "k@x.example",
        "resources": ["urn:altinn:resource:letters", "5441:1"],
    }
    role = {"role": "daglig-leder", "nationalIdentityNumber": OLA}
    load(
        organizations=[
            organization(userContactPoints=[point, {"nationalIdentityNumber": OLA}], roles=[role]),
            organization(TWO),
        ]
    )
    found = configured.contact_points().lookup([ALT, TWO])
    assert set(found) == {ALT}
    filtered = ContactPoint(
        national_identity_number=KARI, email="k@x.example", resources=("letters", "5441:1")
    )
    assert set(found[ALT]) == {filtered, ContactPoint(national_identity_number=OLA)}
    assert filtered.covers("urn:altinn:resource:letters")
    assert filtered.covers(" letters ")
    assert filtered.covers("5441:1")
    assert not filtered.covers("other")
    assert ContactPoint(national_identity_number=OLA).covers("other")
    assert configured.roles().lookup([ALT, TWO]) == {
        ALT: (Role(role="daglig-leder", national_identity_number=OLA),)
    }


def test_access_by_resource_and_by_service(load: Any) -> None:
    load(
        access=[
            _row(KARI, resourceId="letters"),
            _row(OLA, resourceId="letters", actions=["read"]),
            _row(PER, serviceCode="5441", serviceEdition="1", actions=["write"]),
        ]
    )
    granted = {
        _question(KARI, "letters"),
        _question(KARI, "urn:altinn:resource:letters", "delete"),
        _question(OLA, "letters"),
        _question(PER, "5441:1", "write"),
    }
    refused = {
        _question(OLA, "letters", "write"),
        _question(PER, "5441:1"),
        _question(PER, "5441:2", "write"),
        _question(KARI, "other"),
        _question(KARI, ""),
        _question(PER, ":", "write"),
        _question(KARI, "letters", organization=TWO),
    }
    assert configured.access().granted(granted | refused) == granted


def test_external_identities_in_every_spelling(load: Any) -> None:
    email = "urn:altinn:person:idporten-email:Kari@x.example"
    load(
        externalIdentities=[
            {"externalIdentity": email, "name": "Kari", "email": "kari@x.example"},
            {"externalIdentity": "urn:altinn:party:username:kari", "name": "K", "email": None},
        ]
    )
    old = "urn:altinn:person:legacy-selfidentified:Kari"
    found = configured.external_identities().lookup([email.lower(), old, "urn:altinn:username:ola"])
    assert found == {
        email.lower(): ExternalIdentity(
            external_identity=email.lower(), name="Kari", email="kari@x.example"
        ),
        old: ExternalIdentity(external_identity="urn:altinn:party:username:kari", name="K"),
    }


def test_resources_and_their_titles(load: Any) -> None:
    named = {"serviceOwner": "ttd", "type": "CorrespondenceService"}
    load(
        resources=[
            {"resourceId": "a", "title": "Brev", **named},
            {"resourceId": "b", "title": {"nn": "Brev", "en": "Letter"}, **named},
        ]
    )
    found = configured.resources().lookup(["a", "urn:altinn:resource:b", "c"])
    assert set(found) == {"a", "urn:altinn:resource:b"}
    assert found["a"] == Resource(
        resource_id="a",
        service_owner="ttd",
        titles={"nb": "Brev", "nn": "Brev", "en": "Brev"},
        type="CorrespondenceService",
    )
    assert found["urn:altinn:resource:b"].title("en") == "Letter"
    assert found["urn:altinn:resource:b"].title("nb") == "Brev"


def test_lookups_cost_one_query_per_five_hundred(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    numbers = [f"{at:011d}" for at in range(1200)]
    PersonRow.objects.bulk_create(
        PersonRow(national_identity_number=number, name="x") for number in numbers
    )
    OrganizationRow.objects.bulk_create(
        OrganizationRow(organization_number=number[2:], name="x") for number in numbers
    )
    short = [number[2:] for number in numbers]
    with django_assert_num_queries(3):
        assert len(configured.persons().lookup(numbers * 2)) == 1200
    with django_assert_num_queries(3):
        assert len(configured.organizations().lookup(short)) == 1200
    with django_assert_num_queries(3):
        assert configured.contact_points().lookup(short) == {}
    with django_assert_num_queries(3):
        assert configured.roles().lookup(short) == {}
    with django_assert_num_queries(3):
        questions = [_question(number, "letters") for number in numbers]
        assert configured.access().granted(questions) == frozenset()
    with django_assert_num_queries(0):
        assert configured.persons().lookup([]) == {}


def test_service_owners_by_number_and_by_exact_name(load: Any) -> None:
    load(serviceOwners=[service_owner(useStaleContactInformation=True)])
    owner = service_owners.by_organization_number("991825827")
    assert owner is not None
    assert (owner.org, owner.name, owner.use_stale_contact_information) == ("ttd", "TTD", True)
    assert service_owners.by_org("ttd") == owner
    for unknown in ("TTD", "ttd ", "", "t\x00td"):
        assert service_owners.by_org(unknown) is None


def test_a_service_owner_is_remembered_for_a_moment_but_nobody_unknown(
    load: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert service_owners.by_org("ttd") is None
    load(serviceOwners=[service_owner(eventsSecret=f"whsec_{'A' * 32}")])
    owner = service_owners.by_org("ttd")
    assert owner is not None
    assert "whsec_" not in repr(owner)
    with django_assert_num_queries(0):
        assert service_owners.by_org("ttd") == owner
    ServiceOwnerRow.objects.all().delete()
    service_owners.forget()
    assert service_owners.by_org("ttd") is None


def _row(number: str, **fields: Any) -> dict[str, Any]:
    return {"nationalIdentityNumber": number, "organizationNumber": ALT, **fields}


def _question(
    number: str, resource: str, action: str = "read", organization: str = ALT
) -> AccessQuestion:
    return AccessQuestion(
        national_identity_number=number,
        organization_number=organization,
        resource_id=resource,
        action=action,
    )
