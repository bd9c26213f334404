"""A policy is approved, or taken back (enrollment contract 3, 4.5)."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.coordinates import owner_of
from enrollment.grants import Grant
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationHistory,
    PolicyEnrollmentEvent,
)
from enrollment.states import Status
from notifications_platform.audit.models import Entry
from notifications_platform.delivery import erasing
from notifications_platform.delivery.channels.base import Permanent, Transient
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Reason
from tests.enrollment.conftest import OURS, Api, calling, problem_of
from tests.enrollment.telling import attempt, claim, define, event, history, stored, tell, told

pytestmark = pytest.mark.django_db
EVERYBODY = [event(f"P-{number}") for number in range(3)]


def test_approving_hands_the_waiting_ones_over_once(api: Api) -> None:
    define(api, emitNotification="POST_APPROVAL")
    stale, *waiting = told(api, event("P-9"), *EVERYBODY, event("P-9"), policyApproved=False)

    assert api.post("policies/POL-1/approve").json() == {"readyCount": 4}
    assert api.post("policies/POL-1/approve", {}).json() == {"readyCount": 0}

    for one in (stale, *waiting):
        one.refresh_from_db()
    assert (stale.status, stale.obsolete) == (Status.WAITING, True)
    assert {one.status for one in waiting} == {Status.READY}
    assert history(waiting[0]) == [
        ("created", "", Status.WAITING, "api"),
        ("approved", Status.WAITING, Status.READY, "api"),
    ]
    queued = Message.objects.filter(state="queued").order_by("id")
    assert [one.owner_id for one in queued] == [owner_of(one.pk) for one in waiting]
    first = Entry.objects.filter(action="enrollment.policy.approve").earliest("id")
    assert (first.actor, first.detail) == (OURS, {"readyCount": 4})


def test_reverting_makes_obsolete_what_has_not_begun(api: Api) -> None:
    define(api, "EARLY")
    define(api, "LATE", emitNotification="POST_APPROVAL")
    (failed, _) = told(api, event("P-0"), policyApproved=False)
    attempt(Permanent(Reason.REJECTED, "HTTP 410"))
    (retried, _) = told(api, event("P-1"))
    attempt(Transient("HTTP 503"))
    ready, waiting = told(api, event("P-2"))
    (elsewhere, _) = told(api, event("P-2"), policyGid="OTHER", policyApproved=False)

    assert api.post("policies/POL-1/revert").json() == {"obsoleteCount": 4}

    for one in (failed, retried, ready, waiting, elsewhere):
        one.refresh_from_db()
    assert [one.obsolete for one in (failed, retried, ready, waiting, elsewhere)] == [
        *(False, False, True, True),
        False,
    ]
    assert [one.status for one in (failed, retried, ready, waiting)] == [
        *(Status.FAILED, Status.IN_PROCESS, Status.READY, Status.WAITING),
    ]
    assert ready.superseded_by is None
    assert history(ready)[-1] == ("obsoleted", "Ready", "Ready", "api")
    still = Message.objects.filter(state="queued").values_list("owner_id", flat=True)
    assert set(still) == {owner_of(retried.pk), owner_of(elsewhere.pk)}
    assert api.post("policies/POL-1/revert").json() == {"obsoleteCount": 0}
    assert api.post("policies/POL-1/approve").json() == {"readyCount": 0}
    assert told(api, event("P-2"), policyApproved=True)[0].status == Status.READY


def test_reverting_the_first_version_leaves_nothing_of_its_notifications(api: Api) -> None:
    define(api, emitNotification="POST_APPROVAL")
    again = event("P-0", eventReference="r", descr="in confidence")
    told(api, again, *EVERYBODY[1:])
    held = claim()
    told(api, event("P-3"), policyApproved=False)
    (elsewhere,) = told(api, event("P-4", descr="stays"), policyGid="OTHER")

    answer = api.post("policies/POL-1/revert?firstVersion=true")

    assert answer.json() == {"deletedCount": 4}
    assert list(EnrollmentEventNotification.objects.all()) == [elsewhere]
    assert set(NotificationHistory.objects.values_list("notification_id", flat=True)) == {
        elsewhere.pk
    }
    # What a worker holds is emptied as soon as it has ended.
    attempt(Transient("HTTP 500"), held)
    erasing.erase_what_became_final()
    kept = Content.objects.exclude(body="").values_list("pk", flat=True)
    assert list(kept) == [elsewhere.content_id]
    assert Message.objects.filter(state="queued").count() == 1
    assert api.post("policies/POL-1/revert?firstVersion=true").json() == {"deletedCount": 0}
    # What was heard stays heard.
    assert PolicyEnrollmentEvent.objects.filter(policy__policy_gid="POL-1").count() == 4
    assert told(api, again) == []
    assert Entry.objects.filter(action="enrollment.policy.delete").count() == 2


def test_many_notifications_cost_as_many_statements_as_one(api: Api) -> None:
    define(api, emitNotification="POST_APPROVAL")
    counts = []
    for members in (1, 60):
        told(api, *[event(f"P-{number}") for number in range(members)], policyApproved=False)
        made = []
        for act in ("approve", "revert", "revert?firstVersion=true"):
            with CaptureQueriesContext(connection) as statements:
                assert api.post(f"policies/POL-1/{act}").status_code == 200
            made.append(len(statements))
        counts.append(made)

    assert counts[0] == counts[1]


def test_a_policy_that_this_client_never_told_of_is_unknown(api: Api, others: Api) -> None:
    define(api, emitNotification="POST_APPROVAL")
    assert tell(api, event(), policyGid="a/b c", policyApproved=False).status_code == 201
    before = stored()

    for caller, gid in ((others, "a/b%20c"), (api, "POL-1"), (api, "%00"), (api, "x" * 999)):
        for act in ("approve", "revert", "revert?firstVersion=true"):
            problem_of(caller.post(f"policies/{gid}/{act}"), 404)
    for wrong in ("", "1", "TRUE", "yes"):
        problem_of(api.post(f"policies/a%2Fb%20c/revert?firstVersion={wrong}"), 400, "firstVersion")
    problem_of(api.post("policies/a%2Fb%20c/approve", b"[]"), 400, "$")
    problem_of(calling(OURS, Grant.EVENTS).post("policies/a%2Fb%20c/approve"), 403)

    assert stored() == before
    assert api.post("policies/a%2Fb%20c/approve").json() == {"readyCount": 1}


def test_a_gid_may_be_any_text(api: Api) -> None:
    for gid in ("a\nb", "/x/", "x/approve", "%2F", "..", "é?#+ 😀", "\\"):
        assert tell(api, event(), policyGid=gid).status_code == 201
        path = f"policies/{quote(gid, safe='')}"
        assert api.post(f"{path}/approve").json() == {"readyCount": 0}, gid
        assert api.post(f"{path}/revert?firstVersion=true").json() == {"deletedCount": 0}
