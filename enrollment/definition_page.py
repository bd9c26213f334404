"""What the back office's pages of definitions show: what one asks for and where that goes, and its
newest notifications; who asks for a business event.
"""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from enrollment.definitions import BUSINESS_EVENT, DEFINITION
from enrollment.models import (
    BusinessEventDefinition,
    EnrollmentEventNotification,
    NotificationDefinition,
)
from enrollment.notification_page import target_of
from enrollment.states import Status
from enrollment.story import KIND
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.back_office.timeline import headline
from notifications_platform.delivery.explain import Tone

SHOWN = 50


def findings(one: NotificationDefinition) -> list[Section]:
    return [headline(_("Does it do what it should?"), list(_standing(one)))]


def _standing(one: NotificationDefinition) -> Iterator[Line]:
    events = ", ".join(one.business_event_definition_codes)
    target = target_of(one.pk)
    if target is None:
        text = _("No endpoint is known for it: every attempt fails.")
        step = _("Its client has to name one, here or in the register.")
        yield Line(text=text, tone=Tone.BAD, step=step)
    if not one.active:
        text = _("It is not active: of {events} nothing is made.").format(events=events)
        yield Line(text=text, tone=Tone.NOTE)
    elif target:
        text = _("Of {events} it makes notifications, and sends them to {url} by {method}.")
        told = text.format(events=events, url=target.url, method=target.method)
        yield Line(text=told, tone=Tone.GOOD)


def sections(one: NotificationDefinition) -> list[Section]:
    return [_notifications(one), history(DEFINITION, one.pk)]


def _notifications(one: NotificationDefinition) -> Section:
    listed = reverse("admin:enrollment_enrollmenteventnotification_changelist")
    chosen = urlencode({"client": one.client, "notification_definition_code": one.code})
    # In the order of the index by client and definition.
    newest = EnrollmentEventNotification.objects.filter(
        client=one.client, notification_definition_code=one.code
    ).order_by("-client", "-notification_definition_code", "-pk")
    return Section(
        title=_("Its newest notifications"),
        link=f"{listed}?dead=all&{chosen}",
        link_label=_("Those that failed"),
        headers=(_("Notification"), _("Made"), _("Policy"), _("Status"), _("Last answer")),
        rows=[
            (
                link_to(KIND, made.pk),
                made.created_at,
                made.policy_code,
                made.status,
                made.last_error_text if made.status == Status.FAILED else "",
            )
            for made in newest[:SHOWN]
        ],
    )


def sections_of_business_event(one: BusinessEventDefinition) -> list[Section]:
    asking = NotificationDefinition.objects.filter(
        client=one.client, business_event_definition_codes__contains=[one.code]
    ).order_by("code")
    return [
        Section(
            title=_("Definitions that ask for it"),
            headers=(_("Definition"), _("Active")),
            rows=[
                (link_to(DEFINITION, asks.pk, asks.code), _("yes") if asks.active else _("no"))
                for asks in asking[:SHOWN]
            ],
        ),
        history(BUSINESS_EVENT, one.pk),
    ]
