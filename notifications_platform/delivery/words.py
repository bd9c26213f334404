"""How staff read the engine's own words, in their language."""

from django.utils.translation import gettext_lazy as _

from notifications_platform.delivery.states import Channel

_CHANNELS = {
    Channel.EMAIL.value: _("E-mail"),
    Channel.SMS.value: _("SMS"),
    Channel.WEBHOOK.value: _("Webhook calls"),
}


def channel_name(channel: str) -> str:
    """As a heading names it."""
    return str(_CHANNELS[channel])
