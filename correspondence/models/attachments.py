"""Attachments, their history, and the letters that use them."""

from django.db import models
from django.db.models import Q

from correspondence.models.correspondences import Letter
from correspondence.states import AttachmentStatus
from notifications_platform.core.ids import uuid7

_STATUSES = [(status.value, status.name) for status in AttachmentStatus]


class Attachment(models.Model):
    """A file of a sender. The bytes lie in storage under `storage_key`, as long as it is set."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource_id = models.CharField(max_length=255)
    service_owner = models.CharField(max_length=63)
    sender = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    display_name = models.CharField(max_length=255, null=True)  # noqa: DJ001 null is shown as null
    senders_reference = models.TextField()
    is_encrypted = models.BooleanField(default=False)
    checksum = models.CharField(max_length=32, blank=True, help_text="MD5, lower-case hex.")
    size = models.BigIntegerField(null=True, help_text="Bytes, once uploaded.")
    expiration_in_days = models.PositiveIntegerField(null=True)
    malware_scan_bypass = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(
        choices=_STATUSES, default=AttachmentStatus.Initialized.value
    )
    status_text = models.TextField()
    status_changed = models.DateTimeField()
    created_at = models.DateTimeField()
    storage_key = models.CharField(max_length=100, blank=True)
    arriving_until = models.DateTimeField(
        null=True, help_text="Lease of the upload that is under way; real time."
    )
    scan_at = models.DateTimeField(null=True, help_text="When the scan is due; real time.")
    expires_at = models.DateTimeField(
        null=True, help_text="Latest expiry over its uses; null: never, or not in use."
    )
    remove_at = models.DateTimeField(null=True, help_text="When its bytes are to be removed.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="attachment_status",
                condition=Q(status__in=[status.value for status in AttachmentStatus]),
            ),
            # The search for stored bytes that no row names.
            models.UniqueConstraint(
                name="attachment_of_key", fields=["storage_key"], condition=~Q(storage_key="")
            ),
        ]
        indexes = [
            models.Index(
                name="attachment_of_sender", fields=["sender", "resource_id", "-created_at"]
            ),
            # Jobs: uploads that broke off, scan, expiry, removal of bytes.
            models.Index(
                name="attachment_arriving",
                fields=["arriving_until"],
                condition=Q(arriving_until__isnull=False),
            ),
            models.Index(
                name="attachment_to_scan", fields=["scan_at"], condition=Q(scan_at__isnull=False)
            ),
            models.Index(
                name="attachment_to_expire",
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False),
            ),
            models.Index(
                name="attachment_to_remove",
                fields=["remove_at"],
                condition=Q(remove_at__isnull=False),
            ),
            # The back office, newest first, and as staff of one service owner see it.
            models.Index(name="attachment_by_time", fields=["-created_at", "id"]),
            models.Index(name="attachment_of_owner", fields=["service_owner", "-created_at", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.id}"


class AttachmentStatusEntry(models.Model):
    attachment = models.ForeignKey(
        Attachment, on_delete=models.CASCADE, related_name="history", db_index=False
    )
    status = models.PositiveSmallIntegerField(choices=_STATUSES)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "attachment status entries"
        indexes = [models.Index(name="status_of_attachment", fields=["attachment", "id"])]

    def __str__(self) -> str:
        return f"{AttachmentStatus(self.status).name} of {self.attachment_id}"


class LetterAttachment(models.Model):
    """One use of an attachment: all recipients of the letter share it."""

    letter = models.ForeignKey(
        Letter, on_delete=models.CASCADE, related_name="attachments", db_index=False
    )
    attachment = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, related_name="uses", db_index=False
    )
    position = models.PositiveSmallIntegerField(help_text="New ones first, then existing ones.")
    expiration_time = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="letter_attachment_once", fields=["letter", "attachment"]),
            models.UniqueConstraint(
                name="letter_attachment_position", fields=["letter", "position"]
            ),
        ]
        indexes = [
            # The newest letters that have it, and which of them keeps it longest.
            models.Index(name="use_of_attachment", fields=["attachment", "letter"]),
            models.Index(name="use_by_end", fields=["attachment", "expiration_time"]),
        ]

    def __str__(self) -> str:
        return f"attachment {self.position} of {self.letter_id}"
