"""One notification as it is read, with its history and its attempts (contract 2, 4, 7)."""

from datetime import timedelta

import pytest
from django.conf import settings

from enrollment.coordinates import owner_of
from enrollment.grants import Grant
from enrollment.models import EnrollmentEventNotification, NotificationHistory
from enrollment.states import OWNER, Action, Source, Status
from notifications_platform.delivery.models import Attempt, Content, Message
from notifications_platform.delivery.states import Channel, Result, State
from tests.enrollment.conftest import BASE, OURS, Api, calling, refusal_of
from tests.enrollment.rows import NOON, notification

ROOT = settings.PUBLIC_URL + BASE
GENERIC = "generic/enrollmenteventnotifications"
AT_NOON = {"value": "2031-03-01T12:00:00.123Z"}
UNKNOWN = "POL-IP-ENEN-001"


def test_a_failed_one_is_shown_as_the_contract_has_it(api: Api) -> None:
    one = notification(attempt_count=3)

    answer = api.get(f"{GENERIC}/{one.pk}")

    assert answer.status_code == 200
    assert answer.json() == {
        "id": one.pk,
        "notificationDefinitionCode": "ENROLLED",
        "businessEventDefinitionCode": "MEMBER_ENROLLED",
        "policyCode": "POL-1",
        "policyGid": "G-1",
        "personCode": "P-1",
        "policyEnrollmentEventId": one.event_id,
        "emitNotification": "POST_APPROVAL",
        "status": "Failed",
        "obsolete": False,
        "payload": {"personCode": "P-1"},
        "attemptCount": 3,
        "lastResponseStatus": 500,
        "lastErrorText": "HTTP 500",
        "creationDate": AT_NOON,
        "lastUpdatedDate": AT_NOON,
        "failedDate": AT_NOON,
        "links": [
            {"rel": "self", "href": f"{ROOT}/{GENERIC}/{one.pk}"},
            *(
                {
                    "rel": f"enrollmenteventnotification:{name}",
                    "href": f"{ROOT}/enrollmenteventnotifications/{one.pk}/{name}",
                    "httpMethod": "PUT",
                }
                for name in ("cancel", "resend")
            ),
        ],
    }


@pytest.mark.parametrize("obsolete", [False, True])
@pytest.mark.parametrize("status", Status)
def test_members_and_links_follow_the_state(api: Api, status: Status, obsolete: bool) -> None:
    fields = {"next_attempt_at": NOON} if status is Status.IN_PROCESS else {}
    newer = notification(status=Status.READY).pk if obsolete else None
    one = notification(status=status, obsolete=obsolete, superseded_by=newer, **fields)

    body = api.get(f"{GENERIC}/{one.pk}").json()

    assert (body["status"], body["obsolete"]) == (status.value, obsolete)
    assert body.get("supersededById") == newer
    dates = {"Sent": "sentDate", "Failed": "failedDate", "Cancelled": "cancelledDate"}
    dates["In process"] = "nextAttemptDate"
    shown = {name for name in body if name.endswith("Date")} - {"creationDate", "lastUpdatedDate"}
    assert shown == {dates[status.value]} if status.value in dates else shown == set()
    assert ("cancelledBy" in body) == (status is Status.CANCELLED)
    rels = [link["rel"].rpartition(":")[2] for link in body["links"]]
    is_open = status is Status.FAILED and not obsolete
    assert rels == (["self", "cancel", "resend"] if is_open else ["self"])
    assert None not in body.values()


@pytest.mark.parametrize("grant", [Grant.CANCEL, Grant.RESEND])
def test_an_operation_is_linked_only_for_those_who_may_do_it(db: None, grant: Grant) -> None:
    one = notification()

    body = calling(OURS, Grant.READ, grant).get(f"{GENERIC}/{one.pk}").json()

    operation = "cancel" if grant is Grant.CANCEL else "resend"
    rels = [link["rel"] for link in body["links"]]
    assert rels == ["self", f"enrollmenteventnotification:{operation}"]


def test_an_erased_payload_is_left_out(api: Api) -> None:
    one = notification()
    Content.objects.update(body="")

    assert "payload" not in api.get(f"{GENERIC}/{one.pk}").json()


