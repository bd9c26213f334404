"""Enrollment events come in, and become notifications (enrollment contract 3, 4.4, 6)."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from enrollment.coordinates import owner_of
from enrollment.models import EnrollmentEventNotification as Notification
from enrollment.models import PolicyEnrollmentEvent, PolicyState
from enrollment.states import EventType, Status
from notifications_platform.core import clock
from notifications_platform.delivery.models import Content, Message
from tests.enrollment.conftest import Api, problem_of, refusal_of
from tests.enrollment.telling import (
    BUSINESS_EVENTS,
    EVENTS,
    define,
    event,
    history,
    stored,
    tell,
    told,
)

pytestmark = pytest.mark.django_db
READY, WAITING = Status.READY, Status.WAITING


def queued() -> list[Any]:
    return list(Message.objects.filter(state="queued").values_list("owner_id", flat=True))


def test_an_event_is_stored_and_told_to_each_definition_that_asks_for_it(api: Api) -> None:
    define(api, "ENROLLED", retrySchedule=[7, 8])
    define(api, "ANY", businessEventDefinitionCodes=["MEMBER_ENROLLED", "MEMBER_CHANGED"])
    define(api, "OFF", active=False)
    define(api, "ENDED", businessEventDefinitionCodes=["MEMBER_TERMINATED"])
    before = clock.now()
    full = event(
        descr="joined plan Å",
        effectiveDate="2025-03-01",
        eventReference="src-881",
        value0="PLAN-A",
        value9="",
        unheardOf={"is": "ignored"},
    )

    answer = api.post(
        f"{EVENTS}?policyCode=POL-1",
        {"policyGid": "G-1", "policyApproved": True, "policyEnrollmentEventList": [full]},
        x_request_id="c-1",
    )

    assert answer.status_code == 201
    assert answer.json() == {"resultMessages": {"result": "S", "resultMessage": []}}
    stored_event = PolicyEnrollmentEvent.objects.get()
    assert (stored_event.type, stored_event.values) == (EventType.BUSINESS, {"value0": "PLAN-A"})
    one, other = Notification.objects.order_by("pk")
    assert (one.notification_definition_code, other.notification_definition_code) == (
        "ENROLLED",
        "ANY",
    )
    content = Content.objects.get(pk=one.content_id)
    assert (content.retry_after, content.content_type) == ([7, 8], "application/json")
    sent = orjson.loads(content.body)
    assert content.body == orjson.dumps(sent).decode()
    assert list(sent) == ["type", "timestamp", "data"]
    assert sent["type"] == "enrollment.enrolled"
    assert sent["timestamp"] == stored_event.created_at.isoformat().replace("+00:00", "Z")
    assert before <= stored_event.created_at <= before + timedelta(minutes=1)
    assert sent["data"] == {
        "notificationId": str(one.pk),
        "notificationDefinitionCode": "ENROLLED",
        "businessEventDefinitionCode": "MEMBER_ENROLLED",
        "policyCode": "POL-1",
        "policyGid": "G-1",
        "personCode": "P-1",
        "policyEnrollmentEventId": stored_event.pk,
        "descr": "joined plan Å",
        "effectiveDate": "2025-03-01",
        "value0": "PLAN-A",
    }
    assert queued() == [owner_of(one.pk), owner_of(other.pk)]
    assert history(one) == [("created", "", "Ready", "api")]
    assert {one.correlation_id, stored_event.correlation_id} == {"c-1"}
    shown = api.get(f"generic/enrollmenteventnotifications/{one.pk}").json()
    assert shown["payload"] == sent["data"]
    assert (shown["status"], shown["obsolete"]) == ("Ready", False)


def test_what_is_left_out_of_an_event_is_left_out_of_what_is_sent(
    api: Api, settings: Settings
) -> None:
    settings.ENROLLMENT_RETRY_SCHEDULE = (3,)
    define(api)

    (one,) = told(api, event(descr=None, eventReference=None), policyGid=None)

    content = Content.objects.get(pk=one.content_id)
    assert content.retry_after == [3]
    assert set(orjson.loads(content.body)["data"]) == {
        *("notificationId", "notificationDefinitionCode", "businessEventDefinitionCode"),
        *("policyCode", "policyGid", "personCode", "policyEnrollmentEventId"),
    }
    assert (one.policy_code, one.policy_gid) == ("POL-1", "POL-1")


def test_approval_decides_who_waits_and_the_latest_word_counts(api: Api) -> None:
    define(api, "EARLY", emitNotification="PRE_APPROVAL")
    define(api, "LATE", emitNotification="POST_APPROVAL")
    said = iter(range(100))

    def statuses(**members: Any) -> list[str]:
        return [one.status for one in told(api, event(f"P-{next(said)}"), **members)]

    assert statuses() == [READY, READY]
    assert statuses(policyApproved=False) == [READY, WAITING]
    assert statuses() == [READY, WAITING]
    assert api.post("policies/POL-1/approve").json() == {"readyCount": 2}
    assert statuses(policyApproved=None) == [READY, READY]
    assert statuses(policyApproved=False, policyGid="OTHER") == [READY, WAITING]
    assert statuses() == [READY, READY]
    assert statuses(policyApproved=False) == [READY, WAITING]


def test_an_event_that_says_approved_lets_the_waiting_ones_go_but_not_the_superseded(
    api: Api,
) -> None:
    define(api, emitNotification="POST_APPROVAL")
    stale, waiting = told(api, event("P-1"), event("P-2"), policyApproved=False)
    (elsewhere,) = told(api, policyApproved=False, policyGid="OTHER")

    (newer,) = told(api, event("P-1"), policyApproved=True)

    for one in (stale, waiting, elsewhere):
        one.refresh_from_db()
    assert (stale.status, stale.obsolete, stale.superseded_by) == (WAITING, True, newer.pk)
    assert (waiting.status, elsewhere.status, newer.status) == (READY, WAITING, READY)
    assert history(waiting)[1:] == [("approved", WAITING, READY, "api")]
    assert set(queued()) == {owner_of(waiting.pk), owner_of(newer.pk)}


def test_an_event_without_a_business_event_is_stored_and_tells_nobody(api: Api) -> None:
    define(api)

    assert told(api, {"personCode": "P-1", "descr": "a note"}) == []

    one = PolicyEnrollmentEvent.objects.get()
    assert (one.type, one.business_event_definition_code) == (EventType.MESSAGE, "")


def test_definitions_and_references_of_another_client_do_not_count(api: Api, others: Api) -> None:
    define(others)

    assert told(api, event(eventReference="r")) == []
    assert len(told(others, event(eventReference="r"))) == 1
    assert PolicyState.objects.count() == 2


def test_a_repeated_reference_creates_nothing(api: Api) -> None:
    define(api, emitNotification="POST_APPROVAL")
    twice = event(eventReference="r-1")

    assert len(told(api, twice, {**twice, "personCode": "P-2"}, event("P-3"))) == 2
    before, policy = stored(), PolicyState.objects.values().get()
    # A producer's retry comes late: by now somebody else has approved.
    assert told(api, twice, policyApproved=False, policy="OTHER", policyGid="POL-1") == []

    assert (stored(), PolicyState.objects.values().get()) == (before, policy)
    assert len(told(api, twice, event("P-4", eventReference="r-2"), policyApproved=False)) == 1
    assert len(told(api, twice, policyGid="G-2")) == 1


def test_each_wrong_event_is_named_and_nothing_is_stored(api: Api, others: Api) -> None:
    define(api)
    assert others.post(BUSINESS_EVENTS, {"code": "THEIRS"}).status_code == 201
    before = stored()

    answer = tell(
        api,
        event("P-1"),
        event("  ", businessEventDefinitionCode="NO_SUCH"),
        event(businessEventDefinitionCode="THEIRS"),
        {"businessEventDefinitionCode": ""},
        event(businessEventDefinitionCode="x" * 5000),
        policy="%20",
    )

    assert [code for code, _ in refusal_of(answer, 422)] == [
        "POL-IP-POEE-001",
        *("POL-IP-POEE-002", "POL-IP-POEE-003"),
        "POL-IP-POEE-003",
        *("POL-IP-POEE-002", "POL-IP-POEE-003"),
        "POL-IP-POEE-003",
    ]
    texts = [one["message"] for one in answer.json()["resultMessages"]["resultMessage"]]
    assert "policyEnrollmentEventList[1]" in texts[1]
    assert "NO_SUCH" in texts[2]
    assert "policyEnrollmentEventList[4]" in texts[6]
    assert len(texts[6]) < 200
    assert refusal_of(api.post(EVENTS, {"policyEnrollmentEventList": [event()]}), 422) == [
        ("POL-IP-POEE-001", None)
    ]
    assert stored() == before


def test_a_wrong_shape_is_told_with_its_places_before_any_rule(api: Api) -> None:
    define(api)
    before = stored()
    wrong = {
        "personCode": 7,
        "businessEventDefinitionCode": ["MEMBER_ENROLLED"],
        "descr": False,
        "effectiveDate": "2025-02-30",
        "eventReference": "r" * 301,
        "value0": 1.5,
    }

    answer = tell(api, event(""), wrong, "P-1", policyGid={}, policyApproved="true")

    entry = "policyEnrollmentEventList[1]"
    problem_of(
        answer,
        400,
        *("policyGid", "policyApproved"),
        *(f"{entry}.businessEventDefinitionCode", f"{entry}.value0", f"{entry}.personCode"),
        *(f"{entry}.descr", f"{entry}.effectiveDate", f"{entry}.eventReference"),
        "policyEnrollmentEventList[2]",
    )
    for dates in ("", "2025-3-1", "20250301", "0000-01-01", "2025-03-01T00:00:00Z"):
        problem_of(
            tell(api, event(effectiveDate=dates)),
            400,
            "policyEnrollmentEventList[0].effectiveDate",
        )
    nothing: list[Any] = [None, [], {}]
    for events in nothing:
        problem_of(
            api.post(f"{EVENTS}?policyCode=P", {"policyEnrollmentEventList": events}),
            400,
            "policyEnrollmentEventList",
        )
    for body in (b"", b"[]", b"{", b'"x"', b'{"policyEnrollmentEventList": [{}], "\\u0000": 1}'):
        problem_of(api.post(f"{EVENTS}?policyCode=P", body), 400, "$")
    problem_of(tell(api, event(), policy="%00"), 400, "policyCode")
    assert stored() == before


def test_many_events_cost_as_many_statements_as_one(api: Api) -> None:
    for code in ("A", "B", "C"):
        define(api, code)
    told(api, event("P-0", eventReference="r"))
    counts = []
    for count in (1, 100):
        # P-0 is there already, the others are new.
        events = [event(f"P-{n}", eventReference=f"r-{count}-{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as statements:
            told(api, *events, policyApproved=True)
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert Notification.objects.count() == 3 * (1 + 1 + 100)
    assert Notification.objects.filter(obsolete=True).count() == 3 * 2
    assert len(queued()) == 3 * 100


def test_a_request_tells_of_a_thousand_events_at_most(api: Api) -> None:
    notes = [{"personCode": f"P-{number}"} for number in range(1001)]
    assert refusal_of(tell(api, *notes), 422) == [("GEN-IP-002", None)]
    assert not PolicyState.objects.exists()

    assert tell(api, *notes[:1000]).status_code == 201
    assert PolicyEnrollmentEvent.objects.count() == 1000
