"""Shared by the tests of cancel and resend: calls, what they must not change, legal histories."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from enrollment.coordinates import owner_of
from enrollment.models import EnrollmentEventNotification, NotificationHistory
from enrollment.states import NOTIFICATION, Action, Status
from notifications_platform.audit.models import Entry
from notifications_platform.delivery.models import Message

LIST = "enrollmentEventNotificationList"
FLAGS = {"cancel": "cancelAllFailedNotifications", "resend": "sendAllFailedNotifications"}
_NOTIFICATIONS = "enrollmenteventnotifications"
# What each line of a history may say; obsolescence changes no status.
_STEPS = {
    Action.APPROVED: {(Status.WAITING, Status.READY)},
    Action.CLAIMED: {(Status.READY, Status.IN_PROCESS)},
    Action.RETRIED: {(Status.IN_PROCESS, Status.IN_PROCESS)},
    Action.SENT: {(Status.IN_PROCESS, Status.SENT)},
    Action.FAILED: {(Status.IN_PROCESS, Status.FAILED)},
    Action.CANCELLED: {(Status.FAILED, Status.CANCELLED)},
    Action.RESENT: {(Status.FAILED, Status.READY)},
}


def one(id: object, operation: str = "cancel") -> str:
    return f"{_NOTIFICATIONS}/{id}/{operation}"


def many(operation: str = "cancel") -> str:
    return f"{_NOTIFICATIONS}/{operation}"


def listed(*ids: object, **more: Any) -> dict[str, Any]:
    return {LIST: [{"notificationId": id} for id in ids], **more}


def all_failed(operation: str = "cancel", **more: Any) -> dict[str, Any]:
    return {FLAGS[operation]: True, **more}


def state() -> dict[str, Any]:
    """All that cancel and resend may change: equal before and after a refusal."""
    return {
        "notifications": list(EnrollmentEventNotification.objects.order_by("pk").values()),
        "history": NotificationHistory.objects.count(),
        "messages": Message.objects.count(),
        "trail": Entry.objects.count(),
    }


def statuses(ids: Iterable[int]) -> list[str]:
    rows = EnrollmentEventNotification.objects.in_bulk(list(ids))
    return [rows[id].status for id in ids]


def history_of(id: int) -> list[NotificationHistory]:
    return list(NotificationHistory.objects.filter(notification=id).order_by("pk"))


def assert_legal(id: int, born: Status = Status.FAILED) -> list[str]:
    """That the history leads, by legal changes only, from `born` to where the row is now, and that
    the row has what its status asks for; the actions, oldest first.
    """
    now_at: str = born
    actions: list[str] = []
    last: datetime | None = None
    for entry in history_of(id):
        if entry.action == Action.CREATED:
            assert (entry.from_status, actions) == ("", [])
        elif entry.action == Action.OBSOLETED:
            assert entry.from_status == entry.to_status == now_at
        else:
            assert entry.from_status == now_at
            assert (entry.from_status, entry.to_status) in _STEPS[Action(entry.action)]
            assert Status(entry.to_status) in NOTIFICATION.table[Status(entry.from_status)]
        assert last is None or entry.at >= last
        now_at, last = entry.to_status, entry.at
        actions.append(entry.action)
    row = EnrollmentEventNotification.objects.get(pk=id)
    assert row.status == now_at, f"{row.status} after {actions}"
    assert (
        (row.cancelled_at is not None) == (row.status == Status.CANCELLED) == bool(row.cancelled_by)
    )
    assert (row.failed_at is not None) == (row.status in (Status.FAILED, Status.CANCELLED))
    assert (row.sent_at is not None) == (row.status == Status.SENT)
    cycles = sum(entry.to_status == Status.READY for entry in history_of(id))
    obsoleted_ready = Action.OBSOLETED in actions and row.status == Status.READY
    assert _messages(id) == cycles - obsoleted_ready, "each cycle is one message of the engine"
    return actions


def _messages(id: int) -> int:
    return Message.objects.filter(owner_id=owner_of(id), owner_kind="enrollment").count()


def summary(answer: Any, operation: str = "cancel") -> Mapping[str, Any]:
    """Of a success of many, whose shape it checks."""
    status, count, become = {
        "cancel": (200, "cancelledCount", "Cancelled"),
        "resend": (202, "resentCount", "Ready"),
    }[operation]
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    body: dict[str, Any] = answer.json()
    assert body["resultMessages"]["result"] == "S"
    if LIST in body:
        assert len(body[LIST]) == body[count]
        assert {entry["status"] for entry in body[LIST]} <= {become}
        assert all(set(entry) == {"notificationId", "status"} for entry in body[LIST])
    else:
        assert isinstance(body["bulkOperationId"], str)
    return body


def ids_in(body: Mapping[str, Any]) -> list[str]:
    return [entry["notificationId"] for entry in body[LIST]]
