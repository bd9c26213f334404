"""A delivery cycle from claim to end, whatever comes between (contract 3, 6)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_httpserver import HTTPServer

from enrollment import outcomes
from enrollment.coordinates import owner_of
from enrollment.models import EnrollmentEventNotification as Notification
from enrollment.states import OWNER, Status
from notifications_platform.core import clock
from notifications_platform.delivery import owners, stopping, sweeping
from notifications_platform.delivery.channels.base import NotTried, Sent, Transient
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Result, State
from tests.cases.lifecycle.living import Moment
from tests.enrollment.conftest import OURS, Api
from tests.enrollment.receiving import Receiver, lines, moment, receiver, shown, work
from tests.enrollment.rows import notifications
from tests.enrollment.telling import DEFINITIONS, attempt, claim, define, event, told

__all__ = ["moment", "receiver"]
pytestmark = pytest.mark.django_db(transaction=True)


def statuses(*several: Notification) -> list[str]:
    rows = Notification.objects.in_bulk([one.pk for one in several])
    return [rows[one.pk].status for one in several]


def message_of(one: Notification) -> Message:
    return Message.objects.filter(owner_id=owner_of(one.pk), owner_kind=OWNER).latest("id")


def lose_leases() -> None:
    sweeping.reclaim(real=clock.real() + timedelta(hours=1), now=clock.now())


def test_retries_follow_the_schedule_and_a_resend_begins_anew_where_the_endpoint_is_by_then(
    api: Api, receiver: Receiver, moment: Moment, httpserver: HTTPServer
) -> None:
    define(api, endpointUrl=receiver.url, retrySchedule=[100, 1000])
    (one,) = told(api)
    receiver.replies.extend([500, 502, 503])
    work()
    for pause in (100, 1000):
        due = Notification.objects.get(pk=one.pk).next_attempt_at
        assert due
        assert 0.9 <= (due - moment.at) / timedelta(seconds=pause) <= 1.1
        calls = len(receiver.requests)
        moment.at = due - timedelta(milliseconds=1)
        work()
        assert len(receiver.requests) == calls
        moment.at = due
        work()
        assert len(receiver.requests) == calls + 1
    failed = shown(api, one)
    assert (failed["status"], failed["attemptCount"]) == ("Failed", 3)
    assert (failed["lastResponseStatus"], failed["lastErrorText"]) == (503, "HTTP 503")
    assert "failedDate" in failed
    assert "nextAttemptDate" not in failed

    repaired = Receiver(httpserver, "/repaired")
    changes = {"endpointUrl": repaired.url, "retrySchedule": [7]}
    assert api.patch(f"{DEFINITIONS}/key/ENROLLED", changes).status_code == 200
    repaired.replies.append(500)
    assert api.put(f"enrollmenteventnotifications/{one.pk}/resend").status_code == 202
    work()
    again = Notification.objects.get(pk=one.pk)
    assert (again.status, again.attempt_count) == (Status.IN_PROCESS, 4)
    assert again.next_attempt_at
    assert 6.3 <= (again.next_attempt_at - moment.at).total_seconds() <= 7.7
    moment.passes(seconds=8)
    work()

    sent = shown(api, one)
    assert (sent["status"], sent["attemptCount"]) == ("Sent", 5)
    assert not {"failedDate", "nextAttemptDate", "lastErrorText"} & set(sent)
    assert receiver.ids + repaired.ids == [f"een_{one.pk}"] * 5
    bodies = {request.get_data() for request in receiver.requests + repaired.requests}
    assert len(bodies) == 1
    assert [(action, status) for action, _, status in lines(one)] == [
        ("created", None),
        ("claimed", None),
        ("retried", 500),
        ("retried", 502),
        ("failed", 503),
        ("resent", None),
        ("claimed", None),
        ("retried", 500),
        ("sent", 204),
    ]


def test_an_empty_schedule_is_a_single_attempt(api: Api, receiver: Receiver) -> None:
    define(api, endpointUrl=receiver.url, retrySchedule=[])
    (one,) = told(api)
    receiver.replies.append(500)
    work()
    assert statuses(one) == [Status.FAILED]
    assert [action for action, *_ in lines(one)] == ["created", "claimed", "failed"]


def test_a_worker_that_lost_its_lease_changes_nothing(api: Api, receiver: Receiver) -> None:
    define(api, endpointUrl=receiver.url)
    (one,) = told(api)
    late = claim()
    lose_leases()
    work()
    before, history = Notification.objects.values().get(pk=one.pk), lines(one)
    assert before["status"] == Status.SENT

    attempt(Transient("HTTP 500"), late)

    assert Notification.objects.values().get(pk=one.pk) == before
    assert lines(one) == history


def test_what_a_killed_worker_held_is_delivered_after_its_lease(
    api: Api, receiver: Receiver
) -> None:
    """It had recorded one of its batch."""
    define(api, endpointUrl=receiver.url)
    recorded, one, other = told(api, *(event(f"P-{number}") for number in range(3)))
    held = claim()
    first = [
        message
        for message in held.messages
        if message.parcel.values["webhook-id"] == f"een_{recorded.pk}"
    ]
    attempt(Sent(answer="HTTP 204"), replace(held, messages=first))
    lose_leases()
    assert statuses(recorded, one, other) == [Status.SENT, Status.IN_PROCESS, Status.IN_PROCESS]

    work()

    assert statuses(recorded, one, other) == [Status.SENT] * 3
    assert set(receiver.ids) == {f"een_{one.pk}", f"een_{other.pk}"}
    assert [shown(api, each)["attemptCount"] for each in (recorded, one)] == [1, 2]
    assert [action for action, *_ in lines(one)] == ["created", "claimed", "sent"]


def test_one_that_kills_every_worker_is_given_up(api: Api, receiver: Receiver) -> None:
    define(api, endpointUrl=receiver.url, retrySchedule=[])
    (one,) = told(api)
    killed = 0
    while claim().messages:
        lose_leases()
        killed += 1

    # More than once: who is killed is not always killed by what it has in hand.
    assert killed == 6
    notification = shown(api, one)
    assert (notification["status"], notification["attemptCount"]) == ("Failed", 6)
    assert "died" in notification["lastErrorText"]
    assert receiver.requests == []


def test_one_put_off_keeps_its_history_and_its_count(api: Api, receiver: Receiver) -> None:
    define(api, endpointUrl=receiver.url)
    (one,) = told(api)
    attempt(NotTried("not now"))
    put_off = shown(api, one)
    assert (put_off["status"], put_off["attemptCount"]) == ("In process", 0)
    assert "lastErrorText" not in put_off
    work()
    assert shown(api, one)["attemptCount"] == 1
    assert [action for action, *_ in lines(one)] == ["created", "claimed", "sent"]


@pytest.mark.parametrize(("reply", "status"), [(204, Status.SENT), (500, Status.FAILED)])
def test_one_replaced_while_a_worker_has_it_makes_no_further_attempt(
    api: Api, receiver: Receiver, reply: int, status: Status
) -> None:
    define(api, endpointUrl=receiver.url)

    def replaced() -> int:
        told(api)
        return reply

    receiver.replies.append(replaced)
    (older,) = told(api)
    work()
    newer = Notification.objects.latest("pk")
    work()
    assert statuses(older, newer) == [status, Status.SENT]
    assert receiver.ids == [f"een_{older.pk}", f"een_{newer.pk}"]
    older.refresh_from_db()
    assert (older.obsolete, older.attempt_count, older.next_attempt_at) == (True, 1, None)
    assert [(action, code) for action, _, code in lines(older)] == [
        ("created", None),
        ("claimed", None),
        ("obsoleted", None),
        ("sent" if reply == 204 else "failed", reply),
    ]


def test_one_replaced_between_two_attempts_has_failed_at_once(
    api: Api, receiver: Receiver, moment: Moment
) -> None:
    define(api, endpointUrl=receiver.url)
    receiver.replies.append(500)
    (older,) = told(api)
    work()
    (newer,) = told(api)
    assert statuses(older, newer) == [Status.FAILED, Status.READY]
    moment.passes(days=1)
    work()
    assert receiver.ids == [f"een_{older.pk}", f"een_{newer.pk}"]
    assert [action for action, *_ in lines(older)][-2:] == ["obsoleted", "failed"]


def test_a_message_made_as_its_notification_became_obsolete_never_leaves(
    api: Api, receiver: Receiver, moment: Moment
) -> None:
    """As when a resend comes between the withdrawal of messages and the mark."""
    define(api, endpointUrl=receiver.url)
    receiver.replies.append(500)
    (retried,) = told(api)
    work()
    (ready,) = told(api, event("P-2"))
    (gone,) = told(api, event("P-3"))
    Notification.objects.filter(pk__in=[retried.pk, ready.pk]).update(obsolete=True)
    history = lines(ready)
    Notification.objects.filter(pk=gone.pk).delete()
    moment.passes(days=1)

    work()

    assert len(receiver.requests) == 1
    assert statuses(retried, ready) == [Status.FAILED, Status.READY]
    assert lines(ready) == history
    for one, attempts in ((retried, 1), (ready, 0), (gone, 0)):
        message = message_of(one)
        assert (message.state, message.attempts) == (State.CANCELLED, attempts)


def test_an_outcome_makes_up_for_a_claim_that_was_not_told(
    api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(api, endpointUrl=receiver.url)
    (one,) = told(api)
    monkeypatch.setattr(owners, "tell_of_claims", lambda _claimed, **_: set())
    work()
    assert [action for action, *_ in lines(one)] == ["created", "claimed", "sent"]


def test_a_stopped_client_waits(api: Api, receiver: Receiver) -> None:
    define(api, endpointUrl=receiver.url)
    (one,) = told(api)
    stopping.stop(OURS, because="flood", user="kari", now=clock.now())
    work()
    assert (receiver.requests, statuses(one)) == ([], [Status.READY])
    stopping.lift(OURS, because="over", user="kari", now=clock.now())
    work()
    assert statuses(one) == [Status.SENT]
    assert shown(api, one)["attemptCount"] == 1


def test_outcomes_take_as_many_statements_for_one_as_for_many() -> None:
    def outcome(one: Notification, result: Result, state: State) -> owners.Outcome:
        final = state is not State.QUEUED
        return owners.Outcome(
            *(OWNER, owner_of(one.pk), one.content_id, "webhook", "claimed", state.value, ""),
            *(final, 1, result.value, "HTTP 500", None if final else clock.now()),
        )

    counts = []
    for count in (1, 20):
        groups = [notifications(count, status=Status.IN_PROCESS) for _ in range(4)]
        kinds = (
            (Result.SENT, State.SENT),
            (Result.TRANSIENT, State.QUEUED),
            (Result.PERMANENT, State.FAILED),
            (Result.NOT_TRIED, State.QUEUED),
        )
        told = [
            outcome(one, *kind) for kind, group in zip(kinds, groups, strict=True) for one in group
        ]
        with CaptureQueriesContext(connection) as statements:
            outcomes.on_outcomes(told, clock.now())
        counts.append(len(statements))
        assert [statuses(*group)[-1] for group in groups] == [
            Status.SENT,
            Status.IN_PROCESS,
            Status.FAILED,
            Status.IN_PROCESS,
        ]
    assert counts == [4, 4]
