"""Cancelling one notification, and a list of them as one unit (enrollment contract 4.1, 4.2)."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.grants import Grant
from enrollment.models import EnrollmentEventNotification
from enrollment.states import Status
from notifications_platform.audit.models import Entry
from tests.enrollment.acting import (
    LIST,
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
from tests.enrollment.conftest import BASE, OURS, THEIRS, calling, problem_of, refusal_of
from tests.enrollment.rows import notification, notifications

pytestmark = pytest.mark.django_db

UNKNOWN, NOT_FAILED = "POL-IP-ENEN-001", "POL-IP-ENEN-002"
DIGITS = "9" * 30


def test_a_failed_notification_is_stopped_for_good(api) -> None:
    failed = notification()

    answer = api.put(one(failed.pk), {"reason": "no longer a member", "unknown": 1})

    assert answer.status_code == 200
    body = answer.json()
    assert (body["id"], body["status"], body["cancelledBy"]) == (failed.pk, "Cancelled", OURS)
    assert body["cancelledDate"]["value"].endswith("Z")
    assert body["payload"] == {"personCode": "P-1"}
    assert [link["rel"] for link in body["links"]] == ["self"]
    assert "failedDate" in body
    line = history_of(failed.pk)[0]
    assert (line.action, line.from_status, line.to_status) == ("cancelled", "Failed", "Cancelled")
    assert (line.actor, line.source, line.reason) == (OURS, "api", "no longer a member")
    entry = Entry.objects.get(action="enrollment.cancel")
    assert (entry.subject_id, entry.actor, entry.reason) == (
        str(failed.pk),
        OURS,
        "no longer a member",
    )


def test_no_body_is_needed_and_its_type_matters_only_with_one(api) -> None:
    first, second, third = notifications(3)

    assert api.put(one(first.pk), None, **{"Content-Type": "text/plain"}).status_code == 200
    assert api.put(one(second.pk), {}).status_code == 200
    refused = api.call("PUT", one(third.pk), b"<x/>", **{"Content-Type": "text/xml"})
    problem_of(refused, 415)
    problem_of(api.put(one(third.pk), {"reason": "x" * 501}), 400, "reason")
    problem_of(api.put(one(third.pk), {"reason": 7}), 400, "reason")
    problem_of(api.put(one(third.pk), ["reason"]), 400, "$")
    assert statuses([third.pk]) == ["Failed"]


@pytest.mark.parametrize("id", ["0", "-1", "abc", "1.5", "+1", "%201", "٣", str(2**63), DIGITS])
def test_what_can_be_no_id_is_unknown(api, id: str) -> None:
    notification()
    before = state()

    refused = refusal_of(api.put(one(id)), 404)

    assert [code for code, _ in refused] == [UNKNOWN]
    assert state() == before


def test_only_failed_ones_that_are_not_obsolete_can_be_cancelled(api, others) -> None:
    by_status = {status: notification(status=status) for status in Status}
    obsolete = notification(obsolete=True)
    theirs = notification(client=THEIRS)
    gone = theirs.pk + 1000
    failed = by_status.pop(Status.FAILED)
    before = state()

    for refused in (*by_status.values(), obsolete):
        assert refusal_of(api.put(one(refused.pk)), 422) == [(NOT_FAILED, str(refused.pk))]
    for unknown in (theirs.pk, gone):
        assert refusal_of(api.put(one(unknown)), 404) == [(UNKNOWN, str(unknown))]
    assert state() == before

    assert api.put(one(failed.pk)).status_code == 200
    after = state()
    assert refusal_of(api.put(one(failed.pk)), 422) == [(NOT_FAILED, str(failed.pk))]
    assert state() == after
    assert others.put(one(theirs.pk)).status_code == 200


def test_only_the_cancel_grant_lets_one_cancel_and_tells_of_nothing_else(db) -> None:
    failed = notification()
    holder = calling(OURS, Grant.CANCEL)
    for grant in set(Grant) - {Grant.CANCEL}:
        for path in (one(failed.pk), one(DIGITS), many()):
            problem_of(calling(OURS, grant).put(path, b"no JSON"), 403)
    allowed = holder.call("OPTIONS", one(failed.pk))
    assert (allowed.status_code, allowed["Allow"]) == (200, "PUT, OPTIONS")
    wrong = holder.get(many())
    problem_of(wrong, 405)
    assert wrong["Allow"] == "PUT, OPTIONS"
    problem_of(holder.put(f"{BASE}/{one(failed.pk)}/"), 404)

    assert holder.put(one(failed.pk)).json()["status"] == "Cancelled"


def test_a_cancel_bound_to_a_state_that_is_over_changes_nothing(api) -> None:
    failed = notification()
    etag = api.get(f"generic/enrollmenteventnotifications/{failed.pk}")["ETag"]
    before = state()

    problem_of(api.put(one(failed.pk), None, If_Match='"other"'), 412)
    assert refusal_of(api.put(one(failed.pk + 1), None, If_Match='"other"'), 404)
    assert state() == before
    assert api.put(one(failed.pk), None, If_Match=etag).status_code == 200
    problem_of(api.put(one(failed.pk), None, If_Match=etag), 412)


# ---------------------------------------------------------------- lists


def test_a_list_is_cancelled_each_once_in_the_order_it_was_named(api) -> None:
    first, second, third = (row.pk for row in notifications(3))
    body = listed(str(third), first, f" {first} ", f"00{third}", third)
    body["cancelAllFailedNotifications"] = False

    answer = summary(api.put(many(), body))

    assert answer == {
        "resultMessages": {"result": "S", "resultMessage": []},
        "cancelledCount": 2,
        LIST: [
            {"notificationId": str(third), "status": "Cancelled"},
            {"notificationId": str(first), "status": "Cancelled"},
        ],
    }
    assert statuses([first, second, third]) == ["Cancelled", "Failed", "Cancelled"]
    assert assert_legal(first) == ["cancelled"]
    assert Entry.objects.filter(action="enrollment.cancel").count() == 2


def test_one_bad_entry_leaves_all_as_they_were_and_each_is_named(api) -> None:
    good, sent = notification(), notification(status=Status.SENT)
    theirs = notification(client=THEIRS)
    before = state()
    huge = b'{"%s": [{"notificationId": %s}, {"notificationId": 1.0e0}]}'

    body = listed("abc", good.pk, sent.pk, " abc", f"0{sent.pk}", "", DIGITS, str(theirs.pk), "-1")
    body[LIST] += [{"notificationId": "1.5"}, {"notificationId": -1, "more": None}]
    refused = refusal_of(api.put(many(), body), 422)

    assert refused == [
        (UNKNOWN, "abc"),
        (NOT_FAILED, str(sent.pk)),
        (UNKNOWN, ""),
        (UNKNOWN, DIGITS),
        (UNKNOWN, str(theirs.pk)),
        (UNKNOWN, "-1"),
        (UNKNOWN, "1.5"),
    ]
    exact = api.put(many(), json.dumps(listed(int(DIGITS))).encode())
    assert refusal_of(exact, 422) == [(UNKNOWN, DIGITS)]
    reason = api.put(many(), json.dumps(listed(int(DIGITS), reason=int(DIGITS))).encode())
    problem_of(reason, 400, "reason")
    broken = api.put(many(), huge % (LIST.encode(), DIGITS.encode()))
    problem_of(broken, 400, f"{LIST}[1].notificationId")
    assert state() == before


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "$"),
        (b"{", "$"),
        (b"[]", "$"),
        ({"cancelAllFailedNotifications": "true"}, "cancelAllFailedNotifications"),
        ({"cancelAllFailedNotifications": 1}, "cancelAllFailedNotifications"),
        ({"cancelAllFailedNotifications": None}, "cancelAllFailedNotifications"),
        ({LIST: None}, LIST),
        ({LIST: {"notificationId": "1"}}, LIST),
        ({LIST: ["1"]}, f"{LIST}[0]"),
        ({LIST: [{}]}, f"{LIST}[0].notificationId"),
        ({LIST: [{"notificationId": "1"}, {"notificationId": True}]}, f"{LIST}[1].notificationId"),
        ({LIST: [{"notificationId": None}]}, f"{LIST}[0].notificationId"),
        ({LIST: [{"notificationId": 1.5}]}, f"{LIST}[0].notificationId"),
        (
            {"cancelAllFailedNotifications": True, LIST: [{"id": "1"}]},
            f"{LIST}[0].notificationId",
        ),
        ({"cancelAllFailedNotifications": True, "dryRun": None}, "dryRun"),
        ({"cancelAllFailedNotifications": True, "q": "nonsense"}, "q"),
        ({"cancelAllFailedNotifications": True, "q": " "}, "q"),
        ({LIST: [{"notificationId": "1"}], "q": "id.eq(1)"}, "q"),
    ],
)
def test_nothing_is_coerced(api, body, place: str) -> None:
    notification()
    before = state()

    problem_of(api.put(many(), body), 400, place)

    assert state() == before


def test_nothing_selected_and_too_many_are_refused(api) -> None:
    before = state()
    nothings: list[dict[str, object]] = [{}, {LIST: []}, {"cancelAllFailedNotifications": False}]
    for nothing in nothings:
        assert refusal_of(api.put(many(), nothing), 422) == [("GEN-IP-001", None)]
    too_many = listed(*range(1, 10_002))
    assert refusal_of(api.put(many(), too_many), 422) == [("GEN-IP-002", None)]
    assert state() == before


def test_the_number_of_statements_grows_by_one_in_a_thousand_ids(api) -> None:
    ids = [row.pk for row in notifications(2003)]

    def statements(some: list[int]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            summary(api.put(many(), listed(*some)))
        return len(caught)

    few, more = statements(ids[:3]), statements(ids[3:])

    assert more - few <= 2
    assert not EnrollmentEventNotification.objects.exclude(status=Status.CANCELLED).exists()


# ---------------------------------------------------------------- lenient, rehearsed


def test_leniently_the_good_ones_are_cancelled_and_the_others_told(api) -> None:
    good, sent = notification(), notification(status=Status.SENT)

    answer = api.put(many(), listed("x", sent.pk, good.pk), Prefer="foo, Handling=Lenient")

    body = summary(answer)
    assert answer["Preference-Applied"] == "handling=lenient"
    assert ids_in(body) == [str(good.pk)]
    assert [
        (message["code"], message["notificationId"])
        for message in body["resultMessages"]["resultMessage"]
    ] == [(UNKNOWN, "x"), (NOT_FAILED, str(sent.pk))]
    assert statuses([good.pk, sent.pk]) == ["Cancelled", "Sent"]
    in_vain = api.put(many(), listed(good.pk), Prefer="handling=lenient")
    assert (in_vain.status_code, in_vain.json()["resultMessages"]["result"]) == (200, "F")


def test_a_rehearsal_counts_and_changes_nothing(api) -> None:
    ids = [row.pk for row in notifications(2)]
    sent = notification(status=Status.SENT)
    before = state()

    found = api.put(many(), listed(*ids, dryRun=True)).json()
    assert (found["matchedCount"], found["dryRun"]) == (2, True)
    assert refusal_of(api.put(many(), listed(*ids, sent.pk, dryRun=True)), 422)
    lenient = api.put(many(), listed(*ids, sent.pk, dryRun=True), Prefer="handling=lenient").json()
    assert lenient["matchedCount"] == 2
    assert state() == before
