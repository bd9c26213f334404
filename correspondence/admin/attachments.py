"""Attachments in the back office: where each stands, what the scan said, who uses it."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from correspondence import attachment_page, parties
from correspondence.admin.filters import MadeFilter, ResourceFilter, SenderFilter
from correspondence.models import Attachment, AttachmentStatusEntry, LetterAttachment
from correspondence.states import AttachmentStatus
from correspondence.verbs import ATTACHMENT_VERBS
from notifications_platform.back_office.base import (
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.sections import link_to

STATUS_COLOURS = {
    "Initialized": "info",
    "UploadProcessing": "info",
    "Published": "success",
    "Purged": "warning",
    "Expired": "warning",
    "Failed": "danger",
}


@admin.register(Attachment)
class AttachmentAdmin(TransitionActions, ReadOnlyAdmin):
    client_path = "service_owner"
    kinds = ("attachment",)
    personal = True
    menu_group = "Letters"
    menu_icon = "attach_file"
    ordering = ("-created_at", "pk")
    list_display = (
        "id",
        "status_shown",
        "resource_id",
        "from_organization",
        "size",
        "created_at",
        "expires_at",
    )
    list_filter = ("status", ResourceFilter, SenderFilter, MadeFilter)
    find_by = ("pk",)
    find_help = gettext_lazy("Attachment id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("status_shown", "status_text"),
                    ("file_name", "display_name"),
                    ("resource_id", "from_organization"),
                    ("senders_reference", "is_encrypted"),
                )
            },
        ),
        (
            gettext_lazy("The file"),
            {
                "fields": (
                    ("size", "checksum"),
                    ("scan_at", "malware_scan_bypass"),
                    ("expiration_in_days", "expires_at"),
                    ("created_at", "status_changed"),
                    ("stored", "remove_at"),
                )
            },
        ),
    )
    readonly_fields = tuple(
        name for _title, options in fieldsets for line in options["fields"] for name in line
    )

    verbs = ATTACHMENT_VERBS

    def findings(self, request: HttpRequest, row: Attachment) -> Sequence[Section]:
        return attachment_page.findings(row)

    def sections(self, request: HttpRequest, row: Attachment) -> Sequence[Section]:
        return attachment_page.sections(row)

    @display(description=gettext_lazy("status"), label=STATUS_COLOURS)
    def status_shown(self, one: Attachment) -> str:
        return AttachmentStatus(one.status).name

    @display(description=gettext_lazy("from"))
    def from_organization(self, one: Attachment) -> str:
        return parties.shown(one.sender)

    @display(description=gettext_lazy("bytes are in storage"))
    def stored(self, one: Attachment) -> str:
        return _("yes") if one.storage_key else _("no")


@admin.register(AttachmentStatusEntry)
class AttachmentStatusEntryAdmin(ReadOnlyAdmin):
    """Shown on the page of its attachment."""

    client_path = "attachment__service_owner"
    list_display = ("id", "attachment_link", "status", "at")
    fields = ("attachment_link", "status", "text", "at")
    readonly_fields = fields
    find_by = ("attachment_id",)
    find_help = gettext_lazy("Attachment id")

    @display(description=gettext_lazy("attachment"))
    def attachment_link(self, entry: AttachmentStatusEntry) -> str:
        return link_to("attachment", entry.attachment_id)


@admin.register(LetterAttachment)
class LetterAttachmentAdmin(ReadOnlyAdmin):
    """Shown on the pages of the letter and of the attachment."""

    client_path = "letter__service_owner"
    list_display = ("id", "letter_link", "attachment_link", "position", "expiration_time")
    fields = ("letter_link", "attachment_link", "position", "expiration_time")
    readonly_fields = fields
    find_by = ("letter_id", "attachment_id")
    find_help = gettext_lazy("Id of the attachment, or of what several recipients share")

    @display(description=gettext_lazy("letter"))
    def letter_link(self, use: LetterAttachment) -> str:
        return link_to("letter", use.letter_id)

    @display(description=gettext_lazy("attachment"))
    def attachment_link(self, use: LetterAttachment) -> str:
        return link_to("attachment", use.attachment_id)