@pytest.mark.parametrize("route", ["", "/history", "/attempts"])
def test_what_names_no_notification_is_unknown(api: Api, others: Api, route: str) -> None:
    one = notification()
    ids = ["abc", "-1", "0", "1.5", "1e3", "%20", "٣", "9" * 30, str((1 << 63) - 1), str(1 << 63)]
    ids += ["NULL", "1;--", "%00", "x" * 500, f"{one.pk}x", str(one.pk + 1)]
    for id in ids:
        [(code, named)] = refusal_of(api.get(f"{GENERIC}/{id}{route}"), 404)
        assert code == UNKNOWN
        assert named
    assert refusal_of(others.get(f"{GENERIC}/{one.pk}{route}"), 404) == [(UNKNOWN, str(one.pk))]
    assert api.get(f"{GENERIC}/000{one.pk}{route}").status_code == 200


def test_a_known_state_is_not_sent_again(api: Api) -> None:
    one = notification()
    path = f"{GENERIC}/{one.pk}"
    tag = api.get(path)["ETag"]

    for known in (tag, f'"other", W/{tag}', "*"):
        again = api.get(path, If_None_Match=known)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    EnrollmentEventNotification.objects.update(obsolete=True)
    changed = api.get(path, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed["ETag"] != tag


def test_the_history_is_told_oldest_first_and_without_blanks(
    api: Api, django_assert_num_queries
) -> None:
    one = notification()
    common = {"notification": one, "actor": OURS, "source": Source.API}
    NotificationHistory.objects.bulk_create(
        [
            NotificationHistory(action=Action.CREATED, to_status=Status.READY, at=NOON, **common),
            NotificationHistory(
                action=Action.FAILED,
                from_status=Status.IN_PROCESS,
                to_status=Status.FAILED,
                # The clock of the sandbox may have been set back.
                at=NOON - timedelta(hours=1),
                http_status=500,
                reason="enough",
                **common,
            ),
        ]
    )

    with django_assert_num_queries(3):  # the ceiling, the notification, its history
        items = api.get(f"{GENERIC}/{one.pk}/history").json()["items"]

    assert items == [
        {
            "action": "created",
            "toStatus": "Ready",
            "actor": OURS,
            "source": "api",
            "date": AT_NOON,
        },
        {
            "action": "failed",
            "fromStatus": "In process",
            "toStatus": "Failed",
            "actor": OURS,
            "source": "api",
            "date": {"value": "2031-03-01T11:00:00.123Z"},
            "reason": "enough",
            "httpStatus": 500,
        },
    ]


def test_attempts_of_all_cycles_are_told_in_their_order(
    api: Api, django_assert_num_queries
) -> None:
    one, other = notification(), notification()
    for cycle, owner in enumerate((one, one, other)):
        message = Message.objects.create(
            owner_kind=OWNER,
            owner_id=owner_of(owner.pk),
            client=OURS,
            content_id=one.content_id,
            channel=Channel.WEBHOOK,
            state=State.CANCELLED,
            created_at=NOON,
            state_at=NOON,
            not_before=NOON,
        )
        for number in (1, 2):
            at = NOON + timedelta(hours=cycle, minutes=number)
            Attempt.objects.create(
                message=message, number=number, at=at, result=Result.TRANSIENT, answer="HTTP 500"
            )

    with django_assert_num_queries(3):
        items = api.get(f"{GENERIC}/{one.pk}/attempts").json()["items"]

    assert [(item["cycle"], item["attempt"]) for item in items] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert items[0] == {
        "cycle": 1,
        "attempt": 1,
        "date": {"value": "2031-03-01T12:01:00.123Z"},
        "result": "transient",
        "answer": "HTTP 500",
    }


def test_the_collections_are_listed(api: Api) -> None:
    items = api.get("generic").json()["items"]

    for item in items:
        assert item["links"] == [{"rel": "self", "href": f"{ROOT}/generic/{item['name']}"}]
        assert api.get(f"generic/{item['name']}").status_code == 200
    assert len(items) == 3
