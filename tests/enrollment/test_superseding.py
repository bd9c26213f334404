"""What a newer notification makes obsolete (enrollment contract 3)."""

import pytest

from enrollment.coordinates import owner_of
from enrollment.models import EnrollmentEventNotification as Notification
from enrollment.states import Status
from notifications_platform.delivery.channels.base import Permanent, Sent, Transient
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Reason
from tests.enrollment.conftest import OURS, Api
from tests.enrollment.rows import notification
from tests.enrollment.telling import attempt, claim, define, event, history, told

pytestmark = pytest.mark.django_db
NEWER = event("P-1", descr="newer")


def messages_of(one: Notification) -> list[tuple[str, bool]]:
    found = Message.objects.filter(owner_id=owner_of(one.pk)).order_by("id")
    return list(found.values_list("state", "withdrawn"))


def superseded(api: Api, older: Notification) -> Notification:
    """The newer one; `older` is as it is then."""
    (newer,) = told(api, NEWER)
    older.refresh_from_db()
    assert (older.obsolete, older.superseded_by) == (True, newer.pk)
    assert (newer.obsolete, newer.status) == (False, Status.READY)
    assert messages_of(newer) == [("queued", False)]
    return newer


def test_one_that_is_ready_is_withdrawn_and_stays_ready(api: Api) -> None:
    define(api)
    (older,) = told(api)

    superseded(api, older)

    assert (older.status, messages_of(older)) == (Status.READY, [("cancelled", False)])
    assert history(older) == [
        ("created", "", "Ready", "api"),
        ("obsoleted", "Ready", "Ready", "api"),
    ]
    shown = api.get(f"generic/enrollmenteventnotifications/{older.pk}").json()
    assert (shown["obsolete"], shown["supersededById"]) == (True, older.superseded_by)


def test_one_that_waits_for_a_retry_fails_at_once(api: Api) -> None:
    define(api)
    (older,) = told(api)
    attempt(Transient("HTTP 503"))

    superseded(api, older)

    assert (older.status, messages_of(older)) == (Status.FAILED, [("cancelled", False)])
    assert older.failed_at is not None
    assert older.next_attempt_at is None
    assert [line[0] for line in history(older)][2:] == ["retried", "obsoleted", "failed"]


@pytest.mark.parametrize(
    ("verdict", "becomes"), [(Transient("HTTP 500"), Status.FAILED), (Sent(), Status.SENT)]
)
def test_the_attempt_under_way_is_the_last_one(
    api: Api, verdict: Transient | Sent, becomes: Status
) -> None:
    define(api)
    (older,) = told(api)
    held = claim()

    superseded(api, older)
    assert (older.status, messages_of(older)) == (Status.IN_PROCESS, [("claimed", True)])
    attempt(verdict, held)

    older.refresh_from_db()
    assert (older.status, older.obsolete) == (becomes, True)


def test_one_that_failed_can_be_resent_no_more(api: Api) -> None:
    define(api)
    (older,) = told(api)
    attempt(Permanent(Reason.REJECTED, "HTTP 410"))

    superseded(api, older)

    assert older.status == Status.FAILED
    shown = api.get(f"generic/enrollmenteventnotifications/{older.pk}").json()
    assert [one["rel"] for one in shown["links"]] == ["self"]


def test_only_the_same_member_definition_and_policy_of_the_client_count(
    api: Api, others: Api
) -> None:
    define(api)
    define(api, "OTHER", active=False)
    define(others)
    over = [notification(status=one, gid="POL-1") for one in (Status.SENT, Status.CANCELLED)]
    waiting = notification(status=Status.WAITING, gid="POL-1")
    elsewhere = [
        notification(status=Status.READY, gid="POL-1", person="P-2"),
        notification(status=Status.READY, gid="POL-2"),
        notification(status=Status.READY, gid="POL-1", definition="OTHER"),
        *told(others),
    ]

    superseded(api, waiting)

    untouched = Notification.objects.filter(pk__in=[one.pk for one in (*over, *elsewhere)])
    assert not untouched.filter(obsolete=True).exists()
    assert waiting.status == Status.WAITING


def test_within_a_request_the_order_of_the_list_decides(api: Api) -> None:
    define(api)
    (before,) = told(api)

    first, other, second, third = told(
        api, event("P-1"), event("P-2"), event("P-1", value0="b"), event("P-1", value0="c")
    )

    before.refresh_from_db()
    assert before.superseded_by == first.pk
    assert [(one.obsolete, one.superseded_by) for one in (first, second, third, other)] == [
        (True, second.pk),
        (True, third.pk),
        (False, None),
        (False, None),
    ]
    assert [messages_of(one) for one in (first, second)] == [[], []]
    assert [line[0] for line in history(first)] == ["created", "obsoleted"]
    assert {one.client for one in (first, second, third)} == {OURS}
