"""Rows that are shown on the page of their letter; lists of their own for whoever has its id."""

from collections.abc import Collection

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from correspondence import parties
from correspondence.models import Correspondence, IdempotencyKey, LetterNotification, StatusEntry
from notifications_platform.back_office.base import ReadOnlyAdmin, display
from notifications_platform.back_office.sections import link_to


class _OfCorrespondence(ReadOnlyAdmin):
    @display(description=gettext_lazy("letter"))
    def letter(self, row: StatusEntry | LetterNotification | IdempotencyKey) -> str:
        return link_to("correspondence", row.correspondence_id)


@admin.register(StatusEntry)
class StatusEntryAdmin(_OfCorrespondence):
    narrowed_by = ("correspondence_id",)
    client_path = "correspondence__letter__service_owner"
    list_display = ("id", "letter", "status", "at", "by")
    fields = ("letter", "status", "text", "at", "by")
    readonly_fields = fields
    find_by = ("correspondence_id",)
    find_help = gettext_lazy("Id of the letter")

    @display(description=gettext_lazy("by"))
    def by(self, entry: StatusEntry) -> str:
        return parties.shown(entry.party)


@admin.register(LetterNotification)
class LetterNotificationAdmin(_OfCorrespondence):
    client_path = "correspondence__letter__service_owner"
    list_display = ("id", "letter", "position", "order", "is_reminder", "result")
    fields = ("letter", "position", "order", "is_reminder", "is_custom", "result", "check_at")
    readonly_fields = fields
    find_by = ("correspondence_id", "order_id")
    find_help = gettext_lazy("Id of the letter or of the order")

    @display(description=gettext_lazy("order"))
    def order(self, row: LetterNotification) -> str:
        return link_to("order", row.order_id) if row.order_id else _("none was made")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(_OfCorrespondence):
    """Keys live for ever, to look at when a sender doubts a 409."""

    client_path = "correspondence_id"
    list_display = ("key", "letter", "by", "created_at")
    fields = list_display
    readonly_fields = fields
    find_by = ("pk",)
    find_help = gettext_lazy("The key")

    def of_clients(
        self, rows: QuerySet[IdempotencyKey], clients: Collection[str]
    ) -> QuerySet[IdempotencyKey]:
        theirs = Correspondence.objects.filter(
            pk=OuterRef("correspondence_id"), letter__service_owner__in=sorted(clients)
        )
        return rows.filter(Exists(theirs))

    @display(description=gettext_lazy("sender"))
    def by(self, key: IdempotencyKey) -> str:
        return parties.shown(key.sender)
