"""The configured transports per channel, built once per process from the settings."""

import threading
from collections.abc import Callable
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from notifications_platform.delivery.channels.base import Transport
from notifications_platform.delivery.channels.email.address import mailbox
from notifications_platform.delivery.channels.email.anymail import AnymailTransport
from notifications_platform.delivery.channels.email.smtp import SmtpTransport, server
from notifications_platform.delivery.channels.sms import providers
from notifications_platform.delivery.channels.webhook import WebhookTransport
from notifications_platform.delivery.states import Channel

T = TypeVar("T")

_built: dict[str, list[Transport]] = {}
_building = threading.Lock()


def transports(channel: str) -> list[Transport]:
    """The channel's transports in the order of the setting, the same ones at each call; none
    where it is not configured. Raises ImproperlyConfigured, without the setting's value.
    """
    with _building:
        if channel not in _built:
            _built[channel] = _build(Channel(channel))
        return _built[channel]


def forget() -> None:
    """Build them anew at the next call: the settings have changed."""
    with _building:
        _built.clear()


def _build(channel: Channel) -> list[Transport]:
    if channel == Channel.WEBHOOK:
        return [WebhookTransport()]
    if channel == Channel.SMS:
        return _checked("SMS_GATEWAY_URL", lambda: providers.transports(settings.SMS_GATEWAY_URL))
    return _checked("EMAIL_URL", _email)


def _checked(setting: str, build: Callable[[], T]) -> T:
    try:
        return build()
    except ValueError as error:
        raise ImproperlyConfigured(f"{setting}: {error}") from None


def _email() -> list[Transport]:
    url, return_path = settings.EMAIL_URL, settings.EMAIL_RETURN_PATH
    if not url:
        return []
    if return_path:
        return_path = _checked("EMAIL_RETURN_PATH", lambda: mailbox(return_path).text)
    if url.startswith("anymail+"):
        webhooks = bool(settings.EMAIL_WEBHOOK_SECRET)
        return [AnymailTransport(url, return_path=return_path, webhooks=webhooks)]
    return [
        SmtpTransport(
            server(url, _our_name()),
            return_path=return_path,
            connections=settings.DELIVERY_CONNECTIONS,
        )
    ]


def _our_name() -> str:
    """What we call ourselves to mail servers: the public host, a bare address in brackets."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{host}]" if address.version == 4 else f"[IPv6:{host}]"
