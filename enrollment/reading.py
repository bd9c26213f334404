"""One notification, and what became of it, as a caller may see it (contract 1, 2, 7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from enrollment.callers import Caller
from enrollment.coordinates import owner_of, read_id
from enrollment.models import EnrollmentEventNotification, NotificationHistory
from enrollment.payload import data_sent
from enrollment.results import Refused, unknown
from enrollment.states import OWNER
from notifications_platform.delivery.reading import Tried, attempts_of, content_body


def visible_to(caller: Caller) -> QuerySet[EnrollmentEventNotification]:
    """A client's own; the staff sees all."""
    everyones = EnrollmentEventNotification.objects.all()
    return everyones if caller.client is None else everyones.filter(client=caller.client)


def find(id: str, *, caller: Caller) -> EnrollmentEventNotification:
    """By its id as it stands in a URL. Raises Refused (404) for one unknown to the caller."""
    number = read_id(id)
    found = visible_to(caller).filter(pk=number).first() if number else None
    if found is None:
        raise Refused(unknown(id), status=404)
    return found


def payload(one: EnrollmentEventNotification) -> Mapping[str, Any] | None:
    """The `data` object that is sent out; None once it was erased."""
    return data_sent(content_body(one.content_id))


def history(id: str, *, caller: Caller) -> Sequence[NotificationHistory]:
    """Oldest first. Raises Refused (404)."""
    one = find(id, caller=caller)
    entries = NotificationHistory.objects.filter(notification=one)
    return list(entries.order_by("notification", "id"))


def attempts(id: str, *, caller: Caller) -> Sequence[Tried]:
    """Of all delivery cycles, oldest first. Raises Refused (404)."""
    return attempts_of(OWNER, owner_of(find(id, caller=caller).pk))
