"""What clients want to be told of, and where, in the back office: read, never changed."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment import definition_page
from enrollment.admin.filters import ClientFilter, RecentClientFilter
from enrollment.definitions import BUSINESS_EVENT, DEFINITION
from enrollment.delivery import schedule_in_force
from enrollment.models import BusinessEventDefinition, NotificationDefinition
from notifications_platform.back_office.base import ReadOnlyAdmin, Section, display
from notifications_platform.delivery.explain import oslo


@admin.register(NotificationDefinition)
class NotificationDefinitionAdmin(ReadOnlyAdmin):
    """Secrets are never read: not even whether two are the same."""

    client_path = "client"
    kinds = (DEFINITION,)
    menu_group = "Enrollment"
    menu_title = _("Definitions")
    menu_icon = "rule_settings"
    list_display = ("code", "client", "active", "emit_notification", "endpoint", "updated_at")
    list_filter = ("active", ClientFilter)
    find_by = ("pk", "code")
    find_help = _("Code or number of the definition")
    fields = (
        ("code", "client"),
        ("descr", "active"),
        ("business_events", "emit_notification"),
        ("endpoint", "http_method"),
        ("schedule", "secret"),
        ("created_at", "updated_at"),
    )
    readonly_fields = tuple(name for line in fields for name in line)

    @display(description=_("business events"))
    def business_events(self, one: NotificationDefinition) -> str:
        return ", ".join(one.business_event_definition_codes)

    @display(description=_("endpoint"))
    def endpoint(self, one: NotificationDefinition) -> str:
        return one.endpoint_url or gettext("the client's own, from the register")

    @display(description=_("retries after"))
    def schedule(self, one: NotificationDefinition) -> str:
        several = ", ".join(f"{pause} s" for pause in schedule_in_force(one))
        pauses = several or gettext("a single attempt")
        if one.retry_schedule is not None:
            return pauses
        return gettext("{pauses} (the platform's)").format(pauses=pauses)

    @display(description=_("signing secret"))
    def secret(self, one: NotificationDefinition) -> str:
        if not one.endpoint_url:
            return gettext("the client's own, from the register")
        if until := one.former_secret_until:
            text = gettext("stored; the former one signs beside it until {at}")
            return text.format(at=oslo(until))
        return gettext("stored") if one.signing_secret else gettext("none")

    def findings(self, request: HttpRequest, row: NotificationDefinition) -> Sequence[Section]:
        return definition_page.findings(row)

    def sections(self, request: HttpRequest, row: NotificationDefinition) -> Sequence[Section]:
        return definition_page.sections(row)


@admin.register(BusinessEventDefinition)
class BusinessEventDefinitionAdmin(ReadOnlyAdmin):
    """Those that clients made; each starts with three that are no rows."""

    client_path = "client"
    kinds = (BUSINESS_EVENT,)
    menu_group = "Enrollment"
    menu_title = _("Business events")
    menu_icon = "event_note"
    list_display = ("code", "client", "descr", "created_at")
    list_filter = (RecentClientFilter,)
    find_by = ("pk", "code")
    find_help = _("Code or number of the business event")
    fields = list_display
    readonly_fields = fields

    def sections(self, request: HttpRequest, row: BusinessEventDefinition) -> Sequence[Section]:
        return definition_page.sections_of_business_event(row)
