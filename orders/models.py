"""Notification orders. The messages they become are rows of the delivery engine's outbox."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5

from notifications_platform.core.ids import uuid7
from orders.querysets import OrderQuerySet
from orders.states import NotificationChannel, OrderStatus, OrderType, SendingTimePolicy

# What tells of their recipients is they themselves: nobody else has been made of them.
WITHOUT_MESSAGES = (
    OrderStatus.REGISTERED,
    OrderStatus.PROCESSING,
    OrderStatus.SEND_CONDITION_NOT_MET,
    OrderStatus.CANCELLED,
)


class Order(models.Model):
    """One order as placed, its status, and the running counts of its notifications.

    `due_at` is set while the order waits to be picked up (registered, or in processing and
    waiting for a retry), `lease_until` while a worker holds it; never both. An order on hold
    has neither.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=12, choices=OrderType, default=OrderType.NOTIFICATION)
    creator = models.CharField(max_length=200)
    senders_reference = models.TextField(null=True, blank=True)  # noqa: DJ001 given or not given
    created_at = models.DateTimeField()
    requested_send_time = models.DateTimeField()
    channel = models.CharField(max_length=14, choices=NotificationChannel)
    ignore_reservation = models.BooleanField(null=True)
    resource_id = models.TextField(null=True, blank=True)  # noqa: DJ001 given or not given
    resource_action = models.TextField(null=True, blank=True)  # noqa: DJ001 given or not given
    condition_endpoint = models.TextField(null=True, blank=True)  # noqa: DJ001 same
    recipients = models.JSONField(help_text="As placed, in wire words.")
    recipient_count = models.PositiveIntegerField()
    email_template = models.JSONField(null=True, blank=True)
    sms_template = models.JSONField(null=True, blank=True)
    sms_policy = models.CharField(max_length=8, choices=SendingTimePolicy, blank=True)
    correlation_id = models.CharField(max_length=128, blank=True)
    placed_by = models.CharField(
        max_length=20, blank=True, help_text="The system of this platform that placed it, if any."
    )
    condition_subject = models.TextField(
        blank=True, help_text="What that system is asked about before sending."
    )
    idempotency_kind = models.CharField(max_length=20, blank=True)
    idempotency_id = models.TextField(null=True, blank=True)  # noqa: DJ001 given or not given

    status = models.CharField(max_length=20, choices=OrderStatus, default=OrderStatus.REGISTERED)
    status_changed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="Business time of the next step.")
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="Real time.")
    withdrawn_at = models.DateTimeField(
        null=True, help_text="By the system that placed it: what is not sent yet, never is."
    )
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="Inconclusive conditions, or look-ups that failed, in a row."
    )

    email_generated = models.PositiveIntegerField(default=0)
    email_succeeded = models.IntegerField(default=0)
    sms_generated = models.PositiveIntegerField(default=0)
    sms_succeeded = models.IntegerField(default=0)
    open_notifications = models.IntegerField(default=0, help_text="Not yet final.")

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            # One order per creator, kind and idempotency id, however many calls come at once.
            models.UniqueConstraint(
                F("creator"),
                F("idempotency_kind"),
                MD5("idempotency_id"),
                name="order_idempotency",
                condition=Q(idempotency_id__isnull=False),
            ),
            models.CheckConstraint(name="order_status", condition=Q(status__in=OrderStatus.values)),
            models.CheckConstraint(
                name="order_due_or_leased",
                condition=Q(due_at__isnull=True) | Q(lease_until__isnull=True),
            ),
            models.CheckConstraint(
                name="order_final_waits_for_nothing",
                condition=Q(status__in=[OrderStatus.REGISTERED, OrderStatus.PROCESSING])
                | Q(due_at__isnull=True, lease_until__isnull=True),
            ),
            models.CheckConstraint(
                name="order_completed_has_nothing_open",
                condition=Q(open_notifications__gte=0)
                & (~Q(status=OrderStatus.COMPLETED) | Q(open_notifications=0)),
            ),
            models.CheckConstraint(
                name="order_succeeded_within_generated",
                condition=Q(
                    email_succeeded__range=(0, F("email_generated")),
                    sms_succeeded__range=(0, F("sms_generated")),
                ),
            ),
        ]
        indexes = [
            # OrderQuerySet.due()
            models.Index(name="order_due", fields=["due_at"], condition=Q(due_at__isnull=False)),
            # OrderQuerySet.abandoned()
            models.Index(
                name="order_leased", fields=["lease_until"], condition=Q(lease_until__isnull=False)
            ),
            # OrderQuerySet.referred_to_as(), by a creator or by staff for any of them
            # (a digest, because a reference may be longer than an index entry)
            models.Index(
                MD5("senders_reference"),
                F("creator"),
                F("created_at"),
                name="order_reference",
                condition=Q(senders_reference__isnull=False) & ~Q(senders_reference=""),
            ),
            # orders.finders, by a recipient; those that have become messages are found by them, and
            # those in the hands of a worker by order_leased: so an order enters once. Smaller heaps
            # of new entries keep one from waiting while a large one is sorted.
            GinIndex(
                name="order_waits_for",
                fields=["recipients"],
                opclasses=["jsonb_path_ops"],
                condition=Q(status__in=WITHOUT_MESSAGES, lease_until__isnull=True),
                gin_pending_list_limit=512,
            ),
            # The back office's list, newest first …
            models.Index(name="order_newest", fields=["-created_at"]),
            # … and as one creator's staff see it.
            models.Index(name="order_newest_of", fields=["creator", "-created_at"]),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def notification_channel(self) -> NotificationChannel:
        return NotificationChannel(self.channel)
