"""Enrollment event notifications and their history (contract 2, 3, 7)."""

from django.contrib.postgres.indexes import BrinIndex, BTreeIndex
from django.db import models
from django.db.models import Q

from enrollment.models.bulk_operations import BulkOperation
from enrollment.models.definitions import NotificationDefinition
from enrollment.models.policies import PolicyEnrollmentEvent
from enrollment.states import Action, EmitNotification, Source, Status

_FAILED = Q(status=Status.FAILED, obsolete=False)


def _roomy(name: str, *fields: str) -> BTreeIndex:
    return BTreeIndex(name=name, fields=list(fields), fillfactor=50)


class EnrollmentEventNotification(models.Model):
    """One event told to one definition. Its status is changed by `transitions` only.

    The text that leaves is the engine's `content`; each delivery cycle is a message of its own
    under that same text. The codes are copies, so that a search reads one table.
    """

    client = models.CharField(max_length=300)
    definition = models.ForeignKey(NotificationDefinition, on_delete=models.PROTECT, db_index=False)
    event = models.ForeignKey(PolicyEnrollmentEvent, on_delete=models.PROTECT, db_index=False)
    notification_definition_code = models.CharField(max_length=30)
    business_event_definition_code = models.CharField(max_length=30)
    policy_code = models.CharField(max_length=300)
    policy_gid = models.CharField("policy GID", max_length=300)
    person_code = models.CharField(max_length=300)
    emit_notification = models.CharField(max_length=13, choices=EmitNotification)
    status = models.CharField(max_length=27, choices=Status)
    obsolete = models.BooleanField(default=False)
    superseded_by = models.BigIntegerField(null=True, help_text="The newer notification's id.")
    content_id = models.UUIDField(help_text="What is sent, in the engine; no foreign key.")
    correlation_id = models.CharField(max_length=128, blank=True)
    attempt_count = models.PositiveIntegerField(default=0, help_text="Over all cycles.")
    earlier_attempts = models.PositiveIntegerField(
        default=0, help_text="Those of the cycles before this one."
    )
    next_attempt_at = models.DateTimeField(null=True, help_text="While a retry is pending.")
    last_response_status = models.PositiveSmallIntegerField(null=True)
    last_error_text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=300, blank=True)

    class Meta:
        permissions = [
            ("cancel_notification", "Can cancel failed notifications"),
            ("resend_notification", "Can resend failed notifications"),
        ]
        constraints = [
            models.CheckConstraint(
                name="enrollment_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="enrollment_sent_has_date",
                condition=~Q(status=Status.SENT) | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="enrollment_failed_has_date",
                condition=~Q(status=Status.FAILED) | Q(failed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="enrollment_cancelled_has_date",
                condition=~Q(status=Status.CANCELLED)
                | (Q(cancelled_at__isnull=False) & ~Q(cancelled_by="")),
            ),
            models.CheckConstraint(
                name="enrollment_superseded_is_obsolete",
                condition=Q(superseded_by__isnull=True) | Q(obsolete=True),
            ),
        ]
        # Each change of a status adds an entry to every index of all rows, close to the one that is
        # there: pages that are half empty when they are new have room for it. Else changing many
        # splits nearly every page, which triples what the log of the database has to take.
        indexes = [
            # Searches of a client, in the order of their ids, by what they ask for most.
            _roomy("een_of_client", "client", "id"),
            _roomy("een_by_status", "client", "status", "id"),
            _roomy("een_by_policy_code", "client", "policy_code", "id"),
            _roomy("een_by_person", "client", "person_code", "id"),
            _roomy("een_by_definition", "client", "notification_definition_code", "id"),
            # Superseding, approving, reverting; searches by GID.
            _roomy("een_by_policy_gid", "client", "policy_gid", "person_code", "definition"),
            _roomy("een_of_event", "event"),
            # What may be cancelled or resent: all of a client, and the dead letters of everyone.
            models.Index(name="een_failed", fields=["client", "id"], condition=_FAILED),
            models.Index(name="een_dead_letters", fields=["failed_at", "id"], condition=_FAILED),
            # Lists of the back office.
            models.Index(name="een_obsolete", fields=["id"], condition=Q(obsolete=True)),
            BrinIndex(name="een_by_time", fields=["created_at"], autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class NotificationHistory(models.Model):
    """What was done to a notification. Append-only; written by the statement that did it, which
    holds the notification's lock: the database need not look whether it is there. That look, once
    a row, is a fifth of what cancelling a million costs.
    """

    notification = models.ForeignKey(
        EnrollmentEventNotification, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    action = models.CharField(max_length=9, choices=Action)
    from_status = models.CharField(max_length=27, choices=Status, blank=True)
    to_status = models.CharField(max_length=27, choices=Status)
    actor = models.CharField(max_length=300)
    source = models.CharField(max_length=6, choices=Source)
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    bulk_operation = models.ForeignKey(
        BulkOperation, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    http_status = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name_plural = "notification history"
        indexes = [
            models.Index(name="een_history_of", fields=["notification", "id"]),
            # Outcomes of the past days. Lines are written as time goes on: a summary of each
            # stretch of the table finds them, and costs a change next to nothing.
            BrinIndex(name="een_history_by_time", fields=["at"], autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.notification_id}"
