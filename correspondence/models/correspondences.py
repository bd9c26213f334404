"""Letters, the correspondence of each recipient, and what has happened to it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5

from correspondence.states import CorrespondenceStatus
from notifications_platform.core.ids import uuid7

_STATUSES = [(status.value, status.name) for status in CorrespondenceStatus]


class Letter(models.Model):
    """What all recipients of one initialize call share. Title, summary and body are erased when
    the last of its correspondences is purged.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource_id = models.CharField(max_length=255)
    service_owner = models.CharField(max_length=63, help_text="Short name of the resource's owner.")
    sender = models.CharField(max_length=60, help_text="Organisation, in the stored form.")
    senders_reference = models.TextField()
    message_sender = models.TextField(blank=True)
    language = models.CharField(max_length=2)
    title = models.TextField()
    summary = models.TextField(blank=True)
    body = models.TextField()
    requested_publish_time = models.DateTimeField(null=True)
    due_date_time = models.DateTimeField(null=True)
    allow_system_delete_after = models.DateTimeField(null=True)
    external_references = models.JSONField(default=list)
    property_list = models.JSONField(default=dict)
    reply_options = models.JSONField(default=list)
    notification = models.JSONField(null=True, help_text="As asked for, defaults filled in.")
    ignore_reservation = models.BooleanField(null=True)
    is_confirmation_needed = models.BooleanField(default=False)
    is_confidential = models.BooleanField(default=False)
    allow_forwarding = models.BooleanField(default=False)
    client = models.CharField(max_length=200, help_text="Who called.")
    correlation_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Search; the back office's goes by id, newest first. A reference may be longer than a
            # line of an index.
            models.Index(MD5("senders_reference"), "sender", "id", name="letter_reference"),
            # Lists as staff of one service owner see them.
            models.Index(name="letter_of_owner", fields=["service_owner", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.id}"


class Correspondence(models.Model):
    """The letter of one recipient. `ever` is the set of all statuses it has ever had, as bits;
    `status` is the current one, by the rule of `states.current`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="correspondences")
    position = models.PositiveSmallIntegerField(help_text="In the request, from 0.")
    resource_id = models.CharField(max_length=255)
    sender = models.CharField(max_length=60)
    recipient = models.CharField(max_length=300, help_text="In the stored form, a urn.")
    recipient_name = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(choices=_STATUSES)
    status_text = models.TextField()
    status_changed = models.DateTimeField()
    ever = models.PositiveIntegerField(help_text="All statuses it has ever had, as bits.")
    requested_publish_time = models.DateTimeField()
    published = models.DateTimeField(null=True)
    read = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    own_title = models.TextField(null=True)  # noqa: DJ001 null: the letter's
    own_summary = models.TextField(null=True)  # noqa: DJ001
    own_body = models.TextField(null=True)  # noqa: DJ001
    publish_at = models.DateTimeField(null=True, help_text="When the publish job has to look.")
    due_at = models.DateTimeField(null=True, help_text="When the due-date job has to look.")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="correspondence_status",
                condition=Q(status__in=[status.value for status in CorrespondenceStatus]),
            ),
            models.UniqueConstraint(name="recipient_once", fields=["letter", "recipient"]),
        ]
        indexes = [
            # Search, newest first, by either role.
            models.Index(
                name="corr_of_sender", fields=["resource_id", "sender", "-requested_publish_time"]
            ),
            models.Index(
                name="corr_of_recipient",
                fields=["resource_id", "recipient", "-requested_publish_time"],
            ),
            # Search by status, however rare: there are few different sets of them.
            models.Index(
                name="corr_of_sender_been",
                fields=["resource_id", "sender", "ever", "-requested_publish_time", "-id"],
            ),
            models.Index(
                name="corr_of_recipient_been",
                fields=["resource_id", "recipient", "ever", "-requested_publish_time", "-id"],
            ),
            # The publish job.
            models.Index(
                name="corr_to_publish", fields=["publish_at"], condition=Q(publish_at__isnull=False)
            ),
            # The due-date job.
            models.Index(name="corr_due", fields=["due_at"], condition=Q(due_at__isnull=False)),
            # The back office, newest first, and by recipient whatever the resource.
            models.Index(name="corr_by_time", fields=["-created_at", "id"]),
            models.Index(name="corr_of_party", fields=["recipient", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.id}"

    def has_been(self, status: CorrespondenceStatus) -> bool:
        return bool(self.ever & status.bit)


class StatusEntry(models.Model):
    """One line of a correspondence's status history, which only grows."""

    correspondence = models.ForeignKey(
        Correspondence, on_delete=models.CASCADE, related_name="history", db_index=False
    )
    status = models.PositiveSmallIntegerField(choices=_STATUSES)
    text = models.TextField()
    at = models.DateTimeField()
    party = models.CharField(max_length=300, blank=True, help_text="Whose call it was.")

    class Meta:
        verbose_name_plural = "status entries"
        indexes = [models.Index(name="status_of_correspondence", fields=["correspondence", "id"])]

    def __str__(self) -> str:
        return f"{CorrespondenceStatus(self.status).name} of {self.correspondence_id}"


class IdempotencyKey(models.Model):
    """Lives for ever, whatever becomes of the letter (contract 4.6)."""

    key = models.UUIDField(primary_key=True, editable=False)
    correspondence_id = models.UUIDField()
    sender = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key)


class LetterNotification(models.Model):
    """One order made for a correspondence, or why there is none. Row order is answer order."""

    correspondence = models.ForeignKey(
        Correspondence, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    order_id = models.UUIDField(null=True, help_text="None where making the order failed.")
    is_reminder = models.BooleanField(default=False)
    result = models.CharField(max_length=14)
    is_custom = models.BooleanField(default=False, help_text="For a custom recipient.")
    check_at = models.DateTimeField(
        null=True, help_text="Its order has come to its end: to be told of, then null again."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="letter_notification_once", fields=["correspondence", "position"]
            ),
            models.UniqueConstraint(
                name="letter_notification_of_order",
                fields=["order_id"],
                condition=Q(order_id__isnull=False),
            ),
        ]
        indexes = [
            # The delivery check.
            models.Index(
                name="notification_to_check",
                fields=["check_at"],
                condition=Q(check_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"notification {self.position} of {self.correspondence_id}"
