"""Resending one notification, or a list of them (enrollment contract 4.3)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.coordinates import owner_of
from enrollment.grants import Grant
from enrollment.models import EnrollmentEventNotification
from enrollment.states import Status
from notifications_platform.delivery.models import Message
from tests.enrollment.acting import (
    all_failed,
    assert_legal,
    history_of,
    ids_in,
    listed,
    many,
    one,
    state,
    statuses,
    summary,
)
from tests.enrollment.conftest import OURS, THEIRS, calling, problem_of, refusal_of
from tests.enrollment.rows import definition_of, notification, notifications

pytestmark = pytest.mark.django_db


def messages_of(id: int) -> list[Message]:
    return list(Message.objects.filter(owner_id=owner_of(id)).order_by("pk"))


def test_a_resent_one_is_ready_for_a_new_cycle_with_the_schedule_now_in_force(api) -> None:
    failed = notification(attempt_count=4)
    definition = definition_of()
    definition.retry_schedule = [7, 8]
    definition.save()

    answer = api.put(one(failed.pk, "resend"), {"reason": "receiver repaired"})

    assert answer.status_code == 202
    body = answer.json()
    assert (body["status"], body["attemptCount"]) == ("Ready", 4)
    assert "failedDate" not in body
    assert [link["rel"] for link in body["links"]] == ["self"]
    line = history_of(failed.pk)[0]
    assert (line.action, line.to_status, line.reason) == ("resent", "Ready", "receiver repaired")
    [message] = messages_of(failed.pk)
    assert (message.state, message.client, message.content_id) == (
        "queued",
        OURS,
        failed.content_id,
    )
    assert message.content.retry_after == [7, 8]
    row = EnrollmentEventNotification.objects.get(pk=failed.pk)
    assert (row.earlier_attempts, row.attempt_count) == (4, 4)


def test_the_rules_are_those_of_cancel(api) -> None:
    by_status = {status: notification(status=status) for status in Status}
    failed, obsolete = by_status.pop(Status.FAILED), notification(obsolete=True)
    theirs = notification(client=THEIRS)
    before = state()

    for refused in (*by_status.values(), obsolete):
        answer = api.put(one(refused.pk, "resend"))
        assert refusal_of(answer, 422) == [("POL-IP-ENEN-002", str(refused.pk))]
    for unknown in (theirs.pk, "abc"):
        answer = api.put(one(unknown, "resend"))
        assert refusal_of(answer, 404) == [("POL-IP-ENEN-001", str(unknown))]
    mixed = api.put(many("resend"), listed("x", failed.pk, theirs.pk, obsolete.pk))
    assert refusal_of(mixed, 422) == [
        ("POL-IP-ENEN-001", "x"),
        ("POL-IP-ENEN-001", str(theirs.pk)),
        ("POL-IP-ENEN-002", str(obsolete.pk)),
    ]
    # The other operation's flag is a property like any other: unknown, and so nothing is selected.
    assert refusal_of(api.put(many("resend"), all_failed("cancel")), 422) == [("GEN-IP-001", None)]
    for no_truth in ("true", 1, None):
        flagged = {"sendAllFailedNotifications": no_truth}
        problem_of(api.put(many("resend"), flagged), 400, "sendAllFailedNotifications")
    for grant in set(Grant) - {Grant.RESEND}:
        problem_of(calling(OURS, grant).put(one(failed.pk, "resend")), 403)
    assert state() == before

    assert calling(OURS, Grant.RESEND).put(one(failed.pk, "resend")).status_code == 202
    assert refusal_of(api.put(one(failed.pk, "resend")), 422)
    assert refusal_of(api.put(one(failed.pk)), 422)
    assert assert_legal(failed.pk) == ["resent"]


def test_a_list_gets_one_message_each_at_a_constant_number_of_statements(api) -> None:
    ids = [row.pk for row in notifications(1100)]

    def statements(some: list[int]) -> int:
        with CaptureQueriesContext(connection) as caught:
            body = summary(api.put(many("resend"), listed(*some, some[0])), "resend")
        assert ids_in(body) == list(map(str, some))
        return len(caught)

    few, more = statements(ids[:2]), statements(ids[2:])

    assert more - few <= 2
    assert set(statuses(ids)) == {"Ready"}
    assert Message.objects.filter(state="queued").count() == len(ids)
    assert assert_legal(ids[7]) == ["resent"]
