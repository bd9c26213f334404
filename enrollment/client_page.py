"""What `enrollment` knows of one client, for its page in the register: what of its own failed and
waits for somebody, its definitions, and its newest notifications.
"""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.definitions import DEFINITION
from enrollment.models import EnrollmentEventNotification, NotificationDefinition
from enrollment.states import Status
from enrollment.story import KIND
from notifications_platform.back_office import clients
from notifications_platform.back_office.clients import Known
from notifications_platform.back_office.sections import Line, Section, link_to
from notifications_platform.delivery.explain import Tone

SHOWN = 10
MOST_COUNTED = 1_000


def read(client: str, _now: datetime) -> Known:
    """Three statements, by the indexes that begin with the client."""
    return Known(lines=list(_dead(client)), sections=[_definitions(client), _notifications(client)])


def _dead(client: str) -> Iterator[Line]:
    dead = EnrollmentEventNotification.objects.filter(
        client=client, status=Status.FAILED, obsolete=False
    )
    if number := dead[:MOST_COUNTED].count():
        text = ngettext(
            "{number} enrollment notification failed and waits for somebody.",
            "{number} enrollment notifications failed and wait for somebody.",
            number,
        )
        shown = f"{number}+" if number == MOST_COUNTED else number
        step = _("Resend or cancel them, one by one or all that match.")
        yield Line(text=text.format(number=shown), tone=Tone.BAD, step=step)


def _definitions(client: str) -> Section:
    own = NotificationDefinition.objects.filter(client=client).order_by("code")
    return Section(
        title=_("Its definitions"),
        headers=(_("Definition"), _("Active"), _("Business events")),
        rows=[
            (
                link_to(DEFINITION, one.pk, one.code),
                _("yes") if one.active else _("no"),
                ", ".join(one.business_event_definition_codes),
            )
            for one in own[:SHOWN]
        ],
    )


def _notifications(client: str) -> Section:
    newest = EnrollmentEventNotification.objects.filter(client=client).order_by("-client", "-pk")
    listed = reverse("admin:enrollment_enrollmenteventnotification_changelist")
    return Section(
        title=_("Its newest enrollment notifications"),
        link=f"{listed}?{urlencode({'client': client})}",
        link_label=_("All its notifications"),
        headers=(_("Notification"), _("Made"), _("Definition"), _("Status")),
        rows=[
            (
                link_to(KIND, one.pk),
                one.created_at,
                one.notification_definition_code,
                one.status,
            )
            for one in newest[:SHOWN]
        ],
    )


clients.register("enrollment", read, permission="enrollment.view_enrollmenteventnotification")
