"""What is another client's is unknown, to every route (contract 1)."""

import pytest

from enrollment.callers import Caller
from enrollment.grants import Grant
from enrollment.models import BulkOperation
from enrollment.reading import visible_to
from enrollment.states import Kind, Source
from tests.enrollment.conftest import OURS, THEIRS, Api, problem_of, refusal_of
from tests.enrollment.rows import NOON, notification
from tests.enrollment.telling import define, event, stored, tell, told

UNKNOWN = "POL-IP-ENEN-001"
GENERIC = "generic/enrollmenteventnotifications"
ACTING = "enrollmenteventnotifications"
FLAGS = {"cancel": "cancelAllFailedNotifications", "resend": "sendAllFailedNotifications"}


def test_another_clients_notification_is_unknown_by_every_route(api: Api, others: Api) -> None:
    one = notification()
    known = [(UNKNOWN, str(one.pk))]
    before = stored()

    for route in ("", "/history", "/attempts"):
        assert refusal_of(others.get(f"{GENERIC}/{one.pk}{route}"), 404) == known
    for operation, flag in FLAGS.items():
        assert refusal_of(others.put(f"{ACTING}/{one.pk}/{operation}"), 404) == known
        listed = {"enrollmentEventNotificationList": [{"notificationId": one.pk}]}
        assert refusal_of(others.put(f"{ACTING}/{operation}", listed), 422) == known
        swept = others.put(f"{ACTING}/{operation}", {flag: True}).json()
        assert swept.get("cancelledCount", swept.get("resentCount")) == 0

    after = stored()
    assert after.pop("BulkOperation") == before.pop("BulkOperation") + len(FLAGS)
    assert after == before
    assert api.get(f"{GENERIC}/{one.pk}").json()["status"] == "Failed"


def test_another_clients_bulk_operation_is_unknown(api: Api, others: Api) -> None:
    done = BulkOperation.objects.create(
        kind=Kind.CANCEL,
        client=OURS,
        actor=OURS,
        source=Source.API,
        started_at=NOON,
        active_at=NOON,
    )
    assert api.get(f"bulkoperations/{done.pk}").status_code == 200
    problem_of(others.get(f"bulkoperations/{done.pk}"), 404)


def test_policies_and_definitions_of_the_same_name_are_each_clients_own(
    api: Api, others: Api
) -> None:
    define(api)
    [ours] = told(api, event())

    for operation in ("approve", "revert", "revert?firstVersion=true"):
        problem_of(others.post(f"policies/POL-1/{operation}"), 404)
    problem_of(others.get("generic/notificationdefinitions/key/ENROLLED"), 404)
    problem_of(others.patch("generic/notificationdefinitions/key/ENROLLED", {"active": False}), 404)
    assert others.get("generic/notificationdefinitions").json()["items"] == []
    # The same code, the same policy: another definition, another policy, nothing superseded.
    assert told(others, event()) == []
    define(others, endpointUrl="http://127.0.0.1:9/theirs")
    [theirs] = told(others, event())
    assert others.post("policies/POL-1/revert").json() == {"obsoleteCount": 1}

    for client, one, obsolete in ((api, ours, False), (others, theirs, True)):
        [item] = client.get(GENERIC).json()["items"]
        assert (item["id"], item["obsolete"]) == (one.pk, obsolete)


def test_another_clients_business_events_are_unknown(api: Api, others: Api) -> None:
    assert api.post("generic/businesseventdefinitions", {"code": "MOVED"}).status_code == 201

    problem_of(others.get("generic/businesseventdefinitions/key/MOVED"), 404)
    refused = tell(others, event(businessEventDefinitionCode="MOVED"))
    assert [code for code, _ in refusal_of(refused, 422)] == ["POL-IP-POEE-003"]
    assert tell(api, event(businessEventDefinitionCode="MOVED")).status_code == 201


@pytest.mark.django_db
def test_the_staff_sees_everything() -> None:
    made = {notification(client=client).pk for client in (OURS, THEIRS)}
    staff = Caller(client=None, name="demo", source=Source.ADMIN, grants=frozenset(Grant))

    assert {one.pk for one in visible_to(staff)} == made
