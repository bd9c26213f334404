"""What tests of ingestion do all the time: define, tell of events, let a worker try."""

from collections.abc import Sequence
from typing import Any

from enrollment.models import EnrollmentEventNotification, NotificationHistory
from notifications_platform.core import clock
from notifications_platform.delivery import claiming
from notifications_platform.delivery.channels.base import Verdict
from notifications_platform.delivery.recording import Tried, record
from notifications_platform.delivery.states import Channel
from tests.enrollment.conftest import Api

EVENTS = "policyenrollmentevents"
DEFINITIONS = "generic/notificationdefinitions"
BUSINESS_EVENTS = "generic/businesseventdefinitions"


def define(api: Api, code: str = "ENROLLED", **members: Any) -> dict[str, Any]:
    """A definition of what happens to new members, told before approval."""
    usual = {
        "businessEventDefinitionCodes": ["MEMBER_ENROLLED"],
        "emitNotification": "PRE_APPROVAL",
        "endpointUrl": "http://127.0.0.1:9/hook",
    }
    answer = api.post(DEFINITIONS, {"code": code, **usual, **members})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def event(person: str = "P-1", **members: Any) -> dict[str, Any]:
    return {
        "personCode": person,
        "businessEventDefinitionCode": "MEMBER_ENROLLED",
        **members,
    }


def tell(api: Api, *events: Any, policy: str = "POL-1", **members: Any) -> Any:
    """The answer."""
    body = {"policyEnrollmentEventList": list(events), **members}
    return api.post(f"{EVENTS}?policyCode={policy}", body)


def told(
    api: Api, *events: dict[str, Any], **members: Any
) -> Sequence[EnrollmentEventNotification]:
    """The notifications that this made."""
    before = set(EnrollmentEventNotification.objects.values_list("pk", flat=True))
    answer = tell(api, *(events or [event()]), **members)
    assert answer.status_code == 201, answer.content
    made = EnrollmentEventNotification.objects.exclude(pk__in=before)
    return list(made.order_by("pk"))


def claim() -> claiming.Claim:
    return claiming.claim(Channel.WEBHOOK, limit=100, now=clock.now())


def attempt(verdict: Verdict, claimed: claiming.Claim | None = None) -> None:
    """A worker takes what is in line, or was claimed, and this is what comes of all of it."""
    claimed = claimed or claim()
    record(
        claimed,
        [Tried(one, verdict) for one in claimed.messages],
        channel=Channel.WEBHOOK,
        provider="webhook",
        reports=False,
        now=clock.now(),
    )


def history(one: EnrollmentEventNotification) -> list[tuple[str, str, str, str]]:
    lines = NotificationHistory.objects.filter(notification_id=one.pk).order_by("id")
    return list(lines.values_list("action", "from_status", "to_status", "source"))


def stored() -> dict[str, int]:
    """How many rows of each kind there are."""
    return {
        model.__name__: model._default_manager.count()
        for model in EnrollmentEventNotification._meta.apps.get_models()
        if model._meta.app_label in ("enrollment", "delivery")
    }
