"""Cancelling and resending of many at once, in the back office: what came of each."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment import bulk_page
from enrollment.admin.filters import RecentClientFilter
from enrollment.bulk import SUBJECT
from enrollment.models import BulkOperation, NotificationHistory
from notifications_platform.back_office.base import ReadOnlyAdmin, Section, display
from notifications_platform.back_office.sections import link_to

STATE_COLOURS = {"running": "info", "done": "success", "interrupted": "danger"}


@admin.register(BulkOperation)
class BulkOperationAdmin(ReadOnlyAdmin):
    client_path = "client"
    kinds = (SUBJECT,)
    personal = True
    menu_group = "Enrollment"
    menu_icon = "dynamic_feed"
    list_display = (
        "id",
        "kind",
        "of_whom",
        "actor",
        "state_shown",
        "changed_count",
        "started_at",
        "ended_at",
    )
    list_filter = ("kind", "state", RecentClientFilter)
    find_by = ("pk",)
    find_help = _("Id of the operation")
    fields = (
        ("kind", "state_shown"),
        ("of_whom", "filter"),
        ("actor", "source"),
        ("changed_count", "by_worker"),
        ("started_at", "ended_at"),
        "reason",
    )
    readonly_fields = tuple(
        name for line in fields for name in ([line] if isinstance(line, str) else line)
    )

    @display(description=_("of client"))
    def of_whom(self, one: BulkOperation) -> str:
        return one.client or gettext("everyone")

    @display(description=_("state"), label=STATE_COLOURS)
    def state_shown(self, one: BulkOperation) -> str:
        return one.state

    def findings(self, request: HttpRequest, row: BulkOperation) -> Sequence[Section]:
        return bulk_page.findings(row)

    def sections(self, request: HttpRequest, row: BulkOperation) -> Sequence[Section]:
        return bulk_page.sections(row)


@admin.register(NotificationHistory)
class NotificationHistoryAdmin(ReadOnlyAdmin):
    """Shown on the page of its notification; a list of its own for long ones."""

    narrowed_by = ("notification_id",)
    client_path = "notification__client"
    list_display = (
        "at",
        "notification_link",
        "action",
        "from_status",
        "to_status",
        "actor",
        "source",
        "http_status",
    )
    find_by = ("notification_id",)
    find_help = _("Number of a notification")
    fields = (*list_display, "reason", "operation")
    readonly_fields = fields

    @display(description=_("notification"))
    def notification_link(self, entry: NotificationHistory) -> str:
        return link_to("enrollmenteventnotification", entry.notification_id)

    @display(description=_("bulk operation"))
    def operation(self, entry: NotificationHistory) -> str:
        return link_to(SUBJECT, entry.bulk_operation_id)
