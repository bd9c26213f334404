"""How staff read the engine's own words, in their language."""

from django.utils.translation import gettext_lazy as _

from notifications_platform.delivery.states import Channel, Reason, State

_CHANNELS = {
    Channel.EMAIL.value: _("E-mail"),
    Channel.SMS.value: _("SMS"),
    Channel.WEBHOOK.value: _("Webhook calls"),
}


def channel_name(channel: str) -> str:
    """As a heading names it."""
    return str(_CHANNELS[channel])


_STATES = {
    State.QUEUED.value: _("waiting"),
    State.CLAIMED.value: _("being sent"),
    State.SENT.value: _("sent"),
    State.DELIVERED.value: _("delivered"),
    State.FAILED.value: _("failed"),
    State.CANCELLED.value: _("cancelled"),
}
_REASONS = {
    Reason.UNKNOWN.value: _("No known reason"),
    Reason.NOT_IDENTIFIED.value: _("No address on file"),
    Reason.RESERVED.value: _("Reserved"),
    Reason.INVALID_ADDRESS.value: _("Malformed address"),
    Reason.SUPPRESSED.value: _("Barred, or on a suppression list"),
    Reason.BOUNCED.value: _("Bounced"),
    Reason.SPAM.value: _("Filtered as spam"),
    Reason.QUARANTINED.value: _("Put aside by the receiver"),
    Reason.REJECTED.value: _("Rejected by operator or receiver"),
    Reason.OPERATOR_EXPIRED.value: _("Ran out at the operator"),
    Reason.OPERATOR_DELETED.value: _("Deleted at the operator"),
    Reason.CONTENT_REFUSED.value: _("Content refused"),
    Reason.EXPIRED.value: _("Expired"),
    Reason.GAVE_UP.value: _("Given up after its schedule"),
    Reason.WITHDRAWN.value: _("Withdrawn before it was sent"),
}


def state_name(state: str) -> str:
    """As a chart names it."""
    return str(_STATES[state])


def reason_name(reason: str) -> str:
    """Of a failure, in a few words; one that an older version knew is told as it was stored."""
    return str(_REASONS.get(reason, reason))
