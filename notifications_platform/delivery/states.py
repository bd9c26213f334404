"""States of a message, why it failed, and what an attempt came to (delivery contract 2)."""

from django.db import models

from notifications_platform.core.states import StateMachine


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    WEBHOOK = "webhook", "Webhook"


class Lane(models.IntegerChoices):
    """Instant never waits for normal, normal not for bulk; nobody claims a stopped lane."""

    INSTANT = 0
    NORMAL = 1
    BULK = 2
    STOPPED = 9


class State(models.TextChoices):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


MESSAGE: StateMachine[State] = StateMachine(
    {
        State.QUEUED: {State.CLAIMED, State.CANCELLED, State.FAILED},
        State.CLAIMED: {State.SENT, State.DELIVERED, State.FAILED, State.QUEUED, State.CANCELLED},
        # Final at once where the transport gives no reports: the row's `final_at` tells.
        State.SENT: {State.DELIVERED, State.FAILED},
        State.DELIVERED: set(),
        State.FAILED: set(),
        State.CANCELLED: set(),
    }
)


class Reason(models.TextChoices):
    """Why a message failed; each system maps these to its own wire words."""

    UNKNOWN = "unknown", "no known reason"
    NOT_IDENTIFIED = "not_identified", "nobody found under that number, or no address on file"
    RESERVED = "reserved", "the person is reserved against electronic messages"
    INVALID_ADDRESS = "invalid_address", "the address was refused as malformed"
    SUPPRESSED = "suppressed", "on a suppression list, or barred"
    BOUNCED = "bounced", "hard bounce, or no route to the receiver"
    SPAM = "spam", "filtered as spam"
    QUARANTINED = "quarantined", "put aside by the receiver"
    REJECTED = "rejected", "rejected by the operator or receiver"
    OPERATOR_EXPIRED = "operator_expired", "validity ran out at the operator"
    OPERATOR_DELETED = "operator_deleted", "deleted at the operator"
    CONTENT_REFUSED = "content_refused", "the content was refused"
    EXPIRED = "expired", "not delivered before its expiry"
    GAVE_UP = "gave_up", "the retry schedule ran out"
    WITHDRAWN = "withdrawn", "its cause was withdrawn before it was sent"


class Erasure(models.TextChoices):
    """Whether a message's owner wants its text and address gone, and whether they are."""

    ASKED = "asked"
    DONE = "done"


class Result(models.TextChoices):
    """What an attempt came to. `unknown` stays where a worker died between call and record."""

    UNKNOWN = "unknown"
    SENT = "sent"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    NOT_TRIED = "not_tried"
