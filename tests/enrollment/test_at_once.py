"""Those who tell of one policy, or change it, at once (enrollment contract 4.4, 4.5, 7)."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from enrollment.coordinates import owner_of
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationDefinition,
    NotificationHistory,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.states import Status
from notifications_platform.delivery.channels.base import Permanent, Transient
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Reason
from tests.cases.producing import in_parallel
from tests.cases.test_concurrency import while_open
from tests.enrollment.conftest import OURS, Api, calling, refusal_of
from tests.enrollment.telling import (
    DEFINITIONS,
    attempt,
    claim,
    define,
    event,
    history,
    tell,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True)
Call = Callable[[], Any]


@pytest.fixture
def api(transactional_db: None) -> Api:
    """Everything is committed."""
    return calling(OURS, "ohi:enrollment.all")


def telling(api: Api, *events: dict[str, Any], **members: Any) -> Call:
    return partial(tell, Api(api.headers), *events, **members)


def posting(api: Api, path: str) -> Call:
    return partial(Api(api.headers).post, path)


def all_notifications() -> list[EnrollmentEventNotification]:
    return list(EnrollmentEventNotification.objects.order_by("pk"))


def queued() -> set[Any]:
    return set(Message.objects.filter(state="queued").values_list("owner_id", flat=True))


def consistent() -> None:
    """Whoever is to be delivered has a message in line, and nobody else has."""
    going = [one for one in all_notifications() if one.status == Status.READY and not one.obsolete]
    assert queued() == {owner_of(one.pk) for one in going}
    for one in all_notifications():
        lines = history(one)
        assert lines[0][:2] == ("created", "")
        assert all(line[2] == after[1] for line, after in pairwise(lines))
        assert lines[-1][2] == one.status
        assert one.obsolete == ("obsoleted" in [line[0] for line in lines])


def test_first_events_of_one_policy_at_once_make_it_once_and_one_notification_counts(
    api: Api,
) -> None:
    define(api)

    answers = in_parallel(*[telling(api, event(value0=str(number))) for number in range(6)])

    assert {answer.status_code for answer in answers} == {201}
    assert PolicyState.objects.count() == 1
    *older, newest = all_notifications()
    assert len(older) == 5
    assert [one.superseded_by for one in older] == [one.pk for one in [*older[1:], newest]]
    assert not newest.obsolete
    consistent()


def test_one_reference_ten_times_at_once_makes_one_event(api: Api) -> None:
    define(api)

    answers = in_parallel(*[telling(api, event(eventReference="r"))] * 10)

    assert {answer.status_code for answer in answers} == {201}
    assert PolicyEnrollmentEvent.objects.count() == len(all_notifications()) == 1
    consistent()


def test_events_against_approve_and_revert(api: Api) -> None:
    define(api, emitNotification="POST_APPROVAL")
    told(api, *[event(f"P-{number}") for number in range(5)], policyApproved=False)

    answers = in_parallel(
        telling(api, *[event(f"P-{number}") for number in range(3, 8)]),
        posting(api, "policies/POL-1/approve"),
        posting(api, "policies/POL-1/revert"),
        telling(api, *[event(f"P-{number}") for number in range(7, -1, -1)]),
    )

    assert [answer.status_code for answer in answers] == [201, 200, 200, 201]
    assert PolicyState.objects.get().approved
    consistent()
    obsoleted = NotificationHistory.objects.filter(action="obsoleted").count()
    assert obsoleted == sum(one.obsolete for one in all_notifications())
    approved = NotificationHistory.objects.filter(action="approved").count()
    assert approved == answers[1].json()["readyCount"]


def test_approve_against_the_deletion_of_everything(api: Api) -> None:
    define(api, emitNotification="POST_APPROVAL")
    told(api, *[event(f"P-{number}") for number in range(20)], policyApproved=False)

    approved, deleted = in_parallel(
        posting(api, "policies/POL-1/approve"),
        posting(api, "policies/POL-1/revert?firstVersion=true"),
    )

    assert approved.json()["readyCount"] in (0, 20)
    assert deleted.json() == {"deletedCount": 20}
    assert all_notifications() == []
    assert queued() == set()


@pytest.mark.parametrize("act", ["event", "revert", "delete"])
def test_a_worker_against_those_who_take_its_work_away(api: Api, act: str) -> None:
    define(api)
    members = [event(f"P-{number}") for number in range(12)]
    told(api, *members)
    acts = {
        "event": telling(api, *members[::-1]),
        "revert": posting(api, "policies/POL-1/revert"),
        "delete": posting(api, "policies/POL-1/revert?firstVersion=true"),
    }

    held, answer = in_parallel(claim, acts[act])

    assert answer.status_code // 100 == 2
    attempt(Transient("HTTP 500"), held)
    # Whom it got first it has tried once; all others have never left, and nobody is tried again.
    tried = {one.parcel.id for one in held.messages}
    theirs = set(Message.objects.filter(pk__in=tried).values_list("owner_id", flat=True))
    for one in all_notifications():
        if act == "event" and not one.obsolete:
            # The newer ones may have been claimed, too.
            continue
        if owner_of(one.pk) in theirs:
            ended = Status.IN_PROCESS if act == "revert" and not one.obsolete else Status.FAILED
            assert (one.status, one.attempt_count) == (ended, 1)
        else:
            assert (one.status, one.obsolete) == (Status.READY, True)
    if act == "delete":
        assert queued() == set()


def test_resend_against_a_newer_event(api: Api) -> None:
    define(api)
    (older,) = told(api)
    attempt(Permanent(Reason.REJECTED, "HTTP 410"))
    resend = f"enrollmenteventnotifications/{older.pk}/resend"

    resent, answer = in_parallel(partial(Api(api.headers).put, resend), telling(api, event()))

    older.refresh_from_db()
    assert answer.status_code == 201
    assert (older.obsolete, older.status) == (
        True,
        Status.READY if resent.status_code == 202 else Status.FAILED,
    )
    if resent.status_code != 202:
        assert refusal_of(resent, 422) == [("POL-IP-ENEN-002", str(older.pk))]
    consistent()


@pytest.mark.parametrize("act", ["event", "revert?firstVersion=true"])
def test_one_resent_just_before_it_is_taken_back_does_not_leave(api: Api, act: str) -> None:
    define(api)
    (older,) = told(api)
    attempt(Permanent(Reason.REJECTED, "HTTP 410"))
    resend = f"enrollmenteventnotifications/{older.pk}/resend"
    take_back = telling(api, event()) if act == "event" else posting(api, f"policies/POL-1/{act}")

    # It finds the message that has ended, and waits for the row while a new message is made.
    answer = while_open(partial(Api(api.headers).put, resend), take_back)

    assert answer.status_code // 100 == 2
    assert Message.objects.filter(owner_id=owner_of(older.pk), state="cancelled").count() == 1
    consistent()


def test_one_code_defined_at_once_is_there_once(api: Api) -> None:
    body = {"code": "NEW", "businessEventDefinitionCodes": ["MEMBER_ENROLLED"]}

    answers = in_parallel(*[partial(Api(api.headers).post, DEFINITIONS, body) for _ in range(6)])

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, *[422] * 5]
    for answer in answers:
        if answer.status_code == 422:
            assert refusal_of(answer, 422) == [("GEN-IP-004", None)]
    assert NotificationDefinition.objects.count() == 1
