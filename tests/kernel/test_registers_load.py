"""`load_registers FILE` (runtime contract 4): all of a file, or nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import AppName, NearestLeader, Producer
from enrollment.models import EnrollmentClient
from notifications_platform.registers.models import (
    Access,
    Organization,
    OrganizationRole,
    Person,
    Resource,
    ServiceOwner,
    UserContactPoint,
)
from tests.kernel.register_files import (
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
DEMO = Path(__file__).parents[2] / "notifications_platform" / "sandbox" / "demo_registers.json"


@pytest.fixture
def file(tmp_path: Path) -> RegisterFile:
    return RegisterFile(tmp_path)


def test_the_demo_registers_load_and_load_again_without_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("load_registers", DEMO)
    assert capsys.readouterr().out.splitlines() == [
        "serviceOwners      2 created, 0 updated, 0 unchanged",
        "persons            11 created, 0 updated, 0 unchanged",
        "organizations      8 created, 0 updated, 0 unchanged",
        "resources          6 created, 0 updated, 0 unchanged",
        "access             4 created, 0 updated, 0 unchanged",
        "nearestLeaders     1 created, 0 updated, 0 unchanged",
        "producers          2 created, 0 updated, 0 unchanged",
        "enrollmentClients  1 created, 0 updated, 0 unchanged",
    ]
    call_command("load_registers", DEMO)
    again = capsys.readouterr()
    assert "persons            0 created, 0 updated, 11 unchanged" in again.out
    assert again.err == ""
    assert Access.objects.count() == 4
    assert UserContactPoint.objects.count() == 2
    assert Producer.objects.count() == 2
    assert NearestLeader.objects.count() == 1
    assert EnrollmentClient.objects.count() == 1


def test_a_record_replaces_the_stored_one_whole(file: RegisterFile) -> None:
    file.write(persons=[person(email="kari@x.example", reserved=True)]).load()
    printed = file.write(persons=[person(name="Kari Ny")]).load()
    assert printed == "persons  0 created, 1 updated, 0 unchanged\n"
    kari = Person.objects.get()
    assert (kari.name, kari.email, kari.reserved) == ("Kari Ny", "", False)


def test_lists_and_records_that_are_left_out_are_untouched(file: RegisterFile) -> None:
    file.write(persons=[person(), person(OLA)], organizations=[organization()]).load()
    assert file.write(persons=[person(KARI, name="Ny")]).load().startswith("persons  0 created, 1")
    assert Person.objects.get(national_identity_number=OLA).name == "Kari Nordmann"
    assert Organization.objects.count() == 1
    assert file.write(persons=[]).load() == "persons  0 created, 0 updated, 0 unchanged\n"
    assert Person.objects.count() == 2


def test_null_equals_absent(file: RegisterFile) -> None:
    nothing = dict.fromkeys(["email", "mobileNumber", "reserved", "contactConfirmed"])
    file.write(persons=[person() | nothing]).load()
    kari = Person.objects.get()
    assert (kari.email, kari.mobile_number, kari.reserved) == ("", "", False)
    assert kari.contact_confirmed is None
    assert file.text('{"persons": null}').load() == "persons  0 created, 0 updated, 0 unchanged\n"
    assert file.text("{}").load().endswith("holds no lists; nothing was changed.\n")


def test_a_changed_part_of_an_organisation_is_an_update_of_it(file: RegisterFile) -> None:
    role = {"role": "daglig-leder", "nationalIdentityNumber": KARI}
    point = {"nationalIdentityNumber": OLA, "email": "ola@x.example", "resources": ["5441:1"]}
    other = organization(TWO, roles=[role])
    file.write(organizations=[organization(roles=[role], userContactPoints=[point]), other]).load()
    changed = organization(roles=[role], userContactPoints=[point, point | {"resources": []}])
    printed = file.write(organizations=[changed, other]).load()
    assert printed == "organizations  0 created, 1 updated, 1 unchanged\n"
    assert sorted(row.resources for row in UserContactPoint.objects.all()) == [[], ["5441:1"]]
    file.write(organizations=[organization()]).load()
    assert not UserContactPoint.objects.exists()
    assert [row.organization_id for row in OrganizationRole.objects.all()] == [TWO]


def test_two_thousand_records_take_few_statements(file: RegisterFile) -> None:
    rows = [service_owner(f"org{at}", f"{800_000_000 + at}") for at in range(2000)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        file.write(serviceOwners=rows).load()
    assert ServiceOwner.objects.count() == 2000
    assert len(queries) < 10


def test_service_owners_may_swap_their_numbers(file: RegisterFile) -> None:
    one, other = service_owner("ttd", "991825827"), service_owner("digdir", "310131172")
    file.write(serviceOwners=[one, other]).load()
    swapped = [service_owner("ttd", "310131172"), service_owner("digdir", "991825827")]
    printed = file.write(serviceOwners=swapped).load()
    assert printed == "serviceOwners  0 created, 2 updated, 0 unchanged\n"


def test_an_app_name_may_move_from_one_producer_to_another(file: RegisterFile) -> None:
    def producers(first: list[str], second: list[str]) -> list[dict[str, object]]:
        common = {"name": "p", "merkelapper": ["Tiltak"], "mottakere": [{"ressursId": "r"}]}
        return [
            {"clientId": "a", "appNames": first, **common},
            {"clientId": "b", "appNames": second, **common},
        ]

    file.write(producers=producers(["dev:x:app"], [])).load()
    printed = file.write(producers=producers([], ["dev:x:app"])).load()
    assert printed == "producers  0 created, 2 updated, 0 unchanged\n"
    names = {row.name: row.producer_id for row in AppName.objects.all()}
    assert names == {"a": "a", "b": "b", "dev:x:app": "b"}


def test_odd_values_are_loaded_and_pointed_out(file: RegisterFile) -> None:
    printed = file.write(
        persons=[
            person("12345678901", email="kari(at)x.example", mobileNumber="22 00 00 00"),
            person(OLA, email="ola@x.example", mobileNumber="90000001"),
        ]
    ).load()
    assert "persons  2 created" in printed
    assert "worth a look (3)" in printed
    assert "line 2: $.persons[0].nationalIdentityNumber is not a number" in printed
    assert "line 2: $.persons[0].email does not look like" in printed
    assert "line 2: $.persons[0].mobileNumber is no valid telephone number" in printed
    assert "12345678901" not in printed


def test_what_a_problem_says(file: RegisterFile) -> None:
    records = [person(OLA), person(KARI, email=17, born="1959-10-05")]
    assert file.write(persons=records).refusal() == (
        f"{file.path} was not loaded, nothing was changed:\n"
        "  line 3: $.persons[1].email must be a text, not a number\n"
        "  line 3: $.persons[1].born is unknown here; the fields are: nationalIdentityNumber, "
        "name, email, mobileNumber, reserved, contactConfirmed"
    )
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"persons": [\n{"name": "x",}]}', "line 2: column 14:"),
        ('{"persons": [\n{}\n{}]}', "line 3: column 1: Expecting ','"),
        ('{"persons": [{}],\n}', "line 2: column 1: Expecting no ','"),
        ('{"persons": [', "line 1: column 14: Expecting value"),
        ('{"persons" []}', "line 1: column 12: Expecting ':'"),
        ('{"persons": []} {}', "line 1: column 17: Expecting nothing"),
        ("[]", "line 1: column 1: the file must be an object"),
        ("", "line 1: column 1: the file must be an object"),
        ("{persons: []}", "line 1: column 2: Expecting"),
        ("{1: []}", "line 1: column 3: Expecting the name of a list"),
        ('{"persons": [{"name": NaN}]}', "line 1: column 14: NaN is not JSON"),
        ('{"persons": [{"reserved": ' + "[" * 200_000 + "]}", "column 14: Nested too deeply"),
        ('{"persons": [{"reserved": ' + "9" * 5000 + "}]}", "column 14: A number that is too long"),
        ('{"persons": {}}', "$.persons must be an array"),
    ],
)
def test_a_file_that_is_not_json_is_refused_with_line_and_column(
    file: RegisterFile, text: str, where: str
) -> None:
    assert where in file.text(text).refusal()


def test_a_file_that_is_not_utf8_is_refused_with_its_line(file: RegisterFile) -> None:
    file.path.write_bytes('{"persons": [\n{"name": "Bjørn"}]}'.encode("latin-1"))
    assert "line 2: $ is not UTF-8" in file.refusal()


def test_a_byte_order_mark_is_no_hindrance(file: RegisterFile) -> None:
    file.path.write_bytes(b'\xef\xbb\xbf{"persons": []}')
    assert file.load().startswith("persons")


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("load_registers", tmp_path / "none.json")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"people": []}', "line 1: $.people is an unknown list; the lists are: serviceOwners,"),
        ('{"persons": [],\n"persons": []}', "line 2: $.persons stands twice"),
        ('{"persons": [7]}', "line 1: $.persons[0] must be an object in braces, not a number"),
        ('{"persons": [{"name": "a", "name": "b"}]}', "$.persons[0].name stands twice"),
    ],
)
def test_the_outer_form_is_judged(file: RegisterFile, text: str, what: str) -> None:
    assert what in file.text(text).refusal()


def test_the_same_key_twice_names_both_lines(file: RegisterFile) -> None:
    refusal = file.write(persons=[person(KARI), person(OLA), person(KARI, name="B")]).refusal()
    assert (
        "line 4: $.persons[2].nationalIdentityNumber is the same as in $.persons[0] on line 2"
        in refusal
    )
    assert KARI not in refusal
    assert not Person.objects.exists()


def test_a_bad_record_at_the_end_undoes_what_came_before(file: RegisterFile) -> None:
    rows = [service_owner(f"org{at}", f"{800_000_000 + at}") for at in range(1500)]
    refusal = file.write(serviceOwners=rows, persons=[person(), person(PER, name="")]).refusal()
    assert "line 1505: $.persons[1].name must not be empty" in refusal
    assert not ServiceOwner.objects.exists()
    assert not Person.objects.exists()


def test_a_thoroughly_bad_file_is_not_read_to_its_end(file: RegisterFile) -> None:
    refusal = file.write(persons=[{} for _ in range(100)]).refusal()
    assert 20 <= len(refusal.splitlines()) < 30


def test_a_number_of_another_stored_service_owner_is_refused(file: RegisterFile) -> None:
    file.write(serviceOwners=[service_owner("ttd", "991825827")]).load()
    refusal = file.write(serviceOwners=[service_owner("digdir", "991825827")]).refusal()
    assert "would leave stored service owners with one organizationNumber: digdir, ttd" in refusal
    assert [owner.org for owner in ServiceOwner.objects.all()] == ["ttd"]


def test_an_app_name_of_another_stored_producer_is_refused(file: RegisterFile) -> None:
    common = {"name": "p", "merkelapper": [], "mottakere": []}
    file.write(producers=[{"clientId": "a", "appNames": ["x"], **common}]).load()
    refusal = file.write(producers=[{"clientId": "x", **common}]).refusal()
    assert "would leave the app name x with two stored producers" in refusal
    assert Producer.objects.count() == 1
    refusal = file.write(
        producers=[{"clientId": "a", **common}, {"clientId": "b", "appNames": ["a"], **common}]
    ).refusal()
    assert "$.producers[1].appNames is the same as in $.producers[0] on line 2" in refusal


def test_secrets_never_show(file: RegisterFile) -> None:
    secret = "whsec_c2VjcmV0"
    owner = service_owner(eventsUrl="https://x.example/events", eventsSecret=secret)
    client = {"clientId": "ohi", "name": "Demo", "signingSecret": secret}
    printed = file.write(serviceOwners=[owner], enrollmentClients=[client]).load()
    assert "eventsSecret is short" in printed
    assert secret not in printed
    assert ServiceOwner.objects.get().events_secret == secret
    assert EnrollmentClient.objects.get().signing_secret == secret
    for bad in (secret.removeprefix("whsec_"), "whsec_%%%", "whsec_"):
        refusal = file.write(serviceOwners=[owner | {"eventsSecret": bad}]).refusal()
        assert "line 2: $.serviceOwners[0].eventsSecret must" in refusal
        assert "c2VjcmV0" not in refusal


def test_loads_take_turns(file: RegisterFile) -> None:
    with CaptureQueriesContext(connection) as queries:
        file.write(resources=[]).load()
    assert any("pg_advisory_xact_lock" in query["sql"] for query in queries)
    assert not Resource.objects.exists()
