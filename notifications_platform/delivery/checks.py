"""What the start refuses: providers that cannot be used as they are set."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from notifications_platform.delivery.channels.base import Content
from notifications_platform.delivery.channels.configured import transports
from notifications_platform.delivery.channels.email.skeleton import UnusableSender, sender_of
from notifications_platform.delivery.states import Channel

_URLS = {Channel.EMAIL: "EMAIL_URL", Channel.SMS: "SMS_GATEWAY_URL"}


def check_providers(**_: Any) -> list[CheckMessage]:
    """One error per channel whose providers cannot be built; a warning where it has none."""
    found: list[CheckMessage] = []
    for channel, name in _URLS.items():
        try:
            usable = transports(channel)
        except ImproperlyConfigured as error:
            found.append(Error(f"{error}.", id="delivery.E001"))
        else:
            # In the sandbox the sinks stand in, and are known to their own processes only.
            if not usable and not settings.SANDBOX:
                text = f"{name} is not set: what is to leave that way waits until it expires."
                found.append(Warning(text, id="delivery.W001"))
    return found


def check_sender(**_: Any) -> list[CheckMessage]:
    try:
        sender_of(Content(id=UUID(int=0), sender=settings.EMAIL_FROM))
    except UnusableSender:
        return [Error("EMAIL_FROM is not a mail address.", id="delivery.E002")]
    return []
