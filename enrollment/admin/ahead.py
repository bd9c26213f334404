"""Which enrollment notifications are tried again next, on the front page."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from enrollment.states import OWNER
from notifications_platform.back_office import ahead
from notifications_platform.back_office.ahead import Coming, Kind, of_times
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, State

# Among the calls of all systems that wait for their time, as many of the soonest are looked at.
_LOOKED_AT = 5_000


def _retries(now: datetime) -> Coming:
    """By message_waiting."""
    waiting = Message.objects.filter(
        channel=Channel.WEBHOOK, state=State.QUEUED, fair_at__isnull=True, not_before__gt=now
    ).order_by("not_before")
    soonest = waiting.values_list("owner_kind", "not_before")[:_LOOKED_AT]
    return of_times([at for owner_kind, at in soonest if owner_kind == OWNER], now)


ahead.show(
    "enrollment.retries",
    Kind(
        label=_("Retries of enrollment notifications"),
        read=_retries,
        page="admin:enrollment_enrollmenteventnotification_changelist",
        permission="enrollment.view_enrollmenteventnotification",
    ),
)
