"""Events in the back office: what was told to whom, and whether it left."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from correspondence import letter_story, parties
from correspondence.admin.filters import OwnerFilter, ResourceFilter, TypeFilter
from correspondence.models import Event
from correspondence.states import EVENT_OWNER
from notifications_platform.back_office.base import ReadOnlyAdmin, Section, display
from notifications_platform.back_office.large_tables import PeriodOfIds
from notifications_platform.back_office.sections import link_to
from notifications_platform.delivery import origins
from notifications_platform.delivery.models import Message

# How the platform calls what an event is about.
_KINDS = {"notification": "order"}


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    narrowed_by = ("resource_instance",)
    client_path = "service_owner"
    # The engine's webhooks name their owner so.
    kinds = (EVENT_OWNER,)
    personal = True
    menu_group = "Letters"
    menu_icon = "timeline"
    list_display = (
        "time",
        "type",
        "instance",
        "to",
        "resource_id",
        "service_owner",
        "queued",
        "correlation_id",
    )
    list_filter = (TypeFilter, OwnerFilter, ResourceFilter, PeriodOfIds)
    find_by = ("pk", "resource_instance")
    find_help = gettext_lazy("Id of the event, or of the letter, attachment or order it is about")
    fields = (
        "id",
        "time",
        "type",
        "instance",
        "to",
        "resource_id",
        "service_owner",
        "queued",
        "correlation_id",
    )
    readonly_fields = fields

    @display(description=gettext_lazy("about"))
    def instance(self, event: Event) -> str:
        return link_to(_KINDS.get(event.about, event.about), event.resource_instance)

    @display(description=gettext_lazy("subject"))
    def to(self, event: Event) -> str:
        return parties.shown(event.subject)

    def sections(self, request: HttpRequest, row: Event) -> Sequence[Section]:
        messages = Message.objects.filter(owner_kind=EVENT_OWNER, owner_id=row.id).order_by("id")
        return [
            Section(
                title=_("Webhooks"),
                note=""
                if row.queued
                else _("Its service owner had no endpoint: it was only stored."),
                headers=(_("Message"), _("State"), _("Reason"), _("Attempts"), _("Since")),
                rows=[
                    (
                        link_to("message", message.id),
                        message.state,
                        message.reason,
                        message.attempts,
                        message.state_at,
                    )
                    for message in messages[:10]
                ],
            )
        ]


# What a webhook tells of.
origins.register(EVENT_OWNER, letter_story.of_event)
