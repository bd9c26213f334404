"""The page of one notification, as staff read it, and what it leads to."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment import notification_page
from enrollment.coordinates import owner_of
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationDefinition,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.states import OWNER, Status
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.timeline import Headline
from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import Sent, Transient
from notifications_platform.delivery.explain import told as told_in_a_row
from notifications_platform.delivery.models import Content, Message
from tests.enrollment import acting
from tests.enrollment.rows import notification
from tests.enrollment.telling import attempt, define, event, tell, told
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

REASON = {"reason": "The receiver is repaired."}
ONE = EnrollmentEventNotification


@pytest.fixture
def reader(db: None) -> Client:
    return browser(Role.READER)


@pytest.fixture
def operator(db: None) -> Client:
    return browser(Role.OPERATOR, "odd")


def page(client: Client, row: Any, name: str = "change") -> str:
    answer = client.get(url(type(row), name, row.pk))
    assert answer.status_code == 200
    return str(answer.text)


def standing(one: EnrollmentEventNotification) -> str:
    one.refresh_from_db()
    now = clock.now()
    answer, _story = notification_page.findings(
        notification_page.read(one, now=now, real=clock.real())
    )
    assert isinstance(answer, Headline)
    return told_in_a_row(*(line.text for line in (answer.first, *answer.lines)))


def refuse() -> None:
    attempt(Transient("HTTP 500"))


def test_a_notification_is_one_page(api: Any, operator: Client) -> None:
    define(api, retrySchedule=[])
    older = told(api, event())[0]
    one = told(api, event())[0]
    refuse()
    one.refresh_from_db()
    assert one.status == Status.FAILED
    before = page(operator, one)
    assert "Why was it not delivered?" in before
    assert 'class="bo-headline bo-headline-bad"' in before
    assert "The answer was: “HTTP 500”. No retry is left." in before
    assert "Nothing more happens until somebody resends or cancels it." in before
    assert "POST http://127.0.0.1:9/hook" in before
    for name in ("cancel", "resend", "payload"):
        assert url(ONE, name, one.pk) in before

    answer = operator.post(url(ONE, "resend", one.pk), REASON, follow=True)
    assert "1 notification resent." in answer.text
    refuse()
    shown = page(operator, one)

    # The story comes before the fields, and needs nobody to have done what a worker did.
    assert shown.index(">What happened to it<") < shown.index("<fieldset")
    assert "by the platform" not in shown
    timeline = shown[shown.index(">What happened to it<") :]
    words = [
        "The event MEMBER_ENROLLED was told",
        "The notification was made",
        "Handed to the engine: failed",
        "Attempt 1: the endpoint did not take it",
        "It failed",
        "It was resent: a new cycle of attempts began",
        "by odd of the staff",
        "Reason: The receiver is repaired.",
    ]
    assert sorted(words, key=timeline.index) == words
    assert timeline.count("Attempt 1: the endpoint did not take it") == 2
    assert timeline.count("The answer was: “HTTP 500”.") == 2
    messages = Message.objects.filter(owner_kind=OWNER, owner_id=owner_of(one.pk))
    linked = [
        url(ONE, "change", older.pk),
        url(PolicyEnrollmentEvent, "change", one.event_id),
        url(PolicyState, "change", one.event.policy_id),
        url(NotificationDefinition, "change", one.definition_id),
        *(url(Message, "change", message.pk) for message in messages),
    ]
    assert len(linked) == 6
    for link in linked:
        assert link in shown
    whole = page(operator, one.event.policy)
    assert "1 notification failed and waits for somebody." in whole
    assert url(NotificationDefinition, "change", one.definition_id) in whole
    assert f"{url(Message)}?owner_id={owner_of(one.pk)}" in whole
    story = whole[whole.index(">What happened in it<") :]
    words = ["The event MEMBER_ENROLLED was told", f"Notification {one.pk} to ENROLLED: Failed"]
    assert sorted(words, key=story.index) == words
    told_of = page(operator, one.event)
    for line in ("What came of it?", "It was resent: a new cycle of attempts began"):
        assert line in told_of
    replaced = page(operator, older)
    assert url(ONE, "change", one.pk) in replaced
    assert ">None<" not in replaced
    assert url(ONE, "change", one.pk) in page(operator, one.event)
    assert url(ONE, "change", one.pk) in page(operator, one.event.policy)


def test_the_engines_message_leads_to_its_notification_and_is_not_sent_again_alone(
    api: Any, operator: Client
) -> None:
    define(api, retrySchedule=[])
    one = told(api, event())[0]
    refuse()
    message = Message.objects.get(owner_kind=OWNER)
    shown = page(operator, message)
    assert url(ONE, "change", one.pk) in shown
    assert url(PolicyEnrollmentEvent, "change", one.event_id) in shown
    resend = url(Message, "resend", message.pk)
    assert resend not in shown
    answer = operator.post(resend, REASON, follow=True)
    assert "A notification is sent again from its own page." in answer.text
    assert Message.objects.count() == 1


def test_every_status_is_put_into_words(api: Any) -> None:
    define(api, emitNotification="POST_APPROVAL", retrySchedule=[60])
    one = told(api, event(), policyApproved=False)[0]
    assert standing(one) == "Policy POL-1 is not approved yet; it is sent as soon as it is."
    assert api.post("policies/POL-1/approve").status_code == 200
    assert "stands in line" in standing(one)
    attempt(Transient("HTTP 503"))
    assert "The next one is planned at" in standing(one)
    planned = page(browser(Role.READER), one)
    assert "Attempt 2 of this cycle, of 2 at most." in planned

    told(api, event(), policyApproved=True)
    newer = ONE.objects.latest("pk")
    replaced = standing(one)
    assert f"Notification {newer.pk} of the same member took its place" in replaced
    assert "It can neither be cancelled nor resent." in replaced
    attempt(Sent(answer="HTTP 204"))
    assert "Its endpoint took it at" in standing(newer)
    assert api.post("policies/POL-1/revert").status_code == 200
    assert "Its endpoint took it at" in standing(newer)

    gone = notification(last_response_status=410, last_error_text="HTTP 410")
    assert "gone for good" in standing(gone)
    untried = notification(attempt_count=0, last_error_text="No endpoint is known.")
    assert "It failed without an attempt at" in standing(untried)
    reverted = notification(status=Status.READY, obsolete=True)
    assert standing(reverted) == (
        "Its policy was reverted. It was not delivered before that, and never will be."
    )
    last = notification(status=Status.IN_PROCESS, obsolete=True)
    assert standing(last).endswith("The attempt under way is its last.")


def test_a_cancelled_one_says_by_whom_and_why(operator: Client) -> None:
    one = notification()
    cancel = url(ONE, "cancel", one.pk)
    asked = operator.get(cancel).text
    assert "What would happen" in asked
    assert "<td>Cancelled</td>" in asked
    assert acting.statuses([one.pk]) == [Status.FAILED]

    answer = operator.post(cancel, REASON, follow=True)

    assert "1 notification cancelled." in answer.text
    assert "It was cancelled by odd at" in answer.text
    assert REASON["reason"] in answer.text
    assert cancel not in answer.text
    before = acting.state()
    again = operator.post(cancel, REASON, follow=True)
    assert "Only what failed and is not obsolete can be cancelled." in again.text
    assert acting.state() | {"trail": 0} == before | {"trail": 0}


def test_payloads_are_for_operators_and_each_look_is_noted(
    api: Any, reader: Client, operator: Client
) -> None:
    define(api)
    one = told(api, event(descr="joined plan A"))[0]
    payload = url(ONE, "payload", one.pk)
    assert payload not in page(reader, one)
    assert reader.get(payload).status_code == 403
    message = Message.objects.get(owner_kind=OWNER)
    content = Content.objects.get(pk=one.content_id)
    for shown in (page(reader, one), page(reader, message), page(reader, content)):
        assert "joined plan A" not in shown
    assert not Entry.objects.filter(action=notification_page.READ_PAYLOAD).exists()

    shown = page(operator, one, "payload")

    assert "joined plan A" in shown
    assert f"webhook-id: een_{one.pk}" in shown
    looked = Entry.objects.get(action=notification_page.READ_PAYLOAD)
    assert (looked.actor, looked.subject_id, looked.detail) == ("odd", str(one.pk), None)
    for page_of in (message, content):
        assert "joined plan A" in page(operator, page_of)
    Content.objects.filter(pk=one.content_id).update(body="")
    assert "It has been erased." in page(operator, one, "payload")
    missing = url(ONE, "payload", one.pk + 1)
    assert operator.get(missing).status_code == 404


def test_opening_a_notification_is_noted(reader: Client) -> None:
    one = notification()
    page(reader, one)
    entry = Entry.objects.get(action="back_office.view")
    assert (entry.subject_kind, entry.subject_id) == ("enrollmenteventnotification", str(one.pk))


def test_a_page_costs_the_same_after_many_cycles(api: Any, operator: Client) -> None:
    define(api, retrySchedule=[])
    told(api, event("P-2"))
    one = told(api, event("P-1"))[0]
    refuse()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(operator, one)
        return len(queries)

    cost()
    few = cost()
    for _ in range(3):
        operator.post(url(ONE, "resend", one.pk), REASON)
        refuse()
        tell(api, event("P-1", value0="more"), policyGid="G-other")
    assert cost() == few
    assert few < 35


def test_what_is_failing_stands_on_the_front_page(reader: Client) -> None:
    assert "nothing to cancel or resend" in reader.get("/admin/").text
    notification(failed_at=clock.now() - timedelta(days=3))
    notification(failed_at=clock.now(), obsolete=True)
    shown = reader.get("/admin/").text
    assert "Failed enrollment notifications" in shown
    assert "the oldest for 3 days" in shown
    assert f"{url(ONE)}?dead=all" in shown
