"""What the search box finds in `enrollment`."""

import pytest
from django.test import Client

from enrollment.coordinates import owner_of
from enrollment.models import EnrollmentClient, PolicyState
from enrollment.states import Status
from notifications_platform.back_office.roles import Role
from tests.bound_staff import bound
from tests.enrollment.conftest import OURS, THEIRS
from tests.enrollment.rows import notification, notifications
from tests.searching import lines, links, plans, search
from tests.staff import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


def test_a_notification_is_found_by_all_it_goes_by(reader: Client) -> None:
    one = notification(gid="G-7", person="P-7")
    other = notification(client=THEIRS, gid="G-7", person="P-7", status=Status.SENT)
    notification(gid="G-8", person="P-8")
    for term in (f"een_{one.pk}", f"EEN_0{one.pk}", str(owner_of(one.pk))):
        assert str(one.pk) in links(reader, term, group="enrollment"), term
    assert set(links(reader, "P-7")) == {str(one.pk), str(other.pk)}
    assert len(links(reader, "POL-1")) == 3
    policies = PolicyState.objects.filter(policy_gid="G-7").values_list("pk", flat=True)
    assert set(links(reader, "G-7")) == set(map(str, policies))
    assert links(reader, "P-9") == []
    assert sorted(lines(reader, "P-7")) == [
        f"Enrollment notification {one.pk} of {OURS}, failed 2031-03-01 13:00",
        f"Enrollment notification {other.pk} of {THEIRS}, sent 2031-03-01 13:00",
    ]


def test_the_number_of_a_policy_and_of_an_event_are_found(reader: Client) -> None:
    one = notification()
    said = " ".join(lines(reader, str(one.event_id)))
    assert f"Event {one.event_id} of {OURS}" in said
    assert "Policy G-1" in " ".join(lines(reader, str(one.event.policy_id)))


def test_bound_staff_find_their_clients_only(reader: Client) -> None:
    one = notification(client=OURS)
    EnrollmentClient.objects.create(client_id=OURS, name="Payer A")
    ours, theirs = bound(Role.READER, OURS), bound(Role.READER, THEIRS, name="bea")
    for term in (f"een_{one.pk}", "P-1", "POL-1", "G-1", str(one.event_id), OURS):
        assert links(ours, term), term
        assert links(theirs, term) == [], term
    assert lines(ours, OURS) == ["Client Payer A of enrollment"]


def test_pages_go_on_where_the_one_before_ended(reader: Client) -> None:
    made = [str(one.pk) for one in notifications(60)][::-1]
    answer = search(reader, "POL-1", group="enrollment")
    found = [line.hit.link.split("/")[-3] for line in answer.context["answer"].lines]
    while address := answer.context["older"]:
        answer = reader.get(address)
        found += [line.hit.link.split("/")[-3] for line in answer.context["answer"].lines]
    assert found == made


@pytest.mark.parametrize(
    ("term", "table", "index"),
    [
        ("POL-1", "enrollment_enrollmenteventnotification", "een_by_policy_code"),
        ("P-1", "enrollment_enrollmenteventnotification", "een_by_person"),
        ("G-1", "enrollment_policystate", "enrollment_policy_gid"),
    ],
)
def test_each_is_found_by_an_index(reader: Client, term: str, table: str, index: str) -> None:
    notification()
    plan = plans(reader, term, table)
    assert index in plan
    assert "Seq Scan" not in plan
