"""The pages of policies, events, definitions and bulk operations, as staff read them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment.models import (
    BulkOperation,
    BusinessEventDefinition,
    NotificationDefinition,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.states import BulkState, Kind, Source, Status
from notifications_platform.back_office.owned import bind
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import Sent, Transient
from tests.enrollment.conftest import OURS, THEIRS
from tests.enrollment.rows import NOON, notification
from tests.enrollment.telling import attempt, define, event, tell, told
from tests.staff import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(db: None) -> Client:
    return browser(Role.READER)


def page(client: Client, row: Any) -> str:
    answer = client.get(url(type(row), "change", row.pk))
    assert answer.status_code == 200
    return str(answer.text)


def test_a_policy_says_whether_everything_was_delivered(api: Any, reader: Client) -> None:
    define(api, emitNotification="POST_APPROVAL", retrySchedule=[])
    told(api, event("P-1"), policyApproved=False)
    policy = PolicyState.objects.get()
    waiting = page(reader, policy)
    assert "The policy is not approved: 1 notification waits for it." in waiting
    assert 'class="bo-headline bo-headline-waiting"' in waiting

    assert api.post("policies/POL-1/approve").status_code == 200
    attempt(Sent(answer="HTTP 204"))
    delivered = page(reader, policy)
    assert 'class="bo-headline bo-headline-good"' in delivered
    assert "1 notification was made: 1 Sent." in delivered

    told(api, event("P-2"))
    attempt(Transient("HTTP 500"))
    failed = page(reader, policy)
    assert 'class="bo-headline bo-headline-bad"' in failed
    assert "The last answer was: “HTTP 500”." in failed
    story = failed[failed.index(">What happened in it<") :]
    words = ["by payer-a", "The policy was approved", "Released: 1.", "Member P-2."]
    assert sorted(words, key=story.index) == words


def test_a_policys_page_costs_the_same_for_one_event_and_for_many(api: Any, reader: Client) -> None:
    define(api)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(reader, policy)
            page(reader, first)
        return len(queries)

    told(api, event("P-0"))
    policy, first = PolicyState.objects.get(), PolicyEnrollmentEvent.objects.get()
    cost()
    few = cost()
    tell(api, *(event(f"P-{number}") for number in range(1, 30)))
    assert cost() == few < 60


def test_an_event_says_what_came_of_it(api: Any, reader: Client) -> None:
    tell(api, event("P-1"), {"personCode": "P-1", "descr": "a message"})
    nobody, message = PolicyEnrollmentEvent.objects.order_by("pk")
    assert "no active definition asked for MEMBER_ENROLLED" in page(reader, nobody)
    assert "it is kept, and makes no notifications" in page(reader, message)


def test_a_definition_says_where_it_leads(api: Any, reader: Client) -> None:
    define(api)
    define(api, "LOST", endpointUrl=None)
    known = NotificationDefinition.objects.get(code="ENROLLED")
    one = notification(definition="ENROLLED")
    shown = page(reader, known)
    assert "sends them to http://127.0.0.1:9/hook by POST." in shown
    assert url(type(one), "change", one.pk) in shown
    lost = page(reader, NotificationDefinition.objects.get(code="LOST"))
    assert "No endpoint is known for it: every attempt fails." in lost
    assert 'class="bo-headline bo-headline-bad"' in lost
    own = BusinessEventDefinition.objects.create(client=OURS, code="MOVED", created_at=NOON)
    NotificationDefinition.objects.update(business_event_definition_codes=["MOVED"])
    assert url(NotificationDefinition, "change", known.pk) in page(reader, own)


@pytest.mark.parametrize(
    ("state", "said", "tone"),
    [
        (BulkState.RUNNING, "It is under way: 2 notifications so far", "waiting"),
        (BulkState.DONE, "It is done: it changed 2 notifications.", "good"),
        (BulkState.INTERRUPTED, "The same operation once more does the rest.", "bad"),
    ],
)
def test_a_bulk_operation_says_where_it_stands_and_who_began_it(
    reader: Client, state: BulkState, said: str, tone: str
) -> None:
    one = BulkOperation.objects.create(
        kind=Kind.CANCEL,
        client=OURS,
        actor="ada",
        source=Source.ADMIN,
        filter="attemptCount.gte(3)",
        reason="The receiver is gone",
        state=state,
        started_at=NOON,
        active_at=NOON,
        ended_at=None if state == BulkState.RUNNING else NOON,
        changed_count=2,
    )
    shown = page(reader, one)
    assert said in shown
    assert f'class="bo-headline bo-headline-{tone}"' in shown
    for told_of in ("by ada of the staff", "attemptCount.gte(3)", "Reason: The receiver is gone"):
        assert told_of in shown


def test_staff_of_another_client_find_none_of_these_pages(reader: Client) -> None:
    one = notification(client=OURS, status=Status.FAILED)
    bound = browser(Role.READER, "bo")
    bind(User.objects.get(username="bo"), {THEIRS}, by="ada", now=clock.now())
    for row in (one, one.event, one.event.policy, one.definition):
        page(reader, row)
        assert bound.get(url(type(row), "change", row.pk)).status_code == 404
