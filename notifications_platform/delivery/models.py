"""The outbox: one row per message that leaves the platform (delivery contract 1, 2).

`delivery_message` is a queue and a history at once. Partial indexes keep what is finished
out of every claim; each index below names the one query it serves.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Cast, Lower

from notifications_platform.core.ids import uuid7
from notifications_platform.delivery.states import Channel, Erasure, Lane, Reason, Result, State
from notifications_platform.delivery.words import channel_name

REFERENCE_LENGTH = 200

# What addresses and recipients are found by: a digest, because either may be longer than an index
# entry.
TO_ADDRESS = Cast(MD5(Lower("address")), models.UUIDField())
TO_RECIPIENT = Cast(MD5("recipient"), models.UUIDField())

_OPEN = Q(state__in=[State.QUEUED, State.CLAIMED, State.SENT], final_at__isnull=True)


class Content(models.Model):
    """What many messages have in common: text, sender, send window and retry schedule.

    Written once per cause and channel. The text never changes, and is erased only with its
    messages; the retry schedule may be replaced before a message is made once more.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=8, choices=Channel)
    sender = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    body = models.TextField()
    content_type = models.CharField(max_length=40, default="text/plain")
    placeholders = ArrayField(
        models.CharField(max_length=80),
        default=list,
        help_text="Texts in subject and body that each message's values replace.",
    )
    window = models.CharField(
        max_length=20, blank=True, help_text="Oslo time, as 9-17 or mon-fri 08:30-14:30."
    )
    retry_after = ArrayField(
        models.PositiveIntegerField(), help_text="Seconds before the second, third … attempt."
    )
    retry_spread = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Per cent by which a pause varies, up or down."
    )
    retry_last_repeats = models.BooleanField(
        default=True, help_text="Else the message fails when the schedule has run out."
    )
    retry_for = models.PositiveIntegerField(
        null=True, help_text="Seconds from its first attempt after which a message is given up."
    )
    least_attempts = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="It is not given up before so many."
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{channel_name(self.channel)} {self.id}"


