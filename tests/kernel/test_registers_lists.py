"""The fields of each list of a registers file (runtime contract 4)."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cases.models import AppName, NearestLeader, Producer
from enrollment.models import EnrollmentClient
from notifications_platform.registers.models import (
    Access,
    ExternalIdentity,
    Organization,
    OrganizationRole,
    Person,
    Resource,
    ServiceOwner,
    UserContactPoint,
)
from tests.kernel.register_files import (
    ALT,
    KARI,
    OLA,
    TWO,
    RegisterFile,
    organization,
    person,
    service_owner,
)

pytestmark = pytest.mark.django_db
SECRET = f"whsec_{'A' * 32}"


@pytest.fixture
def file(tmp_path: Path) -> RegisterFile:
    return RegisterFile(tmp_path)


def resource(**fields: Any) -> dict[str, Any]:
    base = {"resourceId": "letters", "serviceOwner": "ttd", "title": "Brev", "type": "Letter"}
    return {**base, **fields}


def access(**fields: Any) -> dict[str, Any]:
    return {"nationalIdentityNumber": KARI, "organizationNumber": ALT, **fields}


def producer(**fields: Any) -> dict[str, Any]:
    base = {"clientId": "fager", "name": "fager", "merkelapper": ["Tiltak"], "mottakere": []}
    return {**base, **fields}


def stored(model: Any) -> dict[str, Any]:
    fields: dict[str, Any] = model.objects.values().get()
    fields.pop("id")
    return fields


def test_service_owner(file: RegisterFile) -> None:
    full = service_owner(
        eventsUrl="https://ttd.example/events",
        eventsSecret=SECRET,
        useStaleContactInformation=True,
    )
    assert file.write(serviceOwners=[full]).load().startswith("serviceOwners  1 created")
    assert stored(ServiceOwner) == {
        "org": "ttd",
        "organization_number": "991825827",
        "name": "TTD",
        "events_url": "https://ttd.example/events",
        "events_secret": SECRET,
        "use_stale_contact_information": True,
    }


def test_person(file: RegisterFile) -> None:
    full = person(
        email=" kari@x.example ",
        mobileNumber="+4740000001",
        reserved=True,
        contactConfirmed="2026-03-01",
    )
    file.write(persons=[full]).load()
    assert stored(Person) == {
        "national_identity_number": KARI,
        "name": "Kari Nordmann",
        "email": "kari@x.example",
        "mobile_number": "+4740000001",
        "reserved": True,
        "contact_confirmed": date(2026, 3, 1),
    }


def test_organization(file: RegisterFile) -> None:
    full = organization(
        emailAddresses=["a@x.example", "A@x.example", "a@x.example"],
        mobileNumbers=["40000001"],
        parent=TWO,
        roles=[{"role": "daglig-leder", "nationalIdentityNumber": KARI}] * 2,
        userContactPoints=[
            {
                "nationalIdentityNumber": OLA,
                "email": "ola@x.example",
                "mobileNumber": "+4740000002",
                "resources": ["urn:altinn:resource:letters", "5441:1"],
            },
            {"nationalIdentityNumber": KARI},
        ],
    )
    file.write(organizations=[full]).load()
    assert stored(Organization) == {
        "organization_number": ALT,
        "name": "Alt AS",
        "email_addresses": ["a@x.example", "A@x.example"],
        "mobile_numbers": ["40000001"],
        "parent": TWO,
    }
    assert stored(OrganizationRole) == {
        "organization_id": ALT,
        "role": "daglig-leder",
        "national_identity_number": KARI,
    }
    points = UserContactPoint.objects.order_by("national_identity_number")
    assert [(point.email, point.mobile_number, point.resources) for point in points] == [
        ("", "", []),
        ("ola@x.example", "+4740000002", ["urn:altinn:resource:letters", "5441:1"]),
    ]


def test_resource(file: RegisterFile) -> None:
    full = resource(
        resourceId="urn:altinn:resource:letters",
        title={"nb": "Brev", "en": "Letters"},
        confidential=True,
        minimumAuthenticationLevel=3,
        malwareScanBypass=True,
    )
    file.write(resources=[full]).load()
    assert stored(Resource) == {
        "resource_id": "letters",
        "service_owner": "ttd",
        "title_nb": "Brev",
        "title_nn": "",
        "title_en": "Letters",
        "type": "Letter",
        "confidential": True,
        "minimum_authentication_level": 3,
        "malware_scan_bypass": True,
    }
    file.write(resources=[resource()]).load()
    assert stored(Resource) == {
        "resource_id": "letters",
        "service_owner": "ttd",
        "title_nb": "Brev",
        "title_nn": "Brev",
        "title_en": "Brev",
        "type": "Letter",
        "confidential": False,
        "minimum_authentication_level": 0,
        "malware_scan_bypass": False,
    }


def test_access_in_both_forms(file: RegisterFile) -> None:
    by_resource = access(resourceId="letters", actions=["read", "write"])
    by_service = access(serviceCode="5441", serviceEdition="1")
    file.write(access=[by_resource, by_service]).load()
    rows = Access.objects.order_by("pk").values_list(
        "resource_id", "service_code", "service_edition", "actions"
    )
    assert list(rows) == [("letters", "", "", ["read", "write"]), ("", "5441", "1", [])]
    printed = file.write(access=[access(resourceId="letters", actions=["read"])]).load()
    assert printed == "access  0 created, 1 updated, 0 unchanged\n"
    twice = [by_resource, access(resourceId="urn:altinn:resource:letters")]
    assert (
        "$.access[1] is the same as in $.access[0] on line 2" in file.write(access=twice).refusal()
    )


def test_external_identity_in_each_spelling(file: RegisterFile) -> None:
    one = {"externalIdentity": "urn:altinn:username:Epost", "name": "E", "email": "e@x.example"}
    file.write(externalIdentities=[one]).load()
    same = {"externalIdentity": "urn:altinn:person:legacy-selfidentified:epost", "name": "E"}
    printed = file.write(externalIdentities=[same]).load()
    assert printed == "externalIdentities  0 created, 1 updated, 0 unchanged\n"
    assert stored(ExternalIdentity) == {
        "external_identity": "urn:altinn:party:username:epost",
        "name": "E",
        "email": "",
        "mobile_number": "",
    }


def test_nearest_leader(file: RegisterFile) -> None:
    relation = {"leader": KARI, "employee": OLA, "organizationNumber": ALT}
    file.write(nearestLeaders=[relation | {"endDate": None}]).load()
    printed = file.write(nearestLeaders=[relation | {"endDate": "2026-12-31"}]).load()
    assert printed == "nearestLeaders  0 created, 1 updated, 0 unchanged\n"
    assert stored(NearestLeader) == {
        "leader": KARI,
        "employee": OLA,
        "organization_number": ALT,
        "end_date": date(2026, 12, 31),
    }


def test_producer(file: RegisterFile) -> None:
    mottakere = [
        {"serviceCode": "5441", "serviceEdition": "1"},
        {"ressursId": "letters"},
        {"naermesteLeder": True},
    ]
    file.write(producers=[producer(appNames=["dev:fager:api"], mottakere=mottakere)]).load()
    assert stored(Producer) == {
        "client_id": "fager",
        "name": "fager",
        "merkelapper": ["Tiltak"],
        "mottakere": mottakere,
    }
    assert set(AppName.objects.values_list("name", flat=True)) == {"fager", "dev:fager:api"}


def test_enrollment_client(file: RegisterFile) -> None:
    full = {
        "clientId": "ohi",
        "name": "Demo payer",
        "grants": ["ohi:enrollment.all"],
        "deliveryUrl": "http://127.0.0.1:9/hook",
        "signingSecret": SECRET,
    }
    file.write(enrollmentClients=[full]).load()
    assert stored(EnrollmentClient) == {
        "client_id": "ohi",
        "name": "Demo payer",
        "grants": ["ohi:enrollment.all"],
        "delivery_url": "http://127.0.0.1:9/hook",
        "signing_secret": SECRET,
    }


@pytest.mark.parametrize(
    ("name", "record", "what"),
    [
        ("serviceOwners", service_owner(number="12345"), "organizationNumber must be 9 digits"),
        ("serviceOwners", service_owner(eventsUrl="ftp://x"), "eventsUrl must be an absolute"),
        ("serviceOwners", service_owner(eventsUrl="http://x:y/"), "eventsUrl must be an absolute"),
        ("serviceOwners", {"org": "x", "name": "X"}, "organizationNumber is missing; give a text"),
        ("persons", person("0590980321x"), "nationalIdentityNumber must be 11 digits"),
        ("persons", person(reserved="no"), "reserved must be true or false, not a text"),
        ("persons", person(name=None), "name is missing; give a text"),
        ("persons", person(name="a\nb"), "name holds a control character"),
        ("persons", person(name="\ud800"), "name holds a control character or half a surrogate"),
        ("persons", person(name="x" * 301), "name is longer than 300 characters"),
        ("persons", person(contactConfirmed="2026-02-30"), "contactConfirmed must be a date"),
        ("persons", person(contactConfirmed="20260301"), "contactConfirmed must be a date"),
        ("organizations", organization(emailAddresses="a@x"), "emailAddresses must be an array"),
        ("organizations", organization(emailAddresses=[1]), "emailAddresses[0] must be a text"),
        ("organizations", organization(parent="1"), "parent must be 9 digits"),
        (
            "organizations",
            organization(roles=[{"role": "x"}]),
            "roles[0].nationalIdentityNumber is",
        ),
        (
            "organizations",
            organization(userContactPoints=[{"nationalIdentityNumber": KARI, "fax": "1"}]),
            "userContactPoints[0].fax is unknown here",
        ),
        ("organizations", organization(roles=["x"]), "roles[0] must be an object in braces"),
        ("resources", resource(title=7), "title must be a text, not a number"),
        ("resources", resource(title={}), "title must be a text, or hold at least one of"),
        ("resources", resource(title={"de": "Briefe"}), "title.de is unknown here"),
        ("resources", resource(minimumAuthenticationLevel=5), "from 0 to 4"),
        ("resources", resource(minimumAuthenticationLevel=True), "must be a number, not true"),
        ("resources", resource(minimumAuthenticationLevel=2.5), "must be a number"),
        ("resources", resource(resourceId="urn:altinn:resource:"), "must have something after"),
        ("access", access(), "resourceId is missing"),
        ("access", access(serviceCode="5441"), "serviceEdition is missing"),
        ("access", access(serviceCode=5441, serviceEdition="1"), "serviceCode must be a text"),
        (
            "access",
            access(resourceId="x", serviceCode="5441", serviceEdition="1"),
            "resourceId excludes serviceCode and serviceEdition",
        ),
        ("access", access(resourceId="x", actions=[]), "actions must not be empty"),
        ("nearestLeaders", {"leader": KARI, "employee": OLA}, "organizationNumber is missing"),
        ("producers", producer(clientId="x" * 201), "clientId is longer than 200 characters"),
        ("producers", producer(appNames=["x" * 201]), "appNames[0] is longer than 200 characters"),
        ("producers", producer(mottakere=None), "mottakere is missing; give an array"),
        ("producers", producer(mottakere=[{}]), "mottakere[0].ressursId must be one of"),
        ("producers", producer(mottakere=[{"naermesteLeder": False}]), "must be one of"),
        (
            "producers",
            producer(mottakere=[{"ressursId": "r", "naermesteLeder": True}]),
            "mottakere[0].ressursId must be one of",
        ),
        ("enrollmentClients", {"clientId": "x", "name": "X", "url": ""}, "url is unknown here"),
        ("enrollmentClients", {"clientId": " ", "name": "X"}, "clientId must not be empty"),
        ("externalIdentities", {"externalIdentity": "urn:x"}, "name is missing"),
    ],
)
def test_a_bad_record_is_named_and_nothing_is_stored(
    file: RegisterFile, name: str, record: dict[str, Any], what: str
) -> None:
    refusal = file.write(**{name: [record]}).refusal()
    assert f"line 2: $.{name}[0]" in refusal
    assert what in refusal
    models = (Access, ExternalIdentity, Organization, Person, Resource, ServiceOwner)
    assert not any(model.objects.exists() for model in models)
    assert not any(model.objects.exists() for model in (Producer, NearestLeader, EnrollmentClient))
