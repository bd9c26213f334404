"""How `enrollment` is doing, on the front page: what failed and waits for somebody."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.models import BulkOperation, EnrollmentEventNotification
from enrollment.states import BulkState, Status
from notifications_platform.back_office import home
from notifications_platform.back_office.home import Sign

MOST_COUNTED = 10_000


def _signs(now: datetime, _real: datetime) -> Iterator[Sign]:
    """Each by an index of just these."""
    dead = EnrollmentEventNotification.objects.filter(status=Status.FAILED, obsolete=False)
    number = dead[:MOST_COUNTED].count()
    oldest = dead.order_by("failed_at", "pk").values_list("failed_at", flat=True).first()
    page = reverse("admin:enrollment_enrollmenteventnotification_changelist")
    yield Sign(
        label=_("Failed enrollment notifications"),
        value=f"{number}{'+' if number == MOST_COUNTED else ''}",
        note=_oldest(now, oldest) if oldest else _("nothing to cancel or resend"),
        tone="bad" if number else "good",
        link=f"{page}?dead=all",
        permission="enrollment.view_enrollmenteventnotification",
    )
    if running := BulkOperation.objects.filter(state=BulkState.RUNNING)[:MOST_COUNTED].count():
        yield Sign(
            label=_("Bulk operations"),
            value=str(running),
            note=_("under way"),
            tone="waiting",
            link=reverse("admin:enrollment_bulkoperation_changelist"),
            permission="enrollment.view_bulkoperation",
        )


def _oldest(now: datetime, since: datetime) -> str:
    """Roughly."""
    hours = int((now - since).total_seconds() // 3600)
    if hours < 48:
        number = hours
        text = ngettext("the oldest for {number} hour", "the oldest for {number} hours", number)
    else:
        number = hours // 24
        text = ngettext("the oldest for {number} day", "the oldest for {number} days", number)
    return text.format(number=number)


home.show(_signs)