class Message(models.Model):
    """One message to one address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_kind = models.CharField(max_length=20, help_text="The system that caused it.")
    owner_id = models.UUIDField(help_text="That system's own id; no foreign key, by design.")
    client = models.CharField(max_length=200, help_text="On whose behalf: fairness, stops.")
    correlation_id = models.CharField(max_length=128, blank=True)
    content = models.ForeignKey(
        Content, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    channel = models.CharField(max_length=8, choices=Channel)
    lane = models.SmallIntegerField(choices=Lane, default=Lane.NORMAL)
    address = models.TextField(blank=True)
    recipient = models.TextField(
        blank=True, help_text="Whom the owner meant, in its own notation; opaque here."
    )
    values = models.JSONField(null=True, blank=True)
    parts = models.PositiveSmallIntegerField(null=True, help_text="SMS only: how many it takes.")

    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    created_at = models.DateTimeField()
    state_at = models.DateTimeField(help_text="When the state was reached.")
    not_before = models.DateTimeField()
    fair_at = models.DateTimeField(
        null=True, help_text="Place in line, real time; null while waiting for not_before."
    )
    expires_at = models.DateTimeField(null=True, help_text="No attempt starts after this.")
    lapses_at = models.DateTimeField(null=True, help_text="Expiry and grace: fails if open then.")
    final_at = models.DateTimeField(null=True)
    erasure = models.CharField(
        max_length=5,
        blank=True,
        db_default="",
        choices=Erasure,
        help_text="Its owner wants text and address gone, once it is final.",
    )

    withdrawn = models.BooleanField(
        db_default=False, help_text="Taken back: no further attempt, and no copy."
    )

    attempts = models.PositiveIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="Real time.")
    lease_holder = models.CharField(
        max_length=100, blank=True, db_default="", help_text="The worker that holds it."
    )
    provider = models.CharField(max_length=100, blank=True)
    provider_reference = models.CharField(max_length=REFERENCE_LENGTH, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="message_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="message_without_address_is_failed",
                condition=~Q(address="")
                | Q(state__in=[State.FAILED, State.CANCELLED])
                | Q(erasure=Erasure.DONE, final_at__isnull=False)
                | Q(erasure=Erasure.DONE, state=State.SENT),
            ),
            models.CheckConstraint(
                name="message_claimed_has_lease",
                condition=~Q(state=State.CLAIMED)
                | Q(lease_token__isnull=False, lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="message_failed_has_reason",
                condition=~Q(state=State.FAILED) | (Q(final_at__isnull=False) & ~Q(reason="")),
            ),
            # A report finds its message; no two messages share a report.
            models.UniqueConstraint(
                name="message_provider_reference",
                fields=["provider_reference", "provider"],
                condition=~Q(provider_reference=""),
            ),
        ]
        indexes = [
            # claiming.claim(): next in line.
            models.Index(
                name="message_ready",
                fields=["channel", "lane", "fair_at"],
                condition=Q(state=State.QUEUED, fair_at__isnull=False),
            ),
            # sweeping.line_up(): whose time has come, of each channel.
            models.Index(
                name="message_waiting",
                fields=["channel", "not_before"],
                condition=Q(state=State.QUEUED, fair_at__isnull=True),
            ),
            # sweeping.reclaim(): whose worker died.
            models.Index(
                name="message_leased",
                fields=["lease_until"],
                condition=Q(state=State.CLAIMED),
            ),
            # sweeping.expire(): whose expiry and grace are over.
            models.Index(
                name="message_lapsing",
                fields=["lapses_at"],
                condition=_OPEN & Q(lapses_at__isnull=False),
            ),
            # erasing.erase_what_became_final()
            models.Index(name="message_erasing", fields=["id"], condition=Q(erasure=Erasure.ASKED)),
            # Owners reading their messages, in the order they were made.
            models.Index(name="message_of_owner", fields=["owner_id", "id"]),
            # order_page._shown() and shortcuts.correcting(): the few of an owner's that failed.
            # Whatever did not fail costs nothing here.
            models.Index(
                name="message_failed_of_owner",
                fields=["owner_id", "id"],
                condition=Q(state=State.FAILED),
            ),
            # finding.to_addresses(), newest first, in any letter case. Those claimed just now,
            # which are few, are found by message_leased: it saves each claim a tenth of its time.
            models.Index(
                TO_ADDRESS,
                F("id"),
                name="message_of_address",
                condition=~Q(address="") & ~Q(state=State.CLAIMED),
            ),
            # finding.to_recipient(), likewise; who was given by an address costs nothing here.
            models.Index(
                TO_RECIPIENT,
                F("id"),
                name="message_of_recipient",
                condition=~Q(recipient="") & ~Q(state=State.CLAIMED),
            ),
            # finding.belonging_to(), likewise: the list as staff of one client see it, where others
            # send more. Alike entries share their room.
            models.Index(
                name="message_of_client", fields=["client"], condition=~Q(state=State.CLAIMED)
            ),
            # filters.ByReason and ByState: what did not leave, by why; the few among all that did.
            models.Index(
                name="message_unsent",
                fields=["state", "reason", "id"],
                condition=Q(state__in=[State.FAILED, State.CANCELLED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{channel_name(self.channel)} {self.id}"


class Attempt(models.Model):
    """One try at one message: written when its outcome is, or when its worker is given up. While
    it lasts, the message's lease tells of it.
    """

    pk = models.CompositePrimaryKey("message_id", "number")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    at = models.DateTimeField(help_text="Business time.")
    worker = models.CharField(max_length=100)
    provider = models.CharField(max_length=100, blank=True)
    result = models.CharField(max_length=10, choices=Result, default=Result.UNKNOWN)
    answer = models.CharField(max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.message_id}"


class Receipt(models.Model):
    """A provider's report as it came in. One that finds no message yet is tried again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=100)
    provider_reference = models.CharField(max_length=REFERENCE_LENGTH)
    state = models.CharField(max_length=9, choices=State, blank=True)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    raw = models.TextField()
    received_at = models.DateTimeField(help_text="Business time.")
    settled_at = models.DateTimeField(null=True, help_text="Applied, or kept for staff only.")
    changed_message = models.BooleanField(default=False)
    message_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            # receipts.settle(): those that came before our own record of the send.
            models.Index(
                name="receipt_unsettled",
                fields=["provider_reference"],
                condition=Q(settled_at__isnull=True),
            ),
            models.Index(
                name="receipt_of_message",
                fields=["message_id", "id"],
                condition=Q(message_id__isnull=False),
            ),
            # The search box: those that no message was found for, which are few.
            models.Index(
                name="receipt_of_nobody",
                fields=["provider_reference"],
                condition=Q(message_id__isnull=True, settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"receipt {self.id}"


class Provider(models.Model):
    """Whether a provider may be used just now; every worker everywhere heeds this row."""

    channel = models.CharField(max_length=8, choices=Channel)
    name = models.CharField(max_length=100, unique=True)
    switched_off = models.BooleanField(default=False)
    switched_off_by = models.CharField(max_length=150, blank=True)
    switched_off_because = models.TextField(blank=True)
    switched_off_since = models.DateTimeField(null=True, blank=True, help_text="Business time.")
    paused_until = models.DateTimeField(null=True, blank=True, help_text="Real time.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    last_answer = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name


class ChannelSwitch(models.Model):
    """Whether anything may leave on a channel; every claim heeds this row. A channel without one
    is open.
    """

    channel = models.CharField(max_length=8, choices=Channel, primary_key=True)
    stopped = models.BooleanField(default=False)
    stopped_by = models.CharField(max_length=150, blank=True)
    stopped_because = models.TextField(blank=True)
    stopped_since = models.DateTimeField(null=True, blank=True, help_text="Business time.")

    class Meta:
        verbose_name = "channel"
        verbose_name_plural = "channels"
        constraints = [
            models.CheckConstraint(
                name="channel_stopped_since",
                condition=Q(stopped=False) | Q(stopped_since__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return channel_name(self.channel)


class Turn(models.Model):
    """The place in line behind a client's last message, per channel and lane (real time)."""

    client = models.CharField(max_length=200)
    channel = models.CharField(max_length=8, choices=Channel)
    lane = models.SmallIntegerField(choices=Lane)
    fair_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="turn_of", fields=["client", "channel", "lane"])
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.channel} {self.lane}"


class Stroke(models.Model):
    """So many messages of one batch that came to the same; the next sweep adds it up."""

    at = models.DateTimeField(help_text="Business time, in whole minutes.")
    client = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=8)
    state = models.CharField(max_length=9)
    reason = models.CharField(max_length=20, blank=True)
    number = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.number} {self.channel} {self.state}"


class Tally(models.Model):
    """How many messages came to a state within a minute or an hour: of one client, and without
    a client of all.
    """

    class Length(models.TextChoices):
        MINUTE = "minute"
        HOUR = "hour"

    length = models.CharField(max_length=6, choices=Length)
    at = models.DateTimeField(help_text="When it begins; business time.")
    client = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=8)
    state = models.CharField(max_length=9)
    reason = models.CharField(max_length=20, blank=True)
    number = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            # tallying.add_up(); throughput.read() goes by its first three columns.
            models.UniqueConstraint(
                name="tally_of",
                fields=["length", "client", "at", "channel", "state", "reason"],
            )
        ]
        indexes = [
            # tallying.forget()
            models.Index(name="tally_by_age", fields=["length", "at"])
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.channel} {self.state} {self.at}"


class Stop(models.Model):
    """A client whose messages staff have stopped; its queued ones stand in a lane apart.

    A lifted one stays until the last of them is back in line.
    """

    client = models.CharField(max_length=200, unique=True)
    by = models.CharField(max_length=150)
    because = models.TextField()
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.client
